"""Search along the valley of `valley`, and error bars by its secants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from devicefit.cycles.alongcurves import correlation_factors, widened
from devicefit.cycles.owncycles import LOSS_SCALE
from devicefit.cycles.problem import CycleProblem, own_name
from devicefit.cycles.valley import LARGEST_STEP, Valley
from devicefit.estimation import Estimate
from devicefit.estimation.problem import Block, Evaluation, Problem
from devicefit.estimation.search import minimise
from devicefit.estimation.unknowns import FloatArray, Unknown, coordinates

ACCURACY, TOLERANCE, MOST_EVALUATIONS = 1e-4, 1e-4, 25
PART = 0.3


def descend(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]]) -> None:
    """Search from `values` and `cycles`, which become those found."""
    shared = problem.shared_unknowns(values)
    valley = Valley(problem, shared, problem.own_unknowns(cycles))
    names = tuple(unknown.name for unknown in shared)
    block = Block(valley.residual, names, tuple(range(len(names))), valley.jacobian)
    whole = Problem(tuple(shared), (block,), ACCURACY, "soft_l1", LOSS_SCALE, False)
    evaluation = Evaluation(whole, coordinates(shared))
    start = evaluation.coordinates.fitted(np.array([unknown.start for unknown in shared]))
    end = minimise(evaluation, start, TOLERANCE, False, MOST_EVALUATIONS)
    if not np.isfinite(end.cost):
        return
    found = evaluation.coordinates.complete(end.vector).tolist()
    values |= dict(zip(names, found, strict=True))
    own = valley.own_values({name: values[name] for name in names})
    for group, cycle in enumerate(cycles):
        cycle |= values
        cycle |= {name: own[group][own_name(name)] for name in problem.informed[group]}
        cycle |= {name: own[group][name] for name in problem.own_offsets[group]}


def with_errors_along(problem: CycleProblem, estimate: Estimate) -> Estimate:
    """`estimate` with standard errors of its shared unknowns by secants, and of residuals that go together."""
    shared = problem.shared_unknowns(estimate.values)
    known = [u for u in shared if u.name in estimate.determined]
    if not problem.varying or not known or estimate.jacobian is None:
        return widened(problem, estimate, LOSS_SCALE)
    values = {u.name: estimate.values[u.name] for u in shared}
    valley = Valley(problem, shared, _own_unknowns(problem, estimate))
    valley.jacobian(values)  # tells the steps
    for unknown in known:
        size = 1.0 if unknown.scale == "log" else max(abs(unknown.start), 0.005 * (unknown.upper - unknown.lower))
        error = estimate.fitted_errors[unknown.name] or 0.0
        valley.steps[unknown.name] = min(max(valley.steps[unknown.name], PART * error / size), LARGEST_STEP)
    places = [k for k, u in enumerate(shared) if u.name in estimate.determined]
    slopes = np.array([estimate.values[u.name] if u.scale == "log" else 1.0 for u in known])
    matrix = valley.central(values)[:, places] * slopes
    if not np.all(np.isfinite(matrix)):
        return widened(problem, estimate, LOSS_SCALE)
    deviations = _deviations(matrix, valley.residual(values), problem.reading_rows())
    old = estimate.fitted_errors
    factors = np.ones(len(estimate.determined))
    for unknown, deviation in zip(known, deviations.tolist(), strict=True):
        before = old[unknown.name]
        if before:
            factors[estimate.determined.index(unknown.name)] = deviation / before
    both = np.outer(factors, factors)
    return replace(estimate, covariance=estimate.covariance * both, fitted_covariance=estimate.fitted_covariance * both)


def _own_unknowns(problem: CycleProblem, estimate: Estimate) -> list[list[Unknown]]:
    cycles = []
    for group, informed in enumerate(problem.informed):
        here = {name: estimate.values[name] for name in problem.free}
        here |= {name: estimate.values[f"{own_name(name)}[{group}]"] for name in informed}
        here |= {name: estimate.values[f"{name}[{group}]"] for name in problem.own_offsets[group]}
        cycles.append(here)
    return problem.own_unknowns(cycles)


def _deviations(matrix: FloatArray, residual: FloatArray, curves: Sequence[slice]) -> FloatArray:
    """Standard errors of the coordinates of `matrix`'s columns."""
    root = np.sqrt(1.0 + (residual / LOSS_SCALE) ** 2)
    influence, weight = residual / root, root**-3.0
    counted = residual != 0.0
    freedom = max(int(counted.sum()) - matrix.shape[1], 1)
    variance = float(influence @ influence) / freedom / float(weight[counted].mean())
    variance = max(variance, 1.0)  # weights are told by the same residuals: only misfit can add to it
    weighted = np.sqrt(weight)[:, None] * matrix
    lengths = np.linalg.norm(weighted, axis=0)
    lengths = np.where(lengths > 0.0, lengths, 1.0)
    half = np.linalg.pinv(weighted / lengths) / lengths[:, None]
    alone = np.sqrt(variance) * np.linalg.norm(half, axis=1)
    return np.asarray(alone * correlation_factors(weighted, influence / np.sqrt(weight), curves))
