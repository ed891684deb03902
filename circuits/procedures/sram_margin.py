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
    """Largest noise voltage in series with both inverters that the cell stands, from the transfer curve of its half.

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
            Quantity("read_current", "A", "from the bit line at full input", "log"),
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
        hold, read = (waveforms.vector(f"v({name})") for name in ("hold", "read"))
        return {
            "hold_margin": noise_margin(given[ramp], hold[ramp]),
            "read_margin": noise_margin(given[ramp], read[ramp]),
            "read_level": float(read[-1]),
            "read_current": -float(waveforms.vector("i(vbl)")[-1]),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all sources, or negative dissipation [1]."""
        return terminal_closure(waveforms, TERMINALS, (0.0, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Technology."""
        return {**technology_settings(self.technology), "temperature": self.technology.temperature}


def noise_margin(given: Array, answered: Array) -> float:
    """Static noise margin of a cell of two equal inverters [V]: side of the largest square in a lobe of the butterfly.

    Turned by 45 degrees, u = (x - y)/sqrt(2), v = (x + y)/sqrt(2), a falling curve y = f(x) is a function v(u), and its
    mirror image v(-u); the margin is max |v(u) - v(-u)| / sqrt(2) (E. Seevinck, F. J. List and J. Lohstroh, IEEE J.
    Solid-State Circuits 22, 748, 1987, doi 10.1109/JSSC.1987.1052809).

    Parameters
    ----------
    given, answered
        Transfer curve, input rising [V].

    Raises
    ------
    MeasureError
        The output rises faster than the input: no inverter.
    """
    u, v = (given - answered) / np.sqrt(2.0), (given + answered) / np.sqrt(2.0)
    if u.size < 2 or np.any(np.diff(u) <= 0.0):
        raise MeasureError("the transfer curve of the half cell does not fall; it is no inverter")
    reach = min(-u[0], u[-1])
    inside = np.concatenate([u[np.abs(u) <= reach], -u[np.abs(u) <= reach]])
    return float(np.max(np.abs(np.interp(inside, u, v) - np.interp(-inside, u, v))) / np.sqrt(2.0))
