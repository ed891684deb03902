"""Memory of the parent while it runs very many small decks in one go.

    python -m benchmarks.memory [--decks 100000] [--json PATH]

Every point is another circuit, run at two steps, measured and gathered into one table, as in any characterization.
Growth is counted from when the first twentieth is finished, so that imports and the first workers are not in it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from benchmarks.faultcases import Charging
from benchmarks.figures import Figure, main
from circuits.characterize import characterize
from circuits.status import Status

_PAGE = os.sysconf("SC_PAGE_SIZE")


def growth(decks: int) -> tuple[int, float]:
    """Growth of this process's resident memory over `decks` decks [bytes], and decks a second [1/s]."""
    first, largest = 0, 0

    def look(done: int, total: int) -> None:
        nonlocal first, largest
        if done % 50 and done != total:
            return
        now = _PAGE * int(Path("/proc/self/statm").read_text().split()[1])
        if done <= max(50, total // 20):
            first = now
        largest = max(largest, now)

    start = time.monotonic()
    table = characterize([Charging(decks // 2)], progress=look)["charging"]
    if not (table["status"] == Status.OK).all():
        raise RuntimeError(f"decks failed: {table.attrs['failures'][:200]}")
    return largest - first, decks / (time.monotonic() - start)


def measure(decks: int) -> list[Figure]:
    """Growth over the whole batch."""
    grown, rate = growth(decks)
    return [
        Figure("decks", decks, "1"),
        Figure("growth of the parent", grown / 1e6, "MB"),
        Figure("decks a second", rate, "1/s"),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--decks", type=int, default=100_000)
    known, sys.argv[1:] = parser.parse_known_args()
    main("memory over many decks", lambda: measure(known.decks))
