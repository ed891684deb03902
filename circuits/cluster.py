"""Points on the workers of a Dask cluster: the same plan, the same bits, on any number of machines.

What travels are points, not decks: a worker composes, runs and measures in its own ngspice, and sends back quantities.
Points go in chunks of about a second of work, sized by what points of the same procedure took so far, so that the
10 ms of a message are a hundredth of it. The caller alone writes the cache: workers need no shared folder. A worker
that dies takes no point with it, for the scheduler gives its chunks to others; a point over which workers die again
and again is a failed point of that name.
"""

from __future__ import annotations

import contextlib
import functools
import platform
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from measurements.errors import InputError, MemcharError, SimulationError

from .cache import Cache
from .engine import Engine
from .ngspice import Ngspice, find_ngspice
from .outcome import Failure, failure_of
from .parallel import Interrupted, Progress
from .points import Consume
from .procedures.procedure import label
from .result import Measured, PointResult
from .simulate import REVISION, PointRun, simulate_point
from .status import Status

if TYPE_CHECKING:
    from distributed import Client, Future

CHUNK_SECONDS = 1.0
"""Work in one message [s]."""
FIRST_ESTIMATE = 0.25
"""What a point is taken to cost before one of its procedure has come back [s]."""
CHUNKS_AHEAD = 3
"""Chunks in flight for each core: one that runs, one that waits there, one on its way."""
_TICK = 0.5
_CONNECT_LIMIT = 30
_SMOOTHING = 0.3
Outcome = tuple[int, "PointResult | Failure", str, "Measured | None"]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Points by their index in the batch, and the simulator they are asked of."""

    points: tuple[tuple[int, PointRun], ...]
    ngspice_version: str
    revision: int = REVISION


@contextmanager
def connected(address: str, workers: int | None = None) -> Iterator[Cluster]:
    """A cluster by the address of its scheduler, or `local` for one of `workers` processes on this machine.

    Raises
    ------
    InputError
        `distributed` is not installed, the address is none, or no scheduler answers there.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InputError(
            "--cluster needs the package distributed", hint="install it with: pip install 'memchar[cluster]'"
        ) from error
    with contextlib.ExitStack() as stack:
        where: Any = address
        if address == "local":
            where = stack.enter_context(
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    silence_logs="ERROR",
                )
            )
        try:
            client = stack.enter_context(Client(where, timeout=_CONNECT_LIMIT))
        except (OSError, ValueError) as error:
            raise InputError(
                f"no Dask scheduler answers at {address} ({error})", hint="start one with: dask scheduler"
            ) from error
        yield Cluster(client, address)


class Cluster:
    """The workers of one Dask scheduler, as a `circuits.points.Place`."""

    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address

    def run(
        self, points: Iterable[PointRun], total: int, consume: Consume, progress: Progress | None, ngspice: Ngspice
    ) -> None:
        """Simulate all points; see `circuits.points.run_points`."""
        batch = _Batch(self, points, total, consume, progress, ngspice)
        try:
            batch.run()
        except BaseException as error:
            batch.stop()
            if isinstance(error, KeyboardInterrupt):
                raise Interrupted(batch.count, {}) from error
            raise

    def cores(self) -> int:
        """Points that can be simulated at a time; 1 while there is no worker."""
        return max(1, int(sum(self.client.nthreads().values())))

    def submit(self, chunk: Chunk) -> Future:
        """Hand a chunk to the scheduler."""
        return self.client.submit(run_chunk, chunk, pure=False)


