"""Kinds of layers of a network, each with its weights and the shape that it makes of a shape.

Shapes are (channels, height, width) or (neurons,); a map is flattened channel by channel, row by row, as PyTorch and
NIR do. Weights are real numbers, as trained; `evaluator.networks.quantise` puts them on levels of the device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evaluator.networks.neuronmodel import NeuronModel
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
Shape = tuple[int, ...]
Pair = tuple[int, int]
SUM, AVERAGE, MAXIMUM = "sum", "average", "max"
POOLINGS = (SUM, AVERAGE, MAXIMUM)


@dataclass(frozen=True, eq=False)
class Dense:
    """Every input with every neuron: `weights` (inputs, neurons)."""

    weights: FloatArray
    neuron: NeuronModel = field(default_factory=NeuronModel)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _frozen(self.weights, 2, "dense weights"))

    def shape_after(self, shape: Shape) -> Shape:
        """(neurons,); a map is flattened before it."""
        if math.prod(shape) != self.weights.shape[0]:
            raise InputError(f"dense weights of {self.weights.shape[0]} inputs do not fit a shape of {shape}")
        return (int(self.weights.shape[1]),)


@dataclass(frozen=True, eq=False)
class Recurrent:
    """A dense layer whose spikes come back to it: beside `weights` (inputs, neurons) it has `recurrent_weights`
    (neurons, neurons), row i for the spikes of neuron i, which arrive `delay` [s of the description's time] later.
    """

    weights: FloatArray
    recurrent_weights: FloatArray
    delay: float
    neuron: NeuronModel = field(default_factory=NeuronModel)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _frozen(self.weights, 2, "dense weights"))
        back = _frozen(self.recurrent_weights, 2, "recurrent weights")
        object.__setattr__(self, "recurrent_weights", back)
        if back.shape != (self.weights.shape[1],) * 2:
            raise InputError(f"recurrent weights of shape {back.shape} do not fit {self.weights.shape[1]} neurons")
        if not 0 < self.delay < math.inf:
            raise InputError(f"a recurrent delay must be positive and finite, found {self.delay!r} s")

    def shape_after(self, shape: Shape) -> Shape:
        """(neurons,)."""
        return Dense(self.weights).shape_after(shape)


@dataclass(frozen=True, eq=False)
class Convolution:
    """The same kernel at every place of a map: `weights` (channels out, channels in / groups, height, width).

    Beyond the map's edge, by `padding`, nothing spikes.
    """

    weights: FloatArray
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1
    neuron: NeuronModel = field(default_factory=NeuronModel)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _frozen(self.weights, 4, "convolution weights"))
        _check_pairs({"stride": self.stride, "dilation": self.dilation}, 1)
        _check_pairs({"padding": self.padding}, 0)
        if self.groups < 1 or self.weights.shape[0] % self.groups:
            raise InputError(f"{self.weights.shape[0]} channels cannot be cut into {self.groups} groups")

    def shape_after(self, shape: Shape) -> Shape:
        """(channels out, height, width)."""
        out, inside, *kernel = self.weights.shape
        if len(shape) != 3 or shape[0] != inside * self.groups:
            raise InputError(f"a convolution of {inside * self.groups} channels does not fit a shape of {shape}")
        sides = (
            _side(length, size, step, pad, spread)
            for length, size, step, pad, spread in zip(
                shape[1:], kernel, self.stride, self.padding, self.dilation, strict=True
            )
        )
        return (int(out), *sides)


@dataclass(frozen=True)
class Pooling:
    """Windows of `size` every `stride` of a map, each channel alone.

    `sum` and `average` add what the window's neurons send on, without a neuron of their own; `max` passes the first
    spike of a window in an image and no other: the maximum where a spike's time is the value and comes first for the
    largest. Windows of `max` may not overlap.
    """

    kind: str
    size: Pair
    stride: Pair

    def __post_init__(self) -> None:
        if self.kind not in POOLINGS:
            raise InputError(f"there is no pooling {self.kind!r}", hint=f"use {', '.join(POOLINGS)}")
        _check_pairs({"size": self.size, "stride": self.stride}, 1)
        if self.kind == MAXIMUM and any(step < size for step, size in zip(self.stride, self.size, strict=True)):
            raise InputError(f"windows of max pooling may not overlap, found size {self.size}, stride {self.stride}")

    def shape_after(self, shape: Shape) -> Shape:
        """(channels, height, width)."""
        if len(shape) != 3:
            raise InputError(f"pooling needs a map (channels, height, width), found a shape of {shape}")
        sides = zip(shape[1:], self.size, self.stride, strict=True)
        return (shape[0], *(_side(length, size, step, 0, 1) for length, size, step in sides))


Layer = Dense | Recurrent | Convolution | Pooling
Weighted = Dense | Recurrent | Convolution


def _side(length: int, size: int, step: int, pad: int, spread: int) -> int:
    """Places of a window of `size` along a side of `length`."""
    places = (length + 2 * pad - spread * (size - 1) - 1) // step + 1
    if places < 1:
        raise InputError(f"a window of {size} does not fit a side of {length}")
    return places


def _check_pairs(pairs: dict[str, Pair], least: int) -> None:
    for name, pair in pairs.items():
        whole = len(pair) == 2 and all(isinstance(number, int) and least <= number <= 10_000 for number in pair)
        if not whole:
            raise InputError(f"{name} must be two whole numbers of at least {least}, found {pair!r}")


def _frozen(weights: FloatArray, dimensions: int, name: str) -> FloatArray:
    """Checked, read-only float64 copy."""
    values = np.array(weights, dtype=np.float64)
    if values.ndim != dimensions or values.size == 0:
        raise InputError(f"{name} must have {dimensions} dimensions and no empty one, found shape {values.shape}")
    if not np.isfinite(values).all():
        raise InputError(f"{name} must be finite")
    values.setflags(write=False)
    return values
