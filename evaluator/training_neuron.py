"""Discretised leaky integrate-and-fire neurons with a surrogate gradient, for training only.

One time step of length dt, membrane v in units of the threshold, drive d (charge of the step / C /
threshold):

    p = max(v + d - l(v), floor), l(v) = leak above 0, recovery v below ;  s = 1 if p >= 1 else 0 ;  v = 0 if
    s else p

After a spike the neuron ignores its input for `dead_steps` steps. Backward, ds/dp is replaced by
slope / 2 / (1 + slope |p - 1|)^2 and the reset passes no gradient (Zenke and Ganguli, doi
10.1162/neco_a_01086). Arrays are (images, steps, neurons), float32.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled_parallel

Float32Array = NDArray[np.float32]


@compiled_parallel
def spikes_forward(
    drive: Float32Array,
    leak: float,
    recovery: float,
    floor: float,
    dead_steps: int,
    spikes: Float32Array,
    before: Float32Array,
) -> None:
    """Fill `spikes` (0 or 1) and `before` (p of each step; NaN where the neuron is dead)."""
    images, steps, neurons = drive.shape
    for image in numba.prange(images):
        membrane = np.zeros(neurons, np.float32)
        dead = np.zeros(neurons, np.int32)
        for step in range(steps):
            for neuron in range(neurons):
                if dead[neuron] > 0:
                    dead[neuron] -= 1
                    before[image, step, neuron] = np.nan
                    spikes[image, step, neuron] = 0
                    continue
                value = membrane[neuron]
                value = value + drive[image, step, neuron] - (leak if value > leak else recovery * min(value, 0.0))
                value = max(value, floor)
                fired = value >= 1
                before[image, step, neuron] = value
                spikes[image, step, neuron] = 1 if fired else 0
                membrane[neuron] = 0 if fired else value
                if fired:
                    dead[neuron] = dead_steps


@compiled_parallel
def spikes_backward(
    before: Float32Array,
    grad_spikes: Float32Array,
    recovery: float,
    floor: float,
    slope: float,
    grad_drive: Float32Array,
) -> None:
    """Fill `grad_drive` from the gradient of the spikes, backwards through time."""
    images, steps, neurons = before.shape
    for image in numba.prange(images):
        carried = np.zeros(neurons, np.float32)
        for step in range(steps - 1, -1, -1):
            for neuron in range(neurons):
                value = before[image, step, neuron]
                if np.isnan(value):
                    carried[neuron] = 0
                    grad_drive[image, step, neuron] = 0
                    continue
                surrogate = slope / 2 / (1 + slope * abs(value - 1)) ** 2
                gradient = grad_spikes[image, step, neuron] * surrogate
                if value < 1:
                    gradient += carried[neuron]
                if value <= floor:
                    gradient = 0
                grad_drive[image, step, neuron] = gradient
                carried[neuron] = gradient
                if step > 0 and before[image, step - 1, neuron] < 0:
                    carried[neuron] = gradient * (1 - recovery)


@compiled_parallel
def membrane_forward(drive: Float32Array, leak: float, recovery: float, floor: float, before: Float32Array) -> None:
    """Membranes of neurons that never fire (the output layer up to the decision)."""
    images, steps, neurons = drive.shape
    for image in numba.prange(images):
        membrane = np.zeros(neurons, np.float32)
        for step in range(steps):
            for neuron in range(neurons):
                value = membrane[neuron]
                value = value + drive[image, step, neuron] - (leak if value > leak else recovery * min(value, 0.0))
                membrane[neuron] = max(value, floor)
                before[image, step, neuron] = membrane[neuron]


@compiled_parallel
def membrane_backward(
    before: Float32Array, grad_before: Float32Array, recovery: float, floor: float, grad_drive: Float32Array
) -> None:
    """Gradient of the drive of neurons that never fire."""
    images, steps, neurons = before.shape
    for image in numba.prange(images):
        carried = np.zeros(neurons, np.float32)
        for step in range(steps - 1, -1, -1):
            for neuron in range(neurons):
                gradient = carried[neuron] + grad_before[image, step, neuron]
                if before[image, step, neuron] <= floor:
                    gradient = 0
                grad_drive[image, step, neuron] = gradient
                carried[neuron] = gradient
                if step > 0 and before[image, step - 1, neuron] < 0:
                    carried[neuron] = gradient * (1 - recovery)
