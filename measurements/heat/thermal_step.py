"""Thermal step response of one cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measurements.errors import InputError
from measurements.sweep import FloatArray, Source


@dataclass(frozen=True, eq=False)
class ThermalStep:
    """Temperature of a cell against time while a known power is dissipated in it.

    Parameters
    ----------
    time [s], power [W], temperature [K]
        Equal-length float64 arrays. Where only resistance was measured, the reader converts it with
        `temperature = ambient + (R/R0 - 1)/tcr` and keeps the measured `resistance`.
    ambient_temperature
        Temperature of the stage [K].
    resistance
        Measured resistance [ohm]; None where temperature was measured directly.
    temperature_coefficient
        Temperature coefficient of resistance used for the conversion [1/K]; None where there was none.
    device, cell, source, comment
        As in `Sweep`.
    """

    time: FloatArray
    power: FloatArray
    temperature: FloatArray
    ambient_temperature: float
    device: str
    cell: str
    source: Source
    resistance: FloatArray | None = None
    temperature_coefficient: float | None = None
    comment: str = ""

    def __post_init__(self) -> None:
        for name in ("time", "power", "temperature", "resistance"):
            array = getattr(self, name)
            if array is None:
                continue
            frozen = np.array(array, dtype=np.float64)
            frozen.setflags(write=False)
            object.__setattr__(self, name, frozen)
            if frozen.shape != np.shape(self.time) or frozen.ndim != 1 or frozen.size < 2:
                raise InputError(
                    f"{name} has shape {frozen.shape}; two or more points of equal number are needed",
                    path=self.source.file,
                )
            if not np.all(np.isfinite(frozen)):
                raise InputError(
                    f"{name} is not finite at point {np.flatnonzero(~np.isfinite(frozen))[0]}",
                    path=self.source.file,
                )
        if np.any(np.diff(self.time) <= 0):
            raise InputError("time does not increase at every point", path=self.source.file)
