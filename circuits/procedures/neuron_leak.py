"""Procedure `neuron_leak`: what the neuron's membrane loses, and its supply spends, without input."""

from __future__ import annotations

from dataclasses import dataclass

from circuits.measure import MeasureError, evaluate_all
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.neuron import Neuron, neuron_leak_deck
from netlists.technology import Technology

from .neuron_balance import neuron_closure
from .neuron_fire import neuron_settings
from .procedure import GridAxis, Point, Quantity

VOLTAGES = (
    *(-0.5, -0.45, -0.4, -0.35, -0.3, -0.25, -0.2, -0.15, -0.1, -0.05, 0.0, 0.025, 0.05, 0.075, 0.1),
    *(0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.82, 0.84, 0.86),
)  # fmt: skip


@dataclass(frozen=True)
class NeuronLeakProcedure:
    """Membrane voltage, charge and supply energy after an interval without input.

    The leak is steep near 0 V and, through the reset transistor's junction, below -0.4 V, and the supply power is near
    the threshold, which is at 0.87 V in the typical corner; the grid is dense there.

    Parameters
    ----------
    neuron, technology
        Cell and transistor cards.
    initial_voltage, interval
        Grid [V], [s].
    """

    neuron: Neuron
    technology: Technology
    initial_voltage: tuple[float, ...] = VOLTAGES
    interval: tuple[float, ...] = (5e-9, 5e-8, 1e-7, 2e-7, 3.5e-7, 6e-7, 1e-6)
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "neuron_leak"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Final voltage, energy, charge."""
        tenth = 0.1 * self.neuron.leak_bias * self.interval[0]
        return (
            Quantity("final_voltage", "V", "membrane voltage at the end of the interval", error_floor=0.1),
            Quantity("energy", "J", "energy from the supply in the interval"),
            Quantity("charge", "C", "charge that the membrane capacitor lost in the interval", error_floor=tenth),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Initial voltage and interval; the loss is nearly proportional to the interval: linear scale."""
        return (
            GridAxis("initial_voltage", self.initial_voltage, "V", "membrane voltage at the start"),
            GridAxis("interval", self.interval, "s", "time without input"),
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return neuron_leak_deck(self.neuron, self.technology, point["initial_voltage"], point["interval"])

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Final voltage, supply energy, and C*(V(0) - V(interval))."""
        if waveforms.vector("v(spk)").max() > 0.5 * self.neuron.supply_voltage:
            raise MeasureError(
                f"the neuron fires from {point['initial_voltage']:g} V by itself; end the grid below its threshold"
            )
        measured = evaluate_all(deck, waveforms)
        lost = measured["initial_voltage"] - measured["final_voltage"]
        return {
            "final_voltage": measured["final_voltage"],
            "energy": measured["supply_energy"],
            "charge": self.neuron.membrane_capacitance * lost,
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over the terminals of the cell, or negative dissipation [1]."""
        return neuron_closure(self.neuron, waveforms)

    def settings(self) -> dict[str, str | float]:
        """Neuron and technology."""
        return neuron_settings(self.neuron, self.technology)
