"""The outward part of a sweep, from 0 V to its highest voltage, turned so that voltages are positive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurements.criteria import Criteria
from measurements.hysteresis import lobe_window
from measurements.legs import cut_legs, pair_lobes
from measurements.limits import limited_points
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

    Which polarity of a cycle is the set follows from its hysteresis (`set_sign`).

    The way back of a loop is left out: the cell has switched by then.
    """
    if sweep.activity is Activity.READ:
        return ()
    if sweep.activity is not Activity.CYCLE:
        polarity = 1 if sweep.voltage.max() >= -sweep.voltage.min() else -1
        return (_ramp(sweep, sweep.activity, polarity, criteria),)
    sign = set_sign(sweep, criteria)
    kinds = {sign: Activity.SET, -sign: Activity.RESET}
    lowest = criteria.read_window[1]
    ramps = (
        _ramp(sweep, kind, polarity, criteria)
        for polarity, kind in kinds.items()
        if (polarity * sweep.voltage).max() > lowest
    )
    return tuple(sorted(ramps, key=lambda ramp: ramp.start))


def set_sign(sweep: Sweep, criteria: Criteria) -> int:
    """Polarity at which a loop conducts more on the way back: +1 or -1; +1 where the two ways do not tell."""
    score = 0.0
    for lobe in pair_lobes(cut_legs(sweep.voltage)):
        window = lobe_window(sweep, lobe, 0.0, 0.0, criteria)
        if window is not None and window.switched(criteria):
            score += lobe.polarity * window.total
    return -1 if score < 0 else 1


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
