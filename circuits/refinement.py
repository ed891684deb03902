"""The loop that adds points to a table until it meets a tolerance off its grid."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from measurements.errors import InputError, TableError

from .halving import Addition, PointError, additions
from .procedures.procedure import GridAxis, Procedure
from .tables import Table

__all__ = ["Addition", "PointError", "Refined", "Round", "additions", "on_grid_of", "refine", "size", "with_additions"]

MARGIN = 0.5
"""Share of the tolerance that is aimed at where points are already known: those not known are worse [1]. Aiming at 0.8,
a table of neuron_leak took 465 simulated points instead of 300, most of them to be judged again and again.
"""


@dataclass(frozen=True, eq=False)
class Round:
    """One pass of `refine`: points of the grid, errors compared, the quantile reached, and what was added afterwards.

    The quantile is that of new points where there were any, else that of all points known.
    """

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
        Errors of a table at random points off its grid, drawn with the given seed; called again with the same seed it
        should keep what was simulated. Points that were checked once guide the refinement, at no new cost, until the
        table meets `MARGIN` times the tolerance there. Then it is judged at points of a new seed, so that no grid is
        judged at the points it was made for.
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
    checked = 0
    while True:
        table = run(procedure)
        errors = [error for seed in range(checked) for error in check(procedure, table, seed)]
        reached = _reached(errors, quantile) if errors else math.inf
        compared, met = len(errors), False
        if not errors or reached <= MARGIN * tolerance:
            fresh = list(check(procedure, table, checked))
            if not fresh:
                raise TableError(f"{procedure.name}: nothing to judge the table by; ask for validation points")
            checked += 1
            compared, errors, reached = len(errors) + len(fresh), fresh, _reached(fresh, quantile)
            met = reached <= tolerance
        found: tuple[Addition, ...] = ()
        if not met and len(rounds) + 1 < maximum_rounds:
            aim = MARGIN * tolerance
            found = additions(table, errors, aim, axes=procedure.axes(), refined=refined, quantile=quantile)
        larger = with_additions(procedure, found)
        if size(larger) > maximum_points:
            found = ()
        rounds.append(Round(size(procedure), compared, reached, found))
        if not found:
            return Refined(procedure, table, met, tuple(rounds))
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
