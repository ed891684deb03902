"""Sets and resets that were taken in turn but filed apart, put back in turn.

Instruments write the runs of one test into one file: all resets of an endurance test stand in one workbook, all its
sets in another. Where neither says when it was taken, two files that follow each other with as many sets as resets hold
one test of that many cycles, each of which began with its set.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from measurements.sweep import Activity, Sweep

_OPPOSITE = {Activity.SET: Activity.RESET, Activity.RESET: Activity.SET}


def in_turn(sweeps: Sequence[Sweep]) -> tuple[Sweep, ...]:
    """The sweeps of one cell in the order given, with files of undated sets and resets in turn: set, reset, set, …"""
    blocks = [tuple(block) for _, block in groupby(sweeps, key=_block)]
    found: list[Sweep] = []
    while blocks:
        first = blocks.pop(0)
        if blocks and _belong_together(first, blocks[0]):
            sets, resets = sorted((first, blocks.pop(0)), key=lambda block: block[0].activity is Activity.RESET)
            found += [sweep for pair in zip(sets, resets, strict=True) for sweep in pair]
        else:
            found += first
    return tuple(found)


def _block(sweep: Sweep) -> tuple[str, Activity, bool]:
    return sweep.source.file, sweep.activity, bool(sweep.taken)


def _belong_together(first: Sequence[Sweep], second: Sequence[Sweep]) -> bool:
    return (
        len(first) == len(second) > 1
        and _OPPOSITE.get(first[0].activity) is second[0].activity
        and not first[0].taken
        and not second[0].taken
    )
