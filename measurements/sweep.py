"""One voltage sweep of one cell, as the instrument took it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from measurements.arrays import freeze_arrays
from measurements.errors import InputError

FloatArray = NDArray[np.float64]


class Activity(StrEnum):
    """What the operator wanted the sweep to do."""

    FORM = "form"
    SET = "set"
    RESET = "reset"
    READ = "read"
    CYCLE = "cycle"


@dataclass(frozen=True)
class Source:
    """Where a record came from: file name and SHA-256 of its bytes."""

    file: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep in the order it was taken; a hysteresis loop is never sorted.

    Parameters
    ----------
    time, voltage, current
        Equal-length float64 arrays: time [s], voltage of the active (Cu) electrode [V], current into it [A].
    activity
        What the sweep was for.
    compliance_current
        Current limit of the instrument [A]; None where the file does not say.
    device, cell
        Names of the device and of the cell in it.
    cycle
        Running number of the sweep among those of its cell and activity, from 0.
    temperature
        Stage temperature [K]; None where nobody recorded it.
    source
        File and SHA-256.
    comment
        What the operator wrote into the file; lines in square brackets say what the reader inferred.
    taken
        When it was taken, as sortable text `2022-03-25T17:08:25` (local time of the instrument); empty where
        nothing says so.
    timed
        Whether `time` was measured; where False the file has no time, `time` counts the points at 1 s each,
        and no ramp rate follows from it.

    Raises
    ------
    InputError
        Lengths differ, no point, a value that is not finite, or time that runs backwards.
    """

    time: FloatArray
    voltage: FloatArray
    current: FloatArray
    activity: Activity
    compliance_current: float | None
    device: str
    cell: str
    cycle: int
    temperature: float | None
    source: Source
    comment: str = ""
    taken: str = ""
    timed: bool = True

    def __post_init__(self) -> None:
        freeze_arrays(self, ("time", "voltage", "current"), self.source.file)
        back = np.flatnonzero(np.diff(self.time) < 0)
        if back.size:
            raise InputError(f"time runs backwards after point {back[0]}", path=self.source.file)

    def __len__(self) -> int:
        return int(self.time.size)
