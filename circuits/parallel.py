"""Many runs side by side: an ngspice process per core, results in order, no failure lost, no orphan left."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from measurements.errors import ConvergenceError, MemcharError
from netlists.deck import Deck

from .children import Children
from .measure import MeasureError
from .ngspice import find_ngspice
from .runner import DEFAULT_TIMEOUT, SimulationTimeout, run_deck
from .status import Status
from .waveforms import Waveforms

T = TypeVar("T")
Progress = Callable[[int, int], None]
_TICK = 0.2


@dataclass(frozen=True)
class Failure:
    """A run that gave no result: its status and the message of the error."""

    status: Status
    message: str


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a batch: the children are dead; `finished` holds the results so far by index."""

    def __init__(self, finished: Mapping[int, object]) -> None:
        super().__init__(f"interrupted after {len(finished)} finished runs")
        self.finished = finished


def core_count() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def failure_of(error: MemcharError) -> Failure:
    """The typed outcome of an error.

    >>> failure_of(ConvergenceError("x")).status.meaning
    'not_converged'
    """
    kinds: tuple[tuple[type[MemcharError], Status], ...] = (
        (ConvergenceError, Status.NOT_CONVERGED),
        (SimulationTimeout, Status.TIMED_OUT),
        (MeasureError, Status.MEASURE_FAILED),
    )
    status = next((status for kind, status in kinds if isinstance(error, kind)), Status.SIMULATOR_ERROR)
    return Failure(status, str(error))


def run_tasks(
    tasks: Sequence[Callable[[Children], T]], jobs: int | None = None, progress: Progress | None = None
) -> tuple[T | Failure, ...]:
    """Call every task in one of `jobs` threads; each starts its processes through the `Children` it is given.

    Parameters
    ----------
    tasks
        Each returns its result or raises; errors of ours become a Failure, any other (a bug) ends the batch.
    jobs
        Threads, and so processes at a time; the cores by default.
    progress
        Called with (finished, all) after every task, in the caller's thread.

    Raises
    ------
    Interrupted
        On Ctrl-C, when all children are dead.
    """
    children = Children()
    results: dict[int, T | Failure] = {}
    executor = ThreadPoolExecutor(max_workers=max(1, jobs or core_count()), thread_name_prefix="ngspice")
    pending: dict[Future[T | Failure], int] = {}
    try:
        pending = {executor.submit(_attempt, task, children): index for index, task in enumerate(tasks)}
        while pending:
            done, _ = wait(pending, timeout=_TICK, return_when=FIRST_COMPLETED)
            for future in done:
                results[pending.pop(future)] = future.result()
                if progress is not None:
                    progress(len(results), len(tasks))
    except BaseException as error:
        _stop(executor, children)
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(results | _finished(pending)) from error
        raise
    executor.shutdown()
    return tuple(results[index] for index in range(len(tasks)))


def run_decks(
    decks: Sequence[Deck],
    jobs: int | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    progress: Progress | None = None,
) -> tuple[Waveforms | Failure, ...]:
    """Run decks side by side; waveforms in the order of the decks, or a Failure each. See `run_tasks`."""
    program = find_ngspice()

    def task(index: int, deck: Deck) -> Callable[[Children], Waveforms]:
        name = f"deck {index + 1} of {len(decks)}"
        return lambda children: run_deck(deck, timeout, task=name, ngspice=program, children=children)

    return run_tasks([task(index, deck) for index, deck in enumerate(decks)], jobs, progress)


def _attempt(task: Callable[[Children], T], children: Children) -> T | Failure:
    if children.closed:
        raise CancelledError
    try:
        return task(children)
    except MemcharError as error:
        if children.closed:  # the run was killed with the batch; that is not its result
            raise CancelledError from error
        return failure_of(error)


def _stop(executor: ThreadPoolExecutor, children: Children) -> None:
    children.kill_all()
    executor.shutdown(wait=True, cancel_futures=True)


def _finished(pending: dict[Future[T | Failure], int]) -> dict[int, T | Failure]:
    """Results of the tasks that ended between the last look and the interruption."""
    return {
        index: future.result()
        for future, index in pending.items()
        if future.done() and not future.cancelled() and future.exception() is None
    }
