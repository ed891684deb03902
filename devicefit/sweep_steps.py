"""Steps of one state: long explicit ones, and implicit ones where it is held stiffly.

Explicit: order 5(4) of J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6, 19, 1980, doi
10.1016/0771-050X(80)90013-3. Implicit: Rodas3, as in `devicefit.march`.
"""

from __future__ import annotations

from devicefit.compiled import compiled
from devicefit.models.model import Response
from devicefit.numerics import FloatArray


@compiled
def slope_and_current(
    response: Response, parameters: FloatArray, voltage: float, state: float, unknowns: FloatArray, out: FloatArray
) -> tuple[float, float]:
    """Slope of the state [1/s] and current [A]."""
    unknowns[0] = state
    amperes = response(parameters, voltage, unknowns, out)
    return out[0], amperes


@compiled
def long_step(
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
    k2, _ = slope_and_current(response, parameters, voltage + ramp * h * 0.2, state + h * 0.2 * k1, unknowns, out)
    k3, _ = slope_and_current(
        response, parameters, voltage + ramp * h * 0.3, state + h * (0.075 * k1 + 0.225 * k2), unknowns, out
    )
    there = state + h * (44 / 45 * k1 - 56 / 15 * k2 + 32 / 9 * k3)
    k4, _ = slope_and_current(response, parameters, voltage + ramp * h * 0.8, there, unknowns, out)
    there = state + h * (19372 / 6561 * k1 - 25360 / 2187 * k2 + 64448 / 6561 * k3 - 212 / 729 * k4)
    k5, _ = slope_and_current(response, parameters, voltage + ramp * h * 8 / 9, there, unknowns, out)
    there = state + h * (9017 / 3168 * k1 - 355 / 33 * k2 + 46732 / 5247 * k3 + 49 / 176 * k4 - 5103 / 18656 * k5)
    k6, _ = slope_and_current(response, parameters, voltage + ramp * h, there, unknowns, out)
    end = state + h * (35 / 384 * k1 + 500 / 1113 * k3 + 125 / 192 * k4 - 2187 / 6784 * k5 + 11 / 84 * k6)
    k7, amperes = slope_and_current(response, parameters, voltage + ramp * h, end, unknowns, out)
    error = h * (71 / 57600 * k1 - 71 / 16695 * k3 + 71 / 1920 * k4 - 17253 / 339200 * k5 + 22 / 525 * k6 - 1 / 40 * k7)
    moved = abs(end - there)
    return end, error, k7, amperes, h * abs(k7 - k6) / moved if moved > 0.0 else 0.0


@compiled
def stiff_step(
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
    """One step of Rodas3, as in `devicefit.march`; what `long_step` returns."""
    nudge = 1e-6 * max(abs(state), 1.0)
    by_state = (slope_and_current(response, parameters, voltage, state + nudge, unknowns, out)[0] - slope) / nudge
    by_time = ramp * (slope_and_current(response, parameters, voltage + 1e-6, state, unknowns, out)[0] - slope) / 1e-6
    divisor, end = 2.0 / h - by_state, voltage + ramp * h
    first = (slope + 0.5 * h * by_time) / divisor
    second = (slope + 4.0 / h * first + 1.5 * h * by_time) / divisor
    there = state + 2.0 * first
    third = (slope_and_current(response, parameters, end, there, unknowns, out)[0] + (first - second) / h) / divisor
    there += third
    fourth = (
        slope_and_current(response, parameters, end, there, unknowns, out)[0] + (first - second - 8 / 3 * third) / h
    )
    error = fourth / divisor
    there += error
    end_slope, amperes = slope_and_current(response, parameters, end, there, unknowns, out)
    return there, error, end_slope, amperes, h * abs(by_state)
