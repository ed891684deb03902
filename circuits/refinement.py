"""Where a table needs more points, and the loop that adds them until validation meets a tolerance."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurements.errors import InputError, TableError

from .interpolation import cell_index, interpolate
from .procedures.procedure import GridAxis, Point, Procedure
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


@dataclass(frozen=True, eq=False)
class Round:
    """One pass of `refine`: points of the grid, errors found off it, and what was added afterwards."""

    points: int
    compared: int
    error: float
    added: tuple[Addition, ...]


@dataclass(frozen=True, eq=False)
class Refined:
    """Outcome of `refine`: the procedure with its final axes, its table, whether the tolerance is met, all rounds."""

    procedure: Procedure
    table: Table
    met: bool
    rounds: tuple[Round, ...]


def additions(
    table: Table,
    errors: Sequence[PointError],
    tolerance: float,
    *,
    axes: Sequence[GridAxis],
    refined: Sequence[str] | None = None,
) -> tuple[Addition, ...]:
    """Axis values that the points missing the tolerance ask for.

    Every miss halves, on the scale of the axis, the cell it lies in, along the axis on which the table interpolates
    worst there: the one with the largest error when a grid point beside the cell is left out and interpolated from the
    others along that axis. Axes within `SHARE` of it are halved too. On an axis of two points, which nothing can be
    left out of, half of the change between them is taken.

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

    Returns
    -------
    tuple[Addition, ...]
        Without duplicates, worst first; empty where no cell can be halved any more.
    """
    allowed = {axis.name: axis for axis in axes if refined is None or axis.name in refined}
    worst: dict[tuple[str, float], float] = {}
    for miss in errors:
        if not miss.error > tolerance:
            continue
        found = {name: _own_error(table, miss, name) for name in allowed}
        middles = {name: _middle(allowed[name], miss.at[name]) for name in found}
        possible = {name: error for name, error in found.items() if middles[name] is not None}
        for name, error in possible.items():
            value = middles[name]
            if value is not None and error >= SHARE * max(possible.values()):
                worst[name, value] = max(worst.get((name, value), 0.0), miss.error)
    ranked = sorted(worst.items(), key=lambda item: -item[1])
    return tuple(Addition(name, value, error) for (name, value), error in ranked)


def refine(
    procedure: Procedure,
    tolerance: float,
    run: Callable[[Procedure], Table],
    check: Callable[[Procedure, Table, int], Sequence[PointError]],
    *,
    refined: Sequence[str] | None = None,
    quantile: float = 1.0,
    maximum_points: int = 100_000,
    maximum_rounds: int = 20,
) -> Refined:
    """Add points to the axes of `procedure` until its table meets `tolerance` off the grid.

    Parameters
    ----------
    procedure
        Where to begin: a coarse grid over the whole range. A dataclass with a field of values for each axis.
    tolerance
        Relative error to be met [1].
    run
        Table of a procedure; it should keep finished points, for each round asks for those of the last again.
    check
        Errors of a table at random points off its grid, drawn with the given seed. Every round has a seed of its own,
        so that no grid is judged at the points it was made for.
    refined
        Axes that may get points; all if not given.
    quantile
        Share of the errors that must meet the tolerance: 1 for all, 0.95 for the 95th percentile [1].
    maximum_points, maximum_rounds
        Where to give up; the result then says that the tolerance is not `met`.

    Raises
    ------
    InputError
        Tolerance or quantile out of range, or an unknown axis.
    """
    _check(procedure, tolerance, quantile, refined)
    rounds: list[Round] = []
    while True:
        table = run(procedure)
        errors = check(procedure, table, len(rounds))
        if not errors:
            raise TableError(f"{procedure.name}: nothing to judge the table by; ask for validation points")
        reached = _reached(errors, quantile)
        found: tuple[Addition, ...] = ()
        if reached > tolerance and len(rounds) + 1 < maximum_rounds:
            found = additions(table, errors, tolerance, axes=procedure.axes(), refined=refined)
        larger = with_additions(procedure, found)
        if size(larger) > maximum_points:
            found = ()
        rounds.append(Round(size(procedure), len(errors), reached, found))
        if not found:
            return Refined(procedure, table, reached <= tolerance, tuple(rounds))
        procedure = larger


def with_additions(procedure: Procedure, found: Sequence[Addition]) -> Procedure:
    """The procedure with values put into its axes."""
    values = {axis.name: set(axis.values) for axis in procedure.axes()}
    for addition in found:
        values[addition.axis].add(addition.value)
    changed = {
        axis.name: _typed(axis, values[axis.name])
        for axis in procedure.axes()
        if len(values[axis.name]) > len(axis.values)
    }
    return dataclasses.replace(procedure, **changed) if changed else procedure  # type: ignore[type-var]


def on_grid_of(procedure: Procedure, table: Table) -> Procedure:
    """The procedure with the axes of its table, which refinement may have made other than its own."""
    axes = {axis.name: axis for axis in procedure.axes()}
    values = {axis.name: _typed(axes[axis.name], {float(v) for v in axis.values}) for axis in table.axes}
    changed = {name: found for name, found in values.items() if found != axes[name].values}
    return dataclasses.replace(procedure, **changed) if changed else procedure  # type: ignore[type-var]


def size(procedure: Procedure) -> int:
    """Number of grid points."""
    return int(np.prod([len(axis.values) for axis in procedure.axes()]))


def _check(procedure: Procedure, tolerance: float, quantile: float, refined: Sequence[str] | None) -> None:
    if not 0.0 < tolerance < 1.0 or not 0.0 < quantile <= 1.0:
        raise InputError(f"tolerance {tolerance:g} and quantile {quantile:g} must lie above 0, at most at 1")
    unknown = set(refined or ()) - {axis.name for axis in procedure.axes()}
    if unknown:
        known = ", ".join(axis.name for axis in procedure.axes())
        raise InputError(f"{procedure.name} has no axis {', '.join(sorted(unknown))}; there are {known}")


def _reached(errors: Sequence[PointError], quantile: float) -> float:
    """The quantile of the error, for the quantity where it is largest."""
    names = {error.quantity for error in errors}
    return max(float(np.quantile([e.error for e in errors if e.quantity == name], quantile)) for name in names)


def _typed(axis: GridAxis, values: set[float]) -> tuple[float, ...]:
    return tuple(int(value) if axis.integer else value for value in sorted(values))


def _middle(axis: GridAxis, position: float) -> float | None:
    """Middle of the cell of a position on the scale of the axis; None where no whole number lies between."""
    values = np.asarray(axis.values, dtype=float)
    if len(values) < 2:
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
