"""Random telegraph signal: a current that jumps between two levels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from measurements.estimate import Estimate, mean_estimate, normal_estimate
from measurements.sweep import FloatArray

SEPARATION = 3.5
"""Smallest distance of the two levels in deviations within a level [1]; halves of one normal heap have 2.6."""
MINIMUM_VISITS = 3
"""Fewest visits to each level; fewer jumps are no signal but an event."""
MINIMUM_DWELL = 2.0
"""Shortest mean visit in samples; shorter ones are outliers."""


@dataclass(frozen=True)
class Telegraph:
    """Two levels of a read current.

    Parameters
    ----------
    amplitude
        Distance of the levels [A].
    dwell_low, dwell_high
        Mean time in the lower and in the higher level [s].
    share_high
        Share of the time in the higher level [1].
    jumps
        Number of jumps seen [1].
    """

    amplitude: Estimate
    dwell_low: Estimate
    dwell_high: Estimate
    share_high: float
    jumps: int


def find_telegraph(time: FloatArray, current: FloatArray) -> Telegraph | None:
    """Two levels, if the values fall into two heaps `SEPARATION` apart that the current visits repeatedly.

    The heaps come from the split of the sorted values with the least spread within both (k-means in one
    dimension, solved exactly); a visit is a run of samples beyond the middle. Dwell times shorter than a
    sample are not seen: mean dwell times near the sampling interval are too long.
    """
    split = best_split(current)
    if split is None:
        return None
    low, high = current[current <= split], current[current > split]
    within = math.sqrt((float(np.var(low)) * low.size + float(np.var(high)) * high.size) / current.size)
    distance = float(high.mean() - low.mean())
    if distance < SEPARATION * within or min(low.size, high.size) < 2 * MINIMUM_VISITS:
        return None
    state = current > split
    edges = np.flatnonzero(np.diff(state)) + 1
    runs = np.split(np.arange(state.size), edges)
    inner = runs[1:-1]  # the first and the last visit are cut by the record
    step = float(np.median(np.diff(time)))
    lows = np.array([run.size for run in inner if not state[run[0]]], dtype=np.float64)
    highs = np.array([run.size for run in inner if state[run[0]]], dtype=np.float64)
    if min(lows.size, highs.size) < MINIMUM_VISITS or min(lows.mean(), highs.mean()) < MINIMUM_DWELL:
        return None
    error = math.sqrt(float(np.var(low)) / low.size + float(np.var(high)) / high.size)
    return Telegraph(
        amplitude=normal_estimate(distance, error, "A", "distance of two heaps"),
        dwell_low=mean_estimate(lows * step, "s", "mean visit to the lower level"),
        dwell_high=mean_estimate(highs * step, "s", "mean visit to the higher level"),
        share_high=float(state.mean()),
        jumps=int(edges.size),
    )


def best_split(values: FloatArray) -> float | None:
    """Boundary that leaves the least sum of squares within two heaps; None for fewer than ten values."""
    if values.size < 10 or np.ptp(values) == 0:
        return None
    ordered = np.sort(values - values.mean())
    count = np.arange(1, ordered.size)
    left = np.cumsum(ordered)[:-1]
    between = left**2 / count + left**2 / (ordered.size - count)  # the whole sums to zero
    best = int(np.argmax(between))
    return float((ordered[best] + ordered[best + 1]) / 2 + values.mean())
