"""Procedure `neuron_leak_gate`: how a moving membrane stirs the neuron's leak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuits.measure import integrate
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.leakgate import LEAK_GATE, leak_gate_deck
from netlists.neuron import INPUT_START, Neuron
from netlists.technology import Technology

from .neuron_balance import neuron_closure
from .neuron_fire import neuron_settings
from .procedure import GridAxis, Point, Quantity

SOON, LATE = (5e-9, 105e-9), (900e-9, 1000e-9)
"""After the edge, the times over which gate and current are averaged: the gate just stirred, and near its rest [s]."""


@dataclass(frozen=True)
class NeuronLeakGateProcedure:
    """The gate of the leak's mirror after the membrane has been taken to a voltage, and what the leak owes to it.

    `neuron_leak` starts with that gate at rest. A membrane that rises from 0 V lifts it by 6 mV, which take half a
    microsecond to go and raise the leak by 5 % for that long; one that is drawn below 0 V pulls it down further.
    The grid ends below the threshold of every corner, where nothing else moves; above 0.3 V there is little change.

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
        *(-0.45, -0.4, -0.3, -0.2, -0.1, -0.05),
        *(0.03, 0.06, 0.1, 0.15, 0.2, 0.27, 0.4, 0.6),
    )
    edge: float = 3e-9
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "neuron_leak_gate"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Shift, return and effect."""
        return (
            Quantity("gate_shift", "V", "leak's gate at the end of the edge, off its rest", error_floor=1e-4),
            Quantity("recovery", "s", "time constant with which it returns", "log"),
            Quantity("sensitivity", "S", "change of the leak's current by that of its gate", error_floor=2e-8),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """The membrane's voltage."""
        return (GridAxis("membrane_voltage", self.membrane_voltage, "V", "voltage to which the membrane is taken"),)

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        stop = INPUT_START + self.edge + LATE[1]
        return leak_gate_deck(self.neuron, self.technology, point["membrane_voltage"], self.edge, stop)

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """Shift at the end of the edge; means over `SOON` and `LATE`."""
        onset, rest = INPUT_START + self.edge, float(waveforms.vector(LEAK_GATE)[0])

        def mean(vector: str, span: tuple[float, float]) -> float:
            whole = integrate(waveforms, ((1.0, vector, None),), onset + span[0], onset + span[1], vector)
            return whole / (span[1] - span[0])

        soon, late = (mean(LEAK_GATE, span) - rest for span in (SOON, LATE))
        return {
            "gate_shift": waveforms.at(LEAK_GATE, onset) - rest,
            "recovery": (LATE[0] - SOON[0]) / float(np.log(soon / late)),
            "sensitivity": (mean("i(vmem)", SOON) - mean("i(vmem)", LATE)) / (soon - late),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over the terminals of the cell, or negative dissipation [1]."""
        return neuron_closure(self.neuron, waveforms)

    def settings(self) -> dict[str, str | float]:
        """Neuron and technology."""
        return neuron_settings(self.neuron, self.technology) | {"edge": self.edge}
