"""Where a fit of the threshold slopes starts, and which sweeps it can use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from devicefit.assembly import RETENTION
from devicefit.branches import Branch
from devicefit.joint import CLOSE, JointProblem, compressed, cycle_law
from measurements.sweep import Activity


def best_slope(branches: Sequence[Branch], start: Mapping[str, float], kind: Activity) -> float:
    """Slope [1/V] on a coarse grid (1/8 to 4 times the start) that is likeliest for the sweeps of one kind.

    Likelihood of the transitions' shape and of the thresholds' scatter (the right slope makes thresholds at
    different ramp rates agree). It has a flat far side, where every event is abrupt; a descent must not
    start there.
    """
    chosen = [branch for branch in branches if branch.kind is kind]
    name = f"{kind.value}_slope"
    losses: dict[float, float] = {}
    for factor in (1.0, 0.125, 0.25, 0.5, 2.0, 4.0):
        slope = factor * start[name]
        curves = JointProblem(chosen).warm({**start, name: slope})
        shape = np.concatenate([curve.residual[curve.group == 2.0] for curve in curves])
        law = cycle_law(chosen, curves, f"{kind.value}_voltage")
        if losses and slope * law.centre < RETENTION:
            continue
        losses[slope] = 0.5 * float(np.sum(compressed(shape / 0.2) ** 2)) + len(chosen) * math.log(law.deviation)
    return min(losses, key=lambda slope: losses[slope])


def can_follow(branch: Branch, values: Mapping[str, float]) -> bool:
    """Whether some threshold makes the model switch where this sweep did."""
    return math.isfinite(JointProblem([branch]).cycle(0, values, corrections=CLOSE).dose)
