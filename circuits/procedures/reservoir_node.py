"""Procedure `reservoir_node`: output, settling, power and energy of the node of a delay-feedback reservoir."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from circuits.measure import MeasureError, first_crossing
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.reservoirnode import PINS, ReservoirNode, reservoir_node_deck
from netlists.technology import Technology

from .procedure import GridAxis, Point, Quantity, technology_settings
from .terminals import Terminal, entered, pin_terminal, terminal_closure

SETTLED = 0.01
"""Part of the way that may be left where the output counts as settled [1]."""
STEEP = 1.0 - float(np.exp(-1.0))


@dataclass(frozen=True)
class ReservoirNodeProcedure:
    """The node over the sum of delayed output and masked input, its output let go at 0 V.

    Parameters
    ----------
    node, technology
        Cell and transistor cards.
    input_voltage
        Grid of the sum, the mean of the pins x and j [V].
    evaluation_time
        Which `energy` is of: the time of one virtual node, a fifth of the nominal time constant [s].
    """

    node: ReservoirNode
    technology: Technology
    input_voltage: tuple[float, ...] = tuple(round(-0.3 + 0.025 * place, 3) for place in range(53))
    evaluation_time: float = 2.1e-9
    step_tolerance: float = 0.01
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "reservoir_node"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Transfer, times, power, energy."""
        return (
            Quantity("output_voltage", "V", "output when it has settled", error_floor=1e-3),
            Quantity("time_constant", "s", "from 0 V to 63 % of the settled output", "log"),
            Quantity("settling_time", "s", "from 0 V to within 1 % of the settled output", "log"),
            Quantity("power", "W", "from all pins but the bias, settled", "log"),
            Quantity("bias_power", "W", "from the supply of the bias cell, which many nodes share", "log"),
            Quantity("energy", "J", "from all pins but the bias in one evaluation, from 0 V on", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """The sum."""
        return (GridAxis("input_voltage", self.input_voltage, "V", "mean of delayed output and masked input"),)

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return reservoir_node_deck(self.node, self.technology, point["input_voltage"])

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """Crossings of parts of the settled output, and powers of the pins."""
        stop = deck.stop_time
        last = stop - self.node.time_constant
        settled = waveforms.at("v(pin_out)", stop)
        own = [terminal(name) for name in PINS if name not in ("vbias", "out")]
        return {
            "output_voltage": settled,
            "time_constant": _reached(waveforms, STEEP * settled),
            "settling_time": _reached(waveforms, (1.0 - SETTLED) * settled),
            "power": entered(waveforms, own, last, stop) / (stop - last),
            "bias_power": entered(waveforms, [terminal("vbias")], last, stop) / (stop - last),
            "energy": entered(waveforms, own, float(waveforms.time[1]), self.evaluation_time),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all pins, or negative dissipation [1]."""
        return terminal_closure(waveforms, [terminal(name) for name in PINS], (0.0, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Node and technology."""
        return {
            **{f"reservoir_node_{key}": value for key, value in dataclasses.asdict(self.node).items()},
            "evaluation_time": self.evaluation_time,
            **technology_settings(self.technology),
        }


def terminal(name: str) -> Terminal:
    """A pin of the bench; currents into sources, and through the ammeter of the output, leave the cell."""
    return pin_terminal(name, -1.0)


def _reached(waveforms: Waveforms, level: float) -> float:
    """Time at which the output passes `level` [s].

    Raises
    ------
    MeasureError
        The output does not rise: the sum is where the node passes no current.
    """
    if level <= 0.0:
        raise MeasureError(f"the output settles at {level:.3g} V or below, where it began")
    return first_crossing(waveforms, "v(pin_out)", level, rising=True, start=0.0, missing="it does not settle")
