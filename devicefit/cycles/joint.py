"""The joint fit in passes: parameters, then the scatter and the spread over cycles that weigh the residuals, again.

Parameters that the cycles do not determine are held where the search left them, one at a time, the worst first, and are
named with the reason; what remains is fitted again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from devicefit.cycles.guess import representatives
from devicefit.cycles.likelihood import AFTER, BEFORE, UNUSED
from devicefit.cycles.problem import FIRST_DEVIATION, NARROW_BLEND, OWN, CycleProblem, group_data, offset_name
from devicefit.cycles.trace import Trace
from devicefit.estimation import Estimate, Unknown, estimate_joint
from devicefit.estimation.problem import Block, Evaluation, Problem
from devicefit.estimation.search import minimise
from devicefit.estimation.unknowns import coordinates
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray

PASSES, MOST_PASSES = 2, 6
SETTLED = 0.1  # relative change of the scatter after which another pass changes nothing
TRIED = 2  # cycles on which starts are compared
TRIED_SCATTER = 0.03  # of ln I, at which they are compared
FEW = 6  # cycles fitted first where there are more
ACCURACY = 1e-7  # of a residual, by the integrator's tolerance
ROUGH, ROUGH_TOLERANCE, ROUGH_EVALUATIONS = 1e-6, 1e-4, 20  # of the passes that only tell scatter and spread
LOSS_SCALE = 3.0
SMALLEST_SCATTER = 0.003  # of ln I; nothing is weighted as if it were known better
SMALLEST_DEVIATION = 1e-3
WEAKEST = 1.0  # standard error of ln(value), or relative, beyond which a parameter counts as undetermined
LAST_EVALUATIONS = 8


@dataclass(frozen=True, eq=False)
class JointCycles:
    """What the joint fit found.

    `values` are shared (centres for varying parameters), `cycles` those of each cycle (only parameters its readings
    answer to), `undetermined` names with reasons, `deviations` the spread tau of each varying parameter.
    """

    problem: CycleProblem
    estimate: Estimate
    values: Mapping[str, float]
    cycles: tuple[Mapping[str, float], ...]
    undetermined: Mapping[str, str]
    deviations: Mapping[str, float]


def fit_cycles(
    model: CompactModel,
    groups: Sequence[Sequence[Trace]],
    starts: Sequence[FloatArray],
    free: Sequence[str],
    varying: Sequence[str],
) -> JointCycles:
    """Fit `free` parameters to all cycles together, from the one of `starts` that leads farthest with a few of them.

    A start is a vector of all parameters in the model's order.
    """
    names = [spec.name for spec in model.parameters]
    start = _leading(model, groups, starts, free)
    values = dict(zip(names, start.tolist(), strict=True))
    few = representatives(groups, FEW)
    if len(few) < len(groups):
        sample = CycleProblem(model, few, start.copy(), tuple(free), tuple(varying))
        _settle(sample, values, [dict(values) for _ in few])
        problem = CycleProblem(model, groups, np.array([values[n] for n in names]), tuple(free), tuple(varying))
        problem.scatter, problem.deviations = sample.scatter, dict.fromkeys(problem.varying, FIRST_DEVIATION)
        cycles = [own_values(problem, group, values) for group in range(len(groups))]
        _weigh(problem, cycles)
    else:
        problem = CycleProblem(model, groups, start.copy(), tuple(free), tuple(varying))
        cycles = [dict(values) for _ in groups]
    _settle(problem, values, cycles)
    estimate = _finish(problem, values, cycles)
    undetermined: dict[str, str] = {}
    while True:
        reasons = _doubtful(problem, estimate)
        if not reasons or len(problem.free) == 1:
            break
        name = next(iter(reasons))
        undetermined[name] = reasons[name]
        for cycle in cycles:
            cycle[name] = values[name]
        problem = CycleProblem(
            model,
            groups,
            np.array([values[n] for n in names]),
            tuple(n for n in problem.free if n != name),
            tuple(n for n in problem.varying if n != name),
            problem.scatter,
            {n: d for n, d in problem.deviations.items() if n != name},
        )
        problem.blend = NARROW_BLEND
        estimate = _refined(problem, values, cycles)
    own = tuple(
        {name: estimate.values[f"{name}{OWN}[{group}]"] for name in problem.informed[group]}
        for group in range(len(groups))
    )
    return JointCycles(problem, estimate, values, own, undetermined, dict(problem.deviations))


def _leading(
    model: CompactModel, groups: Sequence[Sequence[Trace]], starts: Sequence[FloatArray], free: Sequence[str]
) -> FloatArray:
    """The start from which a rough fit to the middle cycles comes nearest to them."""
    if len(starts) == 1:
        return starts[0]
    names = [spec.name for spec in model.parameters]
    few = representatives(groups, TRIED)
    costs = []
    for start in starts:
        problem = CycleProblem(model, few, start.copy(), tuple(free), ())
        problem.scatter = np.full(3, TRIED_SCATTER)
        values = dict(zip(names, start.tolist(), strict=True))
        shared = problem.shared_unknowns(values)
        found = search_joint(problem.residual, shared, problem.own_unknowns([values] * len(few)))
        parts = [problem.residual(group, found) for group in range(len(few))]
        costs.append(float(np.sum(np.abs(np.concatenate(parts)))))
    return starts[int(np.argmin(np.where(np.isfinite(costs), costs, np.inf)))]


def _settle(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]]) -> None:
    """Rough passes, each of which tells scatter and spread; `values` and `cycles` become the values found."""
    for done in range(MOST_PASSES):
        before = problem.scatter
        found = search_joint(problem.residual, problem.shared_unknowns(values), problem.own_unknowns(cycles))
        _take(problem, found, values, cycles)
        _weigh(problem, cycles)
        if done + 1 >= PASSES and np.all(np.abs(np.log(problem.scatter / before)) < SETTLED):
            return


def _finish(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]]) -> Estimate:
    """The last fit, in which readings beside a jump keep their weight, with its error bars."""
    problem.blend = NARROW_BLEND
    found = search_joint(problem.residual, problem.shared_unknowns(values), problem.own_unknowns(cycles))
    _take(problem, found, values, cycles)
    return _refined(problem, values, cycles)


def _refined(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]]) -> Estimate:
    """Accurate end of a fit, with error bars."""
    estimate = estimate_joint(
        problem.residual,
        problem.shared_unknowns(values),
        problem.own_unknowns(cycles),
        loss="soft_l1",
        loss_scale=LOSS_SCALE,
        accuracy=ACCURACY,
        most_evaluations=LAST_EVALUATIONS,
    )
    _take(problem, estimate.values, values, cycles)
    return estimate


def _take(
    problem: CycleProblem, found: Mapping[str, float], values: dict[str, float], cycles: list[dict[str, float]]
) -> None:
    """Move `values` and `cycles` to what a search found."""
    offsets = [offset_name(kind) for kind in problem.offset_doubts]
    values |= {name: found[name] for name in (*problem.free, *offsets)}
    for group, cycle in enumerate(cycles):
        cycle |= values
        cycle |= {name: found[f"{name}{OWN}[{group}]"] for name in problem.informed[group]}


def _weigh(problem: CycleProblem, cycles: Sequence[Mapping[str, float]]) -> None:
    """Scatter and spread from what the cycles show."""
    problem.scatter = point_scatter(problem, cycles)
    problem.deviations = {name: _deviation(problem, cycles, name) for name in problem.varying}


def own_values(problem: CycleProblem, group: int, values: Mapping[str, float]) -> dict[str, float]:
    """Values of one cycle when all shared ones are known; those it does not tell are the shared ones."""
    unknowns = problem.own_unknowns([values] * len(problem.groups))[group]
    if not unknowns:
        return dict(values)
    found = search_joint(lambda _, own: problem.residual(group, {**values, **own}), (), [unknowns])
    return dict(values) | {unknown.name.removesuffix(OWN): found[f"{unknown.name}[0]"] for unknown in unknowns}


def search_joint(
    residual: Callable[[int, Mapping[str, float]], FloatArray],
    shared: Sequence[Unknown],
    own: Sequence[Sequence[Unknown]],
) -> dict[str, float]:
    """A rough joint minimum, without the refinement and the error bars of `estimate_joint`."""
    unknowns, blocks = list(shared), []
    for group, items in enumerate(own):
        places = (*range(len(shared)), *range(len(unknowns), len(unknowns) + len(items)))
        names = tuple(unknown.name for unknown in (*shared, *items))
        unknowns += [replace(unknown, name=f"{unknown.name}[{group}]") for unknown in items]
        blocks.append(Block(partial(residual, group), names, places))
    problem = Problem(tuple(unknowns), tuple(blocks), ROUGH, "soft_l1", LOSS_SCALE, False)
    evaluation = Evaluation(problem, coordinates(problem.unknowns))
    frame = evaluation.coordinates
    start = np.array([1.0 if u.scale == "log" else u.start / c for u, c in zip(unknowns, frame.centre, strict=True)])
    end = minimise(evaluation, start, ROUGH_TOLERANCE, False, ROUGH_EVALUATIONS)
    return dict(zip((u.name for u in unknowns), frame.complete(end.vector).tolist(), strict=True))


def point_scatter(problem: CycleProblem, cycles: Sequence[Mapping[str, float]]) -> FloatArray:
    """Deviation of ln I before, near and after events that makes the readings' residuals of unit variance."""
    found = problem.scatter.copy()
    residuals: list[FloatArray] = []
    doubts: list[FloatArray] = []
    shares: list[FloatArray] = []
    parts: list[FloatArray] = []
    order = [spec.name for spec in problem.model.parameters]
    for group, data in group_data(problem):
        vector = np.array([cycles[group][name] for name in order])
        deviation = np.hypot(data.doubt, data.share * problem.scatter[data.part.astype(np.int64)])
        readings = problem.simulator.readings(
            data, vector, problem.scatter, cycles[group].get(offset_name(data.trace.kind), 0.0)
        )
        residual = readings[: data.trace.time.size] * deviation
        seen = (data.limited < 0.5) & (residual != 0.0) & (data.doubt < UNUSED) & np.isfinite(residual)
        residuals.append(residual[seen])
        doubts.append(data.doubt[seen])
        shares.append(data.share[seen])
        parts.append(data.part[seen])
    residual, doubt, share, part = (np.concatenate(a) for a in (residuals, doubts, shares, parts))
    for which in (BEFORE, 1, AFTER):
        here = (part == which) & (share > 0.3)
        if int(here.sum()) < 8:
            continue
        scatter = float(found[which])
        for _ in range(30):
            unit = residual[here] / np.hypot(doubt[here], share[here] * scatter)
            loss = 2.0 * LOSS_SCALE**2 * (np.sqrt(1.0 + (unit / LOSS_SCALE) ** 2) - 1.0)
            scatter = max(scatter * math.sqrt(float(np.mean(loss))), SMALLEST_SCATTER)
        found[which] = scatter
    return found


