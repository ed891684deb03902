"""What the data do not determine, in words: single unknowns and combinations.

The Jacobian in relative coordinates (ln value, or value over its magnitude), J = U S V': along the direction v_k the
estimate is free by s/S_k, with s the deviation of a residual. Directions freer than `weakest` are loose ("sloppy":
Gutenkunst et al. 2007, doi:10.1371/journal.pcbi.0030189). What is orthogonal to them is determined.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from devicefit.estimation.errorbars import residual_variance
from devicefit.estimation.intervals import Interval, interval
from devicefit.estimation.problem import Evaluation
from devicefit.estimation.result import Estimate
from devicefit.estimation.unknowns import FloatArray, coordinates
from measurements.errors import FitError, InputError

Status = Literal["determined", "combined", "weak", "undetermined", "at_bound"]
TAKES_PART = 0.2  # component of a loose direction, as a part of the largest, that is named
SIMPLE = 0.05  # distance from a whole or half exponent within which it is written so


@dataclass(frozen=True)
class Verdict:
    """How well one unknown is known.

    determined    its relative error is below the limit
    combined      only a combination with others is determined
    weak          answered by the data, but known worse than the limit
    undetermined  flat, or run off
    at_bound      pushed against a bound
    `relative_error`: standard error of ln(value), or over the magnitude; None without an error bar. `limits`: the
    profile interval, where profiles were asked for and the unknown is not determined.
    """

    name: str
    status: Status
    relative_error: float | None
    reason: str
    limits: Interval | None = None


@dataclass(frozen=True)
class LooseDirection:
    """A direction along which the data let the estimate move: relative deviation (infinite where the residuals do not
    answer at all) and the part of each unknown in it.
    """

    deviation: float
    parts: Mapping[str, float]


@dataclass(frozen=True)
class Identifiability:
    """Verdict on every varied unknown, loose directions (loosest first), and the combinations in words."""

    verdicts: Mapping[str, Verdict]
    directions: tuple[LooseDirection, ...]
    combinations: tuple[str, ...]
    weakest: float

    @property
    def determined(self) -> tuple[str, ...]:
        """Names that may be reported with their error bars."""
        return tuple(name for name, verdict in self.verdicts.items() if verdict.status == "determined")

    def report(self) -> str:
        """One line for each unknown that is not determined and for each combination; a line that says so if all are."""
        lines = [f"{v.name}: {v.reason}" for v in self.verdicts.values() if v.status != "determined"]
        lines += self.combinations
        return "\n".join(lines) or f"all {len(self.verdicts)} unknowns are determined within {self.weakest:.0%}"


def identifiability(
    estimate: Estimate, weakest: float = 0.5, profiles: bool = False, level: float = 0.95
) -> Identifiability:
    """Judge every varied unknown of an estimate; `weakest` is the largest relative standard error that counts as
    determined. With `profiles`, the others get a profile interval at `level`, which tells a limit on one side.

    Raises
    ------
    InputError
        `weakest` is not positive.
    FitError
        The fit was interrupted, or leaves no degree of freedom to tell the scatter from.
    """
    if not weakest > 0:
        raise InputError(f"the largest relative error must be above 0, not {weakest:g}")
    directions = _loose(estimate, weakest)
    errors = relative_errors(estimate)
    verdicts = {name: _verdict(estimate, name, errors[name], directions, weakest) for name in estimate.varied}
    if profiles:
        verdicts = {name: _with_limits(estimate, verdict, level) for name, verdict in verdicts.items()}
    return Identifiability(verdicts, directions, _combinations(estimate, directions), weakest)


def relative_errors(estimate: Estimate) -> dict[str, float | None]:
    """Standard error of ln(value), or over the magnitude of a linear unknown; None without an error bar."""
    frame = coordinates(estimate.unknowns, estimate.values)
    sizes = np.where(frame.logarithmic, 1.0, frame.centre)
    errors = estimate.fitted_errors
    found = {}
    for name, size in zip(frame.names, sizes.tolist(), strict=True):
        error = errors[name]
        found[name] = None if error is None else error / size
    return found


def _loose(estimate: Estimate, weakest: float) -> tuple[LooseDirection, ...]:
    """Directions freer than `weakest`; unknowns at a bound are taken as known."""
    if estimate.jacobian is None:
        raise FitError("the fit was interrupted: nothing can be said of what it determines")
    fixed = {name for name, reason in estimate.undetermined.items() if reason.startswith("at its")}
    finite = np.all(np.isfinite(estimate.jacobian), axis=0)
    columns = [i for i, name in enumerate(estimate.varied) if name not in fixed and finite[i]]
    residual = estimate.residuals
    evaluation = Evaluation(estimate.problem, coordinates(estimate.unknowns))
    variance = residual_variance(evaluation, residual, residual.size - estimate.degrees_of_freedom)
    if variance is None:
        raise FitError("the residuals leave no degree of freedom to tell their scatter from")
    if not columns:
        return ()
    matrix = estimate.jacobian[:, columns]
    _, singular, rows = np.linalg.svd(np.linalg.qr(matrix, mode="r"), full_matrices=False)
    names = [estimate.varied[i] for i in columns]
    found = []
    for value, row in zip(singular[::-1].tolist(), rows[::-1], strict=True):
        deviation = math.sqrt(variance) / value if value > 0 else math.inf
        if deviation > weakest:
            found.append(LooseDirection(deviation, dict(zip(names, row.tolist(), strict=True))))
    return tuple(found)


def _named(direction: LooseDirection) -> list[str]:
    """Unknowns that take part in a direction, the largest part first."""
    largest = max(abs(part) for part in direction.parts.values())
    ordered = sorted(direction.parts, key=lambda name: -abs(direction.parts[name]))
    return [name for name in ordered if abs(direction.parts[name]) >= TAKES_PART * largest]


def _verdict(
    estimate: Estimate, name: str, error: float | None, directions: tuple[LooseDirection, ...], weakest: float
) -> Verdict:
    reason = estimate.undetermined.get(name)
    if reason is not None and reason.startswith("at its"):
        return Verdict(name, "at_bound", None, reason)
    if error is not None and error <= weakest:
        return Verdict(name, "determined", error, f"known within {error:.2g} of its value")
    partners = next((_named(d) for d in directions if name in _named(d)), [name])
    if len(partners) > 1:
        others = ", ".join(other for other in partners if other != name)
        return Verdict(name, "combined", error, f"alone it is not determined, only in combination with {others}")
    if error is None:
        return Verdict(name, "undetermined", None, reason or "no error bar")
    return Verdict(name, "weak", error, f"known no better than within {error:.2g} of its value")


def _with_limits(estimate: Estimate, verdict: Verdict, level: float) -> Verdict:
    if verdict.status == "determined":
        return verdict
    limits = interval(estimate, verdict.name, level, "profile")
    unit = limits.unit
    if limits.open_below and limits.open_above:
        words = "the data set no limit on either side"
    elif limits.open_below:
        words = f"at most {limits.upper:.3g} {unit}"
    elif limits.open_above:
        words = f"at least {limits.lower:.3g} {unit}"
    else:
        words = f"{limits.lower:.3g} to {limits.upper:.3g} {unit}"
    reason = f"{verdict.reason}; {words} ({level:.0%})"
    return Verdict(verdict.name, verdict.status, verdict.relative_error, reason, limits)


def _combinations(estimate: Estimate, directions: tuple[LooseDirection, ...]) -> tuple[str, ...]:
    """Loose directions that share unknowns are told together."""
    groups: list[tuple[set[str], list[LooseDirection]]] = []
    for direction in directions:
        names, members = set(_named(direction)), [direction]
        for group in [group for group in groups if group[0] & names]:
            names |= group[0]
            members = [*group[1], *members]
            groups.remove(group)
        groups.append((names, members))
    return tuple(_words(estimate, names, members) for names, members in groups if len(names) > 1)


def _words(estimate: Estimate, names: set[str], members: list[LooseDirection]) -> str:
    ordered = [name for name in estimate.varied if name in names]
    free = len(members)
    if len(ordered) == 2 and free == 1:
        first, second = ordered
        return f"{_pair(estimate, members[0], first, second)} is determined, {first} alone and {second} alone are not"
    listed = ", ".join(ordered)
    if free >= len(ordered):
        return f"none of {listed} is determined, nor any combination of them"
    return f"of {listed} only {len(ordered) - free} combination(s) are determined, not each alone"


def _pair(estimate: Estimate, direction: LooseDirection, first: str, second: str) -> str:
    """The combination that the loose direction leaves alone: a x b^p of logarithms, a + k b of linear ones."""
    ratio = -direction.parts[first] / direction.parts[second]
    scales = {unknown.name: unknown.scale for unknown in estimate.unknowns}
    if scales[first] == scales[second] == "log":
        return f"{first} x {second}" if abs(ratio - 1) < SIMPLE else _power(first, second, ratio)
    if scales[first] == scales[second] == "linear":
        slope = ratio * _magnitude(estimate, first) / _magnitude(estimate, second)
        return f"{first} {'+' if slope > 0 else '-'} {abs(slope):.3g} {second}"
    return f"one combination of {first} and {second}"


def _power(first: str, second: str, exponent: float) -> str:
    half = round(2 * exponent) / 2
    written = half if half != 0 and abs(exponent - half) < SIMPLE * max(1.0, abs(half)) else exponent
    power = "" if abs(written) == 1 else f"^{abs(written):.3g}"
    return f"{first} {'x' if written > 0 else '/'} {second}{power}"


def _magnitude(estimate: Estimate, name: str) -> float:
    frame = coordinates(estimate.unknowns, estimate.values)
    centres: FloatArray = frame.centre
    return float(centres[frame.names.index(name)])
