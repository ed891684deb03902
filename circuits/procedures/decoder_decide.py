"""Procedure `decoder_decide`: delay and energy of one decision of the first-spike decoder, and what it leaks."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from circuits.measure import MeasureError, first_crossing, integrate
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.decoder import RESET_EDGE, Decoder, decoder_deck
from netlists.technology import Technology

from .procedure import GridAxis, Point, Quantity, technology_settings
from .terminals import Terminal, entered, pin_terminal, terminal_closure

ARMED = 40e-9
"""Time from release to the spike, in the second half of which the power of the waiting decoder is taken [s]."""
CAPTURED = 9e-9
"""Time from the start of the spike's edge in which its charge is counted; the spike is high then [s]."""


@dataclass(frozen=True)
class DecoderDecideProcedure:
    """One input spikes, its output answers, the decoder is reset; over the spike's edge and the output's load.

    The input is the last one, which has the longest chain of priority before it. The energy is that of the whole cycle
    from the edge of the spike to the end of the reset, what the output's load takes included.

    Parameters
    ----------
    decoder, technology
        Cell and transistor cards.
    input_transition, output_load
        Grid [s], [F].
    """

    decoder: Decoder
    technology: Technology
    input_transition: tuple[float, ...] = (0.1e-9, 0.3e-9, 1e-9, 3e-9)
    output_load: tuple[float, ...] = (2e-15, 1e-14, 4e-14, 1.6e-13)
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "decoder_decide"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Delays, output edge, energies, power."""
        return (
            Quantity("delay", "s", "half of the spike's edge to half of the output's", "log"),
            Quantity("output_transition", "s", "20 to 80 % of the output's rise, over 0.6", "log"),
            Quantity("valid_delay", "s", "half of the spike's edge to half of valid", "log"),
            Quantity("reset_delay", "s", "half of the reset's edge to half of the output's fall", "log"),
            Quantity("energy", "J", "supply energy of a decision and its reset", "log"),
            Quantity("fall_transition", "s", "80 to 20 % of the output's fall, over 0.6", "log"),
            Quantity("input_capacitance", "F", "charge into the input that spikes, over the supply", "log"),
            Quantity("static_power", "W", "supply power of the released decoder that waits, its timer running", "log"),
            Quantity("reset_power", "W", "supply power of the decoder held in reset", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Edge of the spike and load of the output."""
        return (
            GridAxis("input_transition", self.input_transition, "s", "edge of the spike, 0 to 100 %", "log"),
            GridAxis("output_load", self.output_load, "F", "capacitance on the output that wins", "log"),
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return decoder_deck(
            self.decoder,
            self.technology,
            {self.decoder.inputs - 1: self._spike},
            reset_time=self._reset,
            stop_time=self._reset + self.decoder.settling,
            input_transition=point["input_transition"],
            output_load=point["output_load"],
        )

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Crossings of half of the supply, and integrals of the supply's power."""
        last, supply = self.decoder.inputs - 1, self.decoder.supply_voltage
        start, reset, held = self._spike, self._reset, self.decoder.settling
        require_one_winner(self.decoder, waveforms, reset, last)
        spike = start + 0.5 * point["input_transition"]
        won = f"v(pin_win{last})"
        low, high = (_first(waveforms, won, part * supply, start) for part in (0.2, 0.8))
        vdd = [terminal("vdd")]
        fall = [_first(waveforms, won, part * supply, reset, rising=False) for part in (0.8, 0.2)]
        charge = ((-1.0, f"i(vpin_spk{last})", None),)
        return {
            "delay": _first(waveforms, won, 0.5 * supply, start) - spike,
            "output_transition": (high - low) / 0.6,
            "valid_delay": _first(waveforms, "v(pin_valid)", 0.5 * supply, start) - spike,
            "reset_delay": _first(waveforms, won, 0.5 * supply, reset, rising=False) - reset - 0.5 * RESET_EDGE,
            "energy": entered(waveforms, vdd, start, deck.stop_time),
            "fall_transition": (fall[1] - fall[0]) / 0.6,
            "input_capacitance": integrate(waveforms, charge, start, start + CAPTURED, "charge") / supply,
            "static_power": entered(waveforms, vdd, start - 0.5 * ARMED, start) / (0.5 * ARMED),
            "reset_power": entered(waveforms, vdd, 0.5 * held, 0.9 * held) / (0.4 * held),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over the pins, or negative dissipation of the cycle from reset to reset [1]."""
        return decoder_closure(self.decoder, waveforms, deck.stop_time)

    def settings(self) -> dict[str, str | float]:
        """Decoder and technology."""
        return decoder_settings(self.decoder, self.technology) | {
            "cycle_time": self._reset + self.decoder.settling - self._spike
        }

    @property
    def _spike(self) -> float:
        return self.decoder.settling + ARMED

    @property
    def _reset(self) -> float:
        return self._spike + 15e-9 + self.decoder.settling


def require_one_winner(decoder: Decoder, waveforms: Waveforms, time: float, winner: int | None = None) -> int:
    """The input whose output alone is high at `time` [s]; `winner` says which is right.

    Raises
    ------
    MeasureError
        No output is high, several are, or another one.
    """
    half = 0.5 * decoder.supply_voltage
    high = [k for k in range(decoder.inputs) if waveforms.at(f"v(pin_win{k})", time) > half]
    if len(high) != 1 or winner not in (None, high[0]):
        wanted = "one is needed" if winner is None else f"{winner} alone is right"
        raise MeasureError(f"outputs {high} of {decoder.inputs} are high at {time:g} s; {wanted}")
    return high[0]


def terminal(name: str) -> Terminal:
    """A pin of the decoder's bench."""
    return pin_terminal(name, -1.0)


def decoder_closure(decoder: Decoder, waveforms: Waveforms, stop_time: float) -> float:
    """Conservation at all pins of a decoder, from the release to the end of the run [1]."""
    return terminal_closure(waveforms, [terminal(name) for name in decoder.pins], (0.5 * decoder.settling, stop_time))


def decoder_settings(decoder: Decoder, technology: Technology) -> dict[str, str | float]:
    """Flat attributes of a decoder and its technology."""
    return {
        **{f"decoder_{key}": value for key, value in dataclasses.asdict(decoder).items()},
        **technology_settings(technology),
    }


def _first(waveforms: Waveforms, vector: str, level: float, start: float, *, rising: bool = True) -> float:
    missing = "the decoder did not decide"
    return first_crossing(waveforms, vector, level, rising=rising, start=start, missing=missing)
