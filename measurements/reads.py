"""Repeated reads of one cell at a fixed voltage: retention, relaxation and read noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measurements.arrays import freeze_arrays
from measurements.errors import InputError
from measurements.sweep import FloatArray, Source


@dataclass(frozen=True, eq=False)
class ReadSeries:
    """Current of one cell against time under reads that do not switch it.

    Parameters
    ----------
    time [s], voltage [V], current [A]
        Equal-length arrays, in the order taken; time never decreases.
    temperature
        Stage temperature [K]; None where nobody recorded it.
    device, cell, source, comment
        As in `Sweep`.

    Raises
    ------
    InputError
        Arrays of unequal length, fewer than two reads, a value that is not finite, or time that runs
        backwards.
    """

    time: FloatArray
    voltage: FloatArray
    current: FloatArray
    device: str
    cell: str
    source: Source
    temperature: float | None = None
    comment: str = ""

    def __post_init__(self) -> None:
        freeze_arrays(self, ("time", "voltage", "current"), self.source.file, minimum=2)
        back = np.flatnonzero(np.diff(self.time) < 0)
        if back.size:
            raise InputError(f"time runs backwards after point {back[0]}", path=self.source.file)
