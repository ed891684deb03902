"""Intervals of an estimate: Wald, profile likelihood, bootstrap.

wald       u +- q s in the fitted coordinate (so that of a logarithm is asymmetric in the value)
profile    the values at which the cost, minimised over all other unknowns, has risen by q^2 times the variance of
           a residual (Venzon and Moolgavkar 1988, doi:10.2307/2347496); open where it never rises that far
bootstrap  percentiles over refits (`bootstrap`)

q is the quantile of Student's t for the degrees of freedom, of the normal law where the noise is known. The
profile is taken here and not by lmfit.conf_interval, which knows neither known noise, nor bounds, nor blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, t

from devicefit.estimation.bootstrap import bootstrap
from devicefit.estimation.errorbars import residual_variance
from devicefit.estimation.problem import Evaluation
from devicefit.estimation.result import Estimate
from devicefit.estimation.search import minimise
from devicefit.estimation.unknowns import Coordinates, FloatArray, coordinates
from measurements.errors import FitError, InputError

Method = Literal["wald", "profile", "bootstrap"]
FARTHEST_STEPS = 14  # doublings of the first step before a profile counts as open
BETTER = 1e-3  # fall of the cost, in parts of the rise looked for, that means another minimum
PROFILE_TOLERANCE = 1e-9
MOST_EVALUATIONS = 500


@dataclass(frozen=True)
class Interval:
    """Interval of one unknown at `level` [own unit].

    Where a side is open, the data set no limit there: it is the bound of the unknown, 0 or infinity.
    """

    name: str
    unit: str
    lower: float
    upper: float
    level: float
    method: Method
    open_below: bool = False
    open_above: bool = False

    def contains(self, value: float) -> bool:
        """Whether `value` [own unit] lies within."""
        return bool(self.lower <= value <= self.upper)


def interval(
    estimate: Estimate, name: str, level: float = 0.95, method: Method = "profile", draws: int = 200, seed: int = 0
) -> Interval:
    """Interval of the varied unknown `name` at confidence `level`; `draws` and `seed` are those of the bootstrap.

    Raises
    ------
    InputError
        No such unknown was varied, or the level is not between 0 and 1.
    FitError
        wald: the unknown has no error bar (the reason is given). profile: a better minimum was met.
        bootstrap: too many refits failed.
    """
    if name not in estimate.varied:
        raise InputError(f"{name!r} was not varied; varied were {', '.join(estimate.varied[:12])}")
    if not 0 < level < 1:
        raise InputError(f"a confidence level lies between 0 and 1, not {level:g}")
    if method == "wald":
        return wald(estimate, name, level, quantile(estimate, level))
    if method == "profile":
        return _profile(estimate, name, level)
    if method == "bootstrap":
        values = bootstrap(estimate, draws, seed).values(name)
        low, high = np.quantile(values, [0.5 - level / 2, 0.5 + level / 2]).tolist()
        return Interval(name, _unit(estimate, name), low, high, level, "bootstrap")
    raise InputError(f"method {method!r}: expected 'wald', 'profile' or 'bootstrap'")


def quantile(estimate: Estimate, level: float) -> float:
    """Standard errors on either side at `level`: Student's t, or the normal law where the noise is known."""
    tail = 0.5 + level / 2
    return float(norm.ppf(tail) if estimate.problem.known_noise else t.ppf(tail, estimate.degrees_of_freedom))


def _unit(estimate: Estimate, name: str) -> str:
    return next(unknown.unit for unknown in estimate.unknowns if unknown.name == name)


def wald(estimate: Estimate, name: str, level: float, errors: float) -> Interval:
    """The interval of so many standard `errors` to either side, which is that of `level` by whatever law they follow.

    Raises
    ------
    FitError
        The unknown has no error bar (the reason is given).
    """
    error = estimate.fitted_errors[name]
    if error is None:
        raise FitError(f"{name}: no error bar, {estimate.undetermined[name]}; ask for the profile")
    unknown = next(u for u in estimate.unknowns if u.name == name)
    half, value = errors * error, estimate.values[name]
    if unknown.scale == "log":
        return Interval(name, unknown.unit, value * math.exp(-half), value * math.exp(half), level, "wald")
    return Interval(name, unknown.unit, value - half, value + half, level, "wald")


