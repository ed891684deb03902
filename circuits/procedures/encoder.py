"""Procedure `encoder`: intervals, first spike and energy of an encoder over its brightness current."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from circuits.measure import MeasureError, crossings
from circuits.waveforms import Waveforms
from netlists.clockedencoder import ClockedEncoder
from netlists.deck import Deck
from netlists.encoder import PINS, START, Encoder, encoder_deck
from netlists.technology import Technology

from .procedure import GridAxis, Point, Quantity, technology_settings
from .terminals import Terminal, entered, pin_terminal, terminal_closure

CURRENTS: Mapping[str, tuple[float, ...]] = {
    "burst": tuple(float(value) for value in np.geomspace(0.6e-6, 8e-6, 9)),
    "phase": tuple(float(value) for value in np.geomspace(0.8e-6, 8e-6, 7)),
    "multiplexed": tuple(float(value) for value in np.geomspace(0.3e-6, 8e-6, 7)),
}
"""Grids of those that have no code below them: no second spike of a burst, none within a period of the phase [A]."""
REST = 0.2
"""Share of the time before the image that is left out of the rest power [1]."""


@dataclass(frozen=True)
class EncoderProcedure:
    """Spikes of one image under a constant brightness.

    The image begins with `start`; times count from there. Energies are those of the encoder's window, whatever the
    run's length; a dark pixel's code may need more time than the window, and is watched until it is whole.

    Parameters
    ----------
    encoder, technology
        Cell, window and transistor cards.
    input_current
        Grid [A].
    """

    encoder: Encoder
    technology: Technology
    input_current: tuple[float, ...] = tuple(float(value) for value in np.geomspace(0.2e-6, 8e-6, 9))
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table, `encoder_` and the kind."""
        return f"encoder_{self.encoder.kind}"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Times, number of spikes, energies and powers; an interval for every two spikes of the code."""
        intervals = (
            Quantity(f"interval_{k}", "s", f"spike {k} to spike {k + 1}", "log") for k in range(1, self.encoder.spikes)
        )
        return (
            Quantity("first_spike", "s", "start to the first spike at half of the supply", "log"),
            *intervals,
            *window_quantities(
                "supply energy from start to the end of the code, over its spikes",
                "supply power before start, under the brightness",
            ),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Brightness."""
        return brightness_axes(self.input_current)

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return encoder_deck(self.encoder, self.technology, point["input_current"])

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Spike times and integrals of the supply's power."""
        encoder, half = self.encoder, 0.5 * self.encoder.supply_voltage
        spikes = crossings(waveforms, "v(pin_spk)", half, rising=True, start=START)
        falls = crossings(waveforms, "v(pin_spk)", half, rising=False, start=START)
        wanted = encoder.spikes
        if len(spikes) < wanted or len(falls) < wanted:
            raise MeasureError(
                f"{len(spikes)} spikes in {deck.stop_time - START:.3g} s under {point['input_current']:.3g} A,"
                f" {wanted} make the code of the {encoder.kind} encoder"
            )
        supply, end = (terminal("vdd"),), START + encoder.window
        gaps = np.diff(spikes)
        return {
            "first_spike": float(spikes[0]) - START,
            **{f"interval_{k}": float(gaps[k - 1]) for k in range(1, wanted)},
            "spikes": float(np.count_nonzero(spikes < end)),
            "energy": entered(waveforms, supply, START, end),
            "energy_per_spike": entered(waveforms, supply, START, float(falls[wanted - 1])) / wanted,
            "input_energy": entered(waveforms, (terminal("in"),), START, end),
            "spike_width": float(falls[0] - spikes[0]),
            "static_power": entered(waveforms, supply, REST * START, START) / ((1.0 - REST) * START),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all pins, or negative dissipation over the run [1]."""
        return terminal_closure(waveforms, [terminal(name) for name in PINS], (REST * START, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Encoder and technology."""
        return encoder_settings(self.encoder, self.technology)


def window_quantities(energy_per_spike: str, static_power: str) -> tuple[Quantity, ...]:
    """What every encoder's window is measured for; two of the descriptions are the encoder's own."""
    return (
        Quantity("spikes", "1", "spikes in the window"),
        Quantity("energy", "J", "supply energy of one window", "log"),
        Quantity("energy_per_spike", "J", energy_per_spike, "log"),
        Quantity("input_energy", "J", "energy that the brightness current brings in one window", "log"),
        Quantity("spike_width", "s", "first spike at half of the supply", "log"),
        Quantity("static_power", "W", static_power, "log"),
    )


def brightness_axes(input_current: tuple[float, ...]) -> tuple[GridAxis, ...]:
    """The only axis of an encoder's table."""
    return (GridAxis("input_current", input_current, "A", "brightness, a current into the encoder", "log"),)


def encoder_settings(encoder: Encoder | ClockedEncoder, technology: Technology) -> dict[str, str | float]:
    """Encoder and technology."""
    return {
        **{f"encoder_{key}": value for key, value in dataclasses.asdict(encoder).items()},
        **technology_settings(technology),
    }


def terminal(name: str) -> Terminal:
    """A pin of the bench."""
    return pin_terminal(name, 1.0 if name == "in" else -1.0)
