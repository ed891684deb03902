"""Procedure `sram_margin`: static noise margin of the 6T cell, held and read, over the supply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from circuits.measure import MeasureError
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.sram import sram_margin_deck
from netlists.technology import Technology

from .procedure import GridAxis, Point, Quantity, technology_settings
from .terminals import Terminal, terminal_closure

Array = NDArray[np.float64]
TERMINALS = tuple(Terminal(f"v({node})", f"i({source})", -1.0)
                  for node, source in (("vdd", "vdd"), ("bl", "vbl"), ("in", "vin"), ("vss", "vss")))  # fmt: skip


@dataclass(frozen=True)
class SramMarginProcedure:
    """Largest noise voltage in series with both inverters that the cell stands, from the curves of its halves.

    Parameters
    ----------
    technology
        Transistor cards.
    supply_voltage
        Grid [V].
    """

    technology: Technology
    supply_voltage: tuple[float, ...] = (1.2, 1.62, 1.8, 1.98)
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "sram_margin"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Two margins and the low level in a read."""
        return (
            Quantity("hold_margin", "V", "static noise margin, word line low"),
            Quantity("read_margin", "V", "static noise margin, word line and bit lines high"),
            Quantity("read_level", "V", "output of the half cell at full input in a read: the low node that rises"),
            Quantity("read_current", "A", "from a bit line at full input, mean of both halves", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Supply."""
        return (GridAxis("supply_voltage", self.supply_voltage, "V", "of cell, word line and bit lines"),)

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return sram_margin_deck(point["supply_voltage"], self.technology)

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """Margins of both transfer curves."""
        given = waveforms.vector("v(in)")
        ramp = np.flatnonzero(np.diff(given, prepend=-1.0) > 0.0)
        hold, read = (
            [waveforms.vector(f"v({name}_{side})") for side in ("left", "right")] for name in ("hold", "read")
        )
        return {
            "hold_margin": noise_margin(given[ramp], hold[0][ramp], hold[1][ramp]),
            "read_margin": noise_margin(given[ramp], read[0][ramp], read[1][ramp]),
            "read_level": max(float(one[-1]) for one in read),
            "read_current": -0.5 * float(waveforms.vector("i(vbl)")[-1]),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all sources, or negative dissipation [1]."""
        return terminal_closure(waveforms, TERMINALS, (0.0, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Technology."""
        return technology_settings(self.technology)


def noise_margin(given: Array, left: Array, right: Array) -> float:
    """Static noise margin of a cell of two inverters [V]: largest square in the smaller lobe of the butterfly.

    Turned by 45 degrees, u = (x - y)/sqrt(2), v = (x + y)/sqrt(2), a falling curve y = f(x) is a function v(u), and the
    mirror image of the other one w(-u); d = (v(u) - w(-u))/sqrt(2) is the side of the square there. The margin is the
    smaller of max d and max -d, one a lobe (E. Seevinck, F. J. List and J. Lohstroh, IEEE J.
    Solid-State Circuits 22, 748, 1987, doi 10.1109/JSSC.1987.1052809).

    Parameters
    ----------
    given, left, right
        Input, rising, and the output of each inverter [V].

    Raises
    ------
    MeasureError
        The output rises faster than the input: no inverter.
    """
    turned = [((given - one) / np.sqrt(2.0), (given + one) / np.sqrt(2.0)) for one in (left, right)]
    if given.size < 2 or any(np.any(np.diff(u) <= 0.0) for u, _ in turned):
        raise MeasureError("a transfer curve of the half cells does not fall; it is no inverter")
    reach = min(abs(end) for u, _ in turned for end in (u[0], u[-1]))
    inside = np.concatenate([turned[0][0], -turned[1][0]])
    inside = inside[np.abs(inside) <= reach]
    apart = (np.interp(inside, *turned[0]) - np.interp(-inside, *turned[1])) / np.sqrt(2.0)
    return float(min(np.max(apart), np.max(-apart)))
