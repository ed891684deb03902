"""Refits of resampled data.

residuals  r*(p) = r(p) - r + e*, with e* drawn from the centred residuals of the same block, inflated by
           sqrt(n/(n - p)): for errors alike along a sweep
cases      every residual counts as often as it is drawn: for errors that differ along a sweep
groups     whole blocks with unknowns of their own (cycles) are drawn; those without (priors) stay. Only the
           shared unknowns are followed: for errors that are correlated within a cycle

Efron and Tibshirani 1993, doi:10.1201/9780429246593.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from devicefit.estimation.problem import Block, Evaluation, Problem, Residual
from devicefit.estimation.result import Estimate
from devicefit.estimation.search import minimise
from devicefit.estimation.unknowns import FloatArray, coordinates
from measurements.errors import FitError, InputError

Kind = Literal["residuals", "cases", "groups"]
MOST_FAILED = 0.1
MOST_EVALUATIONS = 500
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Values of the followed unknowns, a row for each refit that converged; `failed` refits did not."""

    names: tuple[str, ...]
    table: FloatArray
    failed: int
    kind: Kind

    def values(self, name: str) -> FloatArray:
        """Values [own unit] of one unknown over the refits."""
        if name not in self.names:
            raise InputError(
                f"{name!r} is not followed when {self.kind} are drawn; followed are {list(self.names[:12])}"
            )
        return np.asarray(self.table[:, self.names.index(name)])

    def standard_error(self, name: str) -> float:
        """Deviation [own unit] of the refits."""
        return float(np.std(self.values(name), ddof=1))


def bootstrap(estimate: Estimate, draws: int = 200, seed: int = 0, kind: Kind | None = None) -> Bootstrap:
    """Refit `draws` resampled copies of the data from the estimate; `kind` None: groups where there are several
    blocks with unknowns of their own, else residuals.

    Raises
    ------
    InputError
        Fewer than two draws, or groups of a fit that has none.
    FitError
        More than a tenth of the refits failed.
    """
    if draws < 2:
        raise InputError(f"a bootstrap needs at least two draws, not {draws}")
    own = _own_blocks(estimate.problem)
    chosen: Kind = kind or ("groups" if len(own) > 1 else "residuals")
    if chosen == "groups" and len(own) < 2:
        raise InputError("this fit has no groups to draw; draw residuals or cases")
    shared = _shared(estimate.problem)
    names = tuple(name for name in estimate.varied if chosen != "groups" or name in shared)
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(draws):
        problem, start = _drawn(estimate, chosen, own, rng)
        evaluation = Evaluation(problem, coordinates(problem.unknowns, start))
        here = evaluation.coordinates.fitted(np.array([start[name] for name in evaluation.coordinates.names]))
        end = minimise(evaluation, here, max(TOLERANCE, problem.accuracy), False, MOST_EVALUATIONS)
        if end.interrupted:
            raise KeyboardInterrupt
        if end.success:
            found = dict(zip(evaluation.coordinates.names, evaluation.coordinates.natural(end.vector), strict=True))
            rows.append([float(found[name]) for name in names])
    failed = draws - len(rows)
    if failed > MOST_FAILED * draws:
        raise FitError(f"{failed} of {draws} refits of the bootstrap failed; its intervals would mislead")
    return Bootstrap(names, np.array(rows), failed, chosen)


def _own_blocks(problem: Problem) -> list[int]:
    """Blocks that use an unknown which no other block uses."""
    uses = Counter(place for block in problem.blocks for place in block.places)
    return [i for i, block in enumerate(problem.blocks) if any(uses[place] == 1 for place in block.places)]


def _shared(problem: Problem) -> set[str]:
    uses = Counter(place for block in problem.blocks for place in block.places)
    return {problem.unknowns[place].name for place, times in uses.items() if times > 1}


def _drawn(
    estimate: Estimate, kind: Kind, own: list[int], rng: np.random.Generator
) -> tuple[Problem, Mapping[str, float]]:
    """A resampled problem and its starting values."""
    problem = estimate.problem
    if kind == "groups":
        return _drawn_groups(estimate, own, rng)
    ends = np.cumsum(_sizes(estimate))
    parts = np.split(estimate.residuals, ends[:-1])
    inflation = np.sqrt(estimate.residuals.size / max(estimate.degrees_of_freedom, 1))
    blocks = []
    for block, part in zip(problem.blocks, parts, strict=True):
        if kind == "cases":
            weights = np.sqrt(rng.multinomial(part.size, np.full(part.size, 1.0 / part.size)))
            blocks.append(replace(block, evaluate=_scaled(block.evaluate, weights), derivative=None))
        else:
            error = inflation * rng.choice(part - part.mean(), part.size)
            blocks.append(replace(block, evaluate=_shifted(block.evaluate, error - part)))
    return replace(problem, blocks=tuple(blocks)), estimate.values


def _sizes(estimate: Estimate) -> tuple[int, ...]:
    frame = coordinates(estimate.unknowns, estimate.values)
    evaluation = Evaluation(estimate.problem, frame)
    evaluation.parts(frame.fitted(np.array([estimate.values[name] for name in frame.names])))
    return evaluation.sizes


def _scaled(evaluate: Residual, weights: FloatArray) -> Residual:
    return lambda values: weights * evaluate(values)


def _shifted(evaluate: Residual, shift: FloatArray) -> Residual:
    return lambda values: evaluate(values) + shift


def _drawn_groups(estimate: Estimate, own: list[int], rng: np.random.Generator) -> tuple[Problem, Mapping[str, float]]:
    """Blocks drawn with replacement, each copy with unknowns of its own."""
    problem, shared = estimate.problem, _shared(estimate.problem)
    kept = [i for i in range(len(problem.blocks)) if i not in own]
    unknowns = [unknown for unknown in problem.unknowns if unknown.name in shared]
    where = {unknown.name: place for place, unknown in enumerate(unknowns)}
    values = {name: estimate.values[name] for name in where}
    blocks = []
    for copy, i in enumerate([*kept, *rng.choice(own, len(own)).tolist()]):
        block = problem.blocks[i]
        places = []
        for place in block.places:
            unknown = problem.unknowns[place]
            if unknown.name in where:
                places.append(where[unknown.name])
                continue
            named = f"{unknown.name}#{copy}"
            places.append(len(unknowns))
            unknowns.append(replace(unknown, name=named))
            values[named] = estimate.values[unknown.name]
        blocks.append(Block(block.evaluate, block.names, tuple(places), block.derivative))
    return replace(problem, unknowns=tuple(unknowns), blocks=tuple(blocks)), values
