"""How far readings lie from the model, part by part, as the readings themselves tell it.

    s^2 = (a n/I)^2 + (d t)^2 + (g c)^2                     variance of the residual asinh(Im/f) - asinh(I/f)

n is the instrument's estimated noise and a how much more it is in sets or resets, t the change from one sample to the
next and d the doubt about the time of a reading, c = d asinh(I/f)/d ln I and g what the model leaves before, near or
after a set or a reset. The two a, d and the six g are those of the largest likelihood: weights that are wrong among
themselves give intervals that are too narrow, whatever the size of all of them together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from devicefit.numerics import FloatArray
from measurements.sweep import Activity

BEFORE, TRANSITION, AFTER = 0, 1, 2  # of a set
OF_RESET = 3  # added to these: the branches of a reset scatter otherwise than those of a set
PARTS = 6
SMALLEST = 0.003  # of ln I; nothing is weighted as if it were known better
TIME_DOUBTS = (1e-4, 0.5)  # sampling steps
NOISE_FACTORS = (0.05, 20.0)
FEWEST = 8  # readings that tell a part
WIDEST = 3.0  # of ln I


@dataclass(frozen=True, eq=False)
class Scatter:
    """Deviation of ln I before, near and after sets, and resets (`parts`) [1], doubt about the time of a reading
    [sampling steps], and the instrument's noise over its estimate in sets and in resets (`noise_factors`) [1].
    """

    parts: FloatArray
    time_doubt: float = 0.05
    noise_factors: tuple[float, float] = (1.0, 1.0)

    def noise_factor(self, kind: Activity) -> float:
        """Noise over its estimate in sweeps of this kind [1]."""
        return self.noise_factors[kind is Activity.RESET]

    @property
    def logarithms(self) -> FloatArray:
        """Of all."""
        return np.log([*self.parts, self.time_doubt, *self.noise_factors])


@dataclass(frozen=True, eq=False)
class Readings:
    """Of many readings: residual not yet divided by anything, n/I, t, c, and the part it belongs to."""

    residual: FloatArray
    noise: FloatArray
    steepness: FloatArray
    share: FloatArray
    part: NDArray[np.int64]


def likeliest(readings: Readings, start: Scatter, loss_scale: float, all_of_it: bool) -> Scatter:
    """The scatter of the largest likelihood of `readings` under the soft_l1 loss of scale C: `all_of_it`, or the parts
    alone. Far from the least, doubt about the time would explain any misfit beside an event.

    Minimised is sum(2 ln s + rho(r/s)/k), rho(u) = 2 C^2 (sqrt(1 + (u/C)^2) - 1); k makes normal readings come out at
    their own deviation. A part of too few readings keeps its start.
    """
    told = [int(np.sum(readings.part == which)) >= FEWEST for which in range(PARTS)]
    reset = readings.part >= OF_RESET
    instrument = [True, not reset.all(), bool(reset.any())] if all_of_it else [False] * 3
    known = np.array([*told, *instrument])
    lower = np.log([SMALLEST] * PARTS + [TIME_DOUBTS[0]] + [NOISE_FACTORS[0]] * 2)
    upper = np.log([WIDEST] * PARTS + [TIME_DOUBTS[1]] + [NOISE_FACTORS[1]] * 2)
    begun = np.clip(start.logarithms, lower, upper)
    squares = np.zeros((PARTS + 3, readings.residual.size))
    for which in range(PARTS):
        squares[which] = np.where(readings.part == which, readings.share, 0.0) ** 2
    squares[PARTS] = readings.steepness**2
    squares[PARTS + 1] = np.where(reset, 0.0, readings.noise) ** 2
    squares[PARTS + 2] = np.where(reset, readings.noise, 0.0) ** 2
    consistency = _consistency(loss_scale)

    def cost(free: FloatArray) -> tuple[float, FloatArray]:
        logs = begun.copy()
        logs[known] = free
        parts = np.exp(2.0 * logs)[:, None] * squares
        variance = parts.sum(axis=0)
        excess = readings.residual**2 / variance
        root = np.sqrt(1.0 + excess / loss_scale**2)
        value = np.log(variance) + 2.0 * loss_scale**2 * (root - 1.0) / consistency
        slope = (1.0 - excess / root / consistency) * 2.0 / variance  # d value/d variance times d variance/d part
        return float(value.sum()), np.asarray((parts @ slope)[known])

    bounds = np.column_stack([lower, upper])[known]
    found = minimize(cost, begun[known], jac=True, method="L-BFGS-B", bounds=bounds)
    logs = begun.copy()
    logs[known] = found.x
    values = np.exp(logs)
    return Scatter(values[:PARTS], float(values[PARTS]), (float(values[PARTS + 1]), float(values[PARTS + 2])))


def _consistency(loss_scale: float) -> float:
    """E(u psi(u)) of a normal u, psi(u) = u/sqrt(1 + (u/C)^2)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    return float(np.sum(weights * nodes**2 / np.sqrt(1.0 + (nodes / loss_scale) ** 2)) / math.sqrt(2.0 * math.pi))
