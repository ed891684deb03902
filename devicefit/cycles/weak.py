"""Which parameters the cycles do not determine, from the linearised residuals: the worst is held, then the next.

Holding one column and taking the error bars of the rest costs a small singular value decomposition; a fit is not
needed for each.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from devicefit.cycles.ownnames import OWN
from devicefit.cycles.problem import CycleProblem
from devicefit.estimation import Estimate
from devicefit.estimation.rough import Linear
from devicefit.numerics import FloatArray

WEAKEST = 1.0  # standard error of ln(value), beyond which a parameter counts as undetermined
WEAKEST_LINEAR = 30.0  # the same, relative, of a parameter that may be zero: it may well be zero
LOST = 1e-6  # part of the largest singular value below which a direction says nothing
SURE = ("flat: no residual", "at its", "ran off", "the residual is not finite")  # however few others are free
HUGE = 100.0  # standard error of ln(value), beyond which its size says no more
LARGE = 3.0  # residuals, as which a larger one counts for the scatter


def weak_parameters(problem: CycleProblem, linear: Linear, limit: float = WEAKEST) -> dict[str, str]:
    """Free parameters to hold, with the reason, so that every other has a relative standard error below `limit`.

    At least one parameter is left.
    """
    usable = np.all(np.isfinite(linear.matrix), axis=0)
    lengths = np.where(usable, np.linalg.norm(np.where(usable, linear.matrix, 0.0), axis=0), 0.0)
    held: dict[str, str] = {}
    for name in problem.free:
        place = linear.names.index(name)
        if lengths[place] == 0.0 and len(held) + 1 < len(problem.free):
            held[name] = "flat: no residual depends on it here"
    kept = [i for i in range(len(linear.names)) if lengths[i] > 0.0]
    triangle: FloatArray = np.asarray(np.linalg.qr(linear.matrix[:, kept] / lengths[kept], mode="r"))
    scatter = float(np.sqrt(np.mean(np.minimum(linear.residual**2, LARGE**2))))
    names = [linear.names[i] for i in kept]
    while len(held) + 1 < len(problem.free):
        inside = [k for k, name in enumerate(names) if _base(name) not in held]
        sizes = scatter * _deviations(triangle[:, inside]) / lengths[kept][inside]
        found = {names[k]: float(size) for k, size in zip(inside, sizes, strict=True)}
        excess = {name: found[name] / _limit(problem, name, limit) for name in problem.free if name in found}
        worst = max(excess, key=lambda name: excess[name])
        if excess[worst] <= 1.0:
            break
        size = found[worst]
        held[worst] = (
            f"relative standard error {size:.2g} when free" if size < HUGE else "only in combination with others"
        )
    return held


def to_hold(problem: CycleProblem, estimate: Estimate) -> dict[str, str]:
    """The same after a fit, whose own verdicts come first; empty where the fit determines all."""
    errors, logarithmic = estimate.fitted_errors, _logarithmic(problem)
    sure = {n: estimate.undetermined[n] for n in problem.free if estimate.undetermined.get(n, "").startswith(SURE)}
    sure = dict(list(sure.items())[: len(problem.free) - 1])
    doubtful = [
        name for name in problem.free if (error := errors[name]) is None or (logarithmic[name] and error > WEAKEST)
    ]
    if not doubtful or len(problem.free) == 1:
        return {}
    if estimate.jacobian is None:
        return sure or {doubtful[0]: estimate.undetermined.get(doubtful[0], "no error bar")}
    names = tuple(unknown.name for unknown in estimate.unknowns if unknown.vary)
    places = [i for i, name in enumerate(names) if _base(name) not in sure]
    linear = Linear(tuple(names[i] for i in places), estimate.residuals, estimate.jacobian[:, places])
    rest = weak_parameters(problem.holding(tuple(sure), problem.base), linear)
    if sure or rest:
        return sure | {name: estimate.undetermined.get(name, reason) for name, reason in rest.items()}
    name = max(doubtful, key=lambda one: np.inf if (error := errors[one]) is None else error)
    return {name: estimate.undetermined.get(name, "known to no better than a factor of three")}


def _deviations(triangle: FloatArray) -> FloatArray:
    """Deviations of the coordinates for residuals of deviation one, of a matrix with columns of length one."""
    _, singular, rows = np.linalg.svd(triangle, full_matrices=False)
    return np.asarray(np.linalg.norm(rows / np.maximum(singular, LOST * singular.max())[:, None], axis=0))


def _base(name: str) -> str:
    """Parameter behind a coordinate, which may be one cycle's own."""
    return name.partition(OWN)[0]


def _logarithmic(problem: CycleProblem) -> Mapping[str, bool]:
    return {name: problem.model.spec(name).scale == "log" for name in problem.free}


def _limit(problem: CycleProblem, name: str, limit: float) -> float:
    return limit if problem.model.spec(name).scale == "log" else limit * WEAKEST_LINEAR / WEAKEST
