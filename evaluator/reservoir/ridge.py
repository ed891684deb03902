"""Linear readout by ridge regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from evaluator.reservoir.node import FloatArray
from measurements.errors import InputError

PENALTIES = tuple(10.0**power for power in range(-13, -1))
"""Tried ridge penalties, as shares of the largest variance in the states [1]."""


@dataclass(frozen=True, eq=False)
class LinearReadout:
    """y = states @ weights + bias: (features, outputs) and (outputs,); `penalty` is the one it was made with [1]."""

    weights: FloatArray
    bias: FloatArray
    penalty: float

    def __call__(self, states: FloatArray) -> FloatArray:
        """Outputs, (count, outputs), for states (count, features)."""
        return np.asarray(states @ self.weights + self.bias)


def fit_ridge(
    states: FloatArray, targets: FloatArray, penalties: Sequence[float], disturbance: FloatArray | None = None
) -> list[LinearReadout]:
    """Readouts that minimise |X w + b - y|^2 + n lambda s |w|^2, one for each penalty lambda; b is free.

    s is the largest eigenvalue of the states' covariance. By one eigenvalue decomposition (scipy.linalg.eigh) for all
    penalties: w = V (L + n lambda s)^-1 V^T X^T y.

    Parameters
    ----------
    states, targets
        (count, features), (count, outputs).
    penalties
        lambda [1], above 0.
    disturbance
        (features,): further penalty n d_i w_i^2 of each weight, such as the variance that cells of this
        variation add to the output per squared weight; none by default.

    Raises
    ------
    InputError
        Fewer than two rows, values that are not finite, or a penalty that is not positive.
    """
    if states.ndim != 2 or targets.ndim != 2 or len(states) < 2 or len(states) != len(targets):
        raise InputError(
            f"states {states.shape} and targets {targets.shape} make no regression", hint="rows alike, 2 or more"
        )
    if not (np.isfinite(states).all() and np.isfinite(targets).all()) or any(not value > 0.0 for value in penalties):
        raise InputError("states, targets and penalties of a ridge regression must be finite, penalties above 0")
    middle, mean = states.mean(axis=0), targets.mean(axis=0)
    centred, count = states - middle, len(states)
    gram = centred.T @ centred
    if disturbance is not None:
        gram[np.diag_indices_from(gram)] += count * disturbance
    strengths, vectors = eigh(gram, overwrite_a=True, check_finite=False)
    projected = vectors.T @ (centred.T @ (targets - mean))
    largest = max(float(strengths[-1]), np.finfo(float).tiny)
    found = []
    for penalty in penalties:
        weights = vectors @ (projected / (np.maximum(strengths, 0.0) + penalty * largest)[:, None])
        found.append(LinearReadout(weights, mean - middle @ weights, penalty))
    return found


def normalised_error(outputs: FloatArray, targets: FloatArray) -> float:
    """NRMSE: root of the mean squared error over the standard deviation of the targets [1]; 1 is a constant guess."""
    return float(np.sqrt(np.mean((outputs - targets) ** 2) / np.var(targets)))
