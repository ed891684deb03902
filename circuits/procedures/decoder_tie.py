"""Procedures `decoder_tie` and `decoder_timeout`: which of two close spikes wins, and what happens without any."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import xarray as xr

from circuits.measure import MeasureError, crossings
from circuits.status import Status
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.decoder import Decoder, decoder_deck
from netlists.technology import Technology

from .decoder_decide import decoder_closure, decoder_settings, require_one_winner, terminal
from .procedure import GridAxis, Point, Quantity
from .terminals import entered

_APART = (1e-10, 2e-10, 3e-10, 4e-10, 6e-10, 1e-9, 5e-9)
SEPARATIONS = (*(-value for value in reversed(_APART)), 0.0, *_APART)


@dataclass(frozen=True)
class DecoderTieProcedure:
    """Two neighbouring inputs spike `separation` apart; negative: the one with the lower index first.

    Both captured means a tie: the lower index wins by the rule of the circuit, and `tie` is high.
    """

    decoder: Decoder
    technology: Technology
    separation: tuple[float, ...] = SEPARATIONS
    input_transition: float = 0.3e-9
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "decoder_tie"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Who won, whether a tie was seen, how long and how much energy it took."""
        return (
            Quantity("first_wins", "1", "1 where the input that spiked first won; at 0 s where the lower index won"),
            Quantity("tie", "1", "1 where the decoder saw a tie"),
            Quantity("valid_delay", "s", "half of the first spike's edge to half of valid", "log"),
            Quantity("energy", "J", "supply energy from the first spike to the end of the reset", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Spike time of the lower index less that of the higher."""
        text = "time of the spike with the lower index less that of the higher"
        return (GridAxis("separation", self.separation, "s", text),)

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        separation = point["separation"]
        lower, higher = self._earliest + max(separation, 0.0), self._earliest + max(-separation, 0.0)
        reset = max(lower, higher) + 10e-9 + self.decoder.settling
        return decoder_deck(
            self.decoder,
            self.technology,
            {self._lower: lower, self._lower + 1: higher},
            reset_time=reset,
            stop_time=reset + self.decoder.settling,
            input_transition=self.input_transition,
        )

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Outputs just before the reset."""
        asked, half = deck.stop_time - self.decoder.settling, 0.5 * self.decoder.supply_voltage
        winner = require_one_winner(self.decoder, waveforms, asked)
        right = self._lower if point["separation"] <= 0.0 else self._lower + 1
        valid = crossings(waveforms, "v(pin_valid)", half, rising=True, start=self._earliest)
        if len(valid) == 0:
            raise MeasureError("valid does not rise; the decoder did not decide")
        return {
            "first_wins": float(winner == right),
            "tie": float(waveforms.at("v(pin_tie)", asked) > half),
            "valid_delay": float(valid[0]) - self._earliest - 0.5 * self.input_transition,
            "energy": entered(waveforms, [terminal("vdd")], self._earliest, deck.stop_time),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over the pins, or negative dissipation of the cycle [1]."""
        return decoder_closure(self.decoder, waveforms, deck.stop_time)

    def settings(self) -> dict[str, str | float]:
        """Decoder, technology and edges."""
        return decoder_settings(self.decoder, self.technology) | {"input_transition": self.input_transition}

    @property
    def _earliest(self) -> float:
        return self.decoder.settling + 10e-9

    @property
    def _lower(self) -> int:
        return self.decoder.inputs - 2


@dataclass(frozen=True)
class DecoderTimeoutProcedure:
    """No input spikes; the timer ends the wait. Over the timer's bias."""

    decoder: Decoder
    technology: Technology
    timer_bias: tuple[float, ...] = (5e-8, 1e-7, 2e-7, 5e-7, 1e-6)
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "decoder_timeout"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Time-out and its energy."""
        return (
            Quantity("timeout", "s", "release to half of the output timeout", "log"),
            Quantity("energy", "J", "supply energy from the release to the output timeout", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Bias of the timer."""
        return (GridAxis("timer_bias", self.timer_bias, "A", "current out of the timer's bias pin", "log"),)

    def deck(self, point: Point) -> Deck:
        """The deck of one point, twice as long as the timer's capacitor takes to 0.8 V."""
        decoder, begin = self._at(point), self.decoder.settling
        wait = 2.0 * (decoder.timer_capacitance * 0.8 / decoder.timer_bias) + 20e-9
        return decoder_deck(
            decoder,
            self.technology,
            {},
            reset_time=begin + wait,
            stop_time=begin + wait + begin,
            maximum_step=wait / 500,
        )

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """Time of the output timeout, all others staying low."""
        half = 0.5 * self.decoder.supply_voltage
        risen = crossings(waveforms, "v(pin_timeout)", half, rising=True, start=self.decoder.settling)
        loud = [k for k in range(self.decoder.inputs) if waveforms.vector(f"v(pin_win{k})").max() > half]
        if len(risen) == 0 or loud:
            raise MeasureError(f"timeout rises {len(risen)} times and outputs {loud} do; once and none are needed")
        return {
            "timeout": float(risen[0]) - self.decoder.settling,
            "energy": entered(waveforms, [terminal("vdd")], self.decoder.settling, float(risen[0])),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over the pins, or negative dissipation of the cycle [1]."""
        return decoder_closure(self.decoder, waveforms, deck.stop_time)

    def settings(self) -> dict[str, str | float]:
        """Decoder and technology."""
        return decoder_settings(self.decoder, self.technology)

    def _at(self, point: Point) -> Decoder:
        return dataclasses.replace(self.decoder, timer_bias=point["timer_bias"])


def resolvable_interval(table: xr.Dataset) -> float:
    """Smallest separation of the grid from which on, to both sides, the first spike wins without a tie [s].

    NaN where no separation of the grid is resolved; a point without numbers counts as not resolved.
    """
    separation = table["separation"].to_numpy()
    resolved = (table["status"].to_numpy() == Status.OK) & (table["first_wins"] == 1.0) & (table["tie"] == 0.0)
    unresolved = np.abs(separation[~resolved.to_numpy()])
    least = float(unresolved.max()) if unresolved.size else 0.0
    beyond = np.abs(separation)[np.abs(separation) > least]
    return float(beyond.min()) if beyond.size else float("nan")
