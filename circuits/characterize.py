"""Fills the tables: plan, run every point, gather datasets with provenance."""

from __future__ import annotations

import importlib.metadata
import itertools
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from measurements.errors import InputError

from .children import Children
from .journal import Journal, PointResult
from .ngspice import Ngspice, find_ngspice
from .parallel import Failure, Progress, run_tasks
from .procedures.procedure import GridAxis, Point, Procedure, Quantity
from .runner import DEFAULT_TIMEOUT
from .simulate import simulate_point
from .status import Status


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
    return tuple(
        PointTask(procedure, index, {axis.name: axis.values[i] for axis, i in zip(axes, index, strict=True)})
        for procedure in procedures
        for axes in [procedure.axes()]
        for index in itertools.product(*(range(len(axis.values)) for axis in axes))
    )


def characterize(
    procedures: Sequence[Procedure],
    jobs: int | None = None,
    progress: Progress | None = None,
    journal_path: Path | None = None,
    *,
    timeout: float = DEFAULT_TIMEOUT,
) -> dict[str, xr.Dataset]:
    """Simulate every point of `procedures` and gather one dataset per procedure.

    Parameters
    ----------
    procedures
        Each gives one table of its name.
    jobs
        ngspice processes at a time; the cores by default.
    progress
        Called with (finished points, all points).
    journal_path
        Journal of finished points; points it holds are not run again.
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
        Two procedures have the same name, or the journal cannot be used.
    SimulationError
        ngspice is missing. What happens to a single point never raises.
    Interrupted
        On Ctrl-C; the journal then holds every finished point.
    """
    names = [procedure.name for procedure in procedures]
    if len(set(names)) < len(names):
        raise InputError(f"two procedures of one name among {', '.join(names)}; each makes a table of its name")
    tasks = plan(procedures)
    ngspice = find_ngspice()
    with Journal(journal_path) if journal_path is not None else nullcontext() as journal:
        calls = [_call(task, ngspice, timeout, journal) for task in tasks]
        outcomes = [_as_result(outcome) for outcome in run_tasks(calls, jobs, progress)]
    return {
        procedure.name: dataset_of(
            procedure,
            {task.index: out for task, out in zip(tasks, outcomes, strict=True) if task.procedure is procedure},
            ngspice,
        )
        for procedure in procedures
    }


def dataset_of(procedure: Procedure, results: dict[tuple[int, ...], PointResult], ngspice: Ngspice) -> xr.Dataset:
    """The table of one procedure from the results of all its grid points by index."""
    axes = procedure.axes()
    dims = tuple(axis.name for axis in axes)
    shape = tuple(len(axis.values) for axis in axes)

    def gathered(value: Callable[[PointResult], float | str], dtype: type) -> np.ndarray:
        array: np.ndarray = np.empty(shape, dtype=dtype)
        for index, result in results.items():
            array[index] = value(result)
        return array

    variables: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, object]]] = {}
    for quantity in procedure.measured:
        variables |= _quantity_variables(quantity, dims, gathered)
    closure = gathered(lambda result: result.diagnostics.get("closure_error", np.nan), float)
    variables["closure_error"] = (
        dims,
        closure,
        _attributes("relative violation of conservation", "1", "diagnostic"),
    )
    variables["status"] = (dims, gathered(lambda result: result.status, np.int32), _status_attributes())
    keys = gathered(lambda result: result.deck_key, object)
    variables["deck_key"] = (dims, keys, _attributes("SHA-256 of the deck at half step", "1", "provenance"))
    coordinates = {axis.name: (axis.name, np.asarray(axis.values), _axis_attributes(axis)) for axis in axes}
    failures = "\n".join(result.message for result in results.values() if result.message)
    return xr.Dataset(variables, coordinates, attrs=provenance(procedure, ngspice) | {"failures": failures})


def provenance(procedure: Procedure, ngspice: Ngspice) -> dict[str, str | float]:
    """Flat attributes that trace a table: versions, tolerances and everything the decks depend on."""
    return {
        "memchar_version": memchar_version(),
        "ngspice_version": ngspice.version,
        "ngspice_options": "-n -b -D num_threads=1, OMP_THREAD_LIMIT=1; half of each maximum step",
        "step_tolerance": procedure.step_tolerance,
        "closure_tolerance": procedure.closure_tolerance,
        **procedure.settings(),
    }


def memchar_version() -> str:
    """Version of the installed package; `not installed` where it runs from a bare source tree."""
    try:
        return importlib.metadata.version("memchar")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _call(
    task: PointTask, ngspice: Ngspice, timeout: float, journal: Journal | None
) -> Callable[[Children], PointResult]:
    return lambda children: simulate_point(
        task.procedure, task.point, ngspice, timeout=timeout, children=children, journal=journal
    )


def _as_result(outcome: PointResult | Failure) -> PointResult:
    """Failures outside a run (a deck that cannot be built) are points without a deck."""
    if isinstance(outcome, Failure):
        return PointResult(outcome.status, {}, {}, outcome.message, "")
    return outcome


def _quantity_variables(
    quantity: Quantity,
    dims: tuple[str, ...],
    gathered: Callable[[Callable[[PointResult], float | str], type], np.ndarray],
) -> dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, object]]]:
    name, step = quantity.name, f"step_error_{quantity.name}"
    attributes = _attributes(quantity.long_name, quantity.unit, "quantity")
    attributes |= {"scale": quantity.scale, "error_floor": quantity.error_floor}
    attributes |= {"ancillary_variables": f"status {step}"}
    values = gathered(lambda result: result.quantities.get(name, np.nan), float)
    errors = gathered(lambda result: result.diagnostics.get(step, np.nan), float)
    change = f"relative change of {name} on halving the maximum step"
    return {name: (dims, values, attributes), step: (dims, errors, _attributes(change, "1", "diagnostic"))}


def _attributes(long_name: str, units: str, role: str) -> dict[str, object]:
    return {"units": units, "long_name": long_name, "role": role}


def _axis_attributes(axis: GridAxis) -> dict[str, object]:
    return {
        "units": axis.unit, "long_name": axis.long_name, "scale": axis.scale, "integer": int(axis.integer)
    }  # fmt: skip


def _status_attributes() -> dict[str, object]:
    values = np.array([flag.value for flag in Status], dtype=np.int32)
    meanings = " ".join(flag.meaning for flag in Status)
    return _attributes("how the simulation of the point ended", "1", "status") | {
        "flag_values": values,
        "flag_meanings": meanings,
    }
