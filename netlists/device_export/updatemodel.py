"""The update model of aihwkit's piecewise device, and the mean curve it predicts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from devicefit.numerics import FloatArray
from netlists.device_export.pulsesteps import PulseSteps


@dataclass(frozen=True, eq=False)
class UpdateModel:
    """Steps in units of a weight that runs from -1 at the lowest to 1 at the highest conductance.

        up:    w += minimum_step u(w)        down:  w -= minimum_step d(w)

    `up`, `down`: u and d at equally spaced weights; their common mean is 1 [1]. `imbalance`: (U - D)/(U + D) of their
    means [1]. `noise`: deviation of one step, relative to the step [1]. `read_noise`: deviation of one read [weight];
    None where the data do not show it.
    """

    minimum_step: float
    imbalance: float
    up: FloatArray
    down: FloatArray
    noise: float
    read_noise: float | None


def update_model(steps: PulseSteps) -> UpdateModel:
    """The update model of measured steps; noise such that the mean square over the range is that measured."""
    half = (steps.highest - steps.lowest) / 2
    up, down = _mean(steps.step_up), _mean(steps.step_down)
    square = _mean(steps.step_up**2) + _mean(steps.step_down**2)
    noise = math.hypot(steps.up.update_noise.value, steps.down.update_noise.value) / math.sqrt(square)
    reads = [side.read_noise.value for side in (steps.up, steps.down) if side.read_noise is not None]
    return UpdateModel(
        minimum_step=(up + down) / 2 / half,
        imbalance=(up - down) / (up + down),
        up=steps.step_up / ((up + down) / 2),
        down=steps.step_down / ((up + down) / 2),
        noise=noise,
        read_noise=math.sqrt(sum(read**2 for read in reads) / len(reads)) / half if reads else None,
    )


def _mean(values: FloatArray) -> float:
    """Mean of a piecewise linear function over its equally spaced nodes."""
    return float(np.trapezoid(values) / (values.size - 1))


def predicted_curve(model: UpdateModel, pulses: int, upwards: bool) -> FloatArray:
    """Mean weight after 0, 1, … pulses from one end of the range [weight] (pulses + 1); it stays within -1 to 1."""
    nodes, values = np.linspace(-1.0, 1.0, model.up.size), model.up if upwards else model.down
    sign = 1.0 if upwards else -1.0
    scale = sign * model.minimum_step
    curve = np.empty(pulses + 1)
    curve[0] = -sign
    for k in range(pulses):
        curve[k + 1] = min(max(curve[k] + scale * float(np.interp(curve[k], nodes, values)), -1.0), 1.0)
    return curve
