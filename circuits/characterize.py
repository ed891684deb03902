"""Fills the tables: plan, run every point, gather datasets with provenance."""

from __future__ import annotations

import importlib.metadata
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import xarray as xr

from measurements.errors import InputError

from .cache import Cache
from .engine import OPTIONS
from .gathering import Gathering
from .ngspice import Ngspice, find_ngspice
from .outcome import Failure
from .parallel import Progress
from .points import run_points
from .procedures.procedure import Point, Procedure
from .result import PointResult
from .runner import DEFAULT_TIMEOUT
from .simulate import PointRun


@dataclass(frozen=True)
class PointTask:
    """One point to simulate: its procedure, its place in the grid and the values of the axes."""

    procedure: Procedure
    index: tuple[int, ...]
    point: Point


def plan(procedures: Sequence[Procedure]) -> tuple[PointTask, ...]:
    """Every point of every procedure, in table order; starts nothing, so it can be counted and printed.

    Each point takes two ngspice runs.
    """
    return tuple(_points(procedures))


def _points(procedures: Sequence[Procedure]) -> Iterator[PointTask]:
    """The points one by one: a plan of 100,000 of them need not be in memory."""
    for procedure in procedures:
        axes = procedure.axes()
        for index in itertools.product(*(range(len(axis.values)) for axis in axes)):
            yield PointTask(procedure, index, {axis.name: axis.values[i] for axis, i in zip(axes, index, strict=True)})


def characterize(
    procedures: Sequence[Procedure],
    jobs: int | None = None,
    progress: Progress | None = None,
    cache: Cache | None = None,
    *,
    timeout: float = DEFAULT_TIMEOUT,
) -> dict[str, xr.Dataset]:
    """Simulate every point of `procedures` and gather one dataset per procedure.

    Parameters
    ----------
    procedures
        Each gives one table of its name.
    jobs
        ngspices at a time; the cores by default.
    progress
        Called with (finished points, all points).
    cache
        Finished points; those it holds are not run again, and those that are run go into it.
    timeout
        Limit of one run [s].

    Returns
    -------
    dict
        Dataset by procedure name: quantities, `step_error_*`, `closure_error`, `status` and `deck_key` over
        the axes. Points that failed are NaN with a status; their messages are in the attribute `failures`.

    Raises
    ------
    InputError
        Two procedures have the same name, or the cache cannot be used.
    SimulationError
        ngspice is missing. What happens to a single point never raises.
    OSError
        The cache cannot be written, for the disk is full, say.
    Interrupted
        On Ctrl-C; the cache then holds every finished point.
    """
    names = [procedure.name for procedure in procedures]
    if len(set(names)) < len(names):
        raise InputError(f"two procedures of one name among {', '.join(names)}; each makes a table of its name")
    ngspice = find_ngspice()
    gatherings = {procedure.name: Gathering(procedure) for procedure in procedures}
    running: dict[int, PointTask] = {}

    def points() -> Iterator[PointRun]:
        for number, task in enumerate(_points(procedures)):
            running[number] = task
            yield PointRun(task.procedure, task.point, timeout, cache)

    def keep(number: int, outcome: PointResult | Failure) -> None:
        task = running.pop(number)
        gatherings[task.procedure.name].put(task.index, _as_result(outcome))

    total = sum(prod(len(axis.values) for axis in procedure.axes()) for procedure in procedures)
    run_points(points(), total, keep, jobs, progress, ngspice)
    return {name: gathered.dataset(provenance(gathered.procedure, ngspice)) for name, gathered in gatherings.items()}


def provenance(procedure: Procedure, ngspice: Ngspice) -> dict[str, str | float]:
    """Flat attributes that trace a table: versions, tolerances and everything the decks depend on.

    A size that is left to its default is none of them: files of tables hold numbers and texts.
    """
    given = {name: value for name, value in procedure.settings().items() if value is not None}
    return {
        "memchar_version": memchar_version(),
        "ngspice_version": ngspice.version,
        "ngspice_options": f"{OPTIONS}; half of each maximum step",
        "step_tolerance": procedure.step_tolerance,
        "closure_tolerance": procedure.closure_tolerance,
        **given,
    }


def memchar_version() -> str:
    """Version of the installed package; `not installed` where it runs from a bare source tree."""
    try:
        return importlib.metadata.version("memchar")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _as_result(outcome: PointResult | Failure) -> PointResult:
    """Failures outside a run (a deck that cannot be built) are points without a deck."""
    if isinstance(outcome, Failure):
        return PointResult(outcome.status, {}, {}, outcome.message, "")
    return outcome
