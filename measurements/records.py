"""All measurements of one import."""

from __future__ import annotations

from dataclasses import dataclass

from measurements.heat import HeatRecord
from measurements.sweep import Sweep


@dataclass(frozen=True, eq=False)
class MeasurementSet:
    """Sweeps and heat records; the sweeps of one cell stand in the order they were taken.

    >>> MeasurementSet().devices_and_cells()
    ()
    """

    sweeps: tuple[Sweep, ...] = ()
    heat: tuple[HeatRecord, ...] = ()

    def devices_and_cells(self) -> tuple[tuple[str, str], ...]:
        """Pairs (device, cell), each once, in the order of their first record."""
        records: tuple[Sweep | HeatRecord, ...] = (*self.sweeps, *self.heat)
        return tuple(dict.fromkeys((record.device, record.cell) for record in records))

    def of_cell(self, device: str, cell: str) -> MeasurementSet:
        """The records of one cell, in unchanged order; empty where there are none."""
        return MeasurementSet(
            sweeps=tuple(sweep for sweep in self.sweeps if (sweep.device, sweep.cell) == (device, cell)),
            heat=tuple(record for record in self.heat if (record.device, record.cell) == (device, cell)),
        )
