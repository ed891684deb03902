"""The outward part of a sweep, from 0 V to its highest voltage, turned so that voltages are positive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurements.criteria import Criteria
from measurements.sweep import Activity, FloatArray, Sweep


@dataclass(frozen=True, eq=False)
class Ramp:
    """One outward ramp.

    Parameters
    ----------
    kind
        What the ramp was to do: form, set or reset.
    time, voltage, current
        [s], [V], [A]; voltage and current are multiplied by `polarity`, so that conduction is positive.
    limited
        Points at which the instrument limits the current; there `voltage` is programmed, not at the cell.
    polarity
        +1 or -1, sign of the voltage at the active electrode.
    start
        Index of the first point in the sweep.
    """

    kind: Activity
    time: FloatArray
    voltage: FloatArray
    current: FloatArray
    limited: NDArray[np.bool_]
    polarity: int
    start: int


def outward_ramps(sweep: Sweep, criteria: Criteria) -> tuple[Ramp, ...]:
    """The ramps that may switch: one of a form, set or reset, one per polarity of a cycle, none of a read.

    The way back of a loop is left out: the cell has switched by then.
    """
    if sweep.activity is Activity.READ:
        return ()
    if sweep.activity is not Activity.CYCLE:
        polarity = 1 if sweep.voltage.max() >= -sweep.voltage.min() else -1
        return (_ramp(sweep, sweep.activity, polarity, criteria),)
    kinds = {1: Activity.SET, -1: Activity.RESET}
    lowest = criteria.read_window[1]
    ramps = (
        _ramp(sweep, kind, polarity, criteria)
        for polarity, kind in kinds.items()
        if (polarity * sweep.voltage).max() > lowest
    )
    return tuple(sorted(ramps, key=lambda ramp: ramp.start))


def _ramp(sweep: Sweep, kind: Activity, polarity: int, criteria: Criteria) -> Ramp:
    voltage = polarity * sweep.voltage
    top = int(np.argmax(voltage))
    below = np.flatnonzero(voltage[:top] < 0)  # the other polarity of a cycle came before
    start = int(below[-1]) + 1 if below.size else 0
    span = slice(start, top + 1)
    current = polarity * sweep.current[span]
    return Ramp(
        kind=kind,
        time=sweep.time[span],
        voltage=voltage[span],
        current=current,
        limited=limited_points(voltage[span], current, sweep.compliance_current, criteria.limit_tolerance),
        polarity=polarity,
        start=start,
    )


def limited_points(
    voltage: FloatArray, current: FloatArray, compliance_current: float | None, tolerance: float
) -> NDArray[np.bool_]:
    """Mask of the points in current limit.

    The limit is the stated compliance where the current comes within `tolerance` [1] of it. Otherwise a
    plateau counts: the highest current held within `tolerance` while the voltage changes by a tenth, ten
    times above the lowest tenth of the currents (a flat floor is no limit).

    >>> limited_points(np.array([0.1, 0.2, 0.3]), np.array([1e-6, 2e-5, 2e-5]), 2e-5, 0.02).tolist()
    [False, True, True]
    """
    magnitude = np.abs(current)
    highest = float(magnitude.max())
    if compliance_current is not None and highest >= (1 - tolerance) * compliance_current:
        return np.asarray(magnitude >= (1 - tolerance) * compliance_current)
    near = magnitude >= (1 - tolerance) * highest
    held = voltage[near]
    plateau = held.size >= 4 and held.max() - held.min() >= 0.1 * held.max()
    if plateau and highest > 10 * float(np.quantile(magnitude, 0.1)) and np.all(np.diff(np.flatnonzero(near)) == 1):
        return near
    return np.zeros(current.shape, dtype=np.bool_)
