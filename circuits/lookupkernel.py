"""The compiled loops of table look-ups: places on every axis, then the cubics, for some hundred points at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from devicefit.compiled import compile_kept

Array = NDArray[np.float64]
INSIDE, CLAMPED, NOT_A_NUMBER = 0, 1, 2
CHUNK = 256
"""Points whose places and weights stay in the nearest cache."""


class GridAxis(NamedTuple):
    """A grid on the scale it is interpolated on, with the start of the search in each of many equal parts of it.

    `density` is the number of parts over the length. At most `steps` grid points lie within one part. Points outside by
    no more than the slack count as the edge.
    """

    grid: Array
    inverse_widths: Array
    density: float
    starts: NDArray[np.int64]
    steps: int
    low_slack: float
    high_slack: float


def _locate(
    axis: GridAxis, points: Array, order: int, weights: Array, places: NDArray[np.int64], flags: NDArray[np.uint8]
) -> None:
    """Cell of each point, added to `places` times the length of the axis, and the weights of its corners.

    The weights, shape (4, m), are the cubic Hermite functions of value and slope at the lower, then the upper corner;
    for `order` 1 their derivatives by the position on the axis.
    """
    grid, starts = axis.grid, axis.starts
    first, last, part = grid[0], grid.size - 2, starts.size - 1
    low, high = first - axis.low_slack, grid[last + 1] + axis.high_slack
    for m in range(points.size):
        value = points[m]
        if not (low <= value <= high):
            flags[m] = NOT_A_NUMBER if value != value or flags[m] == NOT_A_NUMBER else CLAMPED
        position = min(max(value, first), grid[last + 1])
        cell = starts[min(max(int((position - first) * axis.density), 0), part)]
        for _ in range(axis.steps):
            cell += int(cell < last and position >= grid[cell + 1])
        width, inverse = grid[cell + 1] - grid[cell], axis.inverse_widths[cell]
        t = 1.0 if position >= grid[cell + 1] else max((position - grid[cell]) * inverse, 0.0)
        s = 1.0 - t
        if order == 0:
            weights[0, m] = (1.0 + 2.0 * t) * s * s
            weights[1, m] = width * t * s * s
            weights[2, m] = (3.0 - 2.0 * t) * t * t
            weights[3, m] = -width * t * t * s
        else:
            weights[2, m] = 6.0 * t * s * inverse
            weights[0, m] = -weights[2, m]
            weights[1, m] = s * (1.0 - 3.0 * t)
            weights[3, m] = t * (3.0 * t - 2.0)
        places[m] = places[m] * grid.size + cell


locate = compile_kept(_locate, fastmath=frozenset({"contract"}))


def _weigh(nodes: Array, shape: tuple[int, ...], weights: Array, places: NDArray[np.int64], values: Array) -> None:
    """Weighted sums over the corners of each point's cell and their slopes, one axis after the other, first to last.

    `nodes`, shape (points of the grid, 2^D), are what `slopes.node_slopes` gives. Each step leaves a block of the same
    kind, 2^d corners of 2^d slopes, for one axis less.
    """
    dimensions = len(shape)
    half = 1 << (dimensions - 1)
    offsets = np.zeros(half, dtype=np.int64)
    stride = 1
    for axis in range(dimensions - 1, 0, -1):
        for corner in range(half):
            offsets[corner] += ((corner >> (dimensions - 1 - axis)) & 1) * stride
        stride *= shape[axis]
    one, other = np.empty(half * half), np.empty(half * half)
    for m in range(places.size):
        a, b, c, d = weights[0, 0, m], weights[0, 1, m], weights[0, 2, m], weights[0, 3, m]
        for corner in range(half):
            low = nodes[places[m] + offsets[corner]]
            high = nodes[places[m] + offsets[corner] + stride]
            for slope in range(half):
                one[corner * half + slope] = (
                    a * low[slope] + b * low[half + slope] + c * high[slope] + d * high[half + slope]
                )
        size = half
        for axis in range(1, dimensions):
            a, b, c, d = weights[axis, 0, m], weights[axis, 1, m], weights[axis, 2, m], weights[axis, 3, m]
            part = size >> 1
            for corner in range(part):
                low = one[corner * size :]
                high = one[(corner + part) * size :]
                for slope in range(part):
                    other[corner * part + slope] = (
                        a * low[slope] + b * low[part + slope] + c * high[slope] + d * high[part + slope]
                    )
            one, other = other, one
            size = part
        values[m] = one[0]


weigh = compile_kept(_weigh, fastmath=frozenset({"contract"}))


def _look_up(
    nodes: Array,
    shape: tuple[int, ...],
    axes: tuple[GridAxis, ...],
    points: tuple[Array, ...],
    derived: int,
    values: Array,
    flags: NDArray[np.uint8],
) -> None:
    """Fill `values` at `points`, or their derivative along axis number `derived` (-1: none), and `flags`."""
    dimensions = len(shape)
    weights, places = np.empty((dimensions, 4, CHUNK)), np.empty(CHUNK, dtype=np.int64)
    for start in range(0, values.size, CHUNK):
        stop = min(start + CHUNK, values.size)
        count = stop - start
        places[:] = 0
        for axis in range(dimensions):
            order = int(axis == derived)
            locate(axes[axis], points[axis][start:stop], order, weights[axis], places[:count], flags[start:stop])
        weigh(nodes, shape, weights, places[:count], values[start:stop])


look_up = compile_kept(_look_up)
