"""Compiled time integration of the threshold memdiode: one step, and the adaptive march over a waveform.

The method is Rodas3 (A. Sandu et al., Atmospheric Environment 31, 3459, 1997, doi
10.1016/S1352-2310(97)83212-8): four stages, order 3(2), L-stable and stiffly accurate. Time steps are
therefore set by accuracy alone: neither a thermal time constant of femtoseconds, nor a state at its bounds,
nor one held by the load line of the series resistance shortens them.

Unknowns: u (logit of the state), T, and three energies: supplied, lost in the series resistance, conducted
to ambient. Rosenbrock methods keep linear invariants, so that supplied = series + conducted + C_th (T - T0)
to rounding.
"""

from __future__ import annotations

import math

import numpy as np

from devicefit.compiled import compiled
from devicefit.numerics import FloatArray, bounded_exp, bounded_exp_slope, bounded_sinh, fraction_of
from devicefit.threshold_memdiode import (
    filament_conductance,
    filament_current,
    solve_internal_voltage,
    switching_exponents,
)

STEP_LIMIT = 2_000_000  # accepted and rejected steps of one waveform


@compiled
def slopes(parameters: FloatArray, voltage: float, logit: float, temperature: float, out: FloatArray) -> float:
    """Time derivatives of the five unknowns into `out`; returns the internal voltage [V]."""
    fraction = fraction_of(logit)
    internal = solve_internal_voltage(parameters, voltage, fraction)
    amperes = filament_current(parameters, internal, fraction)
    set_exponent, reset_exponent = switching_exponents(parameters, internal, max(temperature, 1.0))
    limit = parameters[10]
    out[0] = bounded_exp(set_exponent) * fraction_of(limit - logit) - bounded_exp(reset_exponent) * fraction_of(
        limit + logit
    )
    out[4] = (temperature - parameters[11]) / parameters[12]
    out[1] = (internal * amperes - out[4]) / parameters[13]
    out[2] = voltage * amperes
    out[3] = (voltage - internal) * amperes
    return internal


@compiled
def jacobian(
    parameters: FloatArray, voltage: float, ramp: float, logit: float, temperature: float, out: FloatArray
) -> None:
    """Derivatives of `slopes` by u (row 0), by T (row 1) and by time along the voltage ramp (row 2)."""
    fraction = fraction_of(logit)
    internal = solve_internal_voltage(parameters, voltage, fraction)
    amperes = filament_current(parameters, internal, fraction)
    conductance = filament_conductance(parameters, internal, fraction)
    divider = 1.0 / (1.0 + parameters[4] * conductance)
    per_fraction = parameters[0] * bounded_sinh(parameters[1] * internal) - parameters[2] * bounded_sinh(
        parameters[3] * internal
    )
    current_by_logit = fraction * (1.0 - fraction) * per_fraction * divider
    internal_by = (-parameters[4] * current_by_logit, ramp * divider)
    current_by = (current_by_logit, conductance * ramp * divider)

    kelvin = max(temperature, 1.0)
    ratio = parameters[11] / kelvin
    set_exponent, reset_exponent = switching_exponents(parameters, internal, kelvin)
    limit = parameters[10]
    up, down = fraction_of(limit - logit), fraction_of(limit + logit)
    set_slope, reset_slope = bounded_exp_slope(set_exponent) * up, bounded_exp_slope(reset_exponent) * down
    by_internal = ratio * (parameters[6] * set_slope + parameters[8] * reset_slope)
    heat = parameters[9] / 8.617333262e-5 / kelvin**2
    set_by_kelvin = heat - parameters[6] * (internal - parameters[5]) * ratio / kelvin
    reset_by_kelvin = heat - parameters[8] * (-internal - parameters[7]) * ratio / kelvin
    at_bounds = bounded_exp(set_exponent) * up * (1.0 - up) + bounded_exp(reset_exponent) * down * (1.0 - down)

    for row, which in ((0, 0), (2, 1)):
        moved = internal_by[which]
        carried = current_by[which]
        out[row, 0] = by_internal * moved - (at_bounds if row == 0 else 0.0)
        out[row, 1] = (moved * amperes + internal * carried) / parameters[13]
        drive = ramp if row == 2 else 0.0
        out[row, 2] = drive * amperes + voltage * carried
        out[row, 3] = (drive - moved) * amperes + (voltage - internal) * carried
        out[row, 4] = 0.0
    out[1, 0] = set_slope * set_by_kelvin - reset_slope * reset_by_kelvin
    out[1, 1] = -1.0 / (parameters[12] * parameters[13])
    out[1, 2] = 0.0
    out[1, 3] = 0.0
    out[1, 4] = 1.0 / parameters[12]


@compiled
def solve_stage(matrix: FloatArray, diagonal: float, right: FloatArray, out: FloatArray) -> None:
    """(diagonal 1 - J) out = right, where only u and T act back on the derivatives."""
    a, b = diagonal - matrix[0, 0], -matrix[1, 0]
    c, d = -matrix[0, 1], diagonal - matrix[1, 1]
    determinant = a * d - b * c
    out[0] = (d * right[0] - b * right[1]) / determinant
    out[1] = (a * right[1] - c * right[0]) / determinant
    for index in range(2, 5):
        out[index] = (right[index] + matrix[0, index] * out[0] + matrix[1, index] * out[1]) / diagonal


