"""The threshold of one cycle, profiled out: the value at which the model switches when the measured sweep
did.
"""

from __future__ import annotations

import math

import numpy as np

from devicefit.compiled import compiled
from devicefit.numerics import FloatArray, fraction_of
from devicefit.rosenbrock import integrate
from devicefit.threshold_memdiode import filament_current, solve_internal_voltage, switching_exponents

SET_THRESHOLD, RESET_THRESHOLD = 5, 7  # places in the parameter vector


@compiled
def static_trajectory(parameters: FloatArray, voltage: FloatArray, logit: float) -> tuple[FloatArray, FloatArray]:
    """Internal voltage [V] and steady temperature [K] along a ramp while the state still rests at `logit`."""
    internal, temperature = np.empty(voltage.size), np.empty(voltage.size)
    fraction = fraction_of(logit)
    for i in range(voltage.size):
        internal[i] = solve_internal_voltage(parameters, voltage[i], fraction)
        power = internal[i] * filament_current(parameters, internal[i], fraction)
        temperature[i] = parameters[11] + parameters[12] * power
    return internal, temperature


@compiled
def log_dose(
    parameters: FloatArray,
    time: FloatArray,
    internal: FloatArray,
    temperature: FloatArray,
    place: int,
    end: float,
) -> float:
    """ln of the integral of r_set (place 5) or r_reset (place 7) from the start to `end` [s] on a static
    trajectory.
    """
    exponents = np.empty(time.size)
    for i in range(time.size):
        pair = switching_exponents(parameters, internal[i], temperature[i])
        exponents[i] = pair[0] if place == 5 else pair[1]
    largest, total = exponents.max(), 0.0
    for i in range(1, time.size):
        if time[i - 1] >= end or time[i] <= time[i - 1]:
            continue
        share = min(1.0, (end - time[i - 1]) / (time[i] - time[i - 1]))
        low, rise = exponents[i - 1] - largest, share * (exponents[i] - exponents[i - 1])
        mean = math.expm1(rise) / rise if abs(rise) > 1e-9 else 1.0
        total += share * (time[i] - time[i - 1]) * math.exp(low) * mean
    dose: float = largest + math.log(max(total, 1e-300))
    return dose


@compiled
def threshold_for(
    parameters: FloatArray,
    time: FloatArray,
    internal: FloatArray,
    temperature: FloatArray,
    place: int,
    end: float,
    wanted: float,
) -> float:
    """Threshold [V] at which `log_dose` up to `end` [s] is `wanted`; secant steps from slope -eta."""
    trial = parameters.copy()
    slope = -parameters[place + 1] * parameters[11] / temperature[-1]
    for _ in range(60):
        excess = log_dose(trial, time, internal, temperature, place, end) - wanted
        if abs(excess) < 1e-9:
            break
        nudge = 1e-3 / trial[place + 1]
        trial[place] += nudge
        local = (log_dose(trial, time, internal, temperature, place, end) - wanted - excess) / nudge
        trial[place] -= nudge + excess / (local if local < 0.0 else slope)
    threshold: float = trial[place]
    return threshold


@compiled
def late_response(
    parameters: FloatArray,
    time: FloatArray,
    voltage: FloatArray,
    internal: FloatArray,
    temperature: FloatArray,
    logit: float,
    place: int,
    level: float,
) -> tuple[FloatArray, float]:
    """Current [A] and crossing moment [s]; only what follows a thousandth of a unit of u is integrated,
    before it rests.
    """
    first, last = 0, time.size - 1
    while last - first > 1:  # the dose grows with time: bisection
        middle = (first + last) // 2
        if log_dose(parameters, time, internal, temperature, place, time[middle]) < -7.0:
            first = middle
        else:
            last = middle
    current = np.empty(time.size)
    fraction = fraction_of(logit)
    for i in range(first):
        current[i] = filament_current(parameters, internal[i], fraction)
    _, late, crossing, _ = integrate(parameters, time[first:], voltage[first:], logit, temperature[first], level)
    current[first:] = late
    return current, crossing


@compiled
def profile_threshold(
    parameters: FloatArray,
    time: FloatArray,
    voltage: FloatArray,
    logit: float,
    place: int,
    moment: float,
    level: float,
    wanted: float,
    corrections: int,
) -> tuple[float, FloatArray, float]:
    """Threshold [V] at which the model's |I| passes |level| [A] at `moment` [s], with its current and the ln
    dose it needs.

    `wanted` is a first guess of that dose; each simulation tells the dose that the model really needs, from
    which the threshold is solved again, at most `corrections` times. The returned dose is NaN where the
    model never passes the level.
    """
    trial = parameters.copy()
    internal, temperature = static_trajectory(trial, voltage, logit)
    trial[place] = threshold_for(trial, time, internal, temperature, place, moment, wanted)
    current, crossing = late_response(trial, time, voltage, internal, temperature, logit, place, level)
    dose = math.nan
    for _ in range(corrections):
        if math.isnan(crossing):
            trial[place] -= 1.0 / trial[place + 1]
        else:
            dose = log_dose(trial, time, internal, temperature, place, crossing)
            better = threshold_for(trial, time, internal, temperature, place, moment, dose)
            done = abs(better - trial[place]) * trial[place + 1] < 1e-6
            trial[place] = better
            if done:
                break
        current, crossing = late_response(trial, time, voltage, internal, temperature, logit, place, level)
    return trial[place], current, dose
