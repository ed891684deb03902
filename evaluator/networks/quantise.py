"""Real weights on the levels that a device gives, and by how much that misses them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluator.networks.layers import Recurrent, Weighted
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
ROUNDS = 20
"""Rounds of rounding and fitting the step; it settles in fewer."""
STARTS = np.linspace(1.0, 0.05, 39)
"""Shares of the largest weight over the levels from which the step is sought [1]."""
EXACT = 1e-12
"""A relative error below this is the rounding of the numbers themselves [1]."""


@dataclass(frozen=True, eq=False)
class Quantised:
    """Weights of a layer as integers, `signs`, of size -levels to +levels, times `step`: W ~ step * signs.

    `back` are those of the recurrent weights, on the same step. `error` is |W - step signs| / |W| in the Frobenius
    norm [1], 0 where W is zero.
    """

    signs: NDArray[np.int8]
    back: NDArray[np.int8] | None
    step: float
    error: float


def quantise(layer: Weighted, levels: int) -> Quantised:
    """Integers and the step that minimise the error: the step of least squares and rounding in turn, from several
    starts.

    Raises
    ------
    InputError
        All weights are zero, which leaves no step.
    """
    parts = [layer.weights] + ([layer.recurrent_weights] if isinstance(layer, Recurrent) else [])
    every = np.concatenate([part.ravel() for part in parts])
    largest = float(np.abs(every).max())
    if largest == 0.0:
        raise InputError("all weights of a layer are zero")
    step = min((_settled(every, share * largest / levels, levels) for share in STARTS), key=lambda pair: pair[1])[0]
    signs = [_rounded(part, step, levels) for part in parts]
    return Quantised(signs[0], signs[1] if len(signs) > 1 else None, step, _error(every, step, levels))


def _settled(weights: FloatArray, step: float, levels: int) -> tuple[float, float]:
    """(step, its error) after the rounds from `step`; a step that is exact already is kept to the bit."""
    error = _error(weights, step, levels)
    for _ in range(ROUNDS):
        if error < EXACT:
            break
        signs = _rounded(weights, step, levels).astype(np.float64)
        better = float(weights @ signs / (signs @ signs)) if signs.any() else step
        found = _error(weights, better, levels)
        if not found < error:
            break
        step, error = better, found
    return step, error if error >= EXACT else 0.0


def _rounded(weights: FloatArray, step: float, levels: int) -> NDArray[np.int8]:
    return np.clip(np.rint(weights / step), -levels, levels).astype(np.int8)


def _error(weights: FloatArray, step: float, levels: int) -> float:
    missed = weights - step * _rounded(weights, step, levels)
    return float(np.linalg.norm(missed) / np.linalg.norm(weights))