def profile_rise(estimate: Estimate, level: float) -> float:
    """Rise of the cost at the ends of a profile interval.

    Raises
    ------
    FitError
        No degree of freedom tells the variance of a residual.
    """
    evaluation = Evaluation(estimate.problem, coordinates(estimate.unknowns))
    residual = estimate.residuals
    variance = residual_variance(evaluation, residual, residual.size - estimate.degrees_of_freedom)
    if variance is None:
        raise FitError("the residuals leave no degree of freedom, so that no rise of the cost can be judged")
    if estimate.problem.loss == "soft_l1":  # the cost of a robust fit rises more slowly, by the mean slope of psi
        variance *= float(np.mean((1.0 + (residual / estimate.problem.loss_scale) ** 2) ** -1.5))
    return quantile(estimate, level) ** 2 * variance


@dataclass(eq=False)
class Profile:
    """Cost against one unknown (in its coordinate, centred on the estimate), minimised over all others."""

    estimate: Estimate
    name: str

    def __post_init__(self) -> None:
        self.frame: Coordinates = coordinates(self.estimate.unknowns, self.estimate.values)
        self.column = self.frame.names.index(self.name)
        self.place = self.frame.free[self.column]
        self.warm = dict(self.estimate.values)

    def centre(self) -> float:
        """Coordinate of the estimate."""
        here = np.array([self.estimate.values[name] for name in self.frame.names])
        return float(self.frame.fitted(here)[self.column])

    def value(self, coordinate: float) -> float:
        """Value [own unit] at a coordinate."""
        vector: FloatArray = np.ones(len(self.frame.free))
        vector[self.column] = coordinate
        return float(self.frame.natural(vector)[self.column])

    def rise(self, coordinate: float) -> float:
        """Cost above that of the estimate with this unknown held at `coordinate`."""
        if len(self.frame.free) == 1:
            alone = Evaluation(self.estimate.problem, self.frame).cost(np.array([coordinate]))
            return alone - self.estimate.cost
        unknowns = list(self.estimate.unknowns)
        unknowns[self.place] = unknowns[self.place].fixed_at(self.value(coordinate))
        values = self.warm | {self.name: unknowns[self.place].start}
        problem = replace(self.estimate.problem, unknowns=tuple(unknowns))
        evaluation = Evaluation(problem, coordinates(unknowns, values))
        start = evaluation.coordinates.fitted(np.array([values[name] for name in evaluation.coordinates.names]))
        end = minimise(evaluation, start, max(PROFILE_TOLERANCE, problem.accuracy), False, MOST_EVALUATIONS)
        if end.interrupted:
            raise KeyboardInterrupt
        found = evaluation.coordinates.complete(end.vector).tolist()
        self.warm = {unknown.name: value for unknown, value in zip(unknowns, found, strict=True)}
        return end.cost - self.estimate.cost


def _profile(estimate: Estimate, name: str, level: float) -> Interval:
    target = profile_rise(estimate, level)
    profile = Profile(estimate, name)
    error = estimate.fitted_errors[name]
    size = 1.0 if profile.frame.logarithmic[profile.column] else float(profile.frame.centre[profile.column])
    step = 0.1 if error is None else quantile(estimate, level) * error / size
    low, open_below = _end(profile, -1.0, step, target)
    high, open_above = _end(profile, 1.0, step, target)
    return Interval(name, _unit(estimate, name), low, high, level, "profile", open_below, open_above)


def _end(profile: Profile, sign: float, step: float, target: float) -> tuple[float, bool]:
    """Value at which the cost has risen by `target` on one side, and whether the side is open."""
    lower, upper = profile.frame.bounds()
    limit = float((lower if sign < 0 else upper)[profile.column])
    unknown = profile.estimate.unknowns[profile.place]
    profile.warm = dict(profile.estimate.values)
    inner = centre = profile.centre()
    for doubling in range(FARTHEST_STEPS):
        outer = centre + sign * step * 2.0**doubling
        outer = min(outer, limit) if sign > 0 else max(outer, limit)
        rise = profile.rise(outer)
        if rise < -BETTER * target:
            raise FitError(
                f"{unknown.name}: holding it at {profile.value(outer):.4g} {unknown.unit} gives a better fit than the"
                " estimate; fit again with more starts"
            )
        if rise >= target:
            return profile.value(_crossing(lambda u: min(profile.rise(u), 10.0 * target) - target, inner, outer)), False
        if outer == limit:
            break
        inner = outer
    return (unknown.lower if sign < 0 else unknown.upper), True


def _crossing(excess: Callable[[float], float], inner: float, outer: float) -> float:
    return float(brentq(excess, inner, outer, xtol=1e-3 * abs(outer - inner), rtol=1e-6))
