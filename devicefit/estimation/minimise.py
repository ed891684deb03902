"""The project's fit call: search from one start or several, refinement, error bars.

    estimate        one residual function of all unknowns
    estimate_joint  a residual for each group (cycle), of shared unknowns and the group's own

The search runs on quick differences; the best end is then centred anew and refined on accurate ones, which also give
the covariance. Standard errors are those of the linearised problem; `intervals` has others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from devicefit.estimation.derivatives import jacobians
from devicefit.estimation.errorbars import ErrorBars, error_bars
from devicefit.estimation.problem import Block, Evaluation, Loss, Problem, Residual
from devicefit.estimation.result import Estimate
from devicefit.estimation.search import Minimum, minimise, starting_points
from devicefit.estimation.unknowns import FloatArray, Unknown, coordinates
from measurements.errors import FitError, InputError

MACHINE_ACCURACY = float(np.finfo(np.float64).eps)
SEARCH_TOLERANCE = 1e-8
REFINE_TOLERANCE = 1e-13
MOST_EVALUATIONS = 2000
SAME = 1e-6  # part of the best cost by which an earlier start may lie above it and still be taken
ALIKE = 1e-3  # part of the best cost by which another start may lie above it and still agree
Polish = Literal["nelder", "powell"]
GroupResidual = Callable[[int, Mapping[str, float]], FloatArray]


def estimate(
    residual: Residual,
    unknowns: Sequence[Unknown],
    *,
    jacobian: Residual | None = None,
    starts: int = 1,
    seed: int = 0,
    loss: Loss = "linear",
    loss_scale: float = 2.0,
    known_noise: bool = False,
    accuracy: float = MACHINE_ACCURACY,
    tolerance: float = REFINE_TOLERANCE,
    most_evaluations: int = MOST_EVALUATIONS,
    polish: Polish | None = None,
) -> Estimate:
    """Values of `unknowns` that minimise the sum of squared residuals, with standard errors.

    Parameters
    ----------
    residual
        From a value [own unit] for every name to residuals, (model - data)/deviation where deviations are known. Where
        the model cannot be evaluated it returns values that are not finite: the search then takes a shorter step.
    jacobian
        d residual/d value [1/own unit], a column for each varied unknown in order; None: by differences.
    starts
        Searches: the first from the starts given, the others scattered (`starting_points`) by `seed`.
    loss, loss_scale
        "soft_l1" counts residuals beyond `loss_scale` by their size (Huber's standard errors).
    known_noise
        Residuals are in true deviations: the covariance is not scaled by chi^2.
    accuracy
        Relative error of the residual function: set it to the tolerance of an integrator inside.
    tolerance
        Relative change of the cost and of the coordinates at which a minimisation ends. For measured data 0.05 over
        the number of residuals is enough (chi^2 within 0.05 of its least) and saves a crawl along loose directions.
    most_evaluations
        Residual calls of one search, differences not counted.
    polish
        A method of lmfit without derivatives, run from the best end of the searches before the refinement: for
        residuals with kinks.

    Raises
    ------
    InputError
        An unknown or option that cannot be used.
    FitError
        Fewer residuals than varied unknowns, or a residual that is finite at no start.
    """
    names = tuple(unknown.name for unknown in unknowns)
    block = Block(residual, names, tuple(range(len(names))), jacobian)
    problem = Problem(tuple(unknowns), (block,), accuracy, loss, loss_scale, known_noise)
    return solve(
        problem, starts=starts, seed=seed, tolerance=tolerance, most_evaluations=most_evaluations, polish=polish
    )


def estimate_joint(
    residual: GroupResidual,
    shared: Sequence[Unknown],
    own: Sequence[Sequence[Unknown]],
    *,
    starts: int = 1,
    seed: int = 0,
    loss: Loss = "linear",
    loss_scale: float = 2.0,
    known_noise: bool = False,
    accuracy: float = MACHINE_ACCURACY,
    tolerance: float = REFINE_TOLERANCE,
    most_evaluations: int = MOST_EVALUATIONS,
    polish: Polish | None = None,
    refine: bool = True,
) -> Estimate:
    """Joint fit of groups (cycles): `shared` unknowns and, for each group, its `own` (which may be none).

    `residual(group, values)` takes the number of a group and a value for each shared and own name; it must depend on
    nothing else. In the result, "name[3]" is the own unknown `name` of group 3. Only shared unknowns are scattered
    over several starts. `refine` False leaves the end of the search where quick differences put it (accurate ones may
    cost much); error bars are as accurate as ever. The other arguments and errors are those of `estimate`.
    """
    unknowns = list(shared)
    blocks = []
    for group, items in enumerate(own):
        places = [*range(len(shared)), *range(len(unknowns), len(unknowns) + len(items))]
        names = tuple(unknown.name for unknown in (*shared, *items))
        unknowns += [_renamed(unknown, group) for unknown in items]
        blocks.append(Block(_of_group(residual, group), names, tuple(places)))
    problem = Problem(tuple(unknowns), tuple(blocks), accuracy, loss, loss_scale, known_noise)
    moved = range(sum(unknown.vary for unknown in shared))
    return solve(
        problem,
        starts=starts,
        seed=seed,
        tolerance=tolerance,
        most_evaluations=most_evaluations,
        polish=polish,
        moved=moved,
        refine=refine,
    )


def _of_group(residual: GroupResidual, group: int) -> Residual:
    return lambda values: residual(group, values)


def _renamed(unknown: Unknown, group: int) -> Unknown:
    return replace(unknown, name=f"{unknown.name}[{group}]")


def solve(
    problem: Problem,
    *,
    starts: int = 1,
    seed: int = 0,
    tolerance: float = REFINE_TOLERANCE,
    most_evaluations: int = MOST_EVALUATIONS,
    polish: Polish | None = None,
    moved: Sequence[int] | None = None,
    refine: bool = True,
) -> Estimate:
    """Minimise a problem of blocks; `moved`: the varied unknowns that are scattered over the starts."""
    _check(problem, starts, most_evaluations, tolerance)
    last = max(tolerance, problem.accuracy)
    rough = max(SEARCH_TOLERANCE, last)
    first = Evaluation(problem, coordinates(problem.unknowns))
    points = starting_points(first.coordinates, starts, seed, moved)
    ends: list[Minimum] = []
    for point in points:
        ends.append(minimise(first, point, rough, False, most_evaluations))
        if ends[-1].interrupted:
            break
    if sum(first.sizes) < len(first.coordinates.free):
        raise FitError(
            f"{sum(first.sizes)} residuals cannot determine {len(first.coordinates.free)} unknowns; hold some of them"
        )
    lowest = min(end.cost for end in ends)
    if not np.isfinite(lowest):
        raise FitError(f"the residual is finite at none of {len(points)} starts; give other starting values")
    agreeing = sum(end.cost <= lowest * (1.0 + ALIKE) for end in ends)
    best = next(end for end in ends if end.cost <= lowest * (1.0 + SAME))  # the user's own start, where it is as good
    if polish is not None and not best.interrupted:
        best = minimise(first, best.vector, rough, False, most_evaluations, polish)
    values = _values(first, best.vector)
    second = Evaluation(problem, coordinates(problem.unknowns, values))
    here = _vector(second, values)
    if best.interrupted or not refine:
        end = Minimum(here, second.cost(here), best.success, best.message, best.interrupted)
    else:  # the search again, from its end, on accurate derivatives in coordinates centred there
        end = minimise(second, here, last, True, most_evaluations)
    return _result(second, end, agreeing, len(ends), first.count)


def _check(problem: Problem, starts: int, most_evaluations: int, tolerance: float) -> None:
    if starts < 1 or most_evaluations < 1:
        raise InputError(f"a fit needs at least one start and one evaluation, not {starts} and {most_evaluations}")
    if not 0 < problem.accuracy < 0.01:
        raise InputError(f"the accuracy of the residual must lie between 0 and 0.01, not {problem.accuracy:g}")
    if not MACHINE_ACCURACY < tolerance < 0.01:
        raise InputError(f"the tolerance of a fit must lie between {MACHINE_ACCURACY:.2g} and 0.01, not {tolerance:g}")
    if problem.loss not in ("linear", "soft_l1") or not problem.loss_scale > 0:
        raise InputError(
            f"loss {problem.loss!r} of scale {problem.loss_scale:g}: expected 'linear' or 'soft_l1', above 0"
        )


def _values(evaluation: Evaluation, vector: FloatArray) -> dict[str, float]:
    found = evaluation.coordinates.complete(vector).tolist()
    return {unknown.name: value for unknown, value in zip(evaluation.problem.unknowns, found, strict=True)}


def _vector(evaluation: Evaluation, values: Mapping[str, float]) -> FloatArray:
    return evaluation.coordinates.fitted(np.array([values[name] for name in evaluation.coordinates.names]))


def _result(evaluation: Evaluation, end: Minimum, agreeing: int, starts: int, before: int) -> Estimate:
    """Error bars and the record of the fit."""
    problem, frame = evaluation.problem, evaluation.coordinates
    residual = np.concatenate(evaluation.parts(end.vector))
    if end.interrupted:
        why = "the fit was interrupted before its end"
        bars, matrix = ErrorBars((), np.empty((0, 0)), dict.fromkeys(frame.names, why), len(frame.names)), None
    else:
        given = all(block.derivative is not None for block in problem.blocks)
        bars, matrix = error_bars(
            evaluation, end.vector, end.derivatives or jacobians(evaluation, end.vector, True), given
        )
        there = coordinates(problem.unknowns, _values(evaluation, end.vector))
        matrix = matrix * np.where(frame.logarithmic, 1.0, there.centre / frame.centre)
    slopes = dict(zip(frame.names, frame.slopes(end.vector).tolist(), strict=True))
    slope = np.array([slopes[name] for name in bars.determined])
    scale = np.array([1.0 if problem_scale == "log" else s for problem_scale, s in _scales(evaluation, bars, slopes)])
    return Estimate(
        unknowns=problem.unknowns,
        values=_values(evaluation, end.vector),
        determined=bars.determined,
        covariance=bars.covariance * np.outer(slope, slope),
        fitted_covariance=bars.covariance * np.outer(scale, scale),
        undetermined=bars.undetermined,
        residuals=residual,
        degrees_of_freedom=residual.size - bars.rank,
        jacobian=matrix,
        cost=end.cost,
        success=end.success,
        message=end.message,
        evaluations=evaluation.count + before,
        starts=starts,
        starts_agreeing=agreeing,
        problem=problem,
    )


def _scales(evaluation: Evaluation, bars: ErrorBars, slopes: Mapping[str, float]) -> list[tuple[str, float]]:
    """Scale of each determined unknown, and the size of its coordinate where that is linear."""
    scales = {unknown.name: unknown.scale for unknown in evaluation.problem.unknowns}
    return [(scales[name], slopes[name]) for name in bars.determined]
