"""What the engine makes of the processor: its share inside ngspice, and decks a second beside its peers.

The work is a characterization by the shipped procedures on their own grids, each point run at two steps, with
everything that belongs to it: decks composed and checked, waveforms measured, conservation verified, points cached.
The peers get the finished decks, without their measures, and need only run them: as many bare `ngspice -n -b -r`
processes, of which nothing is read, and PySpice's shared-library interface in one process, as it comes and held to one
OpenMP thread. All are run in turns in the same call, and the figure is that of the round with the median ratio: on a
shared machine only ratios within a round mean something. There the cores' time goes to others too, so a core counts as
kept busy while a worker runs or waits for it. PySpice as it comes runs the same decks once, as
many as it begins in half a minute; its OpenMP threads take every core where they are idle, and seconds for a deck where
they are not.

Nearly all of a deck's time is its transient, whoever runs it: parsing is 1 to 5 ms of 30 and is saved for the second
step of a point. A ratio above the number of cores therefore comes from decks that are not run to their end, and the
lines `CPU of a deck` by procedure show which.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.figures import Figure, main
from circuits import (
    Cache,
    ColumnReadProcedure,
    NeuronFireProcedure,
    NeuronLeakProcedure,
    Procedure,
    find_ngspice,
    plan,
)
from circuits.engine import Engine
from circuits.family import without_measures
from circuits.ngspice import child_environment, find_library
from circuits.parallel import core_count, run_tasks
from circuits.result import PointResult
from circuits.simulate import simulate_point
from circuits.status import Status
from devicefit import reference_truth
from netlists import Deck, Neuron, load_technology

POINTS = 500
PEER_POINTS = 60
POINTS_OF_A_PROCEDURE = 16
SHIPPED_SECONDS = 30.0
"""For PySpice as it comes: its OpenMP threads take seconds for a deck where other programs run too [s]."""
ROUNDS = 3
JOBS = core_count()
Place = tuple[Procedure, dict[str, float]]
T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """Of one piece of work: wall time, processor time of this process, of its children, inside the library, and time
    for which workers ran or waited for a core [s]."""

    decks: int
    wall: float
    own: float
    children: float
    library: float = 0.0
    wanted: float = 0.0

    @property
    def rate(self) -> float:
        """Decks a second [1/s]."""
        return self.decks / self.wall

    @property
    def per_deck(self) -> float:
        """Processor time of everything, for one deck [s]."""
        return (self.own + self.children) / self.decks


def places(count: int) -> list[Place]:
    """Points of the shipped procedures on their own grids, spread evenly over the plan."""
    neuron, technology = Neuron(), load_technology()
    column = ColumnReadProcedure(reference_truth())
    tasks = plan([column, NeuronFireProcedure(neuron, technology), NeuronLeakProcedure(neuron, technology)])
    chosen = [tasks[k * len(tasks) // count] for k in range(count)]
    return [(task.procedure, dict(task.point)) for task in chosen]


def decks_of(chosen: Sequence[Place]) -> list[Deck]:
    """Both decks of every point."""
    coarse = [procedure.deck(point) for procedure, point in chosen]
    return [deck for first in coarse for deck in (first, first.with_maximum_step(first.maximum_step / 2))]


def characterized(chosen: Sequence[Place]) -> Cost:
    """The points through the engine, into an empty cache."""
    engines: set[Engine] = set()
    demand: dict[int, float] = {}

    def task(place: Place, cache: Cache) -> Callable[[Engine], PointResult]:
        def call(engine: Engine) -> PointResult:
            engines.add(engine)
            result = simulate_point(*place, engine, cache=cache)
            demand.update(_demand(engine))
            return result

        return call

    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        cost, results = _cost(lambda: run_tasks([task(place, cache) for place in chosen], JOBS))
    for result in results:
        if not isinstance(result, PointResult) or result.status not in (Status.OK, Status.DID_NOT_FIRE):
            raise RuntimeError(f"a point failed: {result.message}")
    library = sum(engine.library_seconds for engine in engines)
    return Cost(2 * len(chosen), cost.wall, cost.own, cost.children, library, sum(demand.values()))


def _demand(engine: Engine) -> dict[int, float]:
    """Seconds for which each worker of `engine` has run or waited for a core, by process."""
    found = {}
    for child in engine.children.running:
        with contextlib.suppress(OSError):
            run, waited, _ = Path(f"/proc/{child.pid}/schedstat").read_text().split()
            found[child.pid] = 1e-9 * (int(run) + int(waited))
    return found


def bare(decks: Sequence[Deck]) -> Cost:
    """The decks through as many ngspice processes, nothing read and nothing checked."""
    program = find_ngspice().path
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(JOBS) as pool:

        def run(index: int) -> None:
            deck = Path(folder) / f"{index}.cir"
            deck.write_text(without_measures(decks[index].text))
            command = [str(program), "-n", "-b", "-r", f"{deck}.raw", str(deck)]
            quiet = subprocess.DEVNULL
            subprocess.run(command, check=True, env=child_environment(), stdout=quiet, stderr=quiet)

        cost, _ = _cost(lambda: list(pool.map(run, range(len(decks)))))
    return Cost(len(decks), cost.wall, cost.own, cost.children)


def pyspice(decks: Sequence[Deck], *, one_thread: bool, limit: float = 1e9) -> Cost:
    """The decks through PySpice's shared library, in one process; those begun within `limit` [s]."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decks.json"
        environment = child_environment() | {"NGSPICE_LIBRARY_PATH": find_library() or "libngspice.so.0"}
        if not one_thread:
            del environment["OMP_THREAD_LIMIT"]
        path.write_text(json.dumps([without_measures(deck.text) for deck in decks]))
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.pyspice_peer", str(path), str(limit)]
        answer = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE)
    wall, cpu, ran, refused = json.loads(answer.stdout.splitlines()[-1])
    if refused:
        raise RuntimeError(f"PySpice refused {refused} of {ran} decks")
    return Cost(ran, wall, cpu, 0.0)


