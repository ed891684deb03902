"""How far the way back of a loop lies from the way out: the window, and which way the cell switched."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurements.criteria import Criteria
from measurements.legs import Lobe, voltage_noise
from measurements.limits import limited_points
from measurements.sweep import FloatArray, Sweep

MEDIAN_POINTS = 5
"""Points of the running median that takes spikes out of the window."""
LASTING = 0.05
"""Share of the points of a window that must be wide [1]."""
ABOVE_GAP = 2.0
"""Multiple of the gap at 0 V that the difference of the two ways must reach [1]."""
VOLTAGE_SEEN = 5.0
"""Multiple of the voltage's noise above which a point counts [1]."""


@dataclass(frozen=True, eq=False)
class Window:
    """Log-current window of one lobe against the voltage of the way out, from 0 V to the top.

    Parameters
    ----------
    index
        Points of the sweep on the way out at which both ways are known, outward.
    voltage, current
        Magnitudes there on the way out [V], [A]; offset removed.
    log_ratio
        ln(current on the way back/current on the way out) [1]; spikes taken out.
    noise
        Point-to-point noise of the log ratio [1], 1 sigma.
    difference
        Current on the way back less that on the way out [A].
    gap
        Its magnitude at the lowest voltages [A].
    limited
        All points of the way out in current limit, in the order taken.
    step
        Median voltage step of the way out [V].
    """

    index: NDArray[np.intp]
    voltage: FloatArray
    current: FloatArray
    log_ratio: FloatArray
    noise: float
    difference: FloatArray
    gap: float
    limited: NDArray[np.bool_]
    step: float

    @property
    def extreme(self) -> int:
        """Place of the largest log ratio among `index`, of the sign that the middle of the largest ones has."""
        return int(np.argmax(np.abs(self.log_ratio)))

    @property
    def total(self) -> float:
        """Log ratio where it is largest [1]: positive for a set, negative for a reset."""
        place = self.extreme
        near = self.log_ratio[max(0, place - 2) : place + 3]
        return float(np.median(near))

    def switched(self, criteria: Criteria) -> bool:
        """Whether the window is wider than `criteria.smallest_window` and clear of its noise, over
        `LASTING` of its points, and no constant gap.

        A cell without a source in it carries nothing at 0 V: a difference between the two ways that does not
        shrink towards 0 V is displacement current, or channels of an oscilloscope that are not simultaneous.
        """
        if abs(self.total) < max(math.log(criteria.smallest_window), 5 * self.noise):
            return False
        wide = self.log_ratio / self.total >= 0.5
        if int(wide.sum()) < max(MEDIAN_POINTS, LASTING * wide.size):
            return False
        return float(np.median(np.abs(self.difference[wide]))) >= ABOVE_GAP * self.gap


def lobe_window(sweep: Sweep, lobe: Lobe, offset: float, floor: float, criteria: Criteria) -> Window | None:
    """Window of one lobe; None where fewer than six points of both ways are above `floor` [A] and not limited.

    `offset` [A] is taken from the current, signed as the sweep. Where the way back is in current limit, its
    ohmic continuation stands for it; where both are, the ratio is 1: a set that ends in the limit is over.
    """
    sign = lobe.polarity
    out, back = lobe.outward.span, lobe.inward.span
    voltage_out, voltage_back = sign * sweep.voltage[out], sign * sweep.voltage[back]
    current_out, current_back = sign * (sweep.current[out] - offset), sign * (sweep.current[back] - offset)
    limit, tolerance = sweep.compliance_current, criteria.limit_tolerance
    limited_out = limited_points(voltage_out, current_out, limit, tolerance)
    limited_back = limited_points(voltage_back[::-1], current_back[::-1], limit, tolerance)[::-1]
    lowest = VOLTAGE_SEEN * voltage_noise(sweep.voltage)
    order = np.argsort(voltage_back, kind="stable")
    free = order[(current_back[order] > floor) & ~limited_back[order]]
    if free.size < 3:
        return None
    last = int(free[-1])
    held = bool(limited_back.any()) & (voltage_out > voltage_back[last])  # the way back is limited there
    good = (current_out > floor) & (voltage_out > lowest) & (~limited_out | held)
    good &= (voltage_out >= voltage_back[free[0]]) & ((voltage_out <= voltage_back[last]) | held)
    index = np.flatnonzero(good)
    if index.size < MEDIAN_POINTS + 1:
        return None
    place = voltage_out[index]
    returned = np.exp(np.interp(place, voltage_back[free], np.log(current_back[free])))
    returned = np.where(held[index], current_back[last] * place / voltage_back[last], returned)
    raw = np.where(limited_out[index], 0.0, np.log(returned / current_out[index]))
    seen = ~held[index]
    return Window(
        index=index + lobe.outward.start,
        voltage=place,
        current=current_out[index],
        log_ratio=running_median(raw),
        noise=jitter(raw[seen]) if seen.sum() > MEDIAN_POINTS else jitter(raw),
        difference=returned - current_out[index],
        gap=_gap(voltage_out, current_out, voltage_back[order], current_back[order]),
        limited=limited_out,
        step=float(np.median(np.abs(np.diff(voltage_out)))) if voltage_out.size > 1 else 0.0,
    )


def _gap(voltage_out: FloatArray, current_out: FloatArray, voltage_back: FloatArray, current_back: FloatArray) -> float:
    """Median distance of the two ways over the lowest 2 % of the voltages, three points at least [A]."""
    size = max(3, int(np.sum(voltage_out <= 0.02 * voltage_out.max())))
    low = np.argsort(voltage_out, kind="stable")[:size]
    return float(np.median(np.abs(np.interp(voltage_out[low], voltage_back, current_back) - current_out[low])))


def running_median(values: FloatArray) -> FloatArray:
    """Median of `MEDIAN_POINTS` neighbours; steps stay where they are, the ends repeat."""
    half = MEDIAN_POINTS // 2
    padded = np.pad(values, half, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_POINTS), axis=1))


def jitter(values: FloatArray) -> float:
    """Noise of single points, 1 sigma, from second differences: a smooth course does not enter."""
    if values.size < 5:
        return 0.0
    return float(1.4826 * np.median(np.abs(np.diff(values, n=2))) / np.sqrt(6))
