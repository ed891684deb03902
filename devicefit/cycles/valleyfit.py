"""Search along the valley of `valley`, and error bars by its secants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace

import numpy as np

from devicefit.cycles.alongcurves import correlation_factors
from devicefit.cycles.owncycles import LOSS_SCALE, own_values
from devicefit.cycles.ownnames import own_name
from devicefit.cycles.problem import CycleProblem
from devicefit.cycles.settling import WHITE, judged, rough_pass, weigh_last
from devicefit.cycles.valley import LARGEST_STEP, Valley
from devicefit.cycles.valleycoordinates import size_of
from devicefit.estimation import Estimate
from devicefit.estimation.curvature import rises
from devicefit.estimation.problem import Block, Evaluation, Problem
from devicefit.estimation.rough import linearise_joint
from devicefit.estimation.search import minimise
from devicefit.estimation.unknowns import FloatArray, Unknown, coordinates

ACCURACY, TOLERANCE, MOST_EVALUATIONS = 1e-4, 1e-4, 25
PART = 0.3  # of a standard error by tangents: no step of a secant for error bars is smaller
LEAST_RISE = 1.0 / 1.5  # of the cost a standard error away, below which tangents are not believed
CLIFF = 10.0  # the same, beyond which the search has stopped at a jump that tangents do not see
VALLEY_PASSES = 2  # searches, each with the scatter that the last one left
FARTHER = (0.4, 2.5)  # times a value: a next valley, where two trade so that each has dents of its own
MOST_TRIED, MOST_SEARCHED, MOST_RETURNS = 2, 2, 2  # parameters tried; searches from the likeliest; times that is done
WORTH = 2.0  # of -ln likelihood, by which another valley must be likelier


def along_valley(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]]) -> bool:
    """Whether tangents promise more than the likelihood holds about the end of a search, or stand before a cliff; if
    so, a search along the valley from there, to the least where readings between two jumps count: all arguments become
    those found.

    An error bar by tangents is too narrow where the cost rises by far less than 1 a standard error away; where it
    rises by somewhat more, it is wide enough, and the tangents are kept. Where the model leaves order in the residuals,
    no likelihood holds: readings between jumps would then draw the rest of the curves away from where they are met.
    """
    if not problem.varying:
        return False
    probe, place, own = copy(problem), dict(values), [dict(cycle) for cycle in cycles]
    probe.masked = False
    rough_pass(probe, place, own)
    weigh_last(probe, place, own)
    if judged(probe, own)[1] > WHITE:
        return False
    found = rises(probe.residual, probe.shared_unknowns(place), probe.own_unknowns(own), LOSS_SCALE)
    if all(LEAST_RISE <= rise <= CLIFF for rise in found.values()):
        return False
    for _ in range(VALLEY_PASSES):
        descend(probe, place, own)
        weigh_last(probe, place, own)
    for _ in range(MOST_RETURNS):
        better = _beyond(probe, place, own)
        if better is None:
            break
        probe, place, own = better
    problem.masked, problem.scatter, problem.deviations = False, probe.scatter, probe.deviations
    values |= place
    for cycle, here in zip(cycles, own, strict=True):
        cycle |= here
    return True


def _beyond(
    problem: CycleProblem, values: Mapping[str, float], cycles: Sequence[Mapping[str, float]]
) -> tuple[CycleProblem, dict[str, float], list[dict[str, float]]] | None:
    """A likelier valley farther along one of the parameters that are known worst here; None where there is none."""
    loss = judged(problem, cycles)[0]
    linear = linearise_joint(
        problem.residual, problem.shared_unknowns(values), problem.own_unknowns(cycles), LOSS_SCALE
    )
    errors = dict(zip(linear.names, _deviations(linear.matrix, linear.residual, problem.reading_rows()), strict=True))
    shared = [n for n in problem.free if n not in problem.varying and problem.model.spec(n).scale == "log"]
    worst = sorted(shared, key=lambda name: -errors[name])[:MOST_TRIED]
    begun = [_begun_at(problem, values, name, factor) for name in worst for factor in FARTHER]
    for rough, place, own in sorted(begun, key=lambda one: one[0])[:MOST_SEARCHED]:
        if rough > loss - WORTH:
            break
        probe = copy(problem)
        descend(probe, place, own)
        weigh_last(probe, place, own)
        if judged(probe, own)[0] < loss - WORTH:
            return probe, place, own
    return None


def _begun_at(
    problem: CycleProblem, values: Mapping[str, float], name: str, factor: float
) -> tuple[float, dict[str, float], list[dict[str, float]]]:
    """A rough pass from `values` with one of them times `factor`: -ln likelihood, values, those of the cycles."""
    probe, place, spec = copy(problem), dict(values), problem.model.spec(name)
    place[name] = min(max(place[name] * factor, spec.lower), spec.upper)
    own = [own_values(probe, group, place) for group in range(len(probe.groups))]
    probe.masked = True
    rough_pass(probe, place, own)
    probe.masked = False
    return judged(probe, own)[0], place, own


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


def secant_factors(problem: CycleProblem, estimate: Estimate) -> dict[str, float]:
    """Standard errors of shared unknowns by secants and of residuals that go together, over those of `estimate`, which
    are never made narrower [1]; empty where the secants are not finite.
    """
    shared = problem.shared_unknowns(estimate.values)
    known = [u for u in shared if u.name in estimate.determined]
    if not problem.varying or not known:
        return {}
    values = {u.name: estimate.values[u.name] for u in shared}
    valley = Valley(problem, shared, _own_unknowns(problem, estimate))
    valley.jacobian(values)  # tells the steps
    errors = {u.name: estimate.fitted_errors[u.name] or 0.0 for u in known}
    for unknown in known:
        part = PART * errors[unknown.name] / size_of(unknown)
        valley.steps[unknown.name] = min(max(valley.steps[unknown.name], part), LARGEST_STEP)
    places = [k for k, u in enumerate(shared) if u.name in estimate.determined]
    slopes = np.array([estimate.values[u.name] if u.scale == "log" else 1.0 for u in known])
    matrix = valley.central(values)[:, places] * slopes
    if not np.all(np.isfinite(matrix)):
        return {}
    deviations = _deviations(matrix, valley.residual(values), problem.reading_rows())
    return {
        u.name: max(deviation / errors[u.name], 1.0)
        for u, deviation in zip(known, deviations.tolist(), strict=True)
        if errors[u.name]
    }


def stretched(estimate: Estimate, factors: Mapping[str, float]) -> Estimate:
    """`estimate` with standard errors multiplied by `factors`."""
    each = np.array([factors.get(name, 1.0) for name in estimate.determined])
    both = np.outer(each, each)
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
