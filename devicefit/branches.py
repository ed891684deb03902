"""One outward ramp made ready for fits of its static branch, and the anchor of a switching event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devicefit.numerics import FloatArray
from measurements.sweep import Activity, Source

FALLBACK_FLOOR = (
    1e-9  # A, where a sweep shows no quiet part: the lowest range of a source-measure unit on a probe station
)


@dataclass(frozen=True)
class Anchor:
    """A point of the measured transition: at `time` [s] the magnitude of the current passes `level` [A].

    `resolved` counts the samples on the transition itself, clear of the branch before it and of the limit.
    """

    time: float
    level: float
    resolved: int


@dataclass(frozen=True, eq=False)
class Branch:
    """One outward ramp, turned so that conduction is positive.

    Parameters
    ----------
    kind, source, sign
        What it was for (set or reset), its file, and the sign of the voltage at the active electrode.
    time [s], voltage [V], current [A]
        Magnitudes; the instrument's offset is removed from the current.
    floor
        Current below which nothing is known [A].
    limited
        Points in current limit.
    event
        First point after a clean event; None where the sweep has none.
    anchor
        Where the transition is; None without a clean event.
    start_resistance
        Resistance at the start of a reset [ohm]; None for a set.
    """

    kind: Activity
    source: Source
    sign: int
    time: FloatArray
    voltage: FloatArray
    current: FloatArray
    floor: float
    limited: NDArray[np.bool_]
    event: int | None
    anchor: Anchor | None
    start_resistance: float | None

    @property
    def ramp_rate(self) -> float:
        """Mean rate of the ramp [V/s]."""
        return float((self.voltage[-1] - self.voltage[0]) / (self.time[-1] - self.time[0]))

    @property
    def before(self) -> slice:
        """Points before the event and before the current limit: the static branch."""
        end = len(self.time) if self.event is None else self.event
        limited = np.flatnonzero(self.limited)
        return slice(0, min(end, int(limited[0])) if limited.size else end)


def set_anchor(time: FloatArray, current: FloatArray, limited: NDArray[np.bool_], index: int, floor: float) -> Anchor:
    """Anchor of a set: the last sample on the rise, else the middle of the step that holds the event.

    On the rise are the samples of the unbroken rise that ends at the event, above five times the branch
    before it. The anchor is the highest of them between 3 and 90 % of the current reached (lower ones may be
    leakage); without one it is the geometric mean of the currents on both sides.
    """
    before = max(float(np.median(np.abs(current[max(0, index - 12) : max(1, index - 5)]))), floor)
    reached = float(current[index : index + 4].max())
    rise = []
    for i in range(index, max(0, index - 6), -1):
        if current[i] <= current[i - 1] or current[i] < 5 * before:
            break
        rise.append(i)
    seen = [i for i in rise if current[i] < 0.9 * reached and not limited[i]]
    high = [i for i in seen if current[i] > 0.03 * reached]
    if high:
        return Anchor(float(time[high[0]]), float(current[high[0]]), len(seen))
    level = np.sqrt(max(float(current[index - 1]), before) * reached)
    return Anchor(float(time[index - 1] + time[index]) / 2, float(level), len(seen))


def reset_anchor(time: FloatArray, current: FloatArray, voltage: FloatArray, index: int, floor: float) -> Anchor:
    """Anchor of a reset: a sample on the fall where there is one, else half the current in the middle of the
    step.

    On the fall are the samples of the unbroken fall that ends at the event whose conductance is between 5
    and 90 % of the branch's before it; among several the one nearest half is taken.
    """
    conductance = current / np.maximum(voltage, 1e-9)
    branch = float(np.median(conductance[max(1, index - 12) : max(2, index - 4)]))
    fall = []
    for i in range(index, max(0, index - 6), -1):
        if current[i] >= current[i - 1]:
            break
        if 0.05 < conductance[i] / branch < 0.9 and current[i] > 10 * floor:
            fall.append(i)
    if not fall:
        return Anchor(float(time[index - 1] + time[index]) / 2, float(0.5 * current[index - 1]), 0)
    best = min(fall, key=lambda i: abs(conductance[i] / branch - 0.5))
    return Anchor(float(time[best]), float(current[best]), len(fall))
