"""One table point: two runs, the second at half the maximum step, and the checks that make it a number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from measurements.errors import MemcharError

from .cache import Cache, point_key
from .engine import OPTIONS
from .outcome import failure_of
from .procedures.procedure import DidNotFire, Point, Procedure, Quantity, label
from .result import Measured, PointResult
from .runner import DEFAULT_TIMEOUT
from .status import Status

if TYPE_CHECKING:
    from netlists.deck import Deck

    from .engine import Engine
    from .ngspice import Ngspice
    from .waveforms import Waveforms

REVISION = 3
"""Part of every cache key; raised whenever quantities are taken differently from the same decks."""


class Kept(Protocol):
    """Where finished points are kept: a `Cache`, or what stands for it on another machine."""

    def get(self, key: str) -> Measured | None:
        """The point of `key`, if it is there."""

    def put(self, key: str, measured: Measured) -> None:
        """Keep a point."""


@dataclass(frozen=True)
class PointRun:
    """One point to simulate, as a task of a batch; see `simulate_point`."""

    procedure: Procedure
    point: Point
    timeout: float = DEFAULT_TIMEOUT
    cache: Cache | None = None

    def __call__(self, engine: Engine) -> PointResult:
        return simulate_point(self.procedure, self.point, engine, timeout=self.timeout, cache=self.cache)

    def finished(self, ngspice: Ngspice) -> PointResult | None:
        """The result where `cache` holds the point already; starts nothing."""
        if self.cache is None:
            return None
        coarse = self.procedure.deck(self.point)
        fine = coarse.with_maximum_step(coarse.maximum_step / 2.0)
        measured = self.cache.get(_key(self.procedure, coarse, fine, ngspice))
        task = label(self.procedure.name, self.point)
        return None if measured is None else _judged(self.procedure, measured, fine.key, task)


def simulate_point(
    procedure: Procedure,
    point: Point,
    engine: Engine,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    cache: Kept | None = None,
) -> PointResult:
    """Simulate `point` of `procedure` at the deck's maximum step and at half of it.

    The numbers are those of the half step. The status is `ok` only where both runs ended well, no quantity
    moved by more than `step_tolerance`, and conservation holds to `closure_tolerance`; any other point has no
    quantities. A point that `cache` holds is not run again; points that timed out or whose simulator failed are not
    kept there. What is kept are the quantities of both runs: tolerances act on cached points too.

    Raises
    ------
    MemcharError
        Only where the batch was stopped (`engine` closed) or the cache cannot be used.
    OSError
        The cache cannot be written.
    """
    coarse = procedure.deck(point)
    fine = coarse.with_maximum_step(coarse.maximum_step / 2.0)
    key = _key(procedure, coarse, fine, engine.ngspice)
    task = label(procedure.name, point)
    measured = cache.get(key) if cache is not None else None
    if measured is None:
        measured = _measure(procedure, point, (coarse, fine), engine, timeout, task)
        if cache is not None and (measured.failure is None or measured.failure.is_final):
            cache.put(key, measured)
    return _judged(procedure, measured, fine.key, task)


def relative_error(value: float, reference: float, quantity: Quantity) -> float:
    """|value - reference| over max(|reference|, the quantity's error floor) [1]."""
    scale = max(abs(reference), quantity.error_floor)
    if scale == 0.0:
        return 0.0 if value == reference else float("inf")
    return abs(value - reference) / scale


def _key(procedure: Procedure, coarse: Deck, fine: Deck, simulator: Ngspice) -> str:
    """Key over decks, included files, what the quantities are taken with, the simulator and this program."""
    includes = [f"{file.name} {file.sha256}" for file in coarse.includes]
    taken = [quantity.name for quantity in procedure.measured]
    settings = json.dumps([taken, procedure.settings()], sort_keys=True)
    ending = "" if coarse.ends_with is None else repr(coarse.ends_with)
    version = f"ngspice {simulator.version} {OPTIONS}"
    return point_key(procedure.name, coarse.key, fine.key, settings, version, str(REVISION), ending, *includes)


def _measure(
    procedure: Procedure, point: Point, decks: tuple[Deck, Deck], engine: Engine, timeout: float, task: str
) -> Measured:
    """Run both decks and take the quantities; a failure of either is that of the point."""
    coarse, fine = decks
    try:
        before = _quantities(procedure, point, coarse, engine.run(coarse, timeout, task))
        waveforms = engine.run(fine, timeout, task)
        closure = procedure.closure_error(point, fine, waveforms)
        return Measured(before, _quantities(procedure, point, fine, waveforms), closure)
    except MemcharError as error:
        if engine.closed:
            raise
        failure = failure_of(error)
        message = failure.message if failure.message.startswith(task) else f"{task}: {failure.message}"
        return Measured(None, None, 0.0, failure.status, message)


def _judged(procedure: Procedure, measured: Measured, key: str, task: str) -> PointResult:
    """The verdict on what was measured, by the tolerances of `procedure`."""
    if measured.failure is not None:
        return PointResult(measured.failure, {}, {}, measured.message, key)
    closure, before, after = measured.closure_error, measured.before, measured.after
    diagnostics = {"closure_error": closure}
    if not closure <= procedure.closure_tolerance:
        limit = procedure.closure_tolerance
        message = f"{task}: conservation violated by {closure:.3g}, at most {limit:g} is accepted"
        return PointResult(Status.CONSERVATION_VIOLATED, {}, diagnostics, message, key)
    if before is None and after is None:
        return PointResult(Status.DID_NOT_FIRE, {}, diagnostics, "", key)
    if before is None or after is None:
        message = f"{task}: fires at one maximum step and not at half of it"
        return PointResult(Status.STEP_UNCONVERGED, {}, diagnostics, message, key)
    errors = {q.name: relative_error(before[q.name], after[q.name], q) for q in procedure.measured}
    diagnostics |= {f"step_error_{name}": error for name, error in errors.items()}
    worst = max(errors, key=lambda name: errors[name])
    if not errors[worst] <= procedure.step_tolerance:
        message = f"{task}: {worst} changes by {errors[worst]:.3g} on halving the maximum step; shorten it"
        return PointResult(Status.STEP_UNCONVERGED, {}, diagnostics, message, key)
    return PointResult(Status.OK, after, diagnostics, "", key)


def _quantities(procedure: Procedure, point: Point, deck: Deck, waveforms: Waveforms) -> Mapping[str, float] | None:
    """Quantities of one run; None where the neuron rightly did not fire."""
    try:
        return procedure.quantities(point, deck, waveforms)
    except DidNotFire:
        return None
