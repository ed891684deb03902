"""Which neuron drives which row of which array: layers unfolded onto crossbars.

A layer with neurons is an array of `rows` by `outputs` weights, its kernel, built once at every place of its map.
Weights are shared by copies: each place has an array and neurons of its own, so all places work at once and a spike
reads every array that it is wired to. A dense layer has one place. A convolution's array has a row for each channel
and kernel pixel; at the edge of a map rows without a neuron stay idle. Sum and average pooling are wires: every neuron
of a window drives a row of its own with the same weights, since two pulses on one row would not add where they overlap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluator.networks.description import LayeredNetwork
from evaluator.networks.layers import AVERAGE, MAXIMUM, Convolution, Pooling, Recurrent, Shape, Weighted
from evaluator.networks.quantise import Quantised, quantise
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
IDLE = -1
"""A row that no neuron drives."""
LARGEST_UNFOLDED = 1 << 27
"""Most pairs of an input and a neuron that a layer is unfolded to (1 GiB for each matrix of float64) [1]."""


@dataclass(frozen=True, eq=False)
class Wiring:
    """One layer with neurons on its arrays.

    signs
        The array's weights as integers, (rows, outputs); a recurrent layer's rows are those of its inputs, then those
        of its own spikes.
    weights
        The same as trained, with the share that average pooling takes of them in them.
    source
        (places, rows): the input that drives each row, `IDLE` for none; own neuron k is input `inputs` + k.
    inputs
        Number of inputs: neurons, or windows of max pooling, before this layer.
    row_of
        (neurons before,) the input that each neuron before the layer is: itself, or its window of max pooling.
    once
        Whether only the first spike of an input passes.
    pulse_step
        Rise of a membrane by a pulse through a weight of one level, as a share of the threshold [1].
    delay
        Time after which own spikes come back [s of the circuit]; None: they do not.
    step, error
        Weight of one level, average pooling in it, and the relative error of all [1].
    layer
        As it was described.
    """

    signs: NDArray[np.int8]
    weights: FloatArray
    source: IntArray
    inputs: int
    row_of: IntArray
    once: bool
    pulse_step: float
    delay: float | None
    step: float
    error: float
    layer: Weighted

    @property
    def places(self) -> int:
        """Copies of the array."""
        return int(self.source.shape[0])

    @property
    def neurons(self) -> int:
        """Neurons of the layer."""
        return self.places * int(self.signs.shape[1])

    @property
    def rows(self) -> int:
        """Inputs of the layer, its own spikes included."""
        return self.inputs + (0 if self.delay is None else self.neurons)

    def unfold(self, array: NDArray[np.float64]) -> NDArray[np.float64]:
        """(rows, neurons) from values of each copy, (places, array rows, outputs), or of one array for all.

        Neuron o of place p is number o * places + p; where two rows of a place have one source their values add.
        """
        found = np.zeros((self.rows + 1, self.signs.shape[1], self.places))
        each = np.broadcast_to(array, (self.places, *self.signs.shape))
        for place in range(self.places):
            np.add.at(found[:, :, place], self.source[place], each[place])  # IDLE, -1, is the line taken off below
        return found[:-1].reshape(self.rows, -1)

    @property
    def copies(self) -> IntArray:
        """Row drivers that a spike of each of the `rows` switches."""
        return np.bincount(self.source[self.source != IDLE], minlength=self.rows).astype(np.int64)


def wirings(network: LayeredNetwork) -> tuple[Wiring, ...]:
    """The layers with neurons of a network, in order.

    Raises
    ------
    InputError
        A layer without weights other than zero, or one too large to unfold.
    """
    found = []
    shapes, waiting = network.shapes, list[tuple[Pooling, Shape]]()
    for number, (layer, before, after) in enumerate(zip(network.layers, shapes, shapes[1:], strict=False), 1):
        if isinstance(layer, Pooling):
            waiting.append((layer, before))
            continue
        try:
            quantised = quantise(layer, network.levels)
            plain = _plain(layer, before, after, quantised, network)
            found.append(_after_pooling(plain, waiting))
        except InputError as error:
            raise InputError(f"layer {number}: {error.reason}", hint=error.hint) from error
        waiting = []
    return tuple(found)


def _plain(layer: Weighted, before: Shape, after: Shape, quantised: Quantised, network: LayeredNetwork) -> Wiring:
    """The layer on what comes right before it."""
    inputs, neurons = math.prod(before), math.prod(after)
    if inputs * neurons > LARGEST_UNFOLDED:
        raise InputError(f"{inputs} inputs by {neurons} neurons are more than can be unfolded")
    delay = layer.delay * network.timing.scale if isinstance(layer, Recurrent) else None
    if isinstance(layer, Convolution):
        signs, weights = (_kernel(layer, each) for each in (quantised.signs, layer.weights))
        source = _pixels_at(layer, before, after)
    else:
        signs, weights, source = quantised.signs, layer.weights, np.arange(inputs)[None, :]
    if isinstance(layer, Recurrent) and quantised.back is not None:
        signs, weights = np.vstack([signs, quantised.back]), np.vstack([weights, layer.recurrent_weights])
        source = np.hstack([source, inputs + np.arange(neurons)[None, :]])
    return Wiring(
        signs=signs,
        weights=weights,
        source=source.astype(np.int64),
        inputs=inputs,
        row_of=np.arange(inputs),
        once=False,
        pulse_step=quantised.step * layer.neuron.jump(network.timing.spike_duration),
        delay=delay,
        step=quantised.step,
        error=quantised.error,
        layer=layer,
    )


def _kernel(layer: Convolution, weights: NDArray[Any]) -> NDArray[Any]:
    """Array of a kernel, (channels in * height * width, channels out).

    Groups share an array: cells between channels of different groups have weight zero.
    """
    out, inside, height, width = weights.shape
    per_group = out // layer.groups
    full = np.zeros((out, inside * layer.groups, height, width), weights.dtype)
    for group in range(layer.groups):
        rows, own = slice(group * inside, (group + 1) * inside), slice(group * per_group, (group + 1) * per_group)
        full[own, rows] = weights[own]
    return full.reshape(out, -1).T


def _pixels_at(layer: Convolution, before: Shape, after: Shape) -> IntArray:
    """(places, array rows): the pixel on each row at each place; `IDLE` beyond the edge."""
    height, width = layer.weights.shape[2:]
    y = np.arange(after[1])[:, None] * layer.stride[0] - layer.padding[0] + np.arange(height) * layer.dilation[0]
    x = np.arange(after[2])[:, None] * layer.stride[1] - layer.padding[1] + np.arange(width) * layer.dilation[1]
    y, x = y[:, None, None, :, None], x[None, :, None, None, :]
    pixel = (np.arange(before[0])[None, None, :, None, None] * before[1] + y) * before[2] + x
    inside_map = (y >= 0) & (y < before[1]) & (x >= 0) & (x < before[2])
    return np.where(inside_map, pixel, IDLE).reshape(after[1] * after[2], -1)


def _after_pooling(wiring: Wiring, pools: list[tuple[Pooling, Shape]]) -> Wiring:
    """The layer on the neurons before the pooling in front of it, the nearest pooling first."""
    for pool, shape in reversed(pools):
        windows = _windows(pool, shape)
        if pool.kind == MAXIMUM:
            row_of = np.full(math.prod(shape), IDLE)
            row_of[windows] = np.arange(len(windows))[:, None]
            return replace(wiring, row_of=row_of, once=True)
        wiring = _spread_out(wiring, windows, math.prod(shape))
        if pool.kind == AVERAGE:
            size = windows.shape[1]
            wiring = replace(
                wiring,
                weights=wiring.weights / size,
                pulse_step=wiring.pulse_step / size,
                step=wiring.step / size,
            )
    return wiring


def _windows(pool: Pooling, shape: Shape) -> IntArray:
    """(windows, window pixels): neurons of each window; windows are numbered as the pooled map is flattened."""
    after = pool.shape_after(shape)
    y = np.arange(after[1])[:, None] * pool.stride[0] + np.arange(pool.size[0])
    x = np.arange(after[2])[:, None] * pool.stride[1] + np.arange(pool.size[1])
    channel = np.arange(shape[0])[:, None, None, None, None]
    pixel = (channel * shape[1] + y[None, :, None, :, None]) * shape[2] + x[None, None, :, None, :]
    return np.asarray(pixel.reshape(math.prod(after), -1))


def _spread_out(wiring: Wiring, windows: IntArray, before: int) -> Wiring:
    """A row for each neuron of a window in place of one for the window."""
    size = windows.shape[1]
    own = wiring.source >= wiring.inputs
    spread = np.where(wiring.source[..., None] == IDLE, IDLE, windows[np.clip(wiring.source, 0, len(windows) - 1)])
    first = np.asarray(np.arange(size) == 0)
    moved = np.where(first, (wiring.source - wiring.inputs + before)[..., None], IDLE)
    source = np.where(own[..., None], moved, spread)
    keep = ~(np.asarray(own.all(axis=0))[:, None] & ~first[None, :]).ravel()  # rows of own spikes stay one each
    return replace(
        wiring,
        signs=np.repeat(wiring.signs, size, axis=0)[keep],
        weights=np.repeat(wiring.weights, size, axis=0)[keep],
        source=source.reshape(wiring.places, -1)[:, keep],
        inputs=before,
        row_of=np.arange(before),
    )
