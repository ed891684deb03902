"""All measurements of one import."""

from __future__ import annotations

from dataclasses import dataclass

from measurements.heat import HeatRecord
from measurements.pulses import PulseTrain
from measurements.quantities import QuantityTable
from measurements.reads import ReadSeries
from measurements.sweep import Sweep

Record = Sweep | HeatRecord | PulseTrain | ReadSeries | QuantityTable


@dataclass(frozen=True, eq=False)
class MeasurementSet:
    """Everything measured; the records of one cell stand in the order they were taken.

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
        return (*self.sweeps, *self.heat, *self.pulses, *self.reads, *self.tables)

    def devices_and_cells(self) -> tuple[tuple[str, str], ...]:
        """Pairs (device, cell), each once, in the order of their first record."""
        return tuple(dict.fromkeys((record.device, record.cell) for record in self.records))

    def of_cell(self, device: str, cell: str) -> MeasurementSet:
        """The records of one cell, in unchanged order; empty where there are none."""
        wanted = (device, cell)
        return MeasurementSet(
            sweeps=tuple(record for record in self.sweeps if (record.device, record.cell) == wanted),
            heat=tuple(record for record in self.heat if (record.device, record.cell) == wanted),
            pulses=tuple(record for record in self.pulses if (record.device, record.cell) == wanted),
            reads=tuple(record for record in self.reads if (record.device, record.cell) == wanted),
            tables=tuple(record for record in self.tables if (record.device, record.cell) == wanted),
        )
