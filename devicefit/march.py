"""Compiled, adaptive time integration of any compact model under a voltage that is linear between samples.

While nothing moves fast, a step is one explicit Heun step that ends on a sample and costs two evaluations. Where that
fails, and always for a model whose equations are stiff, a step is one of Rodas3 (A. Sandu et al., Atmospheric
Environment 31, 3459, 1997, doi 10.1016/S1352-2310(97)83212-8): four stages, order 3(2), L-stable, with a Jacobian by
finite differences. Steps are set by accuracy alone: neither a thermal time constant of femtoseconds nor a state at
its bound shortens them.

The last unknown is always the energy supplied [J]; it does not act back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numba import types

from devicefit.compiled import compile_callback, compile_kept, compiled
from devicefit.models.model import Response
from devicefit.numerics import FloatArray

STEP_LIMIT = 2_000_000  # accepted and rejected steps of one waveform
CURRENT_TOLERANCE = 3e-4  # of a step, relative to the current
CURRENT_FLOOR = 1e-15  # A, below which nobody reads a current
ENERGY_TOLERANCE = 3e-4  # of a step, relative to what its current supplies at the highest voltage
SLOW = 0.3  # step length in units of the fastest relaxation, below which an explicit step is tried

_ROW, _TABLE = types.float64[::1], types.float64[:, ::1]
RESPONSE_SIGNATURE = types.float64(_ROW, types.float64, _ROW, _ROW)
_RESPONSE = types.FunctionType(RESPONSE_SIGNATURE)


@cache
def compiled_response(model: Response) -> Response:
    """The equations of a model in machine code, in the one form that `march` calls."""
    return compile_callback(model, RESPONSE_SIGNATURE)


@compiled
def evaluate(
    response: Response, parameters: FloatArray, voltage: float, unknowns: FloatArray, out: FloatArray
) -> float:
    """Slopes of all unknowns, the energy's among them, into `out`; returns the current [A]."""
    amperes = response(parameters, voltage, unknowns, out)
    out[out.size - 1] = voltage * amperes
    return amperes


@compiled
def linearise(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    unknowns: FloatArray,
    tolerance: FloatArray,
    slope: FloatArray,
    work: FloatArray,
) -> None:
    """Derivatives of the slopes by each unknown into rows 0… of `work`, by the voltage into the row after them."""
    acting = tolerance.size
    moved = work[acting + 1]
    for j in range(acting):
        kept = unknowns[j]
        nudge = 1e-3 * tolerance[j] + 1e-7 * abs(kept)
        unknowns[j] = kept + nudge
        nudge = unknowns[j] - kept
        evaluate(response, parameters, voltage, unknowns, moved)
        unknowns[j] = kept
        for i in range(acting + 1):
            work[j, i] = (moved[i] - slope[i]) / nudge
    evaluate(response, parameters, voltage + 1e-6, unknowns, moved)
    for i in range(acting + 1):
        work[acting, i] = (moved[i] - slope[i]) / 1e-6


@compiled
def factorise(derivatives: FloatArray, diagonal: float, acting: int, matrix: FloatArray) -> None:
    """LU factors of diagonal 1 - J, without pivoting: the diagonal dominates at every step that is accepted."""
    for i in range(acting):
        for j in range(acting):
            matrix[i, j] = (diagonal if i == j else 0.0) - derivatives[j, i]
    for k in range(acting):
        for i in range(k + 1, acting):
            matrix[i, k] /= matrix[k, k]
            for j in range(k + 1, acting):
                matrix[i, j] -= matrix[i, k] * matrix[k, j]


@compiled
def solve_stage(
    matrix: FloatArray, derivatives: FloatArray, diagonal: float, right: FloatArray, out: FloatArray
) -> None:
    """(diagonal 1 - J) out = right; the energy, last, feels the others but does not act back."""
    acting = right.size - 1
    for i in range(acting):
        total = right[i]
        for j in range(i):
            total -= matrix[i, j] * out[j]
        out[i] = total
    for i in range(acting - 1, -1, -1):
        total = out[i]
        for j in range(i + 1, acting):
            total -= matrix[i, j] * out[j]
        out[i] = total / matrix[i, i]
    total = right[acting]
    for j in range(acting):
        total += derivatives[j, acting] * out[j]
    out[acting] = total / diagonal


