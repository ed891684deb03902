"""A train of programming pulses with a read after each: how the conductance of a cell is updated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from measurements.arrays import freeze_arrays
from measurements.errors import InputError
from measurements.sweep import FloatArray, Source


class PulseDirection(StrEnum):
    """Whether the pulses raise (potentiation) or lower (depression) the conductance."""

    POTENTIATION = "potentiation"
    DEPRESSION = "depression"


@dataclass(frozen=True, eq=False)
class PulseTrain:
    """Reads between equal or growing programming pulses, in the order they were taken.

    Parameters
    ----------
    pulse
        Number of pulses given before each read [1], increasing.
    current
        Current of each read [A].
    read_voltage
        Voltage of the reads [V].
    direction
        What the pulses were for.
    train
        Running number of the train among those of its cell and direction, from 0.
    amplitude [V], width [s]
        Of the pulse before each read; None where the file does not say.
    time
        Moment of each read [s]; None where the file does not say.
    temperature
        Stage temperature [K]; None where nobody recorded it.
    device, cell, source, comment
        As in `Sweep`.

    Raises
    ------
    InputError
        Arrays of unequal length, fewer than two reads, a value that is not finite, pulse numbers that do not
        increase, or a read voltage of zero.
    """

    pulse: FloatArray
    current: FloatArray
    read_voltage: float
    direction: PulseDirection
    train: int
    device: str
    cell: str
    source: Source
    amplitude: FloatArray | None = None
    width: FloatArray | None = None
    time: FloatArray | None = None
    temperature: float | None = None
    comment: str = ""

    def __post_init__(self) -> None:
        freeze_arrays(self, ("pulse", "current", "amplitude", "width", "time"), self.source.file, minimum=2)
        if not (self.pulse[1:] > self.pulse[:-1]).all():
            raise InputError("pulse numbers do not increase", path=self.source.file)
        if not abs(self.read_voltage) > 0:
            raise InputError(f"read voltage is {self.read_voltage!r} V", path=self.source.file)

    @property
    def conductance(self) -> FloatArray:
        """Conductance at each read [S]."""
        return self.current / self.read_voltage