def _deviation(problem: CycleProblem, cycles: Sequence[Mapping[str, float]], name: str) -> float:
    """Spread of a varying parameter over the cycles."""
    told = [cycle[name] for group, cycle in enumerate(cycles) if name in problem.informed[group]]
    found = np.array([problem.coordinate(name, value) for value in told])
    if found.size < 2:
        return problem.deviations[name] if found.size else FIRST_DEVIATION
    scale = 1.0 if problem.model.spec(name).scale == "log" else max(abs(float(found.mean())), 1e-12)
    return max(float(found.std(ddof=1)), SMALLEST_DEVIATION * scale)


def _doubtful(problem: CycleProblem, estimate: Estimate) -> dict[str, str]:
    """Shared parameters that the cycles do not determine, with the reason, the worst first."""
    errors = estimate.fitted_errors
    sizes: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for name in problem.free:
        error = errors[name]
        logarithmic = problem.model.spec(name).scale == "log"
        size = math.inf if error is None else error / (1.0 if logarithmic else max(abs(estimate.values[name]), 1e-12))
        if error is None:
            reasons[name] = estimate.undetermined[name]
        elif size > WEAKEST and logarithmic:
            reasons[name] = f"relative standard error {size:.1f} when free"
        sizes[name] = size
    return dict(sorted(reasons.items(), key=lambda item: (-sizes[item[0]], not item[1].startswith("flat"))))