@compiled
def implicit_step(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    ramp: float,
    interval: float,
    unknowns: FloatArray,
    tolerance: FloatArray,
    slope: FloatArray,
    work: FloatArray,
    result: FloatArray,
    error: FloatArray,
) -> None:
    """One Rodas3 step of length `interval` from `unknowns`, whose slopes are `slope`, into `result` and `error`."""
    acting, size = tolerance.size, unknowns.size
    derivatives, moved, matrix = work[: acting + 1], work[acting + 1], work[acting + 2 : 2 * acting + 2]
    right, first, second, third = (
        work[2 * acting + 2],
        work[2 * acting + 3],
        work[2 * acting + 4],
        work[2 * acting + 5],
    )
    diagonal = 2.0 / interval  # 1/(h gamma), gamma = 1/2
    end = voltage + ramp * interval
    linearise(response, parameters, voltage, unknowns, tolerance, slope, work)
    factorise(derivatives, diagonal, acting, matrix)
    for i in range(size):
        right[i] = slope[i] + 0.5 * interval * ramp * derivatives[acting, i]
    solve_stage(matrix, derivatives, diagonal, right, first)
    for i in range(size):
        right[i] = slope[i] + 4.0 / interval * first[i] + 1.5 * interval * ramp * derivatives[acting, i]
    solve_stage(matrix, derivatives, diagonal, right, second)
    for i in range(size):
        result[i] = unknowns[i] + 2.0 * first[i]
    evaluate(response, parameters, end, result, moved)
    for i in range(size):
        right[i] = moved[i] + (first[i] - second[i]) / interval
    solve_stage(matrix, derivatives, diagonal, right, third)
    for i in range(size):
        result[i] += third[i]
    evaluate(response, parameters, end, result, moved)
    for i in range(size):
        right[i] = moved[i] + (first[i] - second[i] - 8.0 / 3.0 * third[i]) / interval
    solve_stage(matrix, derivatives, diagonal, right, error)
    for i in range(size):
        result[i] += error[i]


@compiled
def explicit_step(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    ramp: float,
    interval: float,
    unknowns: FloatArray,
    slope: FloatArray,
    work: FloatArray,
    result: FloatArray,
    error: FloatArray,
) -> None:
    """One Heun step; its energy is Simpson's, with the distance to the trapezoid as error."""
    size = unknowns.size
    last, moved = size - 1, work[0]
    for i in range(size):
        result[i] = unknowns[i] + interval * slope[i]
    evaluate(response, parameters, voltage + ramp * interval, result, moved)
    for i in range(size):
        error[i] = 0.5 * interval * (moved[i] - slope[i])
        result[i] = unknowns[i] + 0.5 * interval * (moved[i] + slope[i])
    end_power, middle = moved[last], work[1]
    for i in range(size):
        middle[i] = 0.5 * (unknowns[i] + result[i])
    evaluate(response, parameters, voltage + 0.5 * ramp * interval, middle, moved)
    curvature = interval * (slope[last] + end_power - 2.0 * moved[last]) / 3.0
    result[last] -= curvature
    error[last] = 0.1 * curvature


@compiled
def error_norm(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    scale: float,
    after: FloatArray,
    error: FloatArray,
    tolerance: FloatArray,
    relative: FloatArray,
    amperes: float,
    work: FloatArray,
) -> float:
    """Error of a step in units of what is allowed; not finite where the step is unusable.

    `scale` [V s] is the step's length times the highest voltage of the waveform: energies are held to a part of what
    the current would supply at that voltage, so that ramps through 0 V need no small steps.
    """
    acting = tolerance.size
    worst = abs(error[acting]) / (ENERGY_TOLERANCE * abs(amperes) * scale + 1e-6 * abs(after[acting]) + 1e-30)
    state = 0.0
    for i in range(acting):
        if not math.isfinite(after[i]):
            return math.nan
        state = max(state, abs(error[i]) / (tolerance[i] + relative[i] * abs(after[i])))
    if 1e-3 < state <= 1.0:
        moved = work[acting + 1]
        for i in range(acting + 1):
            moved[i] = after[i] - error[i]
        other = response(parameters, voltage, moved, work[acting + 2])
        state = max(state, abs(other - amperes) / (CURRENT_TOLERANCE * abs(amperes) + CURRENT_FLOOR))
    norm: float = max(worst, state)
    return norm


@compiled
def crossing_share(before: float, after: float, level: float) -> float:
    """Share of a step at which |I| passes |level|: upwards for a positive level, downwards for a negative; else NaN."""
    wanted = abs(level)
    if (level > 0.0 and before < wanted <= after) or (level < 0.0 and after < wanted <= before):
        return math.log(wanted / max(before, 1e-30)) / math.log(max(after, 1e-30) / max(before, 1e-30))
    return math.nan


