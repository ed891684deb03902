"""Procedure `neuron_fire`: delay, interval and energy of the neuron under a constant input current."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace

import numpy as np

from circuits.measure import MeasureError, crossings, integrate
from circuits.waveforms import Waveforms
from netlists.deck import Crossing, Deck
from netlists.neuron import INPUT_START, MIRROR, Neuron, fire_stop_time, neuron_fire_deck
from netlists.technology import Technology

from .neuron_balance import neuron_closure
from .procedure import DidNotFire, GridAxis, Point, Quantity, technology_settings

RESET = "v(xneuron.rst)"
SUPPLY_POWER = ((-1.0, "v(vdd)", "i(vdd)"),)
RESET_OVER = 3e-9
"""After the fall of the reset signal the nodes that it moved are at rest within this time, before it they have not
begun to move [s].
"""
LEAK_MARGIN = 1.2
"""An input below this many times the leak need not fire; above it silence is a failed measure [1]."""


@dataclass(frozen=True)
class NeuronFireProcedure:
    """Spikes of the neuron over initial membrane voltage and input current.

    The current starts at `INPUT_START`, from then on everything is counted. The neuron's end of spike and
    reset is the moment its reset signal falls below half of the supply. A neuron whose input does not exceed
    its leak and that does not fire within `silent_time` is `did_not_fire`.

    Parameters
    ----------
    neuron, technology
        Cell and transistor cards.
    initial_voltage, input_current
        Grid [V], [A].
    silent_time
        Time in which an input below the leak is watched [s].
    """

    neuron: Neuron
    technology: Technology
    initial_voltage: tuple[float, ...] = (-0.3, 0.0, 0.2, 0.4, 0.6)
    input_current: tuple[float, ...] = tuple(float(value) for value in np.logspace(-7.0, -4.0, 13))
    silent_time: float = 5e-6
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "neuron_fire"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """First spike, interval, energies, charge, width, and how the comparator's load is left behind."""
        return (
            Quantity("delay", "s", "onset of the input to the first spike at half of the supply", "log"),
            Quantity("trip_voltage", "V", "membrane voltage at that moment", error_floor=0.1),
            Quantity("interval", "s", "first to second spike", "log"),
            Quantity("energy", "J", "supply energy from the onset to the end of the first spike and reset", "log"),
            Quantity("spike_energy", "J", "supply energy from the first to the second spike", "log"),
            Quantity(
                "recovery_energy",
                "J",
                "supply energy from the middle of spike and reset to just after their end",
                "log",
            ),
            Quantity("charge", "C", "input charge from the onset to the first spike", "log"),
            Quantity("spike_width", "s", "integral of the first spike over the supply voltage", "log"),
            Quantity(
                "mirror_shift",
                "V",
                "gate of the comparator's load just after the end of the first spike and reset, off its rest",
                error_floor=5e-3,
            ),
            Quantity("later_width", "s", "integral of the second spike over the supply voltage", "log"),
            Quantity(
                "mirror_change",
                "V",
                "gate of the comparator's load just before the end of the second reset, less that before the first's",
                error_floor=5e-3,
            ),
            Quantity("dead_time", "s", "first spike to the end of its reset", "log"),
            Quantity("later_dead_time", "s", "second spike to the end of its reset", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Initial voltage and input current."""
        return (
            GridAxis("initial_voltage", self.initial_voltage, "V", "membrane voltage at the onset of the input"),
            GridAxis("input_current", self.input_current, "A", "constant input current", "log"),
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point, long enough for two spikes in any corner; it ends with the second reset."""
        current, voltage = point["input_current"], point["initial_voltage"]
        stop_time = INPUT_START + self.silent_time
        if not self._may_stay_silent(current):
            stop_time = fire_stop_time(self.neuron, current, voltage)
        deck = neuron_fire_deck(self.neuron, self.technology, current, voltage, stop_time)
        half = 0.5 * self.neuron.supply_voltage
        second = Crossing("second_reset", RESET, half, "fall", number=2, start=INPUT_START)
        return replace(deck, ends_with=second)

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """Spike times and the integrals between them."""
        half = 0.5 * self.neuron.supply_voltage
        spikes = crossings(waveforms, "v(spk)", half, rising=True, start=INPUT_START)
        if len(spikes) == 0 and self._may_stay_silent(point["input_current"]):
            raise DidNotFire(f"no spike within {self.silent_time:g} s")
        resets = crossings(waveforms, RESET, half, rising=False, start=float(spikes[0]) if len(spikes) else 0.0)
        if len(spikes) < 2 or len(resets) < 2:
            raise MeasureError(f"{len(spikes)} spikes and {len(resets)} resets, 2 of each are needed; lengthen the run")
        first, second, end, later_end = float(spikes[0]), float(spikes[1]), float(resets[0]), float(resets[1])
        width = ((1.0 / self.neuron.supply_voltage, "v(spk)", None),)
        resting = 0.5 * (end - first)
        return {
            "delay": first - INPUT_START,
            "trip_voltage": waveforms.at("v(mem)", first),
            "interval": second - first,
            "energy": integrate(waveforms, SUPPLY_POWER, INPUT_START, end, "energy"),
            "spike_energy": integrate(waveforms, SUPPLY_POWER, first, second, "spike_energy"),
            "recovery_energy": integrate(waveforms, SUPPLY_POWER, end - resting, end + RESET_OVER, "recovery_energy"),
            "charge": integrate(waveforms, ((1.0, "i(vmem)", None),), INPUT_START, first, "charge"),
            "spike_width": integrate(waveforms, width, INPUT_START, end, "spike_width"),
            "later_width": integrate(waveforms, width, max(end, second - resting), second + resting, "later_width"),
            "mirror_change": waveforms.at(MIRROR, later_end - RESET_OVER) - waveforms.at(MIRROR, end - RESET_OVER),
            "dead_time": end - first,
            "later_dead_time": later_end - second,
            "mirror_shift": waveforms.at(MIRROR, end + RESET_OVER) - float(waveforms.vector(MIRROR)[0]),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over the terminals of the cell, or negative dissipation [1]."""
        return neuron_closure(self.neuron, waveforms)

    def settings(self) -> dict[str, str | float]:
        """Neuron and technology."""
        own = {"silent_time": self.silent_time, "reset_over": RESET_OVER}
        return neuron_settings(self.neuron, self.technology) | own

    def _may_stay_silent(self, input_current: float) -> bool:
        return input_current <= LEAK_MARGIN * self.neuron.leak_bias


def neuron_settings(neuron: Neuron, technology: Technology) -> dict[str, str | float]:
    """Flat attributes of a neuron and its technology."""
    return {
        **{f"neuron_{key}": value for key, value in dataclasses.asdict(neuron).items()},
        **technology_settings(technology),
    }
