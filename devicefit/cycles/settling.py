"""From a start to a place near a minimum: rough passes, each of which tells the scatter and the spread over cycles.

A start may lead into another minimum than the least: with a threshold of its own each cycle's event is met by kinetics
far off, and the scatter that they leave near the events then hides what would lead away. Whether readings near events
are met as well as the others, and whether what is left is without order, tells when another start is worth its time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from devicefit.cycles.cyclespread import LIMITS, likeliest_spreads
from devicefit.cycles.owncycles import LOSS_SCALE, realigned, search_joint
from devicefit.cycles.ownnames import offset_name, offset_of, own_name, parameter_of
from devicefit.cycles.problem import FIRST_DEVIATION, NARROW_BLEND, CycleProblem
from devicefit.cycles.scatter import OF_RESET, PARTS, TRANSITION, Readings, Scatter, likeliest
from devicefit.cycles.trace import Trace
from devicefit.cycles.tracedata import TraceData
from devicefit.cycles.valleycoordinates import root_weight
from devicefit.cycles.weak import weak_parameters
from devicefit.estimation.rough import linearise_joint
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray

PASSES, MOST_PASSES = 2, 4
SETTLED = 0.1  # relative change of the scatter after which another pass changes nothing
TRIED_SCATTER = 0.03  # of ln I, at which starts are compared
HOPELESS = 3.0  # standard error of ln(value) at the start, beyond which a parameter stays there
EXPLAINED = 3.0  # times the scatter of the branches, up to which that of the transitions is no sign of misfit
LOST = 1e-6  # part of the largest singular value below which a direction is none
LARGEST_LEVERAGE = 0.9  # a reading that is fitted as closely as this tells nothing of the scatter
WHITE = 0.25  # correlation of neighbouring residuals, up to which it is none


@dataclass(frozen=True, eq=False)
class Begun:
    """Where one start leads: problem with its scatter, values, those of each cycle, hopeless parameters with the
    reason, the loss (-ln likelihood) there, and whether the scatter explains what is left.
    """

    problem: CycleProblem
    values: dict[str, float]
    cycles: list[dict[str, float]]
    undetermined: dict[str, str]
    loss: float
    explained: bool


def begin(
    model: CompactModel,
    groups: Sequence[Sequence[Trace]],
    start: FloatArray,
    free: Sequence[str],
    varying: Sequence[str],
) -> Begun:
    """Rough fit to `groups` from `start`, all parameters in the model's order."""
    values = dict(zip((spec.name for spec in model.parameters), start.tolist(), strict=True))
    problem = CycleProblem(model, groups, start.copy(), tuple(free), tuple(varying))
    undetermined = _hopeless(problem, values)
    problem = problem.holding(tuple(undetermined), start.copy())
    cycles = [dict(values) for _ in groups]
    settle(problem, values, cycles, PASSES)
    if realigned(problem, values, cycles):
        settle(problem, values, cycles, 1)
    loss, correlation = judged(problem, cycles)
    parts = problem.scatter.parts
    sharp = all(parts[first + TRANSITION] <= EXPLAINED * max(parts[first], parts[first + 2]) for first in (0, OF_RESET))
    return Begun(problem, values, cycles, undetermined, loss, sharp and correlation <= WHITE)


def judged(problem: CycleProblem, cycles: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """-ln likelihood of all readings, those between a measured and a modelled jump included, and of the spread over
    cycles; and the correlation of neighbouring residuals.
    """
    loss = sum(len(cycles) * float(np.log(deviation)) for deviation in problem.deviations.values())
    product = square = 0.0
    for group, data, vector in _traces(problem, cycles):
        offset = offset_of(data.trace, cycles[group])
        residual = problem.simulator.readings(data, vector, problem.scatter, offset, masked=False)
        residual, deviation = residual[: data.trace.time.size][data.told], data.deviation(problem.scatter)[data.told]
        loss += float(np.sum(np.log(deviation)))
        loss += LOSS_SCALE**2 * float(np.sum(np.sqrt(1.0 + (residual / LOSS_SCALE) ** 2) - 1.0))
        bounded = np.clip(residual, -LOSS_SCALE, LOSS_SCALE)
        product, square = product + float(bounded[1:] @ bounded[:-1]), square + float(bounded @ bounded)
    return (loss if np.isfinite(loss) else np.inf), product / square if square > 0 else 0.0


def settle(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]], least: int) -> None:
    """Rough passes, each of which tells scatter and spread; `values` and `cycles` become the values found."""
    for done in range(MOST_PASSES):
        before = problem.scatter
        rough_pass(problem, values, cycles)
        weigh(problem, cycles)
        if done + 1 >= least and np.all(np.abs(problem.scatter.logarithms - before.logarithms)[:PARTS] < SETTLED):
            return


def rough_pass(problem: CycleProblem, values: dict[str, float], cycles: list[dict[str, float]]) -> None:
    """A rough minimum; `values` and `cycles` become the values found."""
    found = search_joint(problem.residual, problem.shared_unknowns(values), problem.own_unknowns(cycles))
    take(problem, found, values, cycles)


