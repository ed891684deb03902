"""Intervals: of a share that was counted, and of a mean over chips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """Limits that hold the truth with probability `CONFIDENCE`."""

    low: float
    high: float


def wilson(share: float, trials: int) -> Interval:
    """Interval of a probability of which `share` was seen in `trials` independent trials [1].

    Wilson's score interval (doi 10.1080/01621459.1927.10502953): (p + z^2/2n -+ z sqrt(p (1-p)/n + z^2/4n^2)) /
    (1 + z^2/n). Not symmetric, never outside 0..1, and of the right size where all or none succeeded.

    >>> found = wilson(0.97, 1000)
    >>> round(found.low, 4), round(found.high, 4)
    (0.9575, 0.9789)
    """
    z = float(norm.ppf(0.5 + CONFIDENCE / 2))
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Interval of the mean of independent `values` by Student's law; None of fewer than two.

    >>> mean_interval([1.0]) is None
    True
    """
    if len(values) < 2:
        return None
    mean, half = float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(len(values))
    half *= float(t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1))
    return Interval(mean - half, mean + half)


@dataclass(frozen=True)
class Distribution:
    """Mean, standard deviation (n - 1; None of one value), 5, 50 and 95 % quantiles, and the interval of the mean."""

    mean: float
    standard_deviation: float | None
    p5: float
    median: float
    p95: float
    interval: Interval | None


def distribution(values: Sequence[float]) -> Distribution:
    """What a sample says; quantiles by linear interpolation."""
    array = np.asarray(values, dtype=np.float64)
    p5, median, p95 = (float(value) for value in np.quantile(array, (0.05, 0.5, 0.95)))
    deviation = float(array.std(ddof=1)) if array.size > 1 else None
    return Distribution(float(array.mean()), deviation, p5, median, p95, mean_interval(list(values)))
