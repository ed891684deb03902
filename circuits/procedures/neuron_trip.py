"""Procedure `neuron_trip`: after what time a neuron fires whose membrane is held at a voltage."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from circuits.measure import MeasureError, crossings, integrate
from circuits.waveforms import Waveforms
from netlists.comparator import COMPARATOR, HOLD_EDGE, trip_deck
from netlists.deck import Crossing, Deck
from netlists.neuron import INPUT_START, Neuron
from netlists.technology import Technology

from .neuron_balance import neuron_closure
from .neuron_fire import SUPPLY_POWER, neuron_settings
from .procedure import DidNotFire, GridAxis, Point, Quantity

ONSET = INPUT_START + HOLD_EDGE
"""The membrane is at its voltage from here on [s]."""
RATE_SPAN = 1e-9
"""Time before the spike over which the comparator's rate is taken [s]."""


@dataclass(frozen=True)
class NeuronTripProcedure:
    """Time and energy of a spike over the voltage at which the membrane is held.

    A membrane that a ramp takes through the threshold says little of what one that creeps along it does: this table is
    what a model of the comparator is held against. Near the threshold the comparator takes microseconds; below it, it
    comes to rest, and the point is `did_not_fire`.

    Parameters
    ----------
    neuron, technology
        Cell and transistor cards.
    membrane_voltage
        Grid [V].
    watched
        Time after which a neuron counts as silent [s]. Above `quick` [V] a twentieth of it is watched, and silence is a
        failed measure.
    """

    neuron: Neuron
    technology: Technology
    membrane_voltage: tuple[float, ...] = (
        *(0.8, 0.85, 0.872, 0.876, 0.88, 0.885, 0.89, 0.9, 0.91, 0.92, 0.94),
        *(0.96, 1.0, 1.05, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6),
    )
    watched: float = 4e-6
    quick: float = 0.95
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "neuron_trip"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Delay, energy, and the comparator at the spike."""
        return (
            Quantity("delay", "s", "membrane at its voltage to the spike at half of the supply", "log"),
            Quantity("energy", "J", "energy from the supply in that time", "log"),
            Quantity("comparator_voltage", "V", "comparator's node at the spike"),
            Quantity("comparator_rate", "V/s", "mean rate at which it fell in the nanosecond before", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """The membrane's voltage."""
        return (GridAxis("membrane_voltage", self.membrane_voltage, "V", "voltage at which the membrane is held"),)

    def deck(self, point: Point) -> Deck:
        """The deck of one point; it ends with the spike."""
        voltage = point["membrane_voltage"]
        deck = trip_deck(self.neuron, self.technology, voltage, ONSET + self._watched(voltage))
        spike = Crossing("spike", "v(spk)", 0.5 * self.neuron.supply_voltage, "rise", start=ONSET)
        return replace(deck, ends_with=spike)

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Time of the first spike, and the supply's energy until then."""
        half = 0.5 * self.neuron.supply_voltage
        spikes = crossings(waveforms, "v(spk)", half, rising=True, start=ONSET)
        if not len(spikes):
            if point["membrane_voltage"] > self.quick:
                raise MeasureError(f"no spike within {deck.stop_time:g} s; watch it longer")
            raise DidNotFire(f"no spike within {self.watched:g} s")
        first = float(spikes[0])
        before = np.interp(first - RATE_SPAN, waveforms.time, waveforms.vector(COMPARATOR))
        at = waveforms.at(COMPARATOR, first)
        return {
            "delay": first - ONSET,
            "energy": integrate(waveforms, SUPPLY_POWER, ONSET, first, "energy"),
            "comparator_voltage": at,
            "comparator_rate": float(before - at) / RATE_SPAN,
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over the terminals of the cell, or negative dissipation [1]."""
        return neuron_closure(self.neuron, waveforms)

    def settings(self) -> dict[str, str | float]:
        """Neuron and technology."""
        return neuron_settings(self.neuron, self.technology) | {"watched": self.watched, "quick": self.quick}

    def _watched(self, voltage: float) -> float:
        return self.watched / 20 if voltage > self.quick else self.watched
