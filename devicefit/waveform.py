"""Waveforms handed to an integrator, checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from devicefit.numerics import FloatArray
from measurements.errors import InputError


def checked_waveform(time: ArrayLike, voltage: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Time [s] and voltage [V] as float64 rows of equal length; equal times are a voltage jump.

    Raises
    ------
    InputError
        No point, unequal lengths, a value that is not finite, or time that runs backwards.
    """
    seconds, volts = np.array(time, dtype=np.float64), np.array(voltage, dtype=np.float64)
    if seconds.ndim != 1 or seconds.size < 1 or seconds.shape != volts.shape:
        raise InputError(
            f"time has shape {seconds.shape} and voltage {volts.shape}; equal lengths of one or more are needed"
        )
    if not np.isfinite(seconds).all() or not np.isfinite(volts).all():
        raise InputError("the waveform has a value that is not finite")
    backwards = seconds[1:] < seconds[:-1]
    if backwards.any():
        raise InputError(f"time runs backwards after point {int(np.flatnonzero(backwards)[0])}")
    return seconds, volts
