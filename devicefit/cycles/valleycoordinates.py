"""Coordinates in which a valley is followed (ln of a value that is positive by nature), and the weights of its loss."""

from __future__ import annotations

import numpy as np

from devicefit.cycles.owncycles import LOSS_SCALE
from devicefit.estimation.unknowns import FloatArray, Unknown


def soft_cost(residual: FloatArray) -> float:
    """Sum of soft_l1 losses; infinite where it is not finite."""
    found = 2.0 * LOSS_SCALE**2 * float(np.sum(np.sqrt(1.0 + (residual / LOSS_SCALE) ** 2) - 1.0))
    return found if np.isfinite(found) else np.inf


def root_weight(residual: FloatArray) -> FloatArray:
    """Square root of the weight that the soft_l1 loss gives a residual."""
    return np.asarray((1.0 + (residual / LOSS_SCALE) ** 2) ** -0.25)


def size_of(unknown: Unknown) -> float:
    """Of a coordinate: 1 of a logarithm; of another value its start, and 0.5 % of its range where that is smaller."""
    if unknown.scale == "log":
        return 1.0
    return max(abs(unknown.start), 0.005 * (unknown.upper - unknown.lower))


def slope_of(unknown: Unknown, value: float) -> float:
    """d value/d coordinate."""
    return value if unknown.scale == "log" else 1.0


def coordinate_of(unknown: Unknown, value: float) -> float:
    """Coordinate of a value [own unit]."""
    return float(np.log(value)) if unknown.scale == "log" else value


def value_at(unknown: Unknown, coordinate: float) -> float:
    """Value [own unit] at a coordinate."""
    return float(np.exp(coordinate)) if unknown.scale == "log" else coordinate


def moved_by(unknown: Unknown, value: float, step: float) -> float:
    """The value [own unit] a step of its coordinate away, within its bounds."""
    return float(np.clip(value_at(unknown, coordinate_of(unknown, value) + step), unknown.lower, unknown.upper))
