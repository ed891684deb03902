"""Which cells of a table to halve: those that points off its grid ask for, along the axes that cause the error."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .interpolation import cell_index, interpolate
from .procedures.procedure import GridAxis, Point
from .tables import Table

Array = NDArray[np.float64]
SHARE = 0.5
"""An axis is refined too where its own error is at least this share of the largest [1]."""


@dataclass(frozen=True)
class PointError:
    """Relative error of one quantity of a table at one point off its grid [1]."""

    quantity: str
    at: Point
    error: float


@dataclass(frozen=True)
class Addition:
    """A value to be added to an axis, and the largest error that asks for it [1]."""

    axis: str
    value: float
    error: float


def additions(
    table: Table,
    errors: Sequence[PointError],
    tolerance: float,
    *,
    axes: Sequence[GridAxis],
    refined: Sequence[str] | None = None,
    quantile: float = 1.0,
) -> tuple[Addition, ...]:
    """Axis values that the points missing the tolerance ask for: the cheapest that answer as many as must be.

    A miss asks to halve, on the scale of the axis, the cell it lies in, along the axis on which the table interpolates
    worst there: the one with the largest error when a grid point beside the cell is left out and interpolated from the
    others along that axis. Axes within `SHARE` of it are halved too. On an axis of two points, which nothing can be
    left out of, half of the change between them is taken. Values that most misses ask for, for the fewest new points of
    the grid, are taken first, until no more misses of any quantity are left unanswered than `quantile` allows.

    Parameters
    ----------
    table
        The present table.
    errors
        What validation found; those up to `tolerance` are passed over.
    tolerance
        Largest relative error wanted [1].
    axes
        Axes of the procedure: scale, and which of them count whole numbers.
    refined
        Names of the axes that may get points; all if not given.
    quantile
        Share of the errors of each quantity that must meet the tolerance [1].

    Returns
    -------
    tuple[Addition, ...]
        Without duplicates, the most asked for first; empty where no cell can be halved any more.
    """
    allowed = {axis.name: axis for axis in axes if refined is None or axis.name in refined}
    misses = [miss for miss in errors if miss.error > tolerance]
    asked = {number: _asked(table, miss, allowed) for number, miss in enumerate(misses)}
    names = {miss.quantity for miss in misses}
    count = {name: sum(error.quantity == name for error in errors) for name in names}
    missed = {name: sum(miss.quantity == name for miss in misses) for name in names}
    # Rounded, for 1 - 0.95 is a little more than 0.05.
    open_misses = {name: missed[name] - math.floor(round((1.0 - quantile) * count[name], 9)) for name in names}
    cost = {axis.name: math.prod(len(other.values) for other in axes if other.name != axis.name) for axis in axes}
    found: list[Addition] = []
    while True:
        gain: dict[tuple[str, float], list[int]] = {}
        for number, wishes in asked.items():
            for wish in wishes if open_misses[misses[number].quantity] > 0 else ():
                gain.setdefault(wish, []).append(number)
        if not gain:
            return tuple(found)
        best = max(gain, key=lambda wish: (len(gain[wish]) / cost[wish[0]], max(misses[n].error for n in gain[wish])))
        found.append(Addition(*best, max(misses[number].error for number in gain[best])))
        for number in gain[best]:
            open_misses[misses[number].quantity] -= 1
            del asked[number]


def _asked(table: Table, miss: PointError, allowed: Mapping[str, GridAxis]) -> tuple[tuple[str, float], ...]:
    """Axis values that would halve the cell of a miss, of the axes that the error is of."""
    middles = {name: _middle(axis, miss.at[name]) for name, axis in allowed.items()}
    errors = {name: _own_error(table, miss, name) for name, middle in middles.items() if middle is not None}
    return tuple(
        (name, middle)
        for name, middle in middles.items()
        if middle is not None and errors[name] >= SHARE * max(errors.values())
    )


def _middle(axis: GridAxis, position: float) -> float | None:
    """Middle of the cell of a position on the scale of the axis; None where nothing, or no whole number, lies there."""
    values = np.asarray(axis.values, dtype=float)
    if len(values) < 2 or axis.scale == "category":
        return None
    low = int(cell_index(values, np.array([position]))[0])
    below, above = values[low], values[low + 1]
    middle = float(np.sqrt(below * above)) if axis.scale == "log" else float(0.5 * (below + above))
    if axis.integer:
        middle = float(round(middle))
    return middle if below < middle < above else None


def _own_error(table: Table, miss: PointError, name: str) -> float:
    """Relative error that the table makes along one axis beside a point [1]."""
    values, logarithmic = table.on_scale(miss.quantity)
    lines, number = _lines(table, values, miss.at, name)
    axis = table.axes[number]
    grid = axis.transformed(axis.values)
    if len(grid) < 2:
        return 0.0
    low = int(cell_index(axis.values, np.array([miss.at[name]]))[0])
    if len(grid) == 2:
        return 0.5 * _relative(lines[:, 1], lines[:, 0], logarithmic)
    found = []
    for left_out in {max(low, 1), min(low + 1, len(grid) - 2)}:
        kept = np.delete(np.arange(len(grid)), left_out)
        guessed = [interpolate([grid[kept]], line[kept], [grid[left_out : left_out + 1]])[0] for line in lines]
        found.append(_relative(np.array(guessed), lines[:, left_out], logarithmic))
    return max(found)


def _lines(table: Table, values: Array, at: Mapping[str, float], name: str) -> tuple[Array, int]:
    """Table values along one axis, at the corners of the point's cell on the others; shape (corners, n)."""
    number = [axis.name for axis in table.axes].index(name)
    cut: list[slice] = []
    for axis in table.axes:
        low = int(cell_index(axis.values, np.array([at[axis.name]]))[0])
        cut.append(slice(None) if axis.name == name else slice(low, low + 2))
    block = np.moveaxis(values[tuple(cut)], number, -1)
    return block.reshape(-1, block.shape[-1]), number


def _relative(guess: Array, truth: Array, logarithmic: bool) -> float:
    """Largest relative difference, of numbers or of their logarithms; 0 where none is known [1]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.abs(np.expm1(guess - truth)) if logarithmic else np.abs(guess - truth) / np.abs(truth)
    return float(np.max(found[np.isfinite(found)], initial=0.0))
