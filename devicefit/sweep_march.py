"""March of one state over a slow sweep, for fits: nothing but the current and the passing of an event is asked.

On a sweep everything but the state of a filament follows at once (see `CompactModel.swept`), and the state rests almost
everywhere. A sampling interval is tried three ways, cheapest first: one evaluation where the state rests; Heun's step
where the current does not feel what that step may miss; else long steps, or implicit ones where the load line holds
the state stiffly (`devicefit.sweep_steps`).

The passing of a level is found on the state's own path, not between steps, so that it moves smoothly with every
parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numba import types

from devicefit.compiled import compile_kept, compiled
from devicefit.march import RESPONSE_SIGNATURE
from devicefit.models.model import Response
from devicefit.numerics import FloatArray
from devicefit.sweep_steps import long_step, slope_and_current, stiff_step

RESTING = 1e-6  # of a logit, the error below which a step is as good as none
UNFELT = 1e-3  # of a logit, the error of a step that the current must not feel
CURRENT_TOLERANCE = 1e-5  # of a step, relative to the current
CURRENT_FLOOR = 1e-15  # A
CROSSING_STEPS = 12  # of the search for a crossing
CROSSED = 1e-9  # of a step
STIFF, SLOW = 3.0, 0.3  # relaxations in a step, above which it limits explicit steps; below which they are taken again
STIFF_STEPS = 4  # of that kind, before steps are implicit

_ROW, _TABLE = types.float64[::1], types.float64[:, ::1]


@compiled
def _passes(before: float, after: float, level: float) -> bool:
    """Whether |I| passes |level| in a step: upwards for a positive level, downwards for a negative."""
    wanted = abs(level)
    return (level > 0.0 and before < wanted <= after) or (level < 0.0 and after < wanted <= before)


@compiled
def _moment(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    ramp: float,
    h: float,
    state: float,
    slope: float,
    before: float,
    after: float,
    level: float,
    unknowns: FloatArray,
    out: FloatArray,
) -> float:
    """When in a step |I| passes |level| [s], by false position on ln|I| (Illinois)."""
    wanted = abs(level)
    low, high = 0.0, 1.0
    f_low, f_high = math.log(max(abs(before), 1e-30) / wanted), math.log(max(abs(after), 1e-30) / wanted)
    share, side = 1.0, 0
    for _ in range(CROSSING_STEPS):
        last, share = share, (low * f_high - high * f_low) / (f_high - f_low)
        if abs(share - last) < CROSSED:
            break
        amperes = long_step(response, parameters, voltage, ramp, share * h, state, slope, unknowns, out)[3]
        f = math.log(max(abs(amperes), 1e-30) / wanted)
        if f * f_high > 0.0:
            high, f_high = share, f
            f_low *= 0.5 if side == 1 else 1.0
            side = 1
        else:
            low, f_low = share, f
            f_high *= 0.5 if side == -1 else 1.0
            side = -1
        if f == 0.0:
            break
    return share * h


@compiled
def _quick_step(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    h: float,
    state: float,
    slope: float,
    unknowns: FloatArray,
    out: FloatArray,
) -> tuple[bool, float, float, float]:
    """Whether a whole interval to `voltage` goes by one evaluation or two; state, slope and current at its end."""
    if not abs(h * slope) < 1.0:
        return False, state, slope, 0.0
    end_slope, amperes = slope_and_current(response, parameters, voltage, state + h * slope, unknowns, out)
    miss = 0.5 * h * (end_slope - slope)
    end = state + h * slope + miss
    if abs(miss) < RESTING:
        return True, end, end_slope, amperes
    if not abs(miss) < UNFELT:
        return False, state, slope, 0.0
    end_slope, felt = slope_and_current(response, parameters, voltage, end, unknowns, out)
    return abs(felt - amperes) <= CURRENT_TOLERANCE * abs(felt) + CURRENT_FLOOR, end, end_slope, felt


@compiled
def _norm(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    end: float,
    error: float,
    amperes: float,
    unknowns: FloatArray,
    out: FloatArray,
) -> float:
    """Error of a step in units of what is allowed."""
    norm = abs(error) / UNFELT
    if norm <= 1.0 and abs(error) > RESTING:
        other = slope_and_current(response, parameters, voltage, end - error, unknowns, out)[1]
        norm = max(norm, abs(other - amperes) / (CURRENT_TOLERANCE * abs(amperes) + CURRENT_FLOOR))
    return norm


def _sweep_march(
    response: Response,
    parameters: FloatArray,
    time: FloatArray,
    voltage: FloatArray,
    start: float,
    level: float,
    enough: float,
    most_steps: int,
) -> tuple[FloatArray, FloatArray, float, int]:
    n = time.size
    states, amperes = np.empty((n, 1)), np.empty(n)
    unknowns, out = np.zeros(1), np.zeros(2)
    crossing, steps, stiff = math.nan, 0, 0
    state = start
    slope, current = slope_and_current(response, parameters, voltage[0], state, unknowns, out)
    states[0, 0], amperes[0] = state, current
    for k in range(1, n):
        span = time[k] - time[k - 1]
        ramp = (voltage[k] - voltage[k - 1]) / span if span > 0.0 else 0.0
        now, trial = 0.0, span
        while now < span:
            steps += 1
            if steps > most_steps or trial < 1e-40 * span:
                return states, amperes, crossing, k - 1
            whole = trial >= span - now
            h = span - now if whole else trial
            here = voltage[k - 1] + ramp * now
            done, end, end_slope, end_current = False, state, slope, current
            if whole and now == 0.0:
                done, end, end_slope, end_current = _quick_step(
                    response, parameters, voltage[k], h, state, slope, unknowns, out
                )
            if not done:
                if stiff >= STIFF_STEPS:
                    end, error, end_slope, end_current, passed = stiff_step(
                        response, parameters, here, ramp, h, state, slope, unknowns, out
                    )
                else:
                    end, error, end_slope, end_current, passed = long_step(
                        response, parameters, here, ramp, h, state, slope, unknowns, out
                    )
                norm = _norm(response, parameters, here + ramp * h, end, error, end_current, unknowns, out)
                power = -1.0 / 3.0 if stiff >= STIFF_STEPS else -0.2
                factor = 0.9 * max(norm, 1e-5) ** power if math.isfinite(norm) else 0.1
                trial = h * min(max(factor, 0.1), 5.0)
                stiff = 0 if passed < SLOW else stiff + (passed > STIFF)
                if not norm <= 1.0:
                    continue
            if level != 0.0 and math.isnan(crossing) and _passes(abs(current), abs(end_current), level):
                crossing = time[k - 1] + now
                crossing += _moment(
                    response, parameters, here, ramp, h, state, slope, current, end_current, level, unknowns, out
                )
            state, slope, current = end, end_slope, end_current
            now = span if whole else now + h
            if abs(current) > enough and not math.isnan(crossing):
                states[k:, 0], amperes[k:] = state, current
                return states, amperes, crossing, n - 1
        if span <= 0.0:
            slope, current = slope_and_current(response, parameters, voltage[k], state, unknowns, out)
        states[k, 0], amperes[k] = state, current
    return states, amperes, crossing, n - 1


@cache
def _compiled() -> Callable[..., tuple[FloatArray, FloatArray, float, int]]:
    result = types.Tuple((_TABLE, _ROW, types.float64, types.int64))
    response = types.FunctionType(RESPONSE_SIGNATURE)
    number = types.float64
    return compile_kept(
        _sweep_march,
        signature=result(response, _ROW, _ROW, _ROW, number, number, number, types.int64),
    )


def sweep_march(
    response: Response,
    parameters: FloatArray,
    time: FloatArray,
    voltage: FloatArray,
    start: float,
    level: float,
    enough: float,
    most_steps: int,
) -> tuple[FloatArray, FloatArray, float, int]:
    """Integrate a model of one unknown, a logit, over a sweep.

    Parameters
    ----------
    response
        From `compiled_response`.
    time [s], voltage [V], level [A], most_steps
        As for `devicefit.march.march`.
    start
        The unknown at the first sample.
    enough
        Current [A] beyond which nothing more is told once the event has passed: the march stops there and the rest of
        the samples repeat the state and current found (infinite: never).

    Returns
    -------
    The unknown at the samples (n x 1), current [A] (n), the time [s] at which |I| first passes |level| (NaN if never),
    and the index of the last sample reached.
    """
    return _compiled()(response, parameters, time, voltage, start, level, enough, most_steps)
