"""What a cycle between others is likely to show: values that drift slowly are near those of the cycles around it.

A parameter known in cycles at the places t_i (whole cycles) is taken as y_i = m + d(t_i) + e_i: a drift d with the
covariance s^2 (1 - n) exp(-|t - t'|/L) and a scatter e with the variance s^2 n from cycle to cycle. Values at the same
place are of one state seen twice (that which a reset leaves is the one the next set starts from) and have the share k
of the scatter in common. L, n and k are those of the highest likelihood among a few; the value at another place is the
best linear unbiased prediction (ordinary kriging: N. Cressie, Statistics for Spatial Data, Wiley 1993, doi
10.1002/9781119115151, chapter 3). Without a drift the prediction is the mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from devicefit.numerics import FloatArray

FEWEST = 8  # cycles, before they can tell a drift from scatter
RANGES = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)  # cycles
SCATTERS = (0.05, 0.15, 0.3, 0.5, 0.7, 0.9)  # share of the variance
KEPT = (0.0, 0.5, 0.9, 0.98)  # share of the scatter that two values of one state have in common
WORTH = 2.0  # of ln likelihood, by which a drift must be more likely than none: two more parameters (AIC)
FARTHEST = 2.5  # deviations from the median (by the quartiles) at which a value is held, so that no one cycle decides


@dataclass(frozen=True)
class Drift:
    """Covariance over cycles: `reach` L [cycles], `scatter` n, the share of the variance that no neighbour tells, and
    `kept` k, the share of that which another value of the same state tells.

    No drift: `scatter` is 1 and `kept` is 0.
    """

    reach: float
    scatter: float
    kept: float = 0.0

    def covariance(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Of values at two sets of places, their own scatter left out, in units of the variance [1]."""
        apart = np.abs(first[:, None] - second[None, :])
        common = self.kept * self.scatter * (apart == 0.0)
        return np.asarray((1.0 - self.scatter) * np.exp(-apart / self.reach) + common)

    def among(self, places: FloatArray) -> FloatArray:
        """Covariance of values known at `places`, in units of the variance [1]."""
        return np.asarray(self.covariance(places, places) + (1.0 - self.kept) * self.scatter * np.eye(places.size))


def find_drift(places: Sequence[float], values: Sequence[float]) -> Drift:
    """The most likely drift of `values` known at `places`; none where they are few or it is not more likely."""
    none = Drift(1.0, 1.0)
    where, found = np.asarray(places, dtype=np.float64), _held(np.asarray(values, dtype=np.float64))
    if found.size < FEWEST or float(np.ptp(found)) == 0.0:
        return none
    kept = KEPT if np.unique(where).size < where.size else KEPT[:1]
    tried = [Drift(*values) for values in product(RANGES, SCATTERS, kept)]
    best = max(tried, key=lambda drift: _likelihood(drift, where, found))
    return best if _likelihood(best, where, found) > _likelihood(none, where, found) + WORTH else none


def predicted(places: Sequence[float], values: Sequence[float], at: Sequence[float]) -> FloatArray:
    """`values` known at `places`, as they are likely to be in the cycles `at`; the median where they do not drift."""
    drift = find_drift(places, values)
    where, wanted = np.asarray(places, dtype=np.float64), np.asarray(at, dtype=np.float64)
    if drift.scatter == 1.0:
        return np.full(wanted.size, float(np.median(values)))
    found = _held(np.asarray(values, dtype=np.float64))
    inverse = np.linalg.inv(drift.among(where))
    mean = float(np.sum(inverse @ found) / np.sum(inverse))
    return np.asarray(mean + drift.covariance(wanted, where) @ inverse @ (found - mean))


def _held(values: FloatArray) -> FloatArray:
    middle = float(np.median(values))
    deviation = float(np.subtract(*np.quantile(values, (0.75, 0.25)))) / 1.349
    return np.asarray(np.clip(values, middle - FARTHEST * deviation, middle + FARTHEST * deviation))


def _likelihood(drift: Drift, places: FloatArray, values: FloatArray) -> float:
    """ln of the likelihood with mean and variance at their best, up to a constant."""
    factor = np.linalg.cholesky(drift.among(places))
    ones, left = np.linalg.solve(factor, np.ones(places.size)), np.linalg.solve(factor, values)
    residual = left - ones * float(ones @ left) / float(ones @ ones)
    determinant = float(np.sum(np.log(np.diag(factor))))
    return -0.5 * values.size * math.log(max(float(residual @ residual), 1e-300)) - determinant
