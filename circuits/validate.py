"""Fresh ngspice runs at random points off the grid, against what the tables predict there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from measurements.errors import TableError

from .cache import Cache
from .halving import PointError
from .ngspice import find_ngspice
from .outcome import Failure
from .parallel import Progress
from .points import run_point_list
from .procedures.procedure import GridAxis, Point, Procedure
from .result import PointResult
from .runner import DEFAULT_TIMEOUT
from .simulate import PointRun, relative_error
from .status import Status
from .tables import Table

MAXIMUM_DRAWS = 50
"""Draws for each point asked for, before a table that predicts nowhere is given up."""


@dataclass(frozen=True)
class QuantityErrors:
    """Relative errors |table - ngspice| / |ngspice| of one quantity [1], and the point of the worst."""

    quantity: str
    unit: str
    median: float
    p95: float
    worst: float
    worst_at: Mapping[str, float]


@dataclass(frozen=True)
class ProcedureValidation:
    """Errors of one table at `compared` points.

    `not_predicted` random points lay where the table rightly refuses (beside points that did not fire or
    failed) and were replaced by others; `failures` are the messages of points that the table predicts and
    ngspice did not confirm.
    """

    procedure: str
    compared: int
    not_predicted: int
    failures: tuple[str, ...]
    errors: tuple[QuantityErrors, ...]


@dataclass(frozen=True)
class ValidationReport:
    """Outcome of `validate`: one entry per procedure, and how the points were drawn."""

    procedures: tuple[ProcedureValidation, ...]
    points: int
    seed: int
    ngspice_version: str

    def to_json(self) -> dict[str, object]:
        """As plain dictionaries and lists that `json` writes."""
        return asdict(self)


def validate(
    procedures: Sequence[Procedure],
    tables: Mapping[str, Table],
    points: int = 50,
    seed: int = 0,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    cache: Cache | None = None,
) -> ValidationReport:
    """Compare `tables` with fresh simulations at `points` random points per procedure, off their grids.

    Points are drawn evenly on the scale of each axis, counts as whole numbers between the tabulated ones, categories
    among theirs. Points that
    `cache` holds are not run again: a validation that was interrupted goes on where it was.

    Raises
    ------
    TableError
        A procedure has no table, or its table predicts nowhere.
    SimulationError
        ngspice is missing.
    """
    ngspice = find_ngspice()
    drawn = [_draw(procedure, tables[procedure.name], points, seed) for procedure in procedures]
    tasks = [
        PointRun(procedure, point, timeout, cache)
        for procedure, (chosen, _) in zip(procedures, drawn, strict=True)
        for point in chosen
    ]
    outcomes = iter(run_point_list(tasks, jobs, progress, ngspice))
    entries = []
    for procedure, (chosen, refused) in zip(procedures, drawn, strict=True):
        fresh = [next(outcomes) for _ in chosen]
        entries.append(_compare(procedure, tables[procedure.name], chosen, fresh, refused))
    return ValidationReport(tuple(entries), points, seed, ngspice.version)


def point_errors(
    procedure: Procedure,
    table: Table,
    points: int,
    seed: int,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    cache: Cache | None = None,
) -> list[PointError]:
    """Relative error of every quantity at each of `points` random points off the grid: what `refine` asks for.

    Points that fresh simulations do not confirm are left out; errors are those of `validate`.
    """
    chosen, _ = _draw(procedure, table, points, seed)
    fresh = run_point_list([PointRun(procedure, point, timeout, cache) for point in chosen], jobs, progress)
    good = [(p, out) for p, out in zip(chosen, fresh, strict=True) if isinstance(out, PointResult) and not out.message]
    return [
        PointError(quantity.name, point, relative_error(float(value), out.quantities[quantity.name], quantity))
        for point, out in good
        if out.status is Status.OK
        for quantity in procedure.measured
        for value in [table.lookup(quantity.name, point).values]
    ]


def _draw(procedure: Procedure, table: Table, count: int, seed: int) -> tuple[list[Point], int]:
    """`count` random points that the table predicts, and how many it refused on the way."""
    generator = np.random.default_rng([seed, *procedure.name.encode()])
    chosen: list[Point] = []
    refused = 0
    while len(chosen) < count:
        point = {axis.name: _position(axis, generator) for axis in procedure.axes()}
        try:
            for quantity in procedure.measured:
                table.lookup(quantity.name, point)
            chosen.append(point)
        except TableError as error:
            refused += 1
            if refused > MAXIMUM_DRAWS * count:
                raise TableError(f"{procedure.name}: the table predicts almost nowhere ({error})") from error
    return chosen, refused


def _position(axis: GridAxis, generator: np.random.Generator) -> float:
    """A random position on an axis, off its grid where there is room between the grid points."""
    if axis.scale == "category":
        return float(generator.choice(axis.values))
    low, high = axis.values[0], axis.values[-1]
    if axis.integer:
        between = np.setdiff1d(np.arange(int(low), int(high) + 1), np.asarray(axis.values, dtype=int))
        if between.size == 0:
            return float(generator.choice(axis.values))
        wanted = (
            np.exp(generator.uniform(np.log(low), np.log(high)))
            if axis.scale == "log"
            else generator.uniform(low, high)
        )
        return float(between[np.argmin(np.abs(between - wanted))])
    if axis.scale == "log":
        return float(np.exp(generator.uniform(np.log(low), np.log(high))))
    return float(generator.uniform(low, high))


def _compare(
    procedure: Procedure,
    table: Table,
    points: Sequence[Point],
    fresh: Sequence[PointResult | Failure],
    refused: int,
) -> ProcedureValidation:
    good = [
        (point, out)
        for point, out in zip(points, fresh, strict=True)
        if isinstance(out, PointResult) and not out.message
    ]
    confirmed = [(point, out) for point, out in good if out.status is Status.OK]
    failures = [out.message for out in fresh if out.message]
    failures += [
        f"{procedure.name}: the table predicts a spike at {dict(p)}, ngspice none"
        for p, o in good
        if o.status is not Status.OK
    ]
    if not confirmed:
        raise TableError(f"{procedure.name}: no validation point was confirmed; first: {failures[0]}")
    entries = []
    for quantity in procedure.measured:
        at = {axis.name: np.array([point[axis.name] for point, _ in confirmed]) for axis in procedure.axes()}
        predicted = table.lookup(quantity.name, at).values
        errors = np.array(
            [
                relative_error(float(value), out.quantities[quantity.name], quantity)
                for value, (_, out) in zip(predicted, confirmed, strict=True)
            ]
        )
        worst = int(np.argmax(errors))
        entries.append(
            QuantityErrors(
                quantity.name,
                quantity.unit,
                float(np.median(errors)),
                float(np.percentile(errors, 95)),
                float(errors[worst]),
                dict(confirmed[worst][0]),
            )
        )
    return ProcedureValidation(procedure.name, len(confirmed), refused, tuple(failures), tuple(entries))
