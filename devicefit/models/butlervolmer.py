"""Ions through two Butler-Volmer interfaces in series with ohmic paths: the current that a voltage drives.

    p(y, a) = exp(a y) - exp(-(1 - a) y)                                       current over exchange current [1]

y is an overpotential in units of kT/ze, a the transfer coefficient of the direction. exp continues linearly beyond 45.
"""

from __future__ import annotations

import math

from devicefit.compiled import compiled
from devicefit.numerics import ARGUMENT_LIMIT, bounded_exp, bounded_exp_slope, growth

CONVERGED = 3e-6  # last relative step of a Newton iteration, which leaves an error of the order of its square
FAST_ITERATIONS = 20


@compiled
def plating(overpotential: float, forward: float) -> float:
    """exp(forward y) - exp(-(1 - forward) y) [1]: current of an interface over its exchange current."""
    value: float = bounded_exp(forward * overpotential) - bounded_exp((forward - 1.0) * overpotential)
    return value


@compiled
def plating_slope(overpotential: float, forward: float) -> float:
    """Derivative of `plating` by y."""
    rise: float = forward * bounded_exp_slope(forward * overpotential)
    fall: float = (1.0 - forward) * bounded_exp_slope((forward - 1.0) * overpotential)
    return rise + fall


@compiled
def largest_overpotential(ratio: float, forward: float) -> float:
    """An upper bound of y > 0 with `plating` = ratio [1]."""
    argument = math.log1p(ratio)
    if argument > ARGUMENT_LIMIT:
        argument = ARGUMENT_LIMIT - 1.0 + (ratio + 1.0) * math.exp(-ARGUMENT_LIMIT)
    return argument / forward


@compiled
def overpotential_of(ratio: float, forward: float) -> float:
    """y >= 0 with `plating` = ratio >= 0, by Newton's iteration held between bounds."""
    low, high = 0.0, largest_overpotential(ratio, forward)
    guess = high
    for _ in range(60):
        excess = plating(guess, forward) - ratio
        if excess > 0.0:
            high = guess
        else:
            low = guess
        step = excess / plating_slope(guess, forward)
        if abs(step) <= 1e-13 * guess:
            break
        guess = guess - step if low <= guess - step <= high else 0.5 * (low + high)
    return guess


@compiled
def bracketed_plating(
    voltage: float, interface: float, ohmic: float, ratio: float, forward: float, limit: float
) -> float:
    """As `series_plating`, for every finite argument; y of the tip lies between 0 and `limit`."""
    low, high = 0.0, limit
    guess = high
    for _ in range(60):
        current = plating(guess, forward)
        other = overpotential_of(ratio * current, 1.0 - forward)
        excess = interface * (guess + other) + ohmic * current - voltage
        if excess > 0.0:
            high = guess
        else:
            low = guess
        rise = plating_slope(guess, forward)
        coupling = 1.0 + ratio * rise / plating_slope(other, 1.0 - forward)
        step = excess / (interface * coupling + ohmic * rise)
        if abs(step) <= 1e-12 * guess:
            break
        guess = guess - step if low <= guess - step <= high else 0.5 * (low + high)
    value: float = plating(guess, forward)
    return value


@compiled
def likely_logarithm(
    voltage: float, interface: float, ohmic: float, ratio: float, shift: float, forward: float
) -> float:
    """ln p of the tip, from what limits it most: linear interfaces, ohmic paths, or exponential interfaces; `shift` is
    the logarithm of `ratio`.
    """
    linear = voltage / (interface * (1.0 + ratio) + ohmic)
    if linear < 1.0 and linear * ratio < 1.0:
        return math.log(linear)
    backward, both = 1.0 - forward, voltage / interface
    tip_alone, electrode_alone = forward * both, backward * both - shift
    if shift <= 0.0 and tip_alone <= -shift:
        exponential = tip_alone
    elif shift > 0.0 and electrode_alone <= 0.0:
        exponential = electrode_alone
    else:
        exponential = (both - shift / backward) * forward * backward
    return min(exponential, math.log(voltage / ohmic))


@compiled
def least_overpotential(logarithm: float, forward: float) -> float:
    """A lower bound of y with ln p = `logarithm`, and not far from it."""
    if logarithm > 20.0 * forward:
        return logarithm / forward
    ratio = math.exp(logarithm)
    return max(logarithm / forward, ratio / (1.0 + forward * ratio))


@compiled
def series_plating(voltage: float, interface: float, ohmic: float, ratio: float, forward: float) -> float:
    """p of the tip from interface (y + z) + ohmic p(y, a) = V > 0 with p(z, 1 - a) = ratio p(y, a).

    `interface` and `ohmic` are in volt. Newton's iteration in y and z on the logarithms, ln p = a y + ln(1 - exp(-y)),
    which are nearly straight; where exp may have to continue linearly, or it does not settle, between bounds.
    """
    limit, backward, shift = voltage / interface, 1.0 - forward, math.log(ratio)
    spare = ARGUMENT_LIMIT - 1.0 - max(shift, 0.0)
    if forward * limit >= spare:
        limit = min(limit, largest_overpotential(voltage / ohmic, forward))
    if forward * limit < spare:
        start = likely_logarithm(voltage, interface, ohmic, ratio, shift, forward)
        y, z = least_overpotential(start, forward), least_overpotential(start + shift, backward)
        for _ in range(FAST_ITERATIONS):
            tip, electrode, grown = -growth(-y), -growth(-z), math.exp(forward * y)
            mismatch = forward * y - backward * z + shift + math.log(tip / electrode)
            slope, other = forward - 1.0 + 1.0 / tip, backward - 1.0 + 1.0 / electrode
            ohms, left = ohmic * tip * grown, voltage - interface * (y + z)
            if left > 0.1 * voltage:
                share = interface / left
                excess = math.log(ohms / left)
                step = -(excess + share * mismatch / other) / (slope + share * (1.0 + slope / other))
            else:
                excess = ohms - left
                step = -(excess + interface * mismatch / other) / (interface * (1.0 + slope / other) + ohms * slope)
            beside = (mismatch + slope * step) / other
            if abs(step) <= CONVERGED * y and abs(beside) <= CONVERGED * z:
                rise = slope * step
                return tip * grown * (1.0 + rise * (1.0 + 0.5 * rise))
            y, z = max(y + step, 0.1 * y), max(z + beside, 0.1 * z)
    value: float = bracketed_plating(voltage, interface, ohmic, ratio, forward, limit)
    return value
