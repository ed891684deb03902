"""Procedure `neuron_comparator`: how fast the neuron's comparator moves, and what it draws, wherever it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuits.measure import integrate
from circuits.waveforms import Waveforms
from netlists.comparator import COMPARATOR, RESTING_MIRROR, comparator_deck
from netlists.deck import Deck
from netlists.neuron import MIRROR, Neuron
from netlists.technology import Technology

from .neuron_balance import neuron_closure
from .neuron_fire import SUPPLY_POWER, neuron_settings
from .procedure import GridAxis, Point, Quantity

MEMBRANES = (0.0, 0.5, 0.6, 0.66, 0.72, 0.76, 0.8, 0.83, 0.86, 0.89, 0.92, 0.96, 1.0, 1.06, 1.13, 1.22, 1.33, 1.5, 1.75)
SHARES = (0.35, 0.4, 0.44, 0.47, 0.5, 0.53, 0.56, 0.6, 0.66, 0.74, 0.82, 0.88, 0.92, 0.945, 0.965, 0.978, 0.989, 1.0)


@dataclass(frozen=True)
class NeuronComparatorProcedure:
    """Rates of the comparator's node and of its mirror gate, and supply power, over the three voltages that set them.

    The membrane is held, the comparator's node is let go at t = 0, and what follows is taken as straight over
    `interval`. `netlists.comparator` has the circuit. The comparator's node rests at the supply and trips the spike
    near half of it.

    Parameters
    ----------
    neuron, technology
        Cell and transistor cards.
    membrane_voltage
        Grid [V].
    comparator_share
        Grid of the comparator's node, as shares of the supply [1].
    mirror_shift
        Grid [V]: the mirror gate off its rest.
    interval
        Time over which rates and power are taken [s]: the fastest comparator moves by 0.1 V in it.
    """

    neuron: Neuron
    technology: Technology
    membrane_voltage: tuple[float, ...] = MEMBRANES
    comparator_share: tuple[float, ...] = SHARES
    mirror_shift: tuple[float, ...] = (-0.01, 0.0, 0.01)
    interval: float = 0.2e-9
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "neuron_comparator"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Rates, power, and where they hold."""
        return (
            Quantity("comparator_rate", "V/s", "rate at which the comparator's node falls", error_floor=1e6),
            Quantity("mirror_rate", "V/s", "rate at which the mirror gate rises", error_floor=5e4),
            Quantity("power", "W", "power from the supply"),
            Quantity("comparator_middle", "V", "comparator's node in the middle of the interval"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Membrane, comparator, mirror."""
        return (
            GridAxis("membrane_voltage", self.membrane_voltage, "V", "membrane voltage, held"),
            GridAxis("comparator_share", self.comparator_share, "1", "comparator's node at the start over the supply"),
            GridAxis("mirror_shift", self.mirror_shift, "V", "mirror gate at the start, off its rest"),
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return comparator_deck(
            self.neuron,
            self.technology,
            point["membrane_voltage"],
            point["comparator_share"] * self.neuron.supply_voltage,
            point["mirror_shift"],
            self.interval,
        )

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """Differences over the interval, from the first point after t = 0, where the sources let go."""
        time, node = waveforms.time, waveforms.vector(COMPARATOR)
        mirror = waveforms.vector(MIRROR) - waveforms.vector(RESTING_MIRROR)
        span = float(time[-1] - time[1])
        return {
            "comparator_rate": float(node[1] - node[-1]) / span,
            "mirror_rate": float(mirror[-1] - mirror[1]) / span,
            "power": integrate(waveforms, SUPPLY_POWER, float(time[1]), float(time[-1]), "power") / span,
            "comparator_middle": float(np.trapezoid(node[1:], time[1:])) / span,
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over the terminals of the cell, or negative dissipation [1]."""
        return neuron_closure(self.neuron, waveforms)

    def settings(self) -> dict[str, str | float]:
        """Neuron and technology."""
        return neuron_settings(self.neuron, self.technology) | {"interval": self.interval}
