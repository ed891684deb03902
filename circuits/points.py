"""Simulates the points of a table: in processes of this machine, or wherever the block around the call says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from .ngspice import Ngspice, find_ngspice
from .outcome import Failure
from .parallel import Progress, in_order, run_each
from .result import PointResult
from .simulate import PointRun

Consume = Callable[[int, PointResult | Failure], None]


class Place(Protocol):
    """Where points can be simulated."""

    def run(
        self, points: Iterable[PointRun], total: int, consume: Consume, progress: Progress | None, ngspice: Ngspice
    ) -> None:
        """Simulate all points and hand over each result as it comes; as `circuits.parallel.run_each`."""


_PLACE: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def simulated_on(place: Place) -> Iterator[None]:
    """Within the block points are simulated on `place`, whatever asks for them: tables, refinement, validation."""
    token = _PLACE.set(place)
    try:
        yield
    finally:
        _PLACE.reset(token)


def run_points(
    points: Iterable[PointRun],
    total: int,
    consume: Consume,
    jobs: int | None = None,
    progress: Progress | None = None,
    ngspice: Ngspice | None = None,
) -> None:
    """Simulate `points` and hand over (index, result) as they end; `jobs` counts only on this machine.

    Raises
    ------
    Interrupted
        On Ctrl-C; every finished point was handed over and is in its cache.
    """
    place, found = _PLACE.get(), ngspice or find_ngspice()
    if place is None:
        run_each(points, total, consume, jobs, progress, found)
    else:
        place.run(points, total, consume, progress, found)


def run_point_list(
    points: Sequence[PointRun],
    jobs: int | None = None,
    progress: Progress | None = None,
    ngspice: Ngspice | None = None,
) -> tuple[PointResult | Failure, ...]:
    """The results of all points in their order. See `run_points` and `circuits.parallel.in_order`."""
    return in_order(len(points), lambda consume: run_points(points, len(points), consume, jobs, progress, ngspice))
