"""What further cycles have of their own, when a fit to some has told what all share.

Shared parameters need few cycles, a drift needs many: the others are told one by one, which costs little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devicefit.cycles.owncycles import own_values
from devicefit.cycles.ownnames import offset_name, parameter_of
from devicefit.cycles.preparation import Preparation
from devicefit.cycles.problem import NARROW_BLEND, CycleProblem
from devicefit.cycles.ranking import known_spread
from devicefit.cycles.result import ModelFit
from devicefit.models.model import CompactModel

SMALLEST_SPREAD = 0.02  # of ln(value)


def with_further_cycles(fit: ModelFit, model: CompactModel, prepared: Preparation) -> ModelFit:
    """`fit` with the own values of all cycles of `prepared`: those it was made from keep theirs, shared ones stay.

    Each further cycle's are tied to the shared values by the spread over the fitted ones.
    """
    varying = tuple(dict.fromkeys(parameter_of(name) for cycle in fit.cycles for name in cycle))
    groups = [group for group in prepared.groups if group[0].place not in fit.places]
    if not groups or not varying:
        return fit
    shared = {name: parameter.value for name, parameter in fit.card.parameters.items()}
    problem = CycleProblem(model, groups, model.vector_of(shared), varying, varying)
    problem.scatter = fit.scatter
    problem.deviations = {name: known_spread(fit, model, name, SMALLEST_SPREAD) for name in varying}
    problem.blend = NARROW_BLEND
    values = shared | {offset_name(kind): 0.0 for kind in problem.offset_doubts}
    found: dict[int, Mapping[str, float]] = dict(zip(fit.places, fit.cycles, strict=True))
    for number, group in enumerate(groups):
        own = own_values(problem, number, values)
        found[group[0].place] = {name: own[name] for name in problem.informed[number]}
    places = tuple(sorted(found))
    return replace(fit, cycles=tuple(found[place] for place in places), places=places)
