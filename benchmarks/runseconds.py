"""Processor time of one ngspice run of every shipped procedure: what `memchar characterize --dry-run` estimates with.

    python -m benchmarks.runseconds [PROCEDURE…] [--points 8]

Random points of the shipped grids, both steps, in one warm worker with libngspice. The figures are the mean over
the runs (`memchar.plancount.SECONDS_A_RUN` is taken from it, rounded), and the longest of them.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence

from benchmarks.figures import Figure
from benchmarks.figures import main as print_figures
from benchmarks.validation import SEED, shipped
from circuits import Procedure, find_ngspice
from circuits.engine import Engine


def seconds(procedure: Procedure, count: int, engine: Engine) -> list[float]:
    """Processor time inside libngspice of each run at `count` random grid points [s]."""
    drawn = random.Random(f"{SEED} {procedure.name}")
    found = []
    for number in range(-1, count):  # the first one loads circuit and library
        deck = procedure.deck({axis.name: drawn.choice(axis.values) for axis in procedure.axes()})
        for step in (deck, deck.with_maximum_step(0.5 * deck.maximum_step)):
            before = engine.library_seconds
            engine.run(step)
            if number >= 0:
                found.append(engine.library_seconds - before)
    return found


def measure(names: Sequence[str], count: int) -> list[Figure]:
    """Mean and longest run of each procedure."""
    engine, figures = Engine(find_ngspice()), []
    try:
        for label, procedure in shipped(names).items():
            found = seconds(procedure, count, engine)
            figures.append(Figure(f"CPU of a run, {label}", sum(found) / len(found), "s"))
            figures.append(Figure(f"longest, {label}", max(found), "s"))
    finally:
        engine.close()
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("procedures", nargs="*")
    parser.add_argument("--points", type=int, default=8)
    known, sys.argv[1:] = parser.parse_known_args()
    print_figures("processor time of a run", lambda: measure(known.procedures, known.points))