@compiled
def step(
    parameters: FloatArray,
    voltage: float,
    ramp: float,
    interval: float,
    unknowns: FloatArray,
    work: FloatArray,
) -> float:
    """One Rodas3 step of length `interval` from `unknowns`; the result goes to `work[9]`, the error norm is
    returned.

    `work` (10 x 5) holds J in rows 0-2, derivatives in 3, right side in 4, the stages in 5-8.
    """
    matrix, slope, right = work[0:3], work[3], work[4]
    first, second, third, fourth = work[5], work[6], work[7], work[8]
    result = work[9]
    diagonal = 2.0 / interval  # 1/(h gamma), gamma = 1/2
    end = voltage + ramp * interval
    jacobian(parameters, voltage, ramp, unknowns[0], unknowns[1], matrix)
    slopes(parameters, voltage, unknowns[0], unknowns[1], slope)
    for i in range(5):
        right[i] = slope[i] + 0.5 * interval * matrix[2, i]
    solve_stage(matrix, diagonal, right, first)
    for i in range(5):
        right[i] = slope[i] + 4.0 / interval * first[i] + 1.5 * interval * matrix[2, i]
    solve_stage(matrix, diagonal, right, second)
    slopes(parameters, end, unknowns[0] + 2.0 * first[0], unknowns[1] + 2.0 * first[1], slope)
    for i in range(5):
        right[i] = slope[i] + (first[i] - second[i]) / interval
    solve_stage(matrix, diagonal, right, third)
    logit = unknowns[0] + 2.0 * first[0] + third[0]
    slopes(parameters, end, logit, unknowns[1] + 2.0 * first[1] + third[1], slope)
    for i in range(5):
        right[i] = slope[i] + (first[i] - second[i] - 8.0 / 3.0 * third[i]) / interval
    solve_stage(matrix, diagonal, right, fourth)
    for i in range(5):
        result[i] = unknowns[i] + 2.0 * first[i] + third[i] + fourth[i]
    return error_norm(parameters, unknowns, result, fourth)


@compiled
def error_norm(parameters: FloatArray, before: FloatArray, after: FloatArray, error: FloatArray) -> float:
    """Error of a step in units of its tolerance.

    u: 5e-4, which is 0.05 % of the current where x is small; more where x is near 1 (the current then feels
    only 1 - x) and below the lower bound, up to 0.02. T: 0.01 K plus 0.1 % of the rise. Energy: 0.1 % of the
    step's and 1e-7 of all so far.
    """
    relief = 1.0 - fraction_of(before[0]) if before[0] > -parameters[10] - 1.0 else 0.0
    logit = 5e-4 / max(relief, 0.025)
    kelvin = 0.01 + 1e-3 * abs(after[1] - parameters[11])
    joule = 1e-3 * abs(after[2] - before[2]) + 1e-7 * abs(after[2]) + 1e-30
    worst: float = max(abs(error[0]) / logit, abs(error[1]) / kelvin, abs(error[2]) / joule)
    return worst


@compiled
def read_current(parameters: FloatArray, voltage: float, logit: float) -> float:
    """Current [A] at `voltage` for a frozen state."""
    fraction = fraction_of(logit)
    return filament_current(parameters, solve_internal_voltage(parameters, voltage, fraction), fraction)


@compiled
def crossing_share(before: float, after: float, level: float) -> float:
    """Share of a step at which |I| passes |level| (upwards for a positive level, downwards for a negative),
    else NaN.
    """
    wanted = abs(level)
    if (level > 0.0 and before < wanted <= after) or (level < 0.0 and after < wanted <= before):
        return math.log(wanted / max(before, 1e-30)) / math.log(max(after, 1e-30) / max(before, 1e-30))
    return math.nan


@compiled
def integrate(
    parameters: FloatArray,
    time: FloatArray,
    voltage: FloatArray,
    logit: float,
    temperature: float,
    level: float,
) -> tuple[FloatArray, FloatArray, float, int]:
    """March over a waveform whose voltage is linear between samples.

    Returns the five unknowns (n x 5) and the current [A] at the samples, the time [s] at which |I| first
    passes |level| (upwards for a positive level, downwards for a negative one; NaN if never, or if the level
    is 0), and the index of the last sample reached (n - 1 unless the step limit stopped it).
    """
    n = time.size
    history, amperes, work = np.zeros((n, 5)), np.zeros(n), np.zeros((10, 5))
    unknowns = np.array([logit, temperature, 0.0, 0.0, 0.0])
    crossing, steps = math.nan, 0
    for i in range(n):
        span = time[i] - time[i - 1] if i > 0 else 0.0
        ramp = (voltage[i] - voltage[i - 1]) / span if span > 0.0 else 0.0
        before = abs(read_current(parameters, voltage[i - 1] if span > 0.0 else voltage[i], unknowns[0]))
        now, trial = 0.0, span
        while now < span:
            steps += 1
            if steps > STEP_LIMIT or trial < 1e-40 * span:
                return history, amperes, crossing, i - 1
            interval = min(trial, span - now)
            error = step(parameters, voltage[i - 1] + ramp * now, ramp, interval, unknowns, work)
            scale = 0.9 * max(error, 1e-6) ** (-1.0 / 3.0) if math.isfinite(error) else 0.1
            trial = interval * min(max(scale, 0.1), 5.0)
            if not error <= 1.0:
                continue
            final = interval >= span - now
            after = abs(
                read_current(parameters, voltage[i] if final else voltage[i - 1] + ramp * (now + interval), work[9, 0])
            )
            if level != 0.0 and math.isnan(crossing):
                crossing = time[i - 1] + now + interval * crossing_share(before, after, level)
            before, now = after, span if final else now + interval
            unknowns[:] = work[9]
        history[i] = unknowns
        amperes[i] = read_current(parameters, voltage[i], unknowns[0])
    return history, amperes, crossing, n - 1
