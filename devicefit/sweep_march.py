"""March of one state over a slow sweep, for fits: nothing but the current and the passing of an event is asked.

On a sweep everything but the state of a filament follows at once (see `CompactModel.swept`), and the state rests almost
everywhere. A sampling interval is tried three ways, cheapest first: one evaluation where the state rests; Heun's step
where the current does not feel what that step may miss; else steps of order 5(4) (J. R. Dormand, P. J. Prince, J. Comput.
Appl. Math. 6, 19, 1980, doi 10.1016/0771-050X(80)90013-3), or Rodas3's where the load line holds the state stiffly.

The passing of a level is found on the state's own path, not between steps, so that it moves smoothly with every parameter.
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
def _slope(
    response: Response, parameters: FloatArray, voltage: float, state: float, unknowns: FloatArray, out: FloatArray
) -> tuple[float, float]:
    """Slope of the state [1/s] and current [A]."""
    unknowns[0] = state
    amperes = response(parameters, voltage, unknowns, out)
    return out[0], amperes


@compiled
def _long_step(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    ramp: float,
    h: float,
    state: float,
    k1: float,
    unknowns: FloatArray,
    out: FloatArray,
) -> tuple[float, float, float, float, float]:
    """One step of Dormand and Prince: state, its error, slope and current at the end, and the relaxations passed."""
    k2, _ = _slope(response, parameters, voltage + ramp * h * 0.2, state + h * 0.2 * k1, unknowns, out)
    k3, _ = _slope(response, parameters, voltage + ramp * h * 0.3, state + h * (0.075 * k1 + 0.225 * k2), unknowns, out)
    there = state + h * (44 / 45 * k1 - 56 / 15 * k2 + 32 / 9 * k3)
    k4, _ = _slope(response, parameters, voltage + ramp * h * 0.8, there, unknowns, out)
    there = state + h * (19372 / 6561 * k1 - 25360 / 2187 * k2 + 64448 / 6561 * k3 - 212 / 729 * k4)
    k5, _ = _slope(response, parameters, voltage + ramp * h * 8 / 9, there, unknowns, out)
    there = state + h * (9017 / 3168 * k1 - 355 / 33 * k2 + 46732 / 5247 * k3 + 49 / 176 * k4 - 5103 / 18656 * k5)
    k6, _ = _slope(response, parameters, voltage + ramp * h, there, unknowns, out)
    end = state + h * (35 / 384 * k1 + 500 / 1113 * k3 + 125 / 192 * k4 - 2187 / 6784 * k5 + 11 / 84 * k6)
    k7, amperes = _slope(response, parameters, voltage + ramp * h, end, unknowns, out)
    error = h * (71 / 57600 * k1 - 71 / 16695 * k3 + 71 / 1920 * k4 - 17253 / 339200 * k5 + 22 / 525 * k6 - 1 / 40 * k7)
    moved = abs(end - there)
    return end, error, k7, amperes, h * abs(k7 - k6) / moved if moved > 0.0 else 0.0


@compiled
def _stiff_step(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    ramp: float,
    h: float,
    state: float,
    slope: float,
    unknowns: FloatArray,
    out: FloatArray,
) -> tuple[float, float, float, float, float]:
    """One step of Rodas3, as in `devicefit.march`; what `_long_step` returns."""
    nudge = 1e-6 * max(abs(state), 1.0)
    by_state = (_slope(response, parameters, voltage, state + nudge, unknowns, out)[0] - slope) / nudge
    by_time = ramp * (_slope(response, parameters, voltage + 1e-6, state, unknowns, out)[0] - slope) / 1e-6
    divisor, end = 2.0 / h - by_state, voltage + ramp * h
    first = (slope + 0.5 * h * by_time) / divisor
    second = (slope + 4.0 / h * first + 1.5 * h * by_time) / divisor
    there = state + 2.0 * first
    third = (_slope(response, parameters, end, there, unknowns, out)[0] + (first - second) / h) / divisor
    there += third
    fourth = _slope(response, parameters, end, there, unknowns, out)[0] + (first - second - 8 / 3 * third) / h
    error = fourth / divisor
    there += error
    end_slope, amperes = _slope(response, parameters, end, there, unknowns, out)
    return there, error, end_slope, amperes, h * abs(by_state)


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
        amperes = _long_step(response, parameters, voltage, ramp, share * h, state, slope, unknowns, out)[3]
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
    end_slope, amperes = _slope(response, parameters, voltage, state + h * slope, unknowns, out)
    miss = 0.5 * h * (end_slope - slope)
    end = state + h * slope + miss
    if abs(miss) < RESTING:
        return True, end, end_slope, amperes
    if not abs(miss) < UNFELT:
        return False, state, slope, 0.0
    end_slope, felt = _slope(response, parameters, voltage, end, unknowns, out)
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
        other = _slope(response, parameters, voltage, end - error, unknowns, out)[1]
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
    slope, current = _slope(response, parameters, voltage[0], state, unknowns, out)
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
                    end, error, end_slope, end_current, passed = _stiff_step(
                        response, parameters, here, ramp, h, state, slope, unknowns, out
                    )
                else:
                    end, error, end_slope, end_current, passed = _long_step(
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
            slope, current = _slope(response, parameters, voltage[k], state, unknowns, out)
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
