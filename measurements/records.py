"""All measurements of one import."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Union, get_args, get_origin, get_type_hints

from measurements.heat import HeatRecord
from measurements.pulses import PulseTrain
from measurements.quantities import QuantityTable
from measurements.reads import ReadSeries
from measurements.sweep import Sweep

Record = Sweep | HeatRecord | PulseTrain | ReadSeries | QuantityTable


@dataclass(frozen=True, eq=False)
class MeasurementSet:
    """Everything measured; the records of one cell stand in the order they were taken.

    A field more here, or a class more in `HeatRecord`, is all that a new kind of record needs: the store and
    the import take kinds and classes from these fields (`record_classes`).

    >>> MeasurementSet().devices_and_cells()
    ()
    """

    sweeps: tuple[Sweep, ...] = ()
    heat: tuple[HeatRecord, ...] = ()
    pulses: tuple[PulseTrain, ...] = ()
    reads: tuple[ReadSeries, ...] = ()
    tables: tuple[QuantityTable, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, kind after kind."""
        return tuple(record for field in fields(self) for record in getattr(self, field.name))

    def devices_and_cells(self) -> tuple[tuple[str, str], ...]:
        """Pairs (device, cell), each once, in the order of their first record."""
        return tuple(dict.fromkeys((record.device, record.cell) for record in self.records))

    def of_cell(self, device: str, cell: str) -> MeasurementSet:
        """The records of one cell, in unchanged order; empty where there are none."""
        wanted = (device, cell)
        return set_of(record for record in self.records if (record.device, record.cell) == wanted)


def set_of(records: Iterable[Record]) -> MeasurementSet:
    """The records sorted into their kinds, in unchanged order within a kind."""
    kinds = {record_class: kind for kind, classes in record_classes().items() for record_class in classes}
    found: dict[str, list[Record]] = {kind: [] for kind in record_classes()}
    for record in records:
        found[kinds[type(record)]].append(record)
    return MeasurementSet(**{kind: tuple(members) for kind, members in found.items()})  # type: ignore[arg-type]


@cache
def record_classes() -> dict[str, tuple[type, ...]]:
    """Classes of each kind of record, by the fields of `MeasurementSet`.

    >>> [record_class.__name__ for record_class in record_classes()["pulses"]]
    ['PulseTrain']
    """
    hints = get_type_hints(MeasurementSet)
    members = {field.name: get_args(hints[field.name])[0] for field in fields(MeasurementSet)}
    return {
        kind: get_args(member) if get_origin(member) in (Union, types.UnionType) else (member,)
        for kind, member in members.items()
    }
