"""The energy that a source supplies during a step, by quadrature of the power."""

from __future__ import annotations

import math

from devicefit.calmstep import AFTER, NOW
from devicefit.compiled import compiled
from devicefit.models.model import Response
from devicefit.numerics import FloatArray

ENERGY_TOLERANCE = 3e-4  # of a step, relative to what its current supplies at the highest voltage


@compiled
def bend_of_powers(last: float, interval: float, before: float, power: float, after: float) -> float:
    """What a parabola through three powers adds to the trapezoid, in units of the coordinate of the two steps."""
    curvature = ((after - power) / interval - (power - before) / last) / (last + interval)
    return -curvature * interval * interval * interval / 6.0


@compiled
def supplied(
    response: Response,
    parameters: FloatArray,
    middle_voltage: float,
    interval: float,
    past: tuple[float, float],
    step: tuple[float, float, float],
    allowed: float,
    memory: FloatArray,
    work: FloatArray,
) -> float:
    """Energy of a step [J]; not finite where its error exceeds what is `allowed` [J].

    `past` is the coordinate of the last step (voltage on a ramp, else time; 0 where it tells nothing) and the power at
    its beginning, `step` the coordinate of this step and the powers at both ends. The power is a parabola over three
    points, or, where that bends too much, over the middle of the step.
    """
    coordinate, power, after = step
    trapezoid = 0.5 * interval * (power + after)
    last, before = past
    if last * coordinate > 0.0 and abs(coordinate) <= 4.0 * abs(last):
        bend = bend_of_powers(last, coordinate, before, power, after) * interval / coordinate
        if 0.5 * abs(bend) <= allowed:
            return trapezoid + bend
    middle, acting = work[0], memory.shape[1] - 1
    for i in range(acting):
        middle[i] = 0.5 * (memory[NOW, i] + memory[AFTER, i])
    bend = trapezoid - interval * middle_voltage * response(parameters, middle_voltage, middle, work[1])
    return trapezoid - 2.0 / 3.0 * bend if 0.1 * 2.0 / 3.0 * abs(bend) <= allowed else math.nan
