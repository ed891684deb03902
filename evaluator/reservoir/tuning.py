"""Search of a reservoir's settings on the validation part, alike for every node."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import differential_evolution

from evaluator.reservoir.layers import ReservoirSettings
from evaluator.reservoir.node import TABULATED, FloatArray, Node
from evaluator.reservoir.tasks import Task
from evaluator.reservoir.training import train_task
from measurements.errors import InputError

POPULATION = 16
SEPARATIONS = (0.3, 5.0)
"""Searched theta/tau [1]."""


def search_bounds() -> tuple[tuple[float, float], ...]:
    """Searched ranges: ln(separation), steepness, place, ln(input scaling over the node's width).

    The feedback is `steepness` over the node's steepest slope. The offset is `place` widths above 0, or above the low
    end of a tabulated hump. A node's width is the u at its peak, or 1 where it has none.
    """
    return (np.log(SEPARATIONS[0]), np.log(SEPARATIONS[1])), (0.3, 1.3), (-0.3, 1.2), (np.log(1e-3), np.log(1.0))


def tuned(task: Task, node: Node, start: ReservoirSettings, trials: int, seed: int) -> tuple[ReservoirSettings, float]:
    """Settings with the least validation error that about `trials` tries find, and that error.

    Differential evolution (scipy) over theta/tau, feedback, offset and input scaling; all else is that of `start`.
    Tries that diverge or do not forget their past count as an error of 10.
    """
    width, slope = _shape(node)

    def settings(place: FloatArray) -> ReservoirSettings:
        return replace(
            start,
            separation=float(np.exp(place[0])),
            feedback=float(place[1]) / slope,
            offset=float(place[2]) * width,
            input_scaling=float(np.exp(place[3])) * width,
        )

    def loss(place: FloatArray) -> float:
        try:
            return train_task(task, node, settings(place)).validation_error
        except InputError:
            return 10.0

    rounds = max(trials // POPULATION - 1, 1)
    found = differential_evolution(
        loss,
        search_bounds(),
        maxiter=rounds,
        popsize=POPULATION // 4,
        init="sobol",
        seed=seed,
        polish=False,
        tol=0.0,
    )
    return settings(found.x), float(found.fun)


def _shape(node: Node) -> tuple[float, float]:
    """Width [unit of the node] and steepest slope [1]."""
    grid = np.linspace(node.low, node.high, 2001) if node.kind == TABULATED else np.linspace(0.0, 10.0, 10001)
    values = node(grid)
    peak = int(np.argmax(values))
    width = float(grid[peak]) if 0 < peak < grid.size - 1 else 1.0
    return width, float(np.max(np.gradient(values, grid)))
