"""ngspice decks a second through memchar's runner, beside bare `ngspice -b` processes on the same decks.

The peer is the least anyone can do: as many `ngspice -n -b -r` processes side by side, with one thread each, nothing
read, nothing checked. The share of CPU is that of the ngspice processes in all CPU time used, parent included.
"""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.figures import Figure, main
from circuits import ColumnReadProcedure, NeuronLeakProcedure, find_ngspice, run_decks
from circuits.waveforms import Waveforms
from devicefit import reference_truth
from netlists import Deck, Neuron, load_technology

_DECKS = 150
_JOBS = os.cpu_count() or 1


def _decks() -> list[Deck]:
    """Half column reads, half leaking neurons, all different."""
    column = ColumnReadProcedure(reference_truth())
    leak = NeuronLeakProcedure(Neuron(), load_technology())
    pairs = (
        (
            column.deck(
                {
                    "active_rows": 1 + k % 97,
                    "device_resistance": 600.0 + k,
                    "row_load": 1e-3,
                    "on_fraction": 0.4,
                }
            ),
            leak.deck({"initial_voltage": 0.8 * k / _DECKS, "interval": 5e-7}),
        )
        for k in range(_DECKS // 2)
    )
    return [deck for pair in pairs for deck in pair]


def _bare(decks: Sequence[Deck]) -> None:
    program = find_ngspice().path
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_JOBS) as pool:

        def run(index: int) -> None:
            deck = Path(folder) / f"{index}.cir"
            deck.write_text(decks[index].text)
            command = [str(program), "-n", "-b", "-r", f"{deck}.raw", str(deck)]
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        list(pool.map(run, range(len(decks))))


def _checked(decks: Sequence[Deck]) -> None:
    outcomes = run_decks(decks, _JOBS)
    failed = [outcome for outcome in outcomes if not isinstance(outcome, Waveforms)]
    if failed:
        raise RuntimeError(f"{len(failed)} decks failed, first: {failed[0]}")


def _cost(work: Callable[[], None]) -> tuple[float, float, float]:
    """Wall time, CPU time of this process and CPU time of its children [s]."""

    def cpu(who: int) -> float:
        usage = resource.getrusage(who)
        return usage.ru_utime + usage.ru_stime

    before = time.perf_counter(), cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)
    work()
    after = time.perf_counter(), cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)
    wall, own, children = (b - a for a, b in zip(before, after, strict=True))
    return wall, own, children


def measure() -> list[Figure]:
    """The same decks through both, in turns, twice; the better of each."""
    decks = _decks()
    _checked(decks[:4])
    bare, checked = [], []
    for _ in range(2):
        bare.append(_cost(lambda: _bare(decks)))
        checked.append(_cost(lambda: _checked(decks)))
    (bare_wall, *_), (wall, own, children) = min(bare), min(checked)
    peer = f"bare ngspice -b, {_JOBS} processes"
    return [
        Figure("decks a second", len(decks) / wall, "1/s", peer, len(decks) / bare_wall),
        Figure("share of CPU inside ngspice", children / (own + children), "1"),
        Figure("cores kept busy", (own + children) / (wall * _JOBS), "1"),
    ]


if __name__ == "__main__":
    main("ngspice runner", measure)
