"""Quick searches without refinement and error bars: for starts, and for passes whose end another pass moves anyhow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from devicefit.estimation.derivatives import assemble, jacobians
from devicefit.estimation.problem import Block, Evaluation, Problem, Residual
from devicefit.estimation.search import Minimum, minimise, starting_points
from devicefit.estimation.unknowns import FloatArray, Unknown, coordinates
from measurements.errors import FitError

ACCURACY = 1e-6  # of a residual, from which the steps of differences follow
TOLERANCE = 1e-4  # relative change of the cost at which a search ends

GroupResidual = Callable[[int, Mapping[str, float]], FloatArray]


@dataclass(frozen=True, eq=False)
class Place:
    """Where a search ended: values by name [own units], and the cost (sum of losses)."""

    values: Mapping[str, float]
    cost: float


@dataclass(frozen=True, eq=False)
class Linear:
    """Residuals at a point and their derivatives: a column for each coordinate, called by `names`."""

    names: tuple[str, ...]
    residual: FloatArray
    matrix: FloatArray


def locate(
    residual: Residual,
    unknowns: Sequence[Unknown],
    *,
    loss_scale: float,
    most_evaluations: int,
    starts: int = 1,
    seed: int = 0,
    tolerance: float = TOLERANCE,
) -> Place:
    """The lowest of the ends of `starts` searches with the soft_l1 loss.

    Raises
    ------
    FitError
        The residual is finite at no start.
    """
    names = tuple(unknown.name for unknown in unknowns)
    block = Block(residual, names, tuple(range(len(names))))
    evaluation = _evaluation(unknowns, (block,), loss_scale)
    best: Minimum | None = None
    for point in starting_points(evaluation.coordinates, starts, seed):
        end = minimise(evaluation, point, tolerance, False, most_evaluations)
        if best is None or end.cost < best.cost:
            best = end
    if best is None or not np.isfinite(best.cost):
        raise FitError(f"the residual is finite at none of {starts} starts; give other starting values")
    return _place(evaluation, best)


def locate_joint(
    residual: GroupResidual,
    shared: Sequence[Unknown],
    own: Sequence[Sequence[Unknown]],
    *,
    loss_scale: float,
    most_evaluations: int,
    tolerance: float = TOLERANCE,
) -> Place:
    """A joint minimum of groups, as `estimate_joint` defines them; where no step helps, the start itself."""
    evaluation, start = joint_evaluation(residual, shared, own, loss_scale)
    return _place(evaluation, minimise(evaluation, start, tolerance, False, most_evaluations))


def linearise_joint(
    residual: GroupResidual, shared: Sequence[Unknown], own: Sequence[Sequence[Unknown]], loss_scale: float
) -> Linear:
    """Residuals and derivatives of groups at the starts of their unknowns."""
    evaluation, start = joint_evaluation(residual, shared, own, loss_scale)
    matrix = assemble(evaluation, jacobians(evaluation, start, False))
    return Linear(evaluation.coordinates.names, np.concatenate(evaluation.parts(start)), matrix)


def joint_evaluation(
    residual: GroupResidual, shared: Sequence[Unknown], own: Sequence[Sequence[Unknown]], loss_scale: float
) -> tuple[Evaluation, FloatArray]:
    """Evaluation of groups with unknowns of their own, and the coordinates of its start."""
    unknowns, blocks = list(shared), []
    for group, items in enumerate(own):
        places = (*range(len(shared)), *range(len(unknowns), len(unknowns) + len(items)))
        names = tuple(unknown.name for unknown in (*shared, *items))
        unknowns += [replace(unknown, name=f"{unknown.name}[{group}]") for unknown in items]
        blocks.append(Block(partial(residual, group), names, places))
    evaluation = _evaluation(unknowns, tuple(blocks), loss_scale)
    return evaluation, starting_points(evaluation.coordinates, 1, 0)[0]


def _evaluation(unknowns: Sequence[Unknown], blocks: tuple[Block, ...], loss_scale: float) -> Evaluation:
    problem = Problem(tuple(unknowns), blocks, ACCURACY, "soft_l1", loss_scale, False)
    return Evaluation(problem, coordinates(problem.unknowns))


def _place(evaluation: Evaluation, end: Minimum) -> Place:
    names = (unknown.name for unknown in evaluation.problem.unknowns)
    return Place(dict(zip(names, evaluation.coordinates.complete(end.vector).tolist(), strict=True)), end.cost)
