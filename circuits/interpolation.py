"""Interpolation on a rectangular grid of any number of axes that keeps signs and monotony, with gradients."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .slopes import node_slopes

if TYPE_CHECKING:
    from .lookupkernel import GridAxis

Array = NDArray[np.float64]
Flags = NDArray[np.uint8]
EDGE = 1e-12
"""Points this far outside, relative, are on the edge: rounding of a unit conversion [1]."""
_BLOCK = 1 << 15
"""Points whose logarithms are taken at a time."""
_MAXIMUM_PARTS = 1 << 14


@dataclass(frozen=True, eq=False)
class Interpolant:
    """A gridded function, ready to be looked up at many points.

    In every cell of the grid the function is the tensor product of cubics through the values and slopes of
    `slopes.node_slopes`: continuous with its gradient, exact on functions linear in each axis, of third order on
    smooth ones, of one sign and within the values at the corners of the cell and monotone along an axis where the
    edges of the cell are (the last two within `slopes.TOLERANCE`). All of that holds on the scale of the axes and of
    the function: logarithmic where stated.

    Parameters
    ----------
    axes
        Increasing grid positions of each axis, each of shape (n_d,).
    values
        Function on the grid, shape (n_1, ..., n_D); NaN where missing.
    logarithmic
        Which axes are interpolated on their logarithm; none if not given.
    exponential
        Interpolate the logarithm of the (positive) function.
    """

    axes: Sequence[Array]
    values: Array
    logarithmic: Sequence[bool] = ()
    exponential: bool = False

    def __call__(self, points: Sequence[Array]) -> tuple[Array, Flags]:
        """Values and flags (`lookupkernel.INSIDE`, `CLAMPED` or `NOT_A_NUMBER`) at `points`, one array (m,) an axis.

        Points outside the grid take the value of the edge and are flagged; NaN comes back as NaN. The value is NaN
        too where a corner of the cell that has weight is missing.
        """
        return self._looked_up(points, -1)

    def gradient(self, points: Sequence[Array]) -> tuple[Array, Array]:
        """Values, shape (m,), and derivatives by each axis in its own unit, shape (m, D); zero along clamped axes."""
        values, _ = self(points)
        gradient = np.empty((values.size, len(self.axes)))
        for number, (axis, logarithmic) in enumerate(zip(self.axes, self._scales, strict=True)):
            derived, _ = self._looked_up(points, number)
            if self.exponential:
                derived *= values
            if logarithmic:
                derived = derived / points[number]
            outside = (points[number] < axis[0]) | (points[number] > axis[-1])
            gradient[:, number] = np.where(outside, 0.0, derived)
        return values, gradient

    @property
    def _scales(self) -> tuple[bool, ...]:
        return tuple(self.logarithmic) or (False,) * len(self.axes)

    @cached_property
    def _grid(self) -> list[Array]:
        """Positions on the scale of each axis; an axis of one point gets a second of the same value."""
        grid = [np.log(a) if log else np.asarray(a, float) for a, log in zip(self.axes, self._scales, strict=True)]
        return [np.append(axis, axis[0] + 1.0) if len(axis) == 1 else axis for axis in grid]

    @cached_property
    def _nodes(self) -> Array:
        values = np.log(self.values) if self.exponential else np.asarray(self.values, dtype=float)
        values = np.pad(values, [(0, len(g) - n) for g, n in zip(self._grid, values.shape, strict=True)], mode="edge")
        return node_slopes(self._grid, values)

    @cached_property
    def _searched(self) -> tuple[GridAxis, ...]:
        return tuple(
            _searched(axis, EDGE if log else 0.0, alone=len(given) == 1)
            for axis, log, given in zip(self._grid, self._scales, self.axes, strict=True)
        )

    def _looked_up(self, points: Sequence[Array], derived: int) -> tuple[Array, Flags]:
        from .lookupkernel import look_up

        count = len(points[0])
        values, flags = np.empty(count), np.zeros(count, dtype=np.uint8)
        nodes, shape = self._nodes, tuple(len(axis) for axis in self._grid)
        flat = nodes.reshape(-1, 1 << len(shape))
        buffers = [np.empty(min(_BLOCK, count)) if log else None for log in self._scales]
        columns = [np.ascontiguousarray(column, dtype=float) for column in points]
        for start in range(0, count, _BLOCK):
            part = slice(start, start + _BLOCK)
            placed = tuple(
                column[part] if buffer is None else _logarithms(column[part], axis[0], buffer)
                for column, buffer, axis in zip(columns, buffers, self.axes, strict=True)
            )
            look_up(flat, shape, self._searched, placed, derived, values[part], flags[part])
            beside = np.flatnonzero(np.isnan(values[part]))
            if beside.size:
                values[start + beside] = _careful(self._grid, nodes, [column[beside] for column in placed], derived)
            if self.exponential and derived < 0:
                np.exp(values[part], out=values[part])
        return values, flags


def interpolate(axes: Sequence[Array], values: Array, points: Sequence[Array]) -> Array:
    """Values of a gridded function at `points`, all scales linear; see `Interpolant`.

    Raises nothing: points outside take the value of the edge; NaN where a corner that has weight is missing.

    >>> x = np.array([0.0, 1.0, 3.0])
    >>> interpolate([x], 2.0 * x, [np.array([0.5, 2.0])]).tolist()
    [1.0, 4.0]
    """
    return Interpolant(axes, values)(points)[0]


def cell_index(axis: Array, positions: Array) -> NDArray[np.intp]:
    """Index of the grid point at or below each position, at most the last but one, shape (m,)."""
    index = np.searchsorted(axis, positions, side="right") - 1
    clipped: NDArray[np.intp] = np.clip(index, 0, max(len(axis) - 2, 0))
    return clipped


def _logarithms(column: Array, lowest: float, buffer: Array) -> Array:
    """Logarithms of positions, those not positive as something below `lowest`; NaN stays."""
    found = np.maximum(column, 0.5 * lowest, out=buffer[: column.size])
    return np.log(found, out=found)


def _searched(grid: Array, slack: float, *, alone: bool) -> GridAxis:
    """The axis as the compiled search takes it; of a grid point that stands alone, nothing above is inside."""
    from .lookupkernel import GridAxis

    length = float(grid[-1] - grid[0])
    parts = min(int(np.ceil(length / np.diff(grid).min())), _MAXIMUM_PARTS)
    edges = grid[0] + np.arange(parts + 1) * (length / parts)
    cells = np.asarray(cell_index(grid, edges), dtype=np.int64)
    low, high = (slack or EDGE * abs(float(end)) for end in (grid[0], grid[-1]))
    steps = max(1, int(np.diff(cells).max(initial=0)))
    return GridAxis(grid, 1.0 / np.diff(grid), parts / length, cells[:-1], steps, low, low - 1.0 if alone else high)


def _careful(grid: Sequence[Array], nodes: Array, points: Sequence[Array], derived: int) -> Array:
    """The same sums as the compiled ones, over the corners that have weight only; NaN where one of those is missing."""
    cells, weights = [], []
    for number, (axis, column) in enumerate(zip(grid, points, strict=True)):
        inside = np.clip(column, axis[0], axis[-1])
        cell = cell_index(axis, inside)
        width = axis[cell + 1] - axis[cell]
        weights.append(_hermite_weights((inside - axis[cell]) / width, width, derivative=number == derived))
        cells.append(cell)
    total = np.zeros(len(points[0]))
    for corner in itertools.product((0, 1), repeat=len(grid)):
        at = nodes[tuple(cell + c for cell, c in zip(cells, corner, strict=True))]
        for order in itertools.product((0, 1), repeat=len(grid)):
            weight = np.prod([w[2 * c + o] for w, c, o in zip(weights, corner, order, strict=True)], axis=0)
            total += np.where(weight == 0.0, 0.0, weight * at[np.index_exp[:] + order])
    return total


def _hermite_weights(t: Array, width: Array, *, derivative: bool) -> tuple[Array, Array, Array, Array]:
    """Weights of lower value, lower slope, upper value and upper slope at the place t in [0, 1] of a cell."""
    s = 1.0 - t
    if derivative:
        rise = 6.0 * t * s / width
        return -rise, s * (1.0 - 3.0 * t), rise, t * (3.0 * t - 2.0)
    return (1.0 + 2.0 * t) * s * s, width * t * s * s, (3.0 - 2.0 * t) * t * t, -width * t * t * s
