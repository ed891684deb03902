"""Functions that every compact model shares: exp and sinh that no trial point of a solver can overflow.

Beyond an argument of 45, far above any physical one, they continue linearly with continuous slope, here and in the
SPICE subcircuits: hard clamps leave Newton's iteration without a slope back.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from devicefit.compiled import compiled

FloatArray = NDArray[np.float64]

BOLTZMANN = 8.617333262e-5  # eV/K, exact in the 2019 SI to the digits given
ARGUMENT_LIMIT = 45.0  # exp and sinh continue linearly beyond it, here and in SPICE


@compiled
def bounded_exp(argument: float) -> float:
    """exp, continued linearly with continuous slope where the argument exceeds 45.

    >>> bounded_exp(0.0), bounded_exp(46.0) / bounded_exp(45.0)
    (1.0, 2.0)
    """
    if argument <= ARGUMENT_LIMIT:
        return math.exp(argument)
    return math.exp(ARGUMENT_LIMIT) * (1.0 + argument - ARGUMENT_LIMIT)


@compiled
def bounded_exp_slope(argument: float) -> float:
    """Derivative of `bounded_exp`."""
    return math.exp(min(argument, ARGUMENT_LIMIT))


@compiled
def bounded_sinh(argument: float) -> float:
    """sinh, continued linearly with continuous slope where the argument's magnitude exceeds 45 (an odd
    function).
    """
    size = abs(argument)
    if size <= ARGUMENT_LIMIT:
        return math.sinh(argument)
    value: float = math.sinh(ARGUMENT_LIMIT) + math.cosh(ARGUMENT_LIMIT) * (size - ARGUMENT_LIMIT)
    return value if argument > 0 else -value


@compiled
def bounded_sinh_slope(argument: float) -> float:
    """Derivative of `bounded_sinh`."""
    return math.cosh(min(abs(argument), ARGUMENT_LIMIT))


@compiled
def fraction_of(logit: float) -> float:
    """x = 1/(1 + exp(-u)) without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-min(logit, 700.0)))
    growth = math.exp(max(logit, -700.0))
    return growth / (1.0 + growth)
