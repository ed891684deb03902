"""A line of an energy trace, and the table points that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from circuits.tables import Table

Kind = Literal["static", "dynamic"]


@dataclass(frozen=True)
class TablePoint:
    """One simulated point: its table, the value of each axis in the axis' unit, its finite quantities in their units,
    and the SHA-256 of the deck that gave them (empty where the table does not say).
    """

    table: str
    at: Mapping[str, float]
    values: Mapping[str, float]
    deck_key: str


@dataclass(frozen=True)
class EnergyLine:
    """One kind of operation of one block, mean of an image.

    `operations`: how many [1]; `count` is what they amount to in `unit` (charge, time or number), `each` the energy of
    one such unit [J per unit] and `how` it follows from `points` of a table, between which `at` lies (axis values).
    `layer` None: of the whole network.
    """

    layer: int | None
    block: str
    operation: str
    kind: Kind
    operations: float
    count: float
    unit: str
    each: float
    how: str
    points: tuple[TablePoint, ...]
    at: Mapping[str, float] = field(default_factory=dict)

    @property
    def energy(self) -> float:
        """count x each [J]."""
        return self.count * self.each

    @property
    def table(self) -> str:
        """Name of the table that the energy is from."""
        return self.points[0].table if self.points else ""


def nearest_point(table: Table, at: Mapping[str, float]) -> TablePoint:
    """The grid point nearest to `at`, on the scale of each axis; axes that `at` leaves out are taken at their first."""
    index = {}
    for one in table.axes:
        wanted = at.get(one.name, float(one.values[0]))
        here = one.transformed(np.array([max(wanted, 1e-300) if one.scale == "log" else wanted]))[0]
        index[one.name] = int(np.argmin(np.abs(one.transformed(one.values) - here)))
    return point_at(table, index)


def point_at(table: Table, index: Mapping[str, int]) -> TablePoint:
    """The grid point of an index by axis."""
    here = table.dataset.isel(dict(index))
    values = {name: float(here[name]) for name in table.quantities}
    key = str(here["deck_key"].item()) if "deck_key" in here else ""
    place = {one.name: float(one.values[index[one.name]]) for one in table.axes}
    return TablePoint(table.name, place, {n: v for n, v in values.items() if np.isfinite(v)}, key)
