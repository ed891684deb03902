"""Resistance of a cell against the temperature of the stage: the thermometer of all self-heating figures."""

from __future__ import annotations

from dataclasses import dataclass

from measurements.arrays import freeze_arrays
from measurements.heat.columns import require
from measurements.sweep import FloatArray, Source


@dataclass(frozen=True, eq=False)
class ResistanceTemperature:
    """Resistance read at several stage temperatures, in the order taken.

    Parameters
    ----------
    stage_temperature [K], resistance [ohm]
        Equal-length arrays of two or more points, above zero; a temperature may come back (thermal cycling).
    read_voltage
        Voltage of the read, small enough not to heat the cell [V].
    device, cell, source, comment
        As in `Sweep`.

    Raises
    ------
    InputError
        Fewer than two points, arrays of unequal length, a value that is not finite or not above zero.
    """

    stage_temperature: FloatArray
    resistance: FloatArray
    read_voltage: float
    device: str
    cell: str
    source: Source
    comment: str = ""

    def __post_init__(self) -> None:
        freeze_arrays(self, ("stage_temperature", "resistance"), self.source.file, minimum=2)
        for name in ("stage_temperature", "resistance"):
            require(getattr(self, name), name, self.source.file, positive=True)
