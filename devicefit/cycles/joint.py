"""The joint fit in passes: parameters, then the scatter and the spread over cycles that weigh the residuals, again.

Parameters that the cycles do not determine are held where the search left them, one at a time, the worst first, and are
named with the reason; what remains is fitted again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from devicefit.cycles.guess import representatives
from devicefit.cycles.problem import (
    FIRST_DEVIATION,
    NARROW_BLEND,
    OWN,
    CycleProblem,
    group_data,
    offset_name,
    offset_of,
)
from devicefit.cycles.scatter import PARTS, Readings, Scatter, likeliest
from devicefit.cycles.trace import Trace
from devicefit.cycles.weak import to_hold, weak_parameters
from devicefit.estimation import Estimate, Unknown, estimate_joint
from devicefit.estimation.rough import linearise_joint, locate_joint
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray

PASSES, MOST_PASSES = 2, 4
SETTLED = 0.1  # relative change of the scatter after which another pass changes nothing
TRIED = 2  # cycles on which starts are compared
TRIED_SCATTER = 0.03  # of ln I, at which they are compared
FEW = 6  # cycles fitted first where there are more
ACCURACY = 1e-11  # of a residual: the steps of its differences, 3e-6 and 0.006 of a value, stay below a sampling step
ROUGH_TOLERANCE, ROUGH_EVALUATIONS = 1e-4, 12  # of the passes that only tell scatter and spread
LOSS_SCALE = 3.0
SMALLEST_DEVIATION = 1e-3
OWN_FACTORS = (1.0, 0.8, 1.25, 0.64, 1.6, 0.4, 2.5)  # times a shared value, tried for that of one cycle
HOPELESS = 3.0  # standard error of ln(value) at the start, beyond which a parameter stays there
NEAR_ENOUGH = 0.05  # of chi^2: a fit this near its least has arrived
LAST_EVALUATIONS = 20
MOST_HOLDS = 6  # rounds of holding what a fit did not determine


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
    sample = CycleProblem(model, few, start.copy(), tuple(free), tuple(varying))
    undetermined = _hopeless(sample, values)
    free = tuple(name for name in free if name not in undetermined)
    if len(few) < len(groups):
        sample = sample.holding(tuple(undetermined), start.copy())
        _settle(sample, values, [dict(values) for _ in few], PASSES)
        problem = CycleProblem(model, groups, np.array([values[n] for n in names]), tuple(free), tuple(varying))
        problem.scatter, problem.deviations = sample.scatter, dict.fromkeys(problem.varying, FIRST_DEVIATION)
        cycles = [own_values(problem, group, values) for group in range(len(groups))]
        _weigh(problem, cycles)
        _settle(problem, values, cycles, 1)
    else:
        problem = CycleProblem(model, groups, start.copy(), free, tuple(varying))
        cycles = [own_values(problem, group, values) for group in range(len(groups))]
        _centre(problem, values, cycles)
        _settle(problem, values, cycles, PASSES)
    problem.blend = NARROW_BLEND
    _pass(problem, values, cycles)
    _weigh(problem, cycles, all_of_it=True)
    estimate = _refined(problem, values, cycles)
    for _ in range(MOST_HOLDS):
        held = to_hold(problem, estimate)
        if not held:
            break
        undetermined |= held
        for cycle in cycles:
            cycle |= {name: values[name] for name in held}
        problem = problem.holding(tuple(held), np.array([values[n] for n in names]))
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
        problem.scatter = Scatter(np.full(PARTS, TRIED_SCATTER))
        values = dict(zip(names, start.tolist(), strict=True))
        shared = problem.shared_unknowns(values)
        found = search_joint(problem.residual, shared, [[] for _ in few])
        costs.append(sum(problem.misfit(group, found) for group in range(len(few))))
    return starts[int(np.argmin(costs))]


def _settle(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]], least: int) -> None:
    """Rough passes, each of which tells scatter and spread; `values` and `cycles` become the values found."""
    for done in range(MOST_PASSES):
        before = problem.scatter
        _pass(problem, values, cycles)
        _weigh(problem, cycles)
        if done + 1 >= least and np.all(np.abs(problem.scatter.logarithms - before.logarithms)[:PARTS] < SETTLED):
            return


def _pass(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]]) -> None:
    """A rough minimum; `values` and `cycles` become the values found."""
    found = search_joint(problem.residual, problem.shared_unknowns(values), problem.own_unknowns(cycles))
    _take(problem, found, values, cycles)


def _hopeless(problem: CycleProblem, values: Mapping[str, float]) -> dict[str, str]:
    """Parameters that stay at the start, where the residuals already tell that they cannot be found."""
    plain = problem.holding((), problem.base)
    plain.varying, plain.informed = (), tuple(() for _ in plain.groups)
    plain.scatter, plain.blend = Scatter(np.full(PARTS, TRIED_SCATTER)), NARROW_BLEND
    linear = linearise_joint(plain.residual, plain.shared_unknowns(values), [[] for _ in plain.groups], LOSS_SCALE)
    return weak_parameters(plain, linear, HOPELESS)


def _refined(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]]) -> Estimate:
    """Accurate end of a fit, with error bars."""
    count = sum(data.trace.time.size for _, data in group_data(problem))
    estimate = estimate_joint(
        problem.residual,
        problem.shared_unknowns(values),
        problem.own_unknowns(cycles),
        loss="soft_l1",
        loss_scale=LOSS_SCALE,
        accuracy=ACCURACY,
        tolerance=min(max(NEAR_ENOUGH / count, 1e-6), ROUGH_TOLERANCE),
        most_evaluations=LAST_EVALUATIONS,
        refine=False,
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
        cycle |= {name: found[f"{name}[{group}]"] for name in problem.own_offsets[group]}


def _weigh(problem: CycleProblem, cycles: Sequence[Mapping[str, float]], all_of_it: bool = False) -> None:
    """Scatter (its parts, or `all_of_it`) and spread from what the cycles show."""
    problem.scatter = point_scatter(problem, cycles, all_of_it)
    problem.deviations = {name: _deviation(problem, cycles, name) for name in problem.varying}


def own_values(problem: CycleProblem, group: int, values: Mapping[str, float]) -> dict[str, float]:
    """Values of one cycle when all shared ones are known; those it does not tell are the shared ones."""
    if not problem.informed[group]:
        return dict(values)
    unknowns = problem.own_unknowns([_own_start(problem, group, values)] * len(problem.groups))[group]
    found = search_joint(lambda _, own: problem.residual(group, {**values, **own}), (), [unknowns])
    told = {name: found[f"{name}{OWN}[0]"] for name in problem.informed[group]}
    return dict(values) | told | {name: found[f"{name}[0]"] for name in problem.own_offsets[group]}


def _centre(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]]) -> None:
    """Varying parameters become the middle of the cycles' own."""
    for name in problem.varying:
        told = [cycle[name] for group, cycle in enumerate(cycles) if name in problem.informed[group]]
        values[name] = float(np.median(told))


