"""Procedure `neuron_charge`: the charge that takes the neuron's membrane to a voltage."""

from __future__ import annotations

from dataclasses import dataclass

from circuits.measure import integrate
from circuits.waveforms import Waveforms
from netlists.comparator import trip_deck
from netlists.deck import Deck
from netlists.neuron import INPUT_START, Neuron
from netlists.technology import Technology

from .neuron_balance import neuron_closure
from .neuron_fire import neuron_settings
from .procedure import GridAxis, Point, Quantity


@dataclass(frozen=True)
class NeuronChargeProcedure:
    """Charge into the membrane while a source takes it from 0 V to a voltage.

    The membrane is a capacitor with gates and junctions beside it, whose capacitance goes from 2.2 to 0.9 % of it
    between 0 V and the threshold. `edge` is long for the transistors and short for the leak, which takes 0.01 % of the
    charge in it.

    Parameters
    ----------
    neuron, technology
        Cell and transistor cards.
    membrane_voltage
        Grid, without 0 V [V].
    edge
        Time in which the membrane is taken there [s].
    """

    neuron: Neuron
    technology: Technology
    membrane_voltage: tuple[float, ...] = (
        *(-0.5, -0.4, -0.3, -0.2, -0.1, -0.05, 0.03, 0.06, 0.09, 0.12, 0.15, 0.2, 0.27, 0.35),
        *(0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.1, 1.3, 1.5, 1.75),
    )
    edge: float = 3e-9
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "neuron_charge"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Charge."""
        return (Quantity("charge", "C", "charge into the membrane from 0 V to its voltage"),)

    def axes(self) -> tuple[GridAxis, ...]:
        """The membrane's voltage."""
        return (GridAxis("membrane_voltage", self.membrane_voltage, "V", "voltage to which the membrane is taken"),)

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        stop = INPUT_START + 1.5 * self.edge
        deck = trip_deck(self.neuron, self.technology, point["membrane_voltage"], stop, self.edge)
        return deck.with_maximum_step(self.edge / 60)

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """The integral of the membrane's current."""
        window = (INPUT_START, INPUT_START + self.edge)
        return {"charge": integrate(waveforms, ((1.0, "i(vmem)", None),), *window, "charge")}

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over the terminals of the cell, or negative dissipation [1]."""
        return neuron_closure(self.neuron, waveforms)

    def settings(self) -> dict[str, str | float]:
        """Neuron and technology."""
        return neuron_settings(self.neuron, self.technology) | {"edge": self.edge}
