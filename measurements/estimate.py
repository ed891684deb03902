"""A figure extracted from measurements with its uncertainty, and how it was obtained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from measurements.errors import FitError

SCATTER = 1.5
"""Ratio of the largest to the smallest of a few values above which they are averaged in the logarithm [1]."""
MEDIAN_NEEDS = 6
"""Fewest values of which the median has a 95 % interval [1]."""


class Bound(StrEnum):
    """What is known of a value that could not be determined itself."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval.

    Parameters
    ----------
    value
        Best estimate, or the bound itself [unit].
    unit
        SI unit; `1` where there is none.
    low, high
        Ends of the 95 % interval [unit]; infinite on the open side of a bound, NaN where the data give no
        uncertainty (`method` says why).
    method
        How value and interval were obtained.
    standard_error
        [unit]; None for a bound and where the data give none.
    bound
        Whether `value` only bounds the quantity; None for a determined one.
    """

    value: float
    unit: str
    low: float
    high: float
    method: str
    standard_error: float | None = None
    bound: Bound | None = None

    @property
    def determined(self) -> bool:
        """Whether the quantity itself is known, not only a bound."""
        return self.bound is None


def normal_estimate(
    value: float, standard_error: float, unit: str, method: str, degrees_of_freedom: float | None = None
) -> Estimate:
    """Interval from a standard error: Student's t with `degrees_of_freedom`, normal without.

    >>> normal_estimate(1.0, 0.1, "V", "known").high
    1.195996...
    """
    from scipy.stats import t

    half = float(t.ppf(0.975, math.inf if degrees_of_freedom is None else degrees_of_freedom)) * standard_error
    return Estimate(value, unit, value - half, value + half, method, standard_error)


def log_estimate(
    value: float, logarithm_error: float, unit: str, method: str, degrees_of_freedom: float | None = None
) -> Estimate:
    """A positive value whose natural logarithm has the standard error `logarithm_error` [1]."""
    exponent = normal_estimate(0.0, logarithm_error, "1", method, degrees_of_freedom)
    low, high = value * math.exp(exponent.low), value * math.exp(min(exponent.high, 700.0))
    return Estimate(value, unit, low, high, method, value * logarithm_error)


def step_estimate(before: float, after: float, unit: str, method: str) -> Estimate:
    """A value known to lie between two neighbouring samples: all places in the step alike.

    >>> step_estimate(2.0, 2.1, "V", "step").standard_error
    0.0288675...
    """
    low, high = min(before, after), max(before, after)
    return Estimate((low + high) / 2, unit, low, high, method, (high - low) / math.sqrt(12))


def negated(estimate: Estimate) -> Estimate:
    """The same estimate with the opposite sign."""
    return Estimate(
        -estimate.value, estimate.unit, -estimate.high, -estimate.low, estimate.method, estimate.standard_error
    )


def bound_estimate(value: float, bound: Bound, unit: str, method: str) -> Estimate:
    """A value of which only a bound is known."""
    least = bound is Bound.AT_LEAST
    return Estimate(value, unit, value if least else -math.inf, math.inf if least else value, method, None, bound)


def mean_estimate(values: ArrayLike, unit: str, method: str) -> Estimate:
    """Mean of values that differ at random, Student's interval; without an interval for a single value.

    Raises
    ------
    FitError
        No value.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        raise FitError("no value to take the mean of")
    mean = float(array.mean())
    if array.size == 1:
        return Estimate(mean, unit, math.nan, math.nan, f"{method}; a single value has no interval")
    error = float(array.std(ddof=1)) / math.sqrt(array.size)
    return normal_estimate(mean, error, unit, f"{method} of {array.size}", array.size - 1)


def median_estimate(values: ArrayLike, unit: str, method: str) -> Estimate:
    """Median with the distribution-free interval between two order statistics (binomial, 95 % or more).

    Fewer than six values cannot hold such an interval; the ends are then NaN.

    Raises
    ------
    FitError
        No value.
    """
    from scipy.stats import binom

    array = np.sort(np.asarray(values, dtype=np.float64))
    if array.size == 0:
        raise FitError("no value to take the median of")
    middle = float(np.median(array))
    outside = int(binom.ppf(0.025, array.size, 0.5)) - 1
    if outside < 0:
        return Estimate(middle, unit, math.nan, math.nan, f"{method}; {array.size} values give no 95 % interval")
    low, high = float(array[outside]), float(array[array.size - 1 - outside])
    return Estimate(middle, unit, low, high, f"{method} of {array.size}", (high - low) / (2 * 1.96))


def centre_estimate(estimates: Sequence[Estimate], method: str, either_sign: bool = False) -> Estimate:
    """Middle of one quantity over sweeps: the estimate itself of a single one, the mean of two to five
    (Student's interval; the geometric one where they differ by more than `SCATTER`, or where Student's would hold zero
    although all values have one sign), the median of six or more. `either_sign`: the quantity (an offset) may be zero,
    and is never averaged in the logarithm.

    Raises
    ------
    FitError
        No estimate.
    """
    if len(estimates) == 1:
        return estimates[0]
    values = [one.value for one in estimates]
    unit = estimates[0].unit if estimates else "1"
    if len(values) < MEDIAN_NEEDS:
        plain = mean_estimate(values, unit, f"mean over {method}")
        magnitudes = np.abs(values)
        scattered = magnitudes.max() > SCATTER * magnitudes.min() or plain.low <= 0.0 <= plain.high
        if scattered and not either_sign and magnitudes.min() > 0.0 and np.ptp(np.sign(values)) == 0:
            return _geometric_mean(np.asarray(values), unit, f"geometric mean over {method}")
        return plain
    return median_estimate(values, unit, f"median over {method}")


def _geometric_mean(values: NDArray[np.float64], unit: str, method: str) -> Estimate:
    """Of values of one sign, Student's interval of their logarithm."""
    logarithm = mean_estimate(np.log(np.abs(values)), "1", method)
    error = float(logarithm.standard_error or math.nan)
    centre = math.exp(logarithm.value)
    positive = log_estimate(centre, error, unit, logarithm.method, values.size - 1)
    return positive if values[0] > 0 else negated(positive)


def proportion_estimate(successes: int, trials: int, method: str) -> Estimate:
    """Share of successes with the exact interval of Clopper and Pearson (doi 10.1093/biomet/26.4.404).

    Raises
    ------
    FitError
        No trial.
    """
    from scipy.stats import binomtest

    if trials < 1:
        raise FitError("no trial to take the share of")
    interval = binomtest(successes, trials).proportion_ci(0.95)
    share = successes / trials
    error = math.sqrt(share * (1 - share) / trials)
    return Estimate(share, "1", float(interval.low), float(interval.high), f"{method} of {trials}", error)
