"""Straight lines through measured points, with errors that hold for correlated and outlying points too."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from measurements.errors import FitError
from measurements.estimate import Estimate, normal_estimate
from measurements.sweep import FloatArray

MAXIMUM_CORRELATION = 0.98
"""Largest lag-1 correlation corrected for [1]; beyond, the points hold about one independent value."""
MOST_PAIRED = 400
"""Most points of which all pairs are taken."""


@dataclass(frozen=True)
class Line:
    """y = intercept + slope x; `deviation` of the residuals (n - 2) and their lag-1 `correlation` [1].

    `freedom` counts the degrees of freedom that are left after the correlation.
    """

    intercept: Estimate
    slope: Estimate
    deviation: float
    correlation: float
    freedom: float
    mean: float
    spread: float

    def at(self, x: float, unit: str, method: str, *, single: bool = False) -> Estimate:
        """The line at `x`; with `single`, the interval is that of one further point there."""
        value = self.intercept.value + self.slope.value * x
        own = float(self.slope.standard_error or 0.0) ** 2
        variance = own * (self.spread + (x - self.mean) ** 2)
        error = math.sqrt(variance + (self.deviation**2 if single else 0.0))
        return normal_estimate(value, error, unit, method, self.freedom)


def fit_line(x: FloatArray, y: FloatArray, units: tuple[str, str], method: str) -> Line:
    """Least squares; the errors grow with the positive lag-1 correlation r of the residuals.

    n points then count as n (1 - r)/(1 + r) (first-order autoregressive noise; Bayley and Hammersley 1946,
    doi 10.2307/2983560). `units` are those of intercept and slope.

    Raises
    ------
    FitError
        Fewer than three points, or all x the same.
    """
    from scipy.stats import linregress

    if x.size < 3 or np.ptp(x) == 0:
        raise FitError(f"no line through {x.size} points over a range of {np.ptp(x) if x.size else 0}")
    found = linregress(x, y)
    residual = y - found.intercept - found.slope * x
    correlation = lag_correlation(residual)
    inflation = (1 + correlation) / (1 - correlation)
    freedom = max(x.size / inflation - 2, 1.0)
    variance = float(residual @ residual) / max(x.size - 2, 1)
    grown = math.sqrt(inflation)
    return Line(
        normal_estimate(float(found.intercept), grown * float(found.intercept_stderr), units[0], method, freedom),
        normal_estimate(float(found.slope), grown * float(found.stderr), units[1], method, freedom),
        math.sqrt(variance),
        correlation,
        freedom,
        float(x.mean()),
        float(np.var(x)),
    )


def lag_correlation(residual: FloatArray) -> float:
    """Lag-1 correlation [1] of residuals in the order taken, between 0 and `MAXIMUM_CORRELATION`.

    The usual estimate is too small by (1 + 3 r)/n after a mean was removed; that is put back. A correlation
    that chance alone gives to white noise (1.64/sqrt(n)) counts as none.
    """
    power = float(residual @ residual)
    if residual.size < 4 or power == 0:
        return 0.0
    raw = float(residual[1:] @ residual[:-1]) / power
    if raw < 1.64 / math.sqrt(residual.size):
        return 0.0
    return min((raw + 1 / residual.size) / (1 - 3 / residual.size), MAXIMUM_CORRELATION)


def robust_slope(x: FloatArray, y: FloatArray, unit: str, method: str) -> Estimate:
    """Theil-Sen slope (median of pairwise slopes) with Sen's interval, widened for correlated residuals.

    Source: Sen 1968, doi 10.1080/01621459.1968.10480934.

    Raises
    ------
    FitError
        Fewer than six points, or all x the same.
    """
    from scipy.stats import theilslopes

    if x.size < 6 or np.ptp(x) == 0:
        raise FitError(f"no slope from {x.size} points; six or more are needed")
    size = x.size
    if size > MOST_PAIRED:  # all pairs of thousands of points take minutes: means of neighbours do as well
        order = np.argsort(x, kind="stable")
        parts = np.array_split(order, MOST_PAIRED)
        x, y = np.array([x[part].mean() for part in parts]), np.array([y[part].mean() for part in parts])
    slope, intercept, low, high = (float(value) for value in theilslopes(y, x, 0.95))
    correlation = lag_correlation(y - intercept - slope * x)
    grown = math.sqrt((1 + correlation) / (1 - correlation))
    low, high = slope - grown * (slope - low), slope + grown * (high - slope)
    return Estimate(slope, unit, low, high, f"{method}, Theil-Sen over {size}", (high - low) / (2 * 1.96))
