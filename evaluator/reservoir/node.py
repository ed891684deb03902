"""Non-linear nodes of a delay-feedback reservoir: the ideal one of Mackey and Glass, and one from a table."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from evaluator.compiled import inlined
from measurements.errors import InputError, TableError

FloatArray = NDArray[np.float64]
LINEAR, MACKEY_GLASS, TABULATED = 0, 1, 2
TABLE = "reservoir_node"
"""Procedure whose table a characterized node is made of."""
_POINTS = 8193
_NOTHING = np.zeros(2)


@dataclass(frozen=True, eq=False)
class Node:
    """What a node settles at, f(u), for the sum u of offset, delayed output and masked input.

    `linear`: f = u, unbounded, for tests against closed forms. `mackey-glass`: f = u/(1 + |u|^p), whose feedback
    strength multiplies the delayed output (M. C. Mackey and L. Glass, Science 197 (1977) 287,
    doi:10.1126/science.267326; as a reservoir L. Appeltant et al., Nat. Commun. 2 (2011) 468,
    doi:10.1038/ncomms1476). `table`: straight lines between `values` at `low`, `low` + `step`, … [V], finely resampled.

    Parameters
    ----------
    name, kind
        For people; `LINEAR`, `MACKEY_GLASS`, `TABULATED`.
    exponent
        p [1].
    unit
        Of u and f: "1", or "V" where tabulated.
    time_constant
        Of the leaky integrator behind f [s]; None for an ideal node.
    """

    name: str
    kind: int
    exponent: float = 1.0
    unit: str = "1"
    low: float = 0.0
    step: float = 1.0
    values: FloatArray = field(default_factory=lambda: _NOTHING)
    time_constant: float | None = None

    @property
    def high(self) -> float:
        """Largest u of a tabulated node [V]."""
        return self.low + self.step * (self.values.size - 1)

    def __call__(self, total: FloatArray) -> FloatArray:
        """f(u) [unit], elementwise; at and beyond the ends of a table its last values."""
        if self.kind == TABULATED:
            return np.interp(total, self.low + self.step * np.arange(self.values.size), self.values)
        return total if self.kind == LINEAR else np.asarray(total / (1.0 + np.abs(total) ** self.exponent))


def linear_node() -> Node:
    """f(u) = u."""
    return Node("linear", LINEAR)


def mackey_glass_node(exponent: float = 2.0) -> Node:
    """f(u) = u/(1 + |u|^p) for the exponent p, 1 or above so that f stays bounded.

    Raises
    ------
    InputError
        Another exponent.
    """
    if not 1.0 <= exponent <= 100.0:
        raise InputError(f"the exponent of a Mackey-Glass node is {exponent:g}", hint="1 to 100")
    return Node("mackey-glass", MACKEY_GLASS, exponent)


def characterized_node(tables: TableSet) -> Node:
    """The node of the table `reservoir_node`, whose time constant is the median of the tabulated ones.

    Raises
    ------
    InputError
        There is no such table, or points of it failed.
    """
    if TABLE not in tables:
        raise InputError(
            f"the tables have no {TABLE}; there are {', '.join(tables) or 'none'}",
            hint="memchar characterize examples/deep_dfr.toml --device device.json -o tables.h5",
        )
    table = tables[TABLE]
    (axis,) = table.axes
    grid = np.linspace(axis.values[0], axis.values[-1], _POINTS)
    try:
        values = table.lookup("output_voltage", {axis.name: grid}).values
    except TableError as error:
        raise InputError(str(error), hint=f"characterize {TABLE} again") from error
    times = table.dataset["time_constant"].to_numpy()
    return Node(
        "characterized", TABULATED, 1.0, "V", float(grid[0]), float(grid[1] - grid[0]), values, float(np.median(times))
    )


@inlined
def settled(total: float, kind: int, exponent: float, low: float, step: float, values: FloatArray) -> float:
    """f(u) of one sum, compiled into the loop; NaN beyond a table."""
    if kind == TABULATED:
        place = (total - low) / step
        if not 0.0 <= place <= values.size - 1.0:
            return float(np.nan)
        left = min(int(place), values.size - 2)
        return float(values[left] + (place - left) * (values[left + 1] - values[left]))
    if kind == LINEAR:
        return total
    size = abs(total)
    if exponent == 1.0:
        return total / (1.0 + size)
    if exponent == 2.0:
        return total / (1.0 + size * size)
    return float(total / (1.0 + size**exponent))