def _own_start(problem: CycleProblem, group: int, values: Mapping[str, float]) -> dict[str, float]:
    """The shared values, with those of one cycle at the best of a few multiples, one after the other.

    From a threshold far from its own, a cycle's residuals show no way there: the model has no jump, or is not solved.
    """
    found = dict(values) | {name + OWN: values[name] for name in problem.informed[group]}
    for name in problem.informed[group]:
        spec = problem.model.spec(name)
        tried = [min(max(values[name] * factor, spec.lower), spec.upper) for factor in OWN_FACTORS]
        costs = [problem.misfit(group, found | {name + OWN: value}) for value in tried]
        found[name + OWN] = tried[int(np.argmin(costs))]
    return dict(values) | {name: found[name + OWN] for name in problem.informed[group]}


def search_joint(
    residual: Callable[[int, Mapping[str, float]], FloatArray],
    shared: Sequence[Unknown],
    own: Sequence[Sequence[Unknown]],
) -> Mapping[str, float]:
    """A rough joint minimum."""
    return locate_joint(
        residual,
        shared,
        own,
        loss_scale=LOSS_SCALE,
        tolerance=ROUGH_TOLERANCE,
        most_evaluations=ROUGH_EVALUATIONS,
    ).values


def point_scatter(problem: CycleProblem, cycles: Sequence[Mapping[str, float]], all_of_it: bool) -> Scatter:
    """The likeliest scatter of all readings that count."""
    order = [spec.name for spec in problem.model.parameters]
    rows: list[tuple[FloatArray, ...]] = []
    for group, data in group_data(problem):
        vector = np.array([cycles[group][name] for name in order])
        offset = offset_of(data.trace, cycles[group])
        readings = problem.simulator.readings(data, vector, problem.scatter, offset)[: data.trace.time.size]
        residual = readings * np.where(data.told, data.deviation(problem.scatter), 0.0)
        seen = (data.limited < 0.5) & (residual != 0.0) & np.isfinite(residual)
        columns = (residual, data.noise, data.steepness, data.share, data.part)
        rows.append(tuple(column[seen] for column in columns))
    together = Readings(*(np.concatenate(column) for column in zip(*rows, strict=True)))
    return likeliest(together, problem.scatter, LOSS_SCALE, all_of_it)


def _deviation(problem: CycleProblem, cycles: Sequence[Mapping[str, float]], name: str) -> float:
    """Spread of a varying parameter over the cycles."""
    told = [cycle[name] for group, cycle in enumerate(cycles) if name in problem.informed[group]]
    found = np.array([problem.coordinate(name, value) for value in told])
    if found.size < 2:
        return problem.deviations[name] if found.size else FIRST_DEVIATION
    scale = 1.0 if problem.model.spec(name).scale == "log" else max(abs(float(found.mean())), 1e-12)
    return max(float(found.std(ddof=1)), SMALLEST_DEVIATION * scale)
