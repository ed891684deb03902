"""The cells of a layer as chips draw them: copies of an array, and what they are together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evaluator.mapping import MappedLayer

FloatArray = NDArray[np.float64]


class Cells(Protocol):
    """A layer of `copies` of an array with these ternary `weights` (rows, columns), its rows driven by `drivers` in all
    copies; a column stands for its plus and its minus column.
    """

    @property
    def weights(self) -> NDArray[np.int8]:
        """Of one array: where cells are to be on."""

    @property
    def outputs(self) -> int:
        """Neurons of one array."""

    @property
    def copies(self) -> int:
        """Arrays of the layer."""

    @property
    def drivers(self) -> int:
        """Row drivers of all copies."""

    def joined(self, arrays: Sequence[MappedLayer]) -> MappedLayer:
        """The layer, from each of its copies or from one for all."""

    def unfolded(self, arrays: Sequence[FloatArray]) -> FloatArray:
        """(rows, neurons) of the layer from what adds in its columns, (array rows, columns) of each copy."""


@dataclass(frozen=True, eq=False)
class DenseCells:
    """One array for the whole layer."""

    weights: NDArray[np.int8]
    copies: int = 1

    @property
    def outputs(self) -> int:
        """Neurons."""
        return int(self.weights.shape[1])

    @property
    def drivers(self) -> int:
        """Row drivers."""
        return int(self.weights.shape[0])

    def joined(self, arrays: Sequence[MappedLayer]) -> MappedLayer:
        """The only array."""
        return arrays[0]

    def unfolded(self, arrays: Sequence[FloatArray]) -> FloatArray:
        """Of the only array."""
        return arrays[0]
