"""What cycles have of their own when the shared parameters are known, and rough joint searches.

A jump far from where it belongs takes the readings that contradict it out of the residuals, so that nothing leads back:
a cycle's own values are begun at the best of a few multiples of the shared ones, and begun anew where it stays astray.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from devicefit.cycles.ownnames import own_name, parameter_of
from devicefit.cycles.problem import CycleProblem
from devicefit.estimation import Unknown
from devicefit.estimation.rough import locate_joint
from devicefit.numerics import FloatArray

ROUGH_TOLERANCE, ROUGH_EVALUATIONS = 1e-4, 12
LOSS_SCALE = 3.0
OWN_FACTORS = (1.0, 0.97, 1.03, 0.93, 1.07, 0.87, 1.15, 0.8, 1.25, 0.64, 1.6, 0.4, 2.5)
"""Times a shared value, tried for that of one cycle."""
ASTRAY = 1.5  # times the misfit of the middle cycle, beyond which one is begun anew


def realigned(problem: CycleProblem, values: Mapping[str, float], cycles: list[dict[str, float]]) -> bool:
    """Whether a cycle far worse than the others found better values of its own among multiples of the shared ones.

    A jump far from where it belongs takes the readings that contradict it out of the residuals: nothing leads back.
    """
    misfits = [_cycle_misfit(problem, group, cycle) for group, cycle in enumerate(cycles)]
    found = False
    for group, misfit in enumerate(misfits):
        if misfit > ASTRAY * float(np.median(misfits)):
            other = own_values(problem, group, values)
            if _cycle_misfit(problem, group, other) < misfit:
                cycles[group], found = other, True
    return found


def own_values(problem: CycleProblem, group: int, values: Mapping[str, float]) -> dict[str, float]:
    """Values of one cycle when all shared ones are known; those it does not tell are the shared ones."""
    if not problem.informed[group]:
        return dict(values)
    unknowns = problem.own_unknowns([_own_start(problem, group, values)] * len(problem.groups))[group]
    found = search_joint(lambda _, own: problem.residual(group, {**values, **own}), (), [unknowns])
    told = {name: found[f"{own_name(name)}[0]"] for name in problem.informed[group]}
    return dict(values) | told | {name: found[f"{name}[0]"] for name in problem.own_offsets[group]}


def _own_start(problem: CycleProblem, group: int, values: Mapping[str, float]) -> dict[str, float]:
    """The shared values, with those of one cycle at the best of a few multiples, one after the other.

    From a threshold far from its own, a cycle's residuals show no way there: the model has no jump, or is not solved.
    """
    found = dict(values) | {own_name(name): values[parameter_of(name)] for name in problem.informed[group]}
    for name in problem.informed[group]:
        spec, middle = problem.model.spec(parameter_of(name)), values[parameter_of(name)]
        tried = [min(max(middle * factor, spec.lower), spec.upper) for factor in OWN_FACTORS]
        costs = [problem.misfit(group, found | {own_name(name): value}) for value in tried]
        found[own_name(name)] = tried[int(np.argmin(costs))]
    return dict(values) | {name: found[own_name(name)] for name in problem.informed[group]}


def _cycle_misfit(problem: CycleProblem, group: int, cycle: Mapping[str, float]) -> float:
    return problem.misfit(group, problem.with_own(group, cycle))


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
