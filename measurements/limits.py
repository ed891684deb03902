"""Which points of a ramp the instrument limits: the programmed voltage is then not at the cell."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from measurements.sweep import FloatArray

FLATNESS = 0.002
"""Largest relative half spread of a limited current [1]: regulation noise of a source-measure unit."""
TIGHT = 0.0005
"""Relative half spread [1] within which a top is a limit however it was reached."""
KINK = 0.4
"""Smallest d ln I/d ln V [1] with which a current runs into a limit (1 for an ohmic cell); the top of a gradual
reset rounds off."""
MINIMUM_RISE = 0.08
"""Share of the voltage [1] over which a current must be flat to be taken for a limit."""
MINIMUM_POINTS = 4
ABOVE_QUIET = 1.2
"""A limit is this many times above the lowest tenth of the currents; a flat floor is no limit [1]."""


def limited_points(
    voltage: FloatArray, current: FloatArray, compliance_current: float | None, tolerance: float
) -> NDArray[np.bool_]:
    """Mask of the points in current limit.

    The limit is the stated compliance where the current comes within `tolerance` [1] of it. Otherwise a flat
    top counts (`flat_top`), whether or not the file states a limit: instruments limit below the stated value
    when their range does.

    >>> limited_points(np.array([0.1, 0.2, 0.3]), np.array([1e-6, 2e-5, 2e-5]), 2e-5, 0.02).tolist()
    [False, True, True]
    """
    magnitude = np.abs(current)
    if compliance_current is not None and float(magnitude.max()) >= (1 - tolerance) * compliance_current:
        return np.asarray(magnitude >= (1 - tolerance) * compliance_current)
    level = flat_top(voltage, current)
    if level is None:
        return np.zeros(current.shape, dtype=np.bool_)
    return np.asarray(magnitude >= (1 - tolerance) * level)


def flat_top(voltage: FloatArray, current: FloatArray) -> float | None:
    """Level [A] at which the current is held while the voltage rises; None where there is none.

    The highest currents, in one run of at least `MINIMUM_POINTS` points, stay within `FLATNESS` of their
    median while the voltage changes by `MINIMUM_RISE` of its highest value: an ohmic or steeper cell would
    have changed its current by that share. The current must run into it with a kink (`KINK`), not round off,
    unless it is held within `TIGHT`.
    """
    magnitude = np.abs(current)
    highest = float(magnitude.max())
    if highest <= ABOVE_QUIET * float(np.quantile(magnitude, 0.1)):
        return None
    near = np.flatnonzero(magnitude >= (1 - 2 * FLATNESS) * highest)
    runs = np.split(near, np.flatnonzero(np.diff(near) > 1) + 1)
    longest = max(runs, key=len)
    held = np.abs(voltage[longest])
    if longest.size < MINIMUM_POINTS or float(np.ptp(held)) < MINIMUM_RISE * float(held.max()):
        return None
    level = float(np.median(magnitude[longest]))
    tight = float(np.median(np.abs(magnitude[longest] - level))) <= TIGHT * level / 2
    if not tight and _steepness(np.abs(voltage), magnitude, int(longest[0])) < KINK:
        return None
    return level


def _steepness(voltage: FloatArray, current: FloatArray, entry: int) -> float:
    """d ln I/d ln V [1] over the three steps before point `entry`; infinite where nothing came before."""
    first = max(0, entry - 3)
    if first == entry or min(voltage[first], current[first]) <= 0 or voltage[entry] <= voltage[first]:
        return math.inf
    return math.log(current[entry] / current[first]) / math.log(voltage[entry] / voltage[first])
