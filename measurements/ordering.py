"""Sweeps of many files in the order they were taken, numbered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

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
