"""Spread of a quantity between devices, freed of the error of each device's own estimate.

y_i = centre + d_i + e_i with var d = tau^2 and var e_i = s_i^2 known. tau^2 by the method of moments of Paule and
Mandel (1982, doi:10.6028/jres.087.022), which needs no law of d; its interval from the same Q (Viechtbauer 2007,
doi:10.1002/sim.2514); the interval of the centre by Student's law (Knapp and Hartung 2003, doi:10.1002/sim.1791):

    Q(t) = sum (y_i - m)^2/(s_i^2 + t),  m the mean with weights 1/(s_i^2 + t)
    Q(tau^2) = k - 1,   Q(bounds of tau^2) = quantiles of chi-squared with k - 1 degrees of freedom
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import chi2, t

from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError, InputError

FEWEST_DEVICES = 5  # of four exact values, the upper bound of the spread is 3.7 times the spread itself


@dataclass(frozen=True)
class Between:
    """Centre and standard deviation between devices with intervals [unit of the values]; `p_value` is that of Cochran's
    test for no difference between devices. A deviation of 0: they differ no more than their errors explain.
    """

    centre: float
    centre_error: float
    centre_low: float
    centre_high: float
    deviation: float
    low: float
    high: float
    p_value: float
    devices: int


def between_devices(values: ArrayLike, errors: ArrayLike, level: float = 0.95) -> Between:
    """Centre and spread of `values`, each known within its standard error in `errors`.

    Raises
    ------
    InputError
        Values and errors differ in number, are not finite, or an error is not above 0.
    FitError
        Fewer than `FEWEST_DEVICES`.
    """
    y, s = (np.asarray(one, dtype=np.float64).ravel() for one in (values, errors))
    if y.size != s.size:
        raise InputError(f"{y.size} values but {s.size} standard errors")
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(s)) and np.all(s > 0)):
        raise InputError("every value must be finite and every standard error above 0")
    if y.size < FEWEST_DEVICES:
        raise FitError(
            f"{y.size} device(s): the spread from device to device needs at least {FEWEST_DEVICES}; "
            "measure more devices, or use the card of one"
        )
    freedom = y.size - 1
    variance = _variance_at(y, s, freedom)
    bounds = [_variance_at(y, s, float(chi2.ppf(0.5 + sign * level / 2, freedom))) for sign in (1, -1)]
    weights = 1.0 / (s**2 + variance)
    centre = float(np.sum(weights * y) / np.sum(weights))
    error = math.sqrt(max(1.0, _q(y, s, variance) / freedom) / float(np.sum(weights)))
    half = float(t.ppf(0.5 + level / 2, freedom)) * error
    deviation, low, high = (math.sqrt(one) for one in (variance, *bounds))
    p_value = float(chi2.sf(_q(y, s, 0.0), freedom))
    return Between(centre, error, centre - half, centre + half, deviation, low, high, p_value, y.size)


def _q(y: FloatArray, s: FloatArray, variance: float) -> float:
    weights = 1.0 / (s**2 + variance)
    return float(np.sum(weights * (y - np.sum(weights * y) / np.sum(weights)) ** 2))


def _variance_at(y: FloatArray, s: FloatArray, wanted: float) -> float:
    """The variance at which Q, which falls with it, is `wanted`; 0 where it is lower from the start."""
    if _q(y, s, 0.0) <= wanted:
        return 0.0
    highest = 1.001 * float(np.sum((y - y.mean()) ** 2)) / wanted
    root = brentq(lambda variance: _q(y, s, variance) - wanted, 0.0, highest, xtol=1e-12 * highest, rtol=1e-10)
    return float(root)
