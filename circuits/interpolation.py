"""Monotone cubic interpolation on a rectangular grid of any number of axes, for many points at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_STENCIL = np.arange(-1, 3)
_CHUNK_CELLS = 1 << 22


def interpolate(axes: Sequence[Array], values: Array, points: Sequence[Array]) -> Array:
    """Values of a gridded function at `points`.

    One axis after the other, a piecewise cubic whose slopes are those of the parabola through three
    neighbours, limited so that the curve is monotone wherever the data are (Hyman 1983, doi:10.1137/0904045):
    exact on straight lines, error of third order on smooth monotone functions. At the ends, and beside a
    missing value (NaN), the parabola of the inner side is used; with two points only, the straight line. On a
    grid point the result is the tabulated value itself.

    Parameters
    ----------
    axes
        Increasing grid positions of each axis, each of shape (n_d,).
    values
        Function on the grid, shape (n_1, ..., n_D); NaN where missing.
    points
        Positions on each axis, inside its range, each of shape (m,).

    Returns
    -------
    Array
        Shape (m,); NaN where a corner of the surrounding cell that has weight is missing.

    >>> x = np.array([0.0, 1.0, 3.0])
    >>> interpolate([x], 2.0 * x, [np.array([0.5, 2.0])]).tolist()
    [1.0, 4.0]
    """
    count = len(points[0])
    chunk = max(1, _CHUNK_CELLS // 4 ** len(axes))
    result = np.empty(count)
    for start in range(0, count, chunk):
        part = slice(start, start + chunk)
        result[part] = _interpolate_chunk(axes, values, [position[part] for position in points])
    return result


def cell_index(axis: Array, positions: Array) -> NDArray[np.intp]:
    """Index of the grid point at or below each position, at most the last but one, shape (m,)."""
    index = np.searchsorted(axis, positions, side="right") - 1
    clipped: NDArray[np.intp] = np.clip(index, 0, max(len(axis) - 2, 0))
    return clipped


def _interpolate_chunk(axes: Sequence[Array], values: Array, points: Sequence[Array]) -> Array:
    dimensions = len(axes)
    gather: list[NDArray[np.intp]] = []
    stencils: list[Array] = []
    missing = np.zeros((len(points[0]),) + (1,) * dimensions, dtype=bool)
    for number, (axis, positions) in enumerate(zip(axes, points, strict=True)):
        wanted = cell_index(axis, positions)[:, None] + _STENCIL
        index = np.clip(wanted, 0, len(axis) - 1)
        shape = (-1, *(4 if other == number else 1 for other in range(dimensions)))
        gather.append(index.reshape(shape))
        stencils.append(_extended(axis, wanted))
        missing = missing | (wanted != index).reshape(shape)
    block = np.where(missing, np.nan, values[tuple(gather)])
    for stencil, positions in zip(reversed(stencils), reversed(points), strict=True):
        block = _cubic(stencil, block, positions)
    return block


def _extended(axis: Array, wanted: NDArray[np.intp]) -> Array:
    """Grid positions at `wanted` indices; beyond the ends the grid goes on in unit steps (never weighted)."""
    inside = axis[np.clip(wanted, 0, len(axis) - 1)]
    extended: Array = inside + np.minimum(wanted, 0) + np.maximum(wanted - (len(axis) - 1), 0)
    return extended


def _cubic(x: Array, block: Array, positions: Array) -> Array:
    """Interpolate along the last axis of `block`, shape (m, ..., 4), between stencil points 1 and 2."""
    widths = np.diff(x, axis=1).reshape(x.shape[0], *(1,) * (block.ndim - 2), 3)
    secants = np.diff(block, axis=-1) / widths
    (h0, h1, h2), (d0, d1, d2) = np.moveaxis(widths, -1, 0), np.moveaxis(secants, -1, 0)
    left = _inner_slope(h0, h1, d0, d1)
    right = _inner_slope(h1, h2, d1, d2)
    left_end = np.where(np.isnan(d0), _end_slope(h1, h2, d1, d2), left)
    right_end = np.where(np.isnan(d2), _end_slope(h1, h0, d1, d0), right)
    t = ((positions - x[:, 1]) / (x[:, 2] - x[:, 1])).reshape(h1.shape)
    below, above = block[..., 1], block[..., 2]
    curve = (
        below * (1 + 2 * t) * (1 - t) ** 2
        + above * (3 - 2 * t) * t**2
        + h1 * t * (1 - t) * (left_end * (1 - t) - right_end * t)
    )
    result: Array = np.where(t <= 0.0, below, np.where(t >= 1.0, above, curve))
    return result


def _inner_slope(h0: Array, h1: Array, d0: Array, d1: Array) -> Array:
    """Slope of the parabola between secants d0 and d1, limited to a monotone curve."""
    slope = (h0 * d1 + h1 * d0) / (h0 + h1)
    limit = 3.0 * np.minimum(np.abs(d0), np.abs(d1))
    limited: Array = np.where(d0 * d1 > 0.0, np.clip(slope, -limit, limit), np.where(np.isnan(slope), np.nan, 0.0))
    return limited


def _end_slope(h0: Array, h1: Array, d0: Array, d1: Array) -> Array:
    """Slope at the outer end of secant d0, from the parabola of d0 and d1; d0 itself without d1."""
    slope = ((2.0 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
    limited = np.where(slope * d0 > 0.0, np.clip(slope, -3.0 * np.abs(d0), 3.0 * np.abs(d0)), 0.0)
    result: Array = np.where(np.isnan(d1), d0, limited)
    return result