@dataclass
class _Batch:
    """One call of `Cluster.run`: fills the cluster, takes what comes back, estimates what is next."""

    cluster: Cluster
    points: Iterable[PointRun]
    total: int
    consume: Consume
    progress: Progress | None
    ngspice: Ngspice
    count: int = 0
    _flying: dict[Future, Chunk] = field(default_factory=dict)
    _caches: dict[int, Cache | None] = field(default_factory=dict)
    _costs: dict[str, float] = field(default_factory=dict)
    _suspects: list[Chunk] = field(default_factory=list)
    _tried: set[Chunk] = field(default_factory=set)

    def run(self) -> None:
        """Until every point was handed over."""
        todo = self._unfinished()
        more = True
        while more or self._flying or self._suspects:
            while more and len(self._flying) < CHUNKS_AHEAD * self.cluster.cores():
                chunk = self._next_chunk(todo)
                more = chunk is not None
                if chunk is not None:
                    self._submit(chunk)
            if self._suspects and not self._flying:
                self._tried.add(self._suspects[-1])
                self._submit(self._suspects.pop())
            for future in self._ended():
                self._take(future)

    def stop(self) -> None:
        """Cancel what runs; hand over what has ended."""
        for future in list(self._flying):
            if future.status == "finished":
                with contextlib.suppress(Exception):
                    self._take(future)
            else:
                with contextlib.suppress(Exception):
                    future.cancel(force=True)

    def _unfinished(self) -> Iterator[tuple[int, PointRun]]:
        """The points that no cache holds; those that one holds are handed over at once."""
        for index, run in enumerate(self.points):
            try:
                result: PointResult | Failure | None = run.finished(self.ngspice)
            except MemcharError as error:
                result = failure_of(error)
            if result is None:
                self._caches[index] = run.cache
                yield index, replace(run, cache=None)
            else:
                self._hand_over(index, result)

    def _next_chunk(self, todo: Iterator[tuple[int, PointRun]]) -> Chunk | None:
        """Points worth `CHUNK_SECONDS`, and near the end no more than a fair share for each core."""
        fair = max(1, (self.total - self.count) // (2 * self.cluster.cores()))
        chosen: list[tuple[int, PointRun]] = []
        cost = 0.0
        while len(chosen) < fair and cost < CHUNK_SECONDS:
            item = next(todo, None)
            if item is None:
                break
            chosen.append(item)
            cost += self._costs.get(item[1].procedure.name, FIRST_ESTIMATE)
        return Chunk(tuple(chosen), self.ngspice.version) if chosen else None

    def _submit(self, chunk: Chunk) -> None:
        self._flying[self.cluster.submit(chunk)] = chunk

    def _ended(self) -> list[Future]:
        """Futures that have ended, after waiting a little for the first."""
        from distributed import wait

        if not self._flying:
            return []
        with contextlib.suppress(TimeoutError):
            wait(list(self._flying), timeout=_TICK, return_when="FIRST_COMPLETED")
        return [future for future in self._flying if future.done()]

    def _take(self, future: Future) -> None:
        """The results of a chunk; one over which workers died goes again in the end, each of its points alone."""
        from distributed import KilledWorker

        chunk = self._flying.pop(future)
        try:
            seconds, outcomes = future.result()
        except KilledWorker:
            self._again(chunk)
            return
        except (OSError, ImportError, AttributeError) as error:
            raise SimulationError(
                f"the workers of {self.cluster.address} cannot run points of this memchar ({error}); install the same"
                " version there; finished points are kept, and the same command goes on from them"
            ) from error
        except CancelledError as error:
            raise SimulationError(
                f"the scheduler at {self.cluster.address} is gone; finished points are kept, and the same command goes"
                " on from them"
            ) from error
        names = {index: run.procedure.name for index, run in chunk.points}
        for (index, result, key, measured), took in zip(outcomes, seconds, strict=True):
            old = self._costs.get(names[index], took)
            self._costs[names[index]] = old + _SMOOTHING * (took - old)
            cache = self._caches.pop(index)
            if cache is not None and measured is not None:
                cache.put(key, measured)
            self._hand_over(index, result)

    def _again(self, chunk: Chunk) -> None:
        """Dask blames every point that waited on a dead worker; only one that was alone is to blame for certain."""
        if chunk not in self._tried:
            self._suspects += [replace(chunk, points=(item,)) for item in chunk.points]
            return
        ((index, run),) = chunk.points
        self._caches.pop(index)
        task = label(run.procedure.name, run.point)
        self._hand_over(index, Failure(Status.SIMULATOR_ERROR, f"{task}: every worker that simulated it died"))

    def _hand_over(self, index: int, result: PointResult | Failure) -> None:
        self.consume(index, result)
        self.count += 1
        if self.progress is not None:
            self.progress(self.count, self.total)


class _Collected:
    """Stands for the caller's cache on a worker: takes the one point that is put, and holds none."""

    def __init__(self) -> None:
        self.key, self.measured = "", None

    key: str
    measured: Measured | None

    def get(self, key: str) -> None:
        """Nothing: the caller has looked."""

    def put(self, key: str, measured: Measured) -> None:
        """Take the point for the caller."""
        self.key, self.measured = key, measured


_STARTING = threading.Lock()


@functools.cache
def _engine() -> Engine:
    """The engine of this worker process, for all its chunks; its ngspices end with the process."""
    return Engine(find_ngspice())


def run_chunk(chunk: Chunk) -> tuple[list[float], list[Outcome]]:
    """On a worker: seconds and outcome of every point of a chunk.

    Raises
    ------
    SimulationError
        This worker's ngspice or memchar is another one than the caller's; its numbers would be too.
    """
    with _STARTING:
        engine = _engine()
    here = (engine.ngspice.version, REVISION)
    if here != (chunk.ngspice_version, chunk.revision):
        raise SimulationError(
            f"{platform.node()} has ngspice {here[0]} (revision {here[1]}), the caller {chunk.ngspice_version}"
            f" (revision {chunk.revision}); install the same version on every worker"
        )
    seconds: list[float] = []
    outcomes: list[Outcome] = []
    for index, run in chunk.points:
        start, kept = time.perf_counter(), _Collected()
        try:
            result: PointResult | Failure = simulate_point(
                run.procedure, run.point, engine, timeout=run.timeout, cache=kept
            )
        except MemcharError as error:
            result = failure_of(error)
        seconds.append(time.perf_counter() - start)
        outcomes.append((index, result, kept.key, kept.measured))
    return seconds, outcomes