def _cost(work: Callable[[], T]) -> tuple[Cost, T]:
    """What `work` costs (of no decks yet), and what it gives."""

    def cpu(who: int) -> float:
        usage = resource.getrusage(who)
        return usage.ru_utime + usage.ru_stime

    before = time.perf_counter(), cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)
    result = work()
    after = time.perf_counter(), cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)
    wall, own, children = (b - a for a, b in zip(before, after, strict=True))
    return Cost(0, wall, own, children), result


def measure() -> list[Figure]:
    """A characterization of 1,000 decks, then fewer through all peers in turns, then those by procedure."""
    characterized(places(20))
    whole = characterized(places(POINTS))
    chosen = places(PEER_POINTS)
    decks = decks_of(chosen)
    rounds = [(characterized(chosen), bare(decks), pyspice(decks, one_thread=True)) for _ in range(ROUNDS)]
    mixed = [decks[k * 37 % len(decks)] for k in range(len(decks))]  # so that the first of them are of every procedure
    shipped = pyspice(mixed, one_thread=False, limit=SHIPPED_SECONDS)
    figures = [
        Figure("decks of the characterization", whole.decks, "1"),
        Figure("share of CPU inside ngspice", whole.library / (whole.own + whole.children), "1"),
        Figure("share of CPU in ngspice's processes", whole.children / (whole.own + whole.children), "1"),
        Figure("cores kept busy", whole.wanted / (whole.wall * JOBS), "1"),
        Figure("cores used", (whole.own + whole.children) / (whole.wall * JOBS), "1"),
    ]
    pairs = {
        f"bare ngspice -b, {JOBS} processes": _median([(costs[0], costs[1]) for costs in rounds]),
        "PySpice held to one thread": _median([(costs[0], costs[2]) for costs in rounds]),
        "PySpice as it comes": (_median([(costs[0], costs[2]) for costs in rounds])[0], shipped),
    }
    for name, (ours, peer) in pairs.items():
        figures.append(Figure("decks a second", ours.rate, "1/s", name, peer.rate))
        figures.append(Figure("CPU of a deck", 1e3 * ours.per_deck, "ms", name, 1e3 * peer.per_deck))
    figures.append(Figure("decks that PySpice ran as it comes", shipped.decks, "1"))
    figures.append(Figure("cores that PySpice uses as it comes", (shipped.own + shipped.children) / shipped.wall, "1"))
    figures += _by_procedure(places(POINTS))
    return [*figures, Figure("load average of the machine", os.getloadavg()[0], "1")]


def _by_procedure(chosen: Sequence[Place]) -> list[Figure]:
    """Where the time goes: each procedure's decks alone, ours beside PySpice held to one thread."""
    figures = []
    for name in dict.fromkeys(procedure.name for procedure, _ in chosen):
        some = [place for place in chosen if place[0].name == name]
        some = [some[k * len(some) // POINTS_OF_A_PROCEDURE] for k in range(POINTS_OF_A_PROCEDURE)]
        ours, peer = characterized(some), pyspice(decks_of(some), one_thread=True)
        within = 1e3 * ours.library / ours.decks
        figures.append(Figure(f"CPU of a deck, {name}", 1e3 * ours.per_deck, "ms", "PySpice", 1e3 * peer.per_deck))
        figures.append(Figure(f"of it inside ngspice, {name}", within, "ms"))
    return figures


def _median(pairs: Sequence[tuple[Cost, Cost]]) -> tuple[Cost, Cost]:
    """The pair with the median ratio of rates."""
    ratio = statistics.median_low([ours.rate / peer.rate for ours, peer in pairs])
    return next(pair for pair in pairs if pair[0].rate / pair[1].rate == ratio)


if __name__ == "__main__":
    main("ngspice engine", measure)
