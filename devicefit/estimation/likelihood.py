"""Maximum of the likelihood of a law, and the error bars from its curvature there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats
from scipy.optimize import minimize_scalar

from devicefit.estimation.laws import PARAMETERS, Family, frozen_law
from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError

SMALLEST_SHAPE = 1.05  # of weibull3; near 1 the location runs into the smallest value
REGULAR_SHAPE = 2.0  # of weibull3; up to here its estimates are not normal and have no error bar from the curvature
FARTHEST_LOCATION = 20.0  # ranges of the data below the smallest value; beyond, the law is two-parametric in effect
CURVATURE_STEP = 1e-3  # of a coordinate, for the second differences of ln L


def maximum(seen: FloatArray, above: FloatArray, family: Family) -> list[float]:
    """Parameters of largest likelihood, in the order of `PARAMETERS`; values are fitted over their own scale."""
    unit = float(np.max(np.abs(seen)))
    data = stats.CensoredData(uncensored=seen / unit, right=above / unit) if above.size else seen / unit
    if family == "normal":
        centre, deviation = stats.norm.fit(data)
        return [float(centre) * unit, float(deviation) * unit]
    if family == "lognormal":
        logs = np.log(seen / unit)
        kept = stats.CensoredData(uncensored=logs, right=np.log(above / unit)) if above.size else logs
        centre, deviation = stats.norm.fit(kept)
        return [math.exp(float(centre)) * unit, float(deviation)]
    if family == "weibull":
        return _weibull(seen, above, 0.0)[1:]
    return _three_parameters(seen, above)


def _weibull(seen: FloatArray, above: FloatArray, location: float) -> list[float]:
    """Location, scale and shape for a given location: ln(x - location) has a Gumbel law of smallest values."""
    logs = np.log(seen - location)
    kept = stats.CensoredData(uncensored=logs, right=np.log(above - location)) if above.size else logs
    centre, deviation = stats.gumbel_l.fit(kept)
    return [location, math.exp(float(centre)), 1.0 / float(deviation)]


def _three_parameters(seen: FloatArray, above: FloatArray) -> list[float]:
    """Location by its profile likelihood: below the smallest value, at distances from 1e-3 to 20 ranges."""
    smallest, span = float(min(seen.min(), *(above if above.size else seen))), float(np.ptp(seen))

    def worse(log_distance: float) -> float:
        found = _weibull(seen, above, smallest - span * math.exp(log_distance))
        return -log_likelihood(found, seen, above, "weibull3")

    low, high = math.log(1e-3), math.log(FARTHEST_LOCATION)
    grid = np.linspace(low, high, 25)
    costs = [worse(point) for point in grid]
    best = int(np.argmin(costs))
    if best in (0, grid.size - 1):
        side = "the smallest value" if best == 0 else "minus infinity"
        raise FitError(f"a weibull3 law has no maximum of its likelihood here: its location runs to {side}")
    found = minimize_scalar(worse, bounds=(grid[best - 1], grid[best + 1]), method="bounded", options={"xatol": 1e-6})
    parameters = _weibull(seen, above, smallest - span * math.exp(float(found.x)))
    if parameters[2] < SMALLEST_SHAPE:
        raise FitError(f"a weibull3 law of shape {parameters[2]:.2f} has no regular maximum of its likelihood")
    return parameters


def log_likelihood(parameters: Sequence[float], seen: FloatArray, above: FloatArray, family: Family) -> float:
    law = frozen_law(family, parameters)
    return float(np.sum(law.logpdf(seen)) + np.sum(law.logsf(above)))


def curvature_errors(
    parameters: Sequence[float], seen: FloatArray, above: FloatArray, family: Family
) -> tuple[list[float | None], str]:
    """Standard errors from the observed information, in steps of each parameter's own scale; None with the reason."""
    k = len(parameters)
    if family == "weibull3" and parameters[2] <= REGULAR_SHAPE:
        return [None] * k, f"no error bar holds for a weibull3 law of shape up to {REGULAR_SHAPE:g}"
    spread = float(np.std(seen))
    positive = [name not in ("mean", "location") for name in PARAMETERS[family]]

    def moved(shifts: FloatArray) -> float:
        there = [
            value * math.exp(shift) if log else value + spread * shift
            for value, shift, log in zip(parameters, shifts, positive, strict=True)
        ]
        return -log_likelihood(there, seen, above, family)

    units = CURVATURE_STEP * np.eye(k)
    information = np.empty((k, k))
    for i in range(k):
        for j in range(i, k):
            plus, minus = units[i] + units[j], units[i] - units[j]
            second = moved(plus) - moved(minus) - moved(-minus) + moved(-plus)
            information[i, j] = information[j, i] = second / (4.0 * CURVATURE_STEP**2)
    eigenvalues = np.linalg.eigvalsh(information) if np.all(np.isfinite(information)) else np.array([-1.0])
    if eigenvalues.min() <= 0:
        return [None] * k, "the likelihood has no clear maximum in it"
    relative = np.sqrt(np.diag(np.linalg.inv(information)))
    scales = [value if log else spread for value, log in zip(parameters, positive, strict=True)]
    return [float(r * s) for r, s in zip(relative, scales, strict=True)], ""
