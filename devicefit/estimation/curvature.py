"""Whether tangents describe a joint minimum: the rise of the cost a standard error away, against the 1 it should be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from devicefit.estimation.derivatives import assemble, jacobians
from devicefit.estimation.rough import GroupResidual, joint_evaluation
from devicefit.estimation.unknowns import Unknown

LOST = 1e-9  # part of the largest singular value below which a direction is none


def rises(
    residual: GroupResidual, shared: Sequence[Unknown], own: Sequence[Sequence[Unknown]], loss_scale: float
) -> dict[str, float]:
    """Mean rise of the cost one standard error of each shared unknown to either side, all others following along the
    tangent: (cost(u + d) + cost(u - d))/2 - cost(u), d = H^-1 e/sqrt(e' H^-1 e), H = J' W J [1].

    1 where the cost is the parabola that tangents tell, whether or not `shared` and `own` start at the minimum itself;
    infinite where it is not finite.
    """
    evaluation, start = joint_evaluation(residual, shared, own, loss_scale)
    matrix = assemble(evaluation, jacobians(evaluation, start, False))
    here = np.concatenate(evaluation.parts(start))
    if not (np.all(np.isfinite(matrix)) and np.all(np.isfinite(here))):
        return {unknown.name: np.inf for unknown in shared}
    weighted = (1.0 + (here / loss_scale) ** 2)[:, None] ** -0.75 * matrix
    lengths = np.linalg.norm(weighted, axis=0)
    lengths = np.where(lengths > 0.0, lengths, 1.0)
    half = np.linalg.pinv(weighted / lengths, rcond=LOST) / lengths[:, None]
    cost, found = evaluation.cost(start), {}
    lower, upper = evaluation.coordinates.bounds()
    for place, unknown in enumerate(shared):
        direction = half @ half[place]
        size = float(np.linalg.norm(half[place]))
        if size == 0.0:
            continue
        sides = [evaluation.cost(np.clip(start + sign * direction / size, lower, upper)) for sign in (1.0, -1.0)]
        found[unknown.name] = float(np.mean(sides)) - cost
    return found