def _hopeless(problem: CycleProblem, values: Mapping[str, float]) -> dict[str, str]:
    """Parameters that stay at the start, where the residuals already tell that they cannot be found."""
    plain = problem.holding((), problem.base)
    plain.varying, plain.informed = (), tuple(() for _ in plain.groups)
    plain.scatter, plain.blend = Scatter(np.full(PARTS, TRIED_SCATTER)), NARROW_BLEND
    linear = linearise_joint(plain.residual, plain.shared_unknowns(values), [[] for _ in plain.groups], LOSS_SCALE)
    return weak_parameters(plain, linear, HOPELESS)


def take(
    problem: CycleProblem, found: Mapping[str, float], values: dict[str, float], cycles: list[dict[str, float]]
) -> None:
    """Move `values` and `cycles` to what a search found."""
    offsets = [offset_name(kind) for kind in problem.offset_doubts]
    values |= {name: found[name] for name in (*problem.free, *offsets)}
    for group, cycle in enumerate(cycles):
        cycle |= values
        cycle |= {name: found[f"{own_name(name)}[{group}]"] for name in problem.informed[group]}
        cycle |= {name: found[f"{name}[{group}]"] for name in problem.own_offsets[group]}


def weigh(problem: CycleProblem, cycles: Sequence[Mapping[str, float]]) -> None:
    """Scatter (the parts of it) and spread from what the cycles show."""
    problem.scatter = _scatter(problem, cycles, None)
    problem.deviations = {name: _deviation(problem, cycles, name) for name in problem.varying}


def weigh_last(problem: CycleProblem, values: Mapping[str, float], cycles: Sequence[Mapping[str, float]]) -> None:
    """As `weigh`, near a minimum: all of the scatter, and what the fit took of each residual given back to it.

    A residual r keeps the variance 1 - h, h its leverage (diagonal of Q Q' of the Jacobian): seven readings near an
    event that a cycle's own threshold and offset are fitted to would seem to scatter less than they do.
    """
    shared, own = problem.shared_unknowns(values), problem.own_unknowns(cycles)
    linear = linearise_joint(problem.residual, shared, own, LOSS_SCALE)
    problem.scatter = _scatter(problem, cycles, _leverages(problem, linear.matrix))
    weight = root_weight(linear.residual)
    problem.deviations = likeliest_spreads(
        weight[:, None] * linear.matrix,
        weight * linear.residual,
        problem.tie_rows(),
        problem.deviations,
        {name: problem.size_of_spread(name, values[name]) for name in problem.varying},
    )


def _leverages(problem: CycleProblem, matrix: FloatArray) -> list[FloatArray]:
    """Of the readings of each trace, in the order of `group_data`, from the derivatives of all residuals."""
    lengths = np.linalg.norm(matrix, axis=0)
    usable = np.isfinite(lengths) & (lengths > 0.0)
    unit, singular, _ = np.linalg.svd(matrix[:, usable] / lengths[usable], full_matrices=False)
    leverage = np.sum(unit[:, singular > LOST * singular.max()] ** 2, axis=1)
    return [leverage[rows] for rows in problem.reading_rows()]


def _scatter(
    problem: CycleProblem, cycles: Sequence[Mapping[str, float]], leverages: Sequence[FloatArray] | None
) -> Scatter:
    """The likeliest scatter of all readings that count; without their `leverages`, only the parts of it."""
    rows: list[tuple[FloatArray, ...]] = []
    for number, (group, data, vector) in enumerate(_traces(problem, cycles)):
        offset = offset_of(data.trace, cycles[group])
        readings = problem.simulator.readings(data, vector, problem.scatter, offset, problem.blend, problem.masked)
        readings = readings[: data.trace.time.size]
        if leverages is not None:
            readings = readings / np.sqrt(1.0 - np.minimum(leverages[number], LARGEST_LEVERAGE))
        residual = readings * np.where(data.told, data.deviation(problem.scatter), 0.0)
        seen = (data.limited < 0.5) & (residual != 0.0) & np.isfinite(residual)
        columns = (residual, data.noise, data.steepness, data.share, data.part)
        rows.append(tuple(column[seen] for column in columns))
    together = Readings(*(np.concatenate(column) for column in zip(*rows, strict=True)))
    return likeliest(together, problem.scatter, LOSS_SCALE, leverages is not None)


def _traces(problem: CycleProblem, cycles: Sequence[Mapping[str, float]]) -> list[tuple[int, TraceData, FloatArray]]:
    """Number of the cycle, trace, and parameters of all traces."""
    found = []
    for group, cycle in enumerate(cycles):
        vectors = problem.vectors(group, problem.with_own(group, cycle))
        found += [(group, data, vector) for data, vector in zip(problem.data[group], vectors, strict=True)]
    return found


def _deviation(problem: CycleProblem, cycles: Sequence[Mapping[str, float]], name: str) -> float:
    """Spread of a varying parameter over the cycles."""
    told = [
        cycle.get(own, cycle[name])
        for group, cycle in enumerate(cycles)
        for own in problem.informed[group]
        if parameter_of(own) == name
    ]
    found = np.array([problem.model.spec(name).coordinate(value) for value in told])
    if found.size < 2:
        return problem.deviations[name] if found.size else FIRST_DEVIATION
    return max(float(found.std(ddof=1)), LIMITS[0] * problem.size_of_spread(name, float(found.mean())))
