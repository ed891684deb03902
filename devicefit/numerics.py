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
SMALL_GROWTH = 0.02  # below which six terms of the series of exp - 1 are exact to 1e-14
SMALL_ARGUMENT = 0.25  # below which five terms of sinh's series are exact to rounding


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
def growth(argument: float) -> float:
    """exp - 1 to 1e-14 of itself, by one exponential or none: `math.expm1` takes nearly three times as long.

    >>> growth(1e-9) == math.expm1(1e-9), abs(growth(0.03) / math.expm1(0.03) - 1.0) < 1e-14
    (True, True)
    """
    if abs(argument) < SMALL_GROWTH:
        square = argument * argument
        odd = argument * (1.0 + square * (1.0 / 6.0 + square * (1.0 / 120.0)))
        return odd + square * (0.5 + square * (1.0 / 24.0 + square * (1.0 / 720.0)))
    return math.exp(argument) - 1.0


@compiled
def sinh_and_slope(argument: float) -> tuple[float, float]:
    """`bounded_sinh` of an argument from 0 up and its derivative together, by one exponential or none."""
    if argument < SMALL_ARGUMENT:
        square = argument * argument
        series = 1.0 + square / 6.0 * (1.0 + square / 20.0 * (1.0 + square / 42.0 * (1.0 + square / 72.0)))
        value = argument * series
        return value, math.sqrt(1.0 + value * value)
    inside = min(argument, ARGUMENT_LIMIT)
    grown = math.exp(inside)
    shrunk = 1.0 / grown
    slope = 0.5 * (grown + shrunk)
    return 0.5 * (grown - shrunk) + slope * (argument - inside), slope


@compiled
def bounded_sinh(argument: float) -> float:
    """sinh, continued linearly with continuous slope where the argument's magnitude exceeds 45 (an odd
    function).
    """
    value = sinh_and_slope(abs(argument))[0]
    return value if argument > 0.0 else -value


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


@compiled
def bounded_shares(logit: float, limit: float) -> tuple[float, float, float]:
    """x = 1/(1 + exp(-u)), 1/(1 + exp(u - limit)) and 1/(1 + exp(-u - limit)) for a limit from 1 to 200: a state and
    where its logit is held back, by two exponentials.
    """
    odds = math.exp(-min(max(logit, -400.0), 400.0))
    edge = math.exp(-limit)
    return 1.0 / (1.0 + odds), odds / (odds + edge), 1.0 / (1.0 + edge * odds)


@compiled
def inverse_sinh(argument: float) -> float:
    """asinh of an argument from 0 up to 1e-14 of itself, faster than `math.asinh`."""
    if argument < SMALL_GROWTH:
        square = argument * argument
        return argument * (1.0 - square * (1.0 / 6.0 - square * (3.0 / 40.0 - square * (15.0 / 336.0))))
    return math.log(argument + math.sqrt(argument * argument + 1.0))
