"""Sweeps of many files in the order they were taken, numbered; and what looks odd in the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from measurements.pulses import PulseDirection, PulseTrain
from measurements.records import Record
from measurements.sweep import Activity, Sweep


def in_order(records: Iterable[Record]) -> tuple[Record, ...]:
    """Sweeps sorted by cell and moment and numbered among those of their cell and activity; the rest as it was.

    Pulse trains are numbered anew among those of their cell and direction.
    """
    records = tuple(records)
    sweeps = [(place, record) for place, record in enumerate(records) if isinstance(record, Sweep)]
    counts: dict[tuple[str, str, Activity], int] = {}
    numbered: list[Record] = []
    for _, sweep in sorted(sweeps, key=_order):
        key = (sweep.device, sweep.cell, sweep.activity)
        counts[key] = counts.get(key, 0) + 1
        numbered.append(sweep if sweep.cycle == counts[key] - 1 else replace(sweep, cycle=counts[key] - 1))
    return (*numbered, *_numbered_trains(record for record in records if not isinstance(record, Sweep)))


def _numbered_trains(records: Iterable[Record]) -> Iterator[Record]:
    counts: dict[tuple[str, str, PulseDirection], int] = {}
    for record in records:
        if isinstance(record, PulseTrain):
            key = (record.device, record.cell, record.direction)
            counts[key] = counts.get(key, 0) + 1
            record = record if record.train == counts[key] - 1 else replace(record, train=counts[key] - 1)
        yield record


def _order(item: tuple[int, Sweep]) -> tuple[str, str, str, float, str, int]:
    place, sweep = item
    if not sweep.taken:
        return sweep.device, sweep.cell, "~", 0.0, "", place  # after every date
    limit = 0.0 if sweep.compliance_current is None else sweep.compliance_current
    return sweep.device, sweep.cell, sweep.taken, limit, sweep.source.file, place


def polarity_hints(records: Sequence[Record]) -> tuple[str, ...]:
    """A hint for each cell that is formed and set at negative voltage: its terminals may be swapped.

    Positive voltage is on the active electrode, where forming and setting a cell need it.
    """
    signs: dict[tuple[str, str], list[bool]] = {}
    for record in records:
        if isinstance(record, Sweep) and record.activity in (Activity.FORM, Activity.SET):
            extreme = record.voltage[int(np.argmax(np.abs(record.voltage)))]
            signs.setdefault((record.device, record.cell), []).append(bool(extreme < 0))
    return tuple(
        f"{device} {cell}: all {len(negative)} form and set sweeps are at negative voltage; if the swept terminal is "
        "the inert electrode, import with --swap-polarity"
        for (device, cell), negative in signs.items()
        if all(negative)
    )
