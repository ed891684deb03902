"""Many runs side by side: one ngspice a core, results in order, no failure lost, no orphan left."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from measurements.errors import MemcharError
from netlists.deck import Deck

from .engine import Engine
from .ngspice import Ngspice, find_ngspice
from .outcome import Failure, failure_of
from .runner import DEFAULT_TIMEOUT
from .waveforms import Waveforms

T = TypeVar("T")
Task = Callable[[Engine], T]
Progress = Callable[[int, int], None]
LIBRARY_FROM = 12
"""Tasks from which workers with libngspice repay their start of about 50 ms each [1]."""
_TICK = 0.2


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a batch: the children are dead; `finished` holds the results so far by index."""

    def __init__(self, count: int, finished: Mapping[int, object]) -> None:
        super().__init__(f"interrupted after {count} finished runs")
        self.count, self.finished = count, finished


def core_count() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_each(
    tasks: Iterable[Task[T]],
    total: int,
    consume: Callable[[int, T | Failure], None],
    jobs: int | None = None,
    progress: Progress | None = None,
    ngspice: Ngspice | None = None,
) -> None:
    """Call every task in one of `jobs` threads and hand over each result as it comes; nothing is kept here.

    Parameters
    ----------
    tasks
        Taken one by one, when a thread is free. Each returns its result or raises; errors of ours become a Failure,
        any other (a bug, a full disk) ends the batch.
    total
        Number of tasks, for `progress` and for the choice of the engine.
    consume
        Called with (index, result) in the caller's thread, in the order in which tasks end.
    jobs
        Threads, and so ngspices at a time; the cores by default.
    progress
        Called with (finished, all) after every task, in the caller's thread.
    ngspice
        Program to use; found by `find_ngspice` by default.

    Raises
    ------
    Interrupted
        On Ctrl-C, when all children are dead and every result was consumed.
    """
    engine = Engine(ngspice or find_ngspice(), use_library=total >= LIBRARY_FROM)
    batch = _Batch(tasks, engine, max(1, jobs or core_count()))
    count = 0
    try:
        for index, result in batch.results():
            consume(index, result)
            count += 1
            if progress is not None:
                progress(count, total)
    except BaseException as error:
        for index, result in batch.stop():
            consume(index, result)
            count += 1
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(count, {}) from error
        raise
    finally:
        engine.close()


def run_tasks(
    tasks: Sequence[Task[T]], jobs: int | None = None, progress: Progress | None = None, ngspice: Ngspice | None = None
) -> tuple[T | Failure, ...]:
    """The results of all tasks in their order. See `run_each` and `in_order`."""
    return in_order(len(tasks), lambda consume: run_each(tasks, len(tasks), consume, jobs, progress, ngspice))


def in_order(count: int, run: Callable[[Callable[[int, T], None]], None]) -> tuple[T, ...]:
    """What `run` hands over as (index, result), in order; `Interrupted.finished` holds those that ended."""
    results: dict[int, T] = {}
    try:
        run(results.__setitem__)
    except Interrupted as error:
        raise Interrupted(len(results), results) from error
    return tuple(results[index] for index in range(count))


def run_decks(
    decks: Sequence[Deck],
    jobs: int | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    progress: Progress | None = None,
) -> tuple[Waveforms | Failure, ...]:
    """Run decks side by side; waveforms in the order of the decks, or a Failure each. See `run_each`."""

    def task(index: int, deck: Deck) -> Task[Waveforms]:
        return lambda engine: engine.run(deck, timeout, f"deck {index + 1} of {len(decks)}")

    return run_tasks([task(index, deck) for index, deck in enumerate(decks)], jobs, progress)


class _Batch(Generic[T]):
    """Threads that take tasks from one iterator and put what comes of them into one queue."""

    def __init__(self, tasks: Iterable[Task[T]], engine: Engine, jobs: int) -> None:
        self._tasks: Iterator[tuple[int, Task[T]]] = enumerate(tasks)
        self._engine = engine
        self._lock = threading.Lock()
        self._ended: queue.SimpleQueue[tuple[int, T | Failure] | BaseException | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name=f"ngspice-{job}") for job in range(jobs)]
        for thread in self._threads:
            thread.start()

    def results(self) -> Iterator[tuple[int, T | Failure]]:
        """Index and result of each task as it ends; raises what a task raised that is not an error of ours."""
        working = len(self._threads)
        while working:
            try:
                ended = self._ended.get(timeout=_TICK)
            except queue.Empty:
                continue
            if ended is None:
                working -= 1
            elif isinstance(ended, BaseException):
                raise ended
            else:
                yield ended

    def stop(self) -> Iterator[tuple[int, T | Failure]]:
        """Kill what runs, start nothing more, and give what had ended."""
        self._engine.children.kill_all()
        for thread in self._threads:
            thread.join()
        while not self._ended.empty():
            ended = self._ended.get()
            if isinstance(ended, tuple):
                yield ended

    def _work(self) -> None:
        try:
            while not self._engine.closed:
                with self._lock:
                    item = next(self._tasks, None)
                if item is None:
                    break
                result = self._attempt(item[1])
                self._ended.put((item[0], result))
        except BaseException as error:
            if not (self._engine.closed and isinstance(error, MemcharError)):
                self._ended.put(error)
        finally:
            self._ended.put(None)

    def _attempt(self, task: Task[T]) -> T | Failure:
        try:
            return task(self._engine)
        except MemcharError as error:
            if self._engine.closed:  # the run was killed with the batch; that is not its result
                raise
            return failure_of(error)
