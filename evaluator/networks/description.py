"""A network of layers as a user describes it: shapes, weights as trained, neurons, time, encoder."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from evaluator.code import Encoder
from evaluator.encoding import IsiEncoder
from evaluator.network import SpikingNetwork
from evaluator.networks.layers import MAXIMUM, Dense, Layer, Pooling, Shape, Weighted
from measurements.errors import InputError

LARGEST_LAYER = 1 << 16
"""Most neurons of a layer, and most inputs [1]."""
MOST_LAYERS = 64
MOST_LEVELS = 64


@dataclass(frozen=True)
class Timing:
    """How the description's time becomes the circuit's.

    `spike_duration` [s of the description]: how long a spike of unit height lasts, which gives it its charge (for
    networks of discrete time, their time step); `scale`: seconds of the circuit a second of the description [1].
    """

    spike_duration: float = 1.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 < value < math.inf:
                raise InputError(f"{name} must be positive and finite, found {value!r}")


@dataclass(frozen=True, eq=False)
class LayeredNetwork:
    """Layers one behind the other, from pixels to classes.

    Parameters
    ----------
    input_shape
        (channels, height, width) or (pixels,).
    layers
        `Dense`, `Recurrent`, `Convolution`, `Pooling`; the last has neurons, one for each class.
    encoder
        How pixels become spikes.
    levels
        Conductance levels beside zero of each sign that a weight is put on: a weight takes `levels` pairs of cells of
        two states [1].
    timing
        Time of the neurons against the circuit's.
    recipe
        Where the weights came from.

    Raises
    ------
    InputError
        Layers that do not fit on each other (named from 1), too large ones, pooling where there is nothing to pool
        for.
    """

    input_shape: Shape
    layers: tuple[Layer, ...]
    encoder: Encoder = field(default_factory=IsiEncoder)
    levels: int = 1
    timing: Timing = field(default_factory=Timing)
    recipe: str = ""

    def __post_init__(self) -> None:
        if len(self.input_shape) not in (1, 3) or any(side < 1 for side in self.input_shape):
            raise InputError(f"an input is (pixels,) or (channels, height, width), found {self.input_shape}")
        if not 1 <= self.levels <= MOST_LEVELS:
            raise InputError(f"levels must be 1 to {MOST_LEVELS}, found {self.levels}")
        if not 1 <= len(self.layers) <= MOST_LAYERS:
            raise InputError(f"a network has 1 to {MOST_LAYERS} layers, found {len(self.layers)}")
        for number, shape in enumerate(self.shapes):
            if math.prod(shape) > LARGEST_LAYER:
                raise InputError(f"layer {number} has {math.prod(shape)} neurons, at most {LARGEST_LAYER} can be")
        if isinstance(self.layers[-1], Pooling):
            raise InputError("the last layer is pooling, which has no neurons", hint="end with a dense layer")
        if isinstance(self.layers[0], Pooling) and self.layers[0].kind == MAXIMUM:
            raise InputError("max pooling of pixels is not defined: pixels spike more than once")
        for number, (layer, after) in enumerate(zip(self.layers, self.layers[1:], strict=False), 1):
            pooled = isinstance(layer, Pooling) and isinstance(after, Pooling)
            if pooled and MAXIMUM in (layer.kind, after.kind):  # type: ignore[union-attr]
                raise InputError(f"layers {number} and {number + 1}: max pooling must stand alone between neurons")

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Shape of the input, then after each layer.

        >>> network = LayeredNetwork((1, 4, 4), (Pooling("sum", (2, 2), (2, 2)), Dense(np.ones((4, 3)))))
        >>> network.shapes
        ((1, 4, 4), (1, 2, 2), (3,))
        """
        found = [self.input_shape]
        for number, layer in enumerate(self.layers, 1):
            try:
                found.append(layer.shape_after(found[-1]))
            except InputError as error:
                raise InputError(f"layer {number}: {error.reason}", hint=error.hint) from error
        return tuple(found)

    @property
    def weighted(self) -> tuple[Weighted, ...]:
        """The layers that have neurons."""
        return tuple(layer for layer in self.layers if not isinstance(layer, Pooling))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of inputs, then of neurons of each layer that has some."""
        shapes = self.shapes
        after = (math.prod(s) for s, one in zip(shapes[1:], self.layers, strict=True) if not isinstance(one, Pooling))
        return (math.prod(shapes[0]), *after)


def layered(network: SpikingNetwork) -> LayeredNetwork:
    """A network of dense ternary layers as a description: weights are its signs times its pulse steps.

    >>> net = SpikingNetwork((np.array([[1], [-1]], np.int8),), (0.1,))
    >>> layered(net).layers[0].weights.ravel().tolist()
    [0.1, -0.1]
    """
    pairs = zip(network.weights, network.pulse_steps, strict=True)
    layers = tuple(Dense(step * matrix.astype(np.float64)) for matrix, step in pairs)
    return LayeredNetwork((network.sizes[0],), layers, network.encoder, 1, Timing(), network.recipe)
