"""The joint fit in passes: parameters, then the scatter and the spread over cycles that weigh the residuals, again.

Parameters that the cycles do not determine are held where the search left them, one at a time, the worst first, and are
named with the reason; what remains is fitted again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from devicefit.cycles.alongcurves import widened
from devicefit.cycles.guess import representatives
from devicefit.cycles.lowerbound import ABRUPT, LowerBound
from devicefit.cycles.owncycles import LOSS_SCALE, ROUGH_TOLERANCE, own_values, search_joint
from devicefit.cycles.ownnames import own_name
from devicefit.cycles.problem import FEWEST_CYCLES, NARROW_BLEND, CycleProblem, group_data
from devicefit.cycles.scatter import PARTS, Scatter
from devicefit.cycles.settling import (
    SETTLED,
    TRIED_SCATTER,
    Begun,
    begin,
    rough_pass,
    settle,
    take,
    weigh,
    weigh_last,
)
from devicefit.cycles.trace import Trace
from devicefit.cycles.valleyfit import along_valley, secant_factors, stretched
from devicefit.cycles.weak import to_hold
from devicefit.estimation import Estimate, estimate_joint
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray

TRIED = 2  # cycles on which starts are compared
FEW = 6  # cycles fitted first where there are more
MOST_BEGUN = 4  # starts gone on from
ACCURACY = 1e-11  # of a residual: the steps of its differences, 3e-6 and 0.006 of a value, stay below a sampling step
NEAR_ENOUGH = 0.05  # of chi^2: a fit this near its least has arrived
LAST_EVALUATIONS = 60
MOST_WEIGHINGS = 2  # after the first
MOST_HOLDS = 6  # rounds of holding what a fit did not determine


@dataclass(frozen=True, eq=False)
class JointCycles:
    """What the joint fit found.

    `values` are shared (centres for varying parameters), `cycles` those of each cycle (only parameters its readings
    answer to), `undetermined` names with reasons, `deviations` the spread tau of each varying parameter;
    `returned` are at their lower bounds.
    """

    problem: CycleProblem
    estimate: Estimate
    values: Mapping[str, float]
    cycles: tuple[Mapping[str, float], ...]
    undetermined: Mapping[str, str]
    deviations: Mapping[str, float]
    returned: frozenset[str] = frozenset()


def fit_cycles(
    model: CompactModel,
    groups: Sequence[Sequence[Trace]],
    starts: Sequence[FloatArray],
    free: Sequence[str],
    varying: Sequence[str],
    spare: Sequence[FloatArray] = (),
    bounds: Mapping[str, LowerBound] | None = None,
) -> JointCycles:
    """Fit `free` parameters to all cycles together, from the one of `starts` that leads farthest with a few of them.

    A start is a vector of all parameters in the model's order. Where the first leaves more than scatter, the next are
    tried; the likeliest of the ends is gone on from. `spare` ones come last, or first where there is one start alone.
    What has a lower bound in `bounds` goes back to it where it is not determined, or where the search leads far beyond.
    """
    least = {} if bounds is None else bounds
    names = [spec.name for spec in model.parameters]
    few = representatives(groups, FEW) if len(groups) > FEW else groups
    ordered = [*spare, *starts] if len(starts) == 1 else [*_led(model, groups, starts, free), *spare]
    begun = _begun(model, few, ordered, free, varying)
    lost = _lost(begun.values, begun.undetermined, least)
    if lost:
        back = begun.values | {name: least[name].value for name in lost}
        kept = tuple(name for name in free if name not in lost)
        begun = begin(model, few, np.array([back[name] for name in names]), kept, varying)
    problem, values, cycles, undetermined = begun.problem, begun.values, begun.cycles, lost | begun.undetermined
    factors: dict[str, float] = {}
    curved = along_valley(problem, values, cycles)
    if len(few) < len(groups):
        if curved:
            factors = secant_factors(problem, widened(problem, _refined(problem, values, cycles), LOSS_SCALE))
        kept = tuple(name for name in free if name not in undetermined)
        problem = CycleProblem(model, groups, np.array([values[n] for n in names]), kept, tuple(varying))
        problem.scatter, problem.masked = begun.problem.scatter, begun.problem.masked
        cycles = [own_values(problem, group, values) for group in range(len(groups))]
        weigh(problem, cycles)
        settle(problem, values, cycles, 1)
    problem.blend = NARROW_BLEND
    rough_pass(problem, values, cycles)
    weigh_last(problem, values, cycles)
    estimate = _weighed(problem, _refined(problem, values, cycles), values, cycles)
    for _ in range(MOST_HOLDS):
        held = to_hold(problem, estimate)
        gone = _lost({name: values[name] for name in problem.free}, held, least)
        held = held | gone
        if not held:
            break
        undetermined |= held
        values |= {name: least[name].value for name in gone}
        for cycle in cycles:
            cycle |= {name: values[name] for name in held}
        problem = problem.holding(tuple(held), np.array([values[n] for n in names]))
        if gone:
            rough_pass(problem, values, cycles)
        estimate = _refined(problem, values, cycles)
    own = tuple(
        {name: estimate.values[f"{own_name(name)}[{group}]"] for name in problem.informed[group]}
        for group in range(len(groups))
    )
    estimate = widened(problem, estimate, LOSS_SCALE)
    if curved:
        estimate = stretched(estimate, factors or secant_factors(problem, estimate))
    returned = frozenset(undetermined) & frozenset(least)
    return JointCycles(problem, estimate, values, own, undetermined, dict(problem.deviations), returned)


def _lost(
    values: Mapping[str, float], undetermined: Mapping[str, str], bounds: Mapping[str, LowerBound]
) -> dict[str, str]:
    """Parameters to go back to their lower bounds, with the reason."""
    found = {name: undetermined[name] for name in bounds if name in undetermined}
    return found | {name: ABRUPT for name, bound in bounds.items() if name in values and values[name] > bound.most}


def _begun(
    model: CompactModel,
    groups: Sequence[Sequence[Trace]],
    starts: Sequence[FloatArray],
    free: Sequence[str],
    varying: Sequence[str],
) -> Begun:
    """The likeliest end of the first starts; of the first alone, where it explains the cycles, or where these are too
    few to have parameters of their own.
    """
    found: list[Begun] = []
    for start in starts[: MOST_BEGUN if len(groups) >= FEWEST_CYCLES else 1]:
        found.append(begin(model, groups, start, free, varying))
        if found[-1].explained:
            break
    return min(found, key=lambda begun: begun.loss)


def _led(
    model: CompactModel, groups: Sequence[Sequence[Trace]], starts: Sequence[FloatArray], free: Sequence[str]
) -> list[FloatArray]:
    """The starts in the order in which a rough fit to the middle cycles comes near to these."""
    if len(starts) == 1:
        return list(starts)
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
    return [starts[place] for place in np.argsort(costs, kind="stable")]


def _weighed(
    problem: CycleProblem, estimate: Estimate, values: dict[str, float], cycles: list[dict[str, float]]
) -> Estimate:
    """`estimate`, found anew where it has gone far from the place whose scatter weighs it.

    Weights of a worse place leave residuals below 1, and error bars scaled with these take the spread over cycles for
    smaller than it is.
    """
    for _ in range(MOST_WEIGHINGS):
        scatter, deviations = problem.scatter, problem.deviations
        weigh_last(problem, values, cycles)
        if np.all(np.abs(problem.scatter.logarithms - scatter.logarithms)[:PARTS] < SETTLED):
            problem.scatter, problem.deviations = scatter, deviations
            break
        estimate = _refined(problem, values, cycles)
    return estimate


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
    take(problem, estimate.values, values, cycles)
    return estimate
