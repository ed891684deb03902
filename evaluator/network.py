"""A spiking network of ternary weights, as trained: nothing of circuits or devices yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evaluator.code import Encoder
from evaluator.encoding import IsiEncoder
from measurements.errors import InputError


class Evaluated(Protocol):
    """What accounting asks of a network: its encoder, and the numbers of its inputs and of each layer's neurons."""

    @property
    def encoder(self) -> Encoder:
        """How pixels become spikes."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of inputs, then of neurons of each layer."""


@dataclass(frozen=True, eq=False)
class SpikingNetwork:
    """Layers of integrate-and-fire neurons behind ternary weights.

    Parameters
    ----------
    weights
        Per layer, int8 of shape (rows, neurons), values -1, 0, +1; the neurons of a layer are the rows of the
        next.
    pulse_steps
        Per layer, rise of a membrane at one pulse through a +1 weight, as a share of the threshold [1]. The
        gain of the column interface is chosen to give it (`mapping.interface_gains`).
    encoder
        How pixels become spikes.
    recipe
        Where the weights came from: the command, the seed, the score.

    Raises
    ------
    InputError
        Shapes that do not follow on each other, weights outside -1, 0, +1, steps that are not positive and
        finite.
    """

    weights: tuple[NDArray[np.int8], ...]
    pulse_steps: tuple[float, ...]
    encoder: Encoder = field(default_factory=IsiEncoder)
    recipe: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", tuple(_ternary(matrix, i) for i, matrix in enumerate(self.weights, 1)))
        if not self.weights or len(self.weights) != len(self.pulse_steps):
            raise InputError(f"{len(self.pulse_steps)} pulse steps for {len(self.weights)} layers; one each is needed")
        for layer, (before, after) in enumerate(pairwise(self.weights), 2):
            if before.shape[1] != after.shape[0]:
                raise InputError(
                    f"layer {layer} has {after.shape[0]} rows, layer {layer - 1} {before.shape[1]} neurons"
                )
        for step in self.pulse_steps:
            if not 0 < step < np.inf:
                raise InputError(f"pulse steps must be positive and finite, found {step!r}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of inputs, then of neurons of each layer: (784, 100, 10).

        >>> SpikingNetwork((np.ones((3, 2), np.int8),), (0.1,)).sizes
        (3, 2)
        """
        return (self.weights[0].shape[0], *(matrix.shape[1] for matrix in self.weights))


def _ternary(matrix: NDArray[np.int8], layer: int) -> NDArray[np.int8]:
    """Checked, read-only int8 copy of a weight matrix."""
    values = np.asarray(matrix)
    if values.ndim != 2 or values.size == 0:
        raise InputError(f"weights of layer {layer} must be a matrix (rows, neurons), found shape {values.shape}")
    if not np.isin(values, (-1, 0, 1)).all():
        raise InputError(f"weights of layer {layer} must be -1, 0 or +1")
    frozen = np.array(values, dtype=np.int8)
    frozen.setflags(write=False)
    return frozen
