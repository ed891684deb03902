"""Procedures `column_interface_common`, `column_interface_mismatch`: offset and charge gain that act on a membrane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from circuits.waveforms import Waveforms
from measurements.errors import InputError
from netlists.columninterface import MAXIMUM_STEP, ColumnInterface, column_interface_deck
from netlists.deck import Deck
from netlists.technology import Technology

from .column_interface import ColumnInterfaceProcedure
from .procedure import GridAxis, Point, Quantity

STEPS = 200
"""Steps in a pulse that a charge needs, where no edge is looked for [1]."""
MEASURED = ("charge_gain", "offset_current", "offset_charge", "column_offset", "static_power")


@dataclass(frozen=True)
class ColumnInterfaceErrorsProcedure:
    """One pulse through one side of the interface, over draws of its transistors, side and membrane voltage.

    Draw 0 is the interface as designed; draw k > 0 has every transistor of interface and bias drawn with seed k
    (`netlists.mismatch`). A pulse's edge is not looked for: what is left of a bad draw is measured, too.

    Parameters
    ----------
    interface, technology
        Cell, bench and transistor cards.
    draw, sign, membrane_voltage
        Grid [1], [1], [V].
    input_current, rest_conductance
        Of the row that is read [A], of the cells at rest on each column [S].
    """

    interface: ColumnInterface
    technology: Technology
    draw: tuple[int, ...] = (0,)
    sign: tuple[int, ...] = (-1, 1)
    membrane_voltage: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.8)
    input_current: float = 1e-6
    rest_conductance: float = 1e-4
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    def __post_init__(self) -> None:
        if 0 in self.draw and len(self.draw) > 1:
            raise InputError("draw 0 is the interface as designed; it has a table of its own")

    @property
    def name(self) -> str:
        """Name of the table."""
        return "column_interface_common" if self.draw == (0,) else "column_interface_mismatch"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Charge gain, offsets, power."""
        found = {quantity.name: quantity for quantity in self._at({"draw": 0.0}).measured}
        return tuple(found[name] for name in MEASURED)

    def axes(self) -> tuple[GridAxis, ...]:
        """Draw, side, membrane."""
        return (
            GridAxis("draw", tuple(map(float, self.draw)), "1", "seed of the transistors", "category", integer=True),
            GridAxis("sign", tuple(map(float, self.sign)), "1", "1 plus, -1 minus column", "category", integer=True),
            GridAxis("membrane_voltage", self.membrane_voltage, "V", "membrane, held"),
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return column_interface_deck(
            self.interface,
            self._at(point).technology,
            sign=round(point["sign"]),
            input_current=self.input_current,
            rest_conductance=self.rest_conductance,
            membrane_voltage=point["membrane_voltage"],
            maximum_step=max(MAXIMUM_STEP, self.interface.pulse_width / STEPS),
        )

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """As `column_interface` measures them."""
        return self._at(point).sums(self._place(point), waveforms)

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:
        """As that of `column_interface`."""
        return self._at(point).closure_error(self._place(point), deck, waveforms)

    def settings(self) -> dict[str, str | float]:
        """Interface, technology, current and conductance."""
        own = {"input_current": self.input_current, "rest_conductance": self.rest_conductance}
        return {**self._at({"draw": 0.0}).settings(), **own}

    def _at(self, point: Mapping[str, float]) -> ColumnInterfaceProcedure:
        seed = round(point["draw"])
        technology = self.technology if seed == 0 else replace(self.technology, mismatch_seed=seed)
        return ColumnInterfaceProcedure(self.interface, technology)

    def _place(self, point: Point) -> Point:
        return {**point, "input_current": self.input_current, "rest_conductance": self.rest_conductance}
