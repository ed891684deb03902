"""A one-way reset in which the cell changes its state over many samples.

Resets only: a current that falls while the voltage rises is a change of state. A slow rise of a set is not told
from conduction that grows with the voltage, unless the way back was measured too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from measurements.criteria import Criteria
from measurements.estimate import Estimate, step_estimate
from measurements.events import SMALLEST_CURRENT
from measurements.hysteresis import jitter, running_median
from measurements.ramp import Ramp
from measurements.sweep import Activity, FloatArray

SHARE = 0.2
"""Part of the ramp at either end from which the two states are taken [1]."""
MINIMUM_POINTS = 20
HALF, START, END = 0.5, 0.9, 0.1


@dataclass(frozen=True)
class GradualRamp:
    """Magnitudes: `middle` and `onset` [V] with the interval in which the cell passes half and a tenth of the
    change of ln G for the first and for the last time; `width` between 10 and 90 % [V]; `ratio` of the
    conductances of the two states [1].
    """

    middle: Estimate
    onset: Estimate
    width: Estimate
    ratio: float


def find_gradual(ramp: Ramp, criteria: Criteria) -> GradualRamp | None:
    """The gradual reset of a ramp; None where conductance changes by less than `criteria.abrupt_ratio`.

    Conductance G = I/V outside current limit, spikes taken out. The states before and after are the medians of
    the first and of the last fifth of the ramp. The instrument's offset is not removed, since the quiet end of
    the ramp shows it only together with the leakage of the cell.
    """
    keep = ~ramp.limited & (ramp.voltage >= criteria.read_window[0])
    voltage = ramp.voltage[keep]
    if voltage.size < MINIMUM_POINTS:
        return None
    raw = np.log(np.maximum(np.abs(ramp.current[keep]), SMALLEST_CURRENT) / voltage)
    level = running_median(raw)
    fifth = max(3, int(SHARE * voltage.size))
    before = float(np.median(level[:fifth]))
    after = float(np.median(level[-fifth:]))
    change = after - before
    if ramp.kind is not Activity.RESET or -change < math.log(criteria.abrupt_ratio):
        return None
    remaining = (after - level) / change  # 1 before, 0 after
    noise = jitter(raw) / abs(change)
    first, middle, last = (_passage(voltage, remaining, share, noise) for share in (START, HALF, END))
    width = Estimate(
        max(last.value - first.value, 0.0),
        "V",
        max(last.low - first.high, 0.0),
        last.high - first.low,
        "between 10 and 90 % of the change of ln G",
    )
    return GradualRamp(middle, first, width, math.exp(abs(change)))


def _passage(voltage: FloatArray, remaining: FloatArray, share: float, noise: float) -> Estimate:
    """Voltages between which `remaining` passes `share` for the first and for the last time, wider by what two
    deviations of its `noise` [1] move the passage.
    """
    below = np.flatnonzero(remaining < share)
    above = np.flatnonzero(remaining >= share)
    first = int(below[0]) if below.size else voltage.size - 1
    last = int(above[-1]) + 1 if above.size else 1
    begin, end = max(min(first, last) - 1, 0), min(max(first, last), voltage.size - 1)
    around = slice(max(0, begin - 3), end + 4)
    slope = abs(float(np.polyfit(voltage[around], remaining[around], 1)[0]))
    moved = 2 * noise / max(slope, noise / float(np.ptp(voltage)))
    low, high = float(voltage[begin]) - moved, float(voltage[end]) + moved
    return step_estimate(low, high, "V", f"first and last passage of {1 - share:.0%} of the change of ln G")
