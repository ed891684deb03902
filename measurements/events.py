"""Where in a ramp the cell switches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from measurements.criteria import Criteria
from measurements.ramp import Ramp
from measurements.sweep import Activity, FloatArray

SMALLEST_CURRENT = 1e-20
"""Current taken for zero [A], a sixteenth of an electron a second; keeps ratios finite."""


def find_event(ramp: Ramp, criteria: Criteria) -> int | None:
    """Index of the first point after the switching event, or None where the cell did not switch.

    Form and set: the first point from which the current holds above half the limit for `criteria.hold_points`
    points; where the limit is never reached, the largest lasting upward jump of log|I| by
    `criteria.abrupt_ratio`. Reset: the first point from which the current holds below
    1/`criteria.abrupt_ratio` of the highest before it. Shorter excursions are spikes (the measured cells show
    many) and do not count.
    """
    if len(ramp.time) < 2:
        return None
    current = np.abs(ramp.current)
    if ramp.kind is Activity.RESET:
        highest = np.maximum.accumulate(current)
        dropped = _held(current, criteria.hold_points, lowest=False)[1:] * criteria.abrupt_ratio <= highest[:-1]
        found = _first(dropped)
        return None if found is None else found + 1
    lasting = _held(current, criteria.hold_points, lowest=True)
    if ramp.limited.any():
        found = _first(lasting >= 0.5 * float(current[ramp.limited].min()))
        return found or None  # above half the limit at the first point: nothing was seen to switch
    return _largest_jump(current, lasting, criteria)


def transition_ratio(before: FloatArray, after: FloatArray, floor: float, rising: bool) -> float:
    """Ratio of the currents on the two sides of an event [1], each at least `floor` [A].

    Uses the extreme point of each side, so an event spread over a few points counts in full.
    """
    low, high = (before, after) if rising else (after, before)
    return float(max(np.abs(high).max(), floor) / max(np.abs(low).min(), floor))


def _held(values: FloatArray, points: int, lowest: bool) -> FloatArray:
    """Lowest or highest of each point and the `points` - 1 after it (fewer at the end)."""
    padding = np.full(points - 1, np.inf if lowest else -np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([values, padding]), points)
    return np.asarray(windows.min(axis=1) if lowest else windows.max(axis=1))


def _first(condition: NDArray[np.bool_]) -> int | None:
    return int(np.argmax(condition)) if condition.any() else None


def _largest_jump(current: FloatArray, lasting: FloatArray, criteria: Criteria) -> int | None:
    """Largest lasting rise against the highest of the few points before it, each at least the quiet level."""
    quiet = max(float(np.quantile(current, 0.1)), SMALLEST_CURRENT)
    before = _held(current[::-1], criteria.hold_points, lowest=False)[::-1][:-1]
    rise = lasting[1:] / np.maximum(before, quiet)
    best = int(np.argmax(rise))
    return best + 1 if rise[best] >= criteria.abrupt_ratio else None
