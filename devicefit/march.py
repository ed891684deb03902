"""Compiled, adaptive time integration of any compact model under a voltage that is linear between samples.

While nothing moves fast, a step ends on a sample and costs one or two evaluations (`calmstep`); where that is refused,
it is an implicit one (`implicitstep`). Steps are set by accuracy alone: neither a thermal time constant of
femtoseconds nor a state at its bound shortens them.

The last unknown is always the energy supplied [J]; it does not act back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numba import types

from devicefit.calmstep import (
    AFTER,
    BEFORE,
    CURRENT_FLOOR,
    CURRENT_TOLERANCE,
    EFFECT,
    ERROR,
    FRESH,
    LAST,
    LAST_SLOPE,
    NOW,
    RATE,
    ROWS,
    SLOPE,
    TRUSTED,
    calm_step,
    renew_rates,
)
from devicefit.compiled import compile_callback, compile_kept, compiled
from devicefit.implicitstep import evaluate, implicit_step, stages_of
from devicefit.models.model import Response
from devicefit.numerics import FloatArray
from devicefit.supply import ENERGY_TOLERANCE, supplied

STEP_LIMIT = 2_000_000  # accepted and rejected steps of one waveform
ENERGY_ESTIMATE = 1e-3  # as ENERGY_TOLERANCE, of the difference of two solutions, of which the better is taken
CALM = 0.3  # error of an implicit step, in units of what is allowed, below which a calm one is tried next

_ROW, _TABLE = types.float64[::1], types.float64[:, ::1]
RESPONSE_SIGNATURE = types.float64(_ROW, types.float64, _ROW, _ROW)
_RESPONSE = types.FunctionType(RESPONSE_SIGNATURE)


@cache
def compiled_response(model: Response) -> Response:
    """The equations of a model in machine code, in the one form that `march` calls."""
    return compile_callback(model, RESPONSE_SIGNATURE)


@compiled
def implicit_norm(
    memory: FloatArray, tolerance: FloatArray, relative: FloatArray, amperes: float, other: float, scale: float
) -> float:
    """Error of an implicit step in units of what is allowed; not finite where the step is unusable.

    `other` is the current of the less accurate solution. `scale` [V s] is the step's length times the highest voltage
    of the waveform: energies are held to a part of what the current would supply at that voltage, so that ramps through
    0 V need no small steps.
    """
    acting = tolerance.size
    after, error = memory[AFTER], memory[ERROR]
    worst = abs(error[acting]) / (ENERGY_ESTIMATE * abs(amperes) * scale + 1e-6 * abs(after[acting]) + 1e-30)
    state = 0.0
    for i in range(acting):
        if not math.isfinite(after[i]):
            return math.nan
        state = max(state, abs(error[i]) / (tolerance[i] + relative[i] * abs(after[i])))
    if state > 1e-3:
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


@compiled
def accept(memory: FloatArray) -> None:
    """AFTER becomes NOW; what was is remembered."""
    for i in range(memory.shape[1]):
        memory[BEFORE, i] = memory[LAST, i]
        memory[LAST, i] = memory[NOW, i]
        memory[NOW, i] = memory[AFTER, i]
        memory[LAST_SLOPE, i] = memory[SLOPE, i]
        memory[SLOPE, i] = memory[FRESH, i]


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
    work, memory = np.zeros((2 * acting + 8, acting + 1)), np.zeros((ROWS, acting + 1))
    memory[NOW, :acting], memory[EFFECT] = start, math.nan
    crossing, steps, calm, settled, trial, trusted = math.nan, 0, True, True, math.inf, 0
    last, before, past, past_power = 0.0, 0.0, 0.0, 0.0
    present, slope = memory[NOW], memory[SLOPE]
    after, fresh, error = memory[AFTER], memory[FRESH], memory[ERROR]
    stages = stages_of(work, acting)
    highest = np.abs(voltage).max()
    now_amperes = evaluate(response, parameters, voltage[0], present, slope)
    history[0], amperes[0] = present, now_amperes
    for k in range(1, n):
        span = time[k] - time[k - 1]
        ramp = (voltage[k] - voltage[k - 1]) / span if span > 0.0 else 0.0
        now = 0.0
        while now < span:
            steps += 1
            if steps > most_steps or trial < 1e-40 * span:
                return history, amperes, crossing, k - 1
            whole = trial >= span - now
            interval = span - now if whole else trial
            here = voltage[k - 1] + ramp * now
            end = voltage[k] if whole else here + ramp * interval
            coordinate = end - here if ramp != 0.0 else interval
            if calm and whole:
                trusted += 1
                if trusted > TRUSTED:
                    renew_rates(response, parameters, here, interval, tolerance, memory, work[0], now_amperes)
                    trusted = 0
                norm, new_amperes = calm_step(
                    response, parameters, end, interval, last, before, tolerance, relative, memory, after, fresh, error
                )
                if norm <= 1.0:
                    allowed = ENERGY_TOLERANCE * abs(new_amperes) * interval * highest + 1e-6 * memory[NOW, acting]
                    energy = supplied(
                        response,
                        parameters,
                        0.5 * (here + end),
                        interval,
                        (past, past_power),
                        (coordinate, here * now_amperes, end * new_amperes),
                        allowed + 1e-30,
                        memory,
                        work,
                    )
                    memory[AFTER, acting] = memory[NOW, acting] + energy
                    if not math.isfinite(energy):
                        norm = math.inf
                if not norm <= 1.0:
                    calm = False
                    continue
                factor, settled = 5.0, False
            else:
                if not settled:  # the end of a calm step is corrected once more than it is evaluated
                    evaluate(response, parameters, here, present, slope)
                    settled = True
                other = implicit_step(
                    response,
                    parameters,
                    here,
                    ramp,
                    interval,
                    present,
                    tolerance,
                    slope,
                    stages,
                    after,
                    error,
                )
                trusted = 0
                for j in range(acting):
                    memory[RATE, j] = min(work[j, j], 0.0)
                new_amperes = evaluate(response, parameters, end, after, fresh)
                norm = implicit_norm(memory, tolerance, relative, new_amperes, other, interval * highest)
                factor = 0.1
                if math.isfinite(norm):
                    factor = min(max(0.8 * max(norm, 1e-6) ** (-1.0 / 3.0), 0.1), 5.0)
                calm = norm <= CALM
            if not norm <= 1.0:
                trial = interval * factor
                continue
            trial = max(trial, interval * factor) if whole else interval * factor
            if math.isnan(crossing) and level != 0.0:
                crossing = time[k - 1] + now + interval * crossing_share(abs(now_amperes), abs(new_amperes), level)
            before, last, past, past_power = last, interval, coordinate, here * now_amperes
            now_amperes = new_amperes
            accept(memory)
            now = span if whole else now + interval
        if span <= 0.0:
            now_amperes = evaluate(response, parameters, voltage[k], present, slope)
            last, before, past = 0.0, 0.0, 0.0
        history[k], amperes[k] = present, now_amperes
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