def _march(
    response: Response,
    parameters: FloatArray,
    tolerance: FloatArray,
    relative: FloatArray,
    time: FloatArray,
    voltage: FloatArray,
    start: FloatArray,
    level: float,
    most_steps: int,
) -> tuple[FloatArray, FloatArray, float, int]:
    n, acting = time.size, tolerance.size
    history, amperes = np.zeros((n, acting + 1)), np.zeros(n)
    work = np.zeros((2 * acting + 8, acting + 1))
    vectors = np.zeros((5, acting + 1))
    unknowns, result, error, slope, fresh = vectors[0], vectors[1], vectors[2], vectors[3], vectors[4]
    unknowns[:acting] = start
    crossing, steps, explicit, fastest = math.nan, 0, True, 0.0
    highest = np.abs(voltage).max()
    now_amperes = evaluate(response, parameters, voltage[0], unknowns, slope)
    history[0], amperes[0] = unknowns, now_amperes
    for k in range(1, n):
        span = time[k] - time[k - 1]
        ramp = (voltage[k] - voltage[k - 1]) / span if span > 0.0 else 0.0
        now, trial = 0.0, span
        while now < span:
            steps += 1
            if steps > most_steps or trial < 1e-40 * span:
                return history, amperes, crossing, k - 1
            whole = trial >= span - now
            interval = span - now if whole else trial
            here = voltage[k - 1] + ramp * now
            end = voltage[k] if whole else here + ramp * interval
            if explicit:
                explicit_step(response, parameters, here, ramp, interval, unknowns, slope, work, result, error)
            else:
                implicit_step(
                    response, parameters, here, ramp, interval, unknowns, tolerance, slope, work, result, error
                )
                fastest = 0.0
                for j in range(acting):
                    fastest = max(fastest, abs(work[j, j]))
            new_amperes = evaluate(response, parameters, end, result, fresh)
            norm = error_norm(
                response, parameters, end, interval * highest, result, error, tolerance, relative, new_amperes, work
            )
            if explicit and not norm <= 1.0:
                explicit = False
                continue
            factor = 0.9 * max(norm, 1e-6) ** (-0.5 if explicit else -1.0 / 3.0) if math.isfinite(norm) else 0.1
            trial = interval * min(max(factor, 0.1), 5.0)
            if not norm <= 1.0:
                continue
            explicit = explicit or trial * fastest < SLOW
            if math.isnan(crossing) and level != 0.0:
                crossing = time[k - 1] + now + interval * crossing_share(abs(now_amperes), abs(new_amperes), level)
            unknowns[:], slope[:], now_amperes = result, fresh, new_amperes
            now = span if whole else now + interval
        if span <= 0.0:
            now_amperes = evaluate(response, parameters, voltage[k], unknowns, slope)
        history[k], amperes[k] = unknowns, now_amperes
    return history, amperes, crossing, n - 1


@cache
def _compiled_march() -> Callable[..., tuple[FloatArray, FloatArray, float, int]]:
    result = types.Tuple((types.float64[:, ::1], _ROW, types.float64, types.int64))
    arguments = (_RESPONSE, _ROW, _ROW, _ROW, _ROW, _ROW, _ROW, types.float64, types.int64)
    return compile_kept(_march, signature=result(*arguments))


def march(
    response: Response,
    parameters: FloatArray,
    tolerance: FloatArray,
    relative: FloatArray,
    time: FloatArray,
    voltage: FloatArray,
    start: FloatArray,
    level: float = 0.0,
    most_steps: int = STEP_LIMIT,
) -> tuple[FloatArray, FloatArray, float, int]:
    """Integrate a model over a waveform.

    Parameters
    ----------
    response
        From `compiled_response`.
    parameters, tolerance, relative, start
        Vectors in the order of the model: parameters, errors allowed in each unknown, unknowns at the first sample.
    time [s], voltage [V]
        Contiguous float64 arrays; the voltage is linear between samples and jumps where time stands still.
    level
        Current [A] whose passing is sought: upwards for a positive level, downwards for a negative; 0 for none.
    most_steps
        Accepted and rejected ones together, after which it gives up: a fit need not follow what no device does.

    Returns
    -------
    Unknowns and supplied energy at the samples (n x (m + 1)), current [A] (n), the time [s] at which |I| first passes
    |level| (NaN if never), and the index of the last sample reached (n - 1 unless the step limit stopped it).
    """
    return _compiled_march()(response, parameters, tolerance, relative, time, voltage, start, level, most_steps)
