"""Slopes at the points of a rectangular grid, such that the cubic pieces between them keep the shape of the data."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_MIXED_ROUNDS = 6
"""Halvings of mixed slopes before slopes along single axes are shortened too."""
_ROUNDS = 60
TOLERANCE = 3e-3
"""Departure from the shape of the data that is left alone, relative to the range of a cell's corners [1]."""
_ROUNDING = 1e-12
_CHUNK = 1 << 22

# A cubic in Hermite form (left value, left slope times width, right value, right slope times width) as the
# Bernstein coefficients of its two halves: the curve lies within them, and rises where they rise. One halving makes
# the test exact for the slopes of up to three secants that `_limited` leaves (de Boor and Swartz 1977).
_BERNSTEIN = np.array([[1, 0, 0, 0], [1, 1 / 3, 0, 0], [0, 0, 1, -1 / 3], [0, 0, 1, 0]])
_HALVES = np.array(
    [
        *([1, 0, 0, 0], [1 / 2, 1 / 2, 0, 0], [1 / 4, 1 / 2, 1 / 4, 0], [1 / 8, 3 / 8, 3 / 8, 1 / 8]),
        *([1 / 8, 3 / 8, 3 / 8, 1 / 8], [0, 1 / 4, 1 / 2, 1 / 4], [0, 0, 1 / 2, 1 / 2], [0, 0, 0, 1]),
    ]
)
_VALUES = _HALVES @ _BERNSTEIN
_RISES = np.delete(np.diff(_VALUES, axis=0), 3, axis=0)


def node_slopes(axes: Sequence[Array], values: Array) -> Array:
    """Value, slopes and mixed slopes of a gridded function at every grid point.

    Slopes along one axis are those of the parabola through three neighbours, limited to three times the smaller
    secant and zero at an extremum (Hyman 1983, doi:10.1137/0904045). Mixed slopes are parabolic slopes of those.
    So every edge of the grid is monotone between its ends. Within each cell the tensor product of the cubics is held
    to three conditions, and the slopes at the corners of a cell that misses one are shortened until it does not, the
    mixed ones first:

    - the function has one sign where its corners have;
    - it leaves the range of the corners by at most `TOLERANCE` of that range;
    - where all edges along an axis rise (or all fall), it turns back along that axis by at most `TOLERANCE` of it.

    Not zero, for along an axis on which the data hardly depend, the noise of the simulations decides which way an edge
    goes, and to follow that strictly flattens the steep axes: tens of times the error on the tables of the reference
    run.

    Parameters
    ----------
    axes
        Increasing grid positions, each of two or more points.
    values
        Function on the grid, shape (n_1, ..., n_D); NaN where missing. Slopes beside a missing point come from the
        other side.

    Returns
    -------
    Array
        Shape (n_1, ..., n_D, 2, ..., 2): index 1 of trailing axis d stands for one derivative along axis d.
    """
    dimensions = len(axes)
    nodes = np.empty((*values.shape, *(2,) * dimensions))
    orders: list[tuple[int, ...]] = list(itertools.product((0, 1), repeat=dimensions))
    for order in orders:
        along = [axis for axis in range(dimensions) if order[axis]]
        slope = values
        for step, axis in enumerate(reversed(along)):
            slope = _along(axes[axis], slope, axis, limited=step == 0)
        nodes[np.index_exp[...] + order] = (
            slope if not along else np.where(np.isnan(slope) & ~np.isnan(values), 0.0, slope)
        )
    return _shortened(axes, nodes)


def _along(grid: Array, values: Array, axis: int, *, limited: bool) -> Array:
    """Slope of `values` along one axis."""
    lines = np.moveaxis(values, axis, -1)
    widths = np.diff(grid)
    padded = np.full((*lines.shape[:-1], lines.shape[-1] + 3), np.nan)
    padded[..., 2:-2] = np.diff(lines, axis=-1) / widths
    steps = np.concatenate([[1.0, 1.0], widths, [1.0, 1.0]])
    count = len(grid)
    far_left, left, right, far_right = (padded[..., k : k + count] for k in range(4))
    h_far_left, h_left, h_right, h_far_right = (steps[k : k + count] for k in range(4))
    inner = (h_left * right + h_right * left) / (h_left + h_right)
    first = ((2 * h_right + h_far_right) * right - h_right * far_right) / (h_right + h_far_right)
    last = ((2 * h_left + h_far_left) * left - h_left * far_left) / (h_left + h_far_left)
    if limited:
        inner = np.where(np.isnan(inner), np.nan, _limited(inner, left, right))
        first, last = _limited(first, right, right), _limited(last, left, left)
    first, last = np.where(np.isnan(first), right, first), np.where(np.isnan(last), left, last)
    slope = np.where(np.isnan(left), first, np.where(np.isnan(right), last, inner))
    return np.moveaxis(np.where(np.isnan(lines), np.nan, slope), -1, axis)


def _limited(slope: Array, one: Array, other: Array) -> Array:
    """`slope` no larger than three times the smaller secant, and zero where it or they disagree in sign."""
    limit = 3.0 * np.minimum(np.abs(one), np.abs(other))
    agree = (one * other > 0.0) & (slope * one > 0.0)
    result: Array = np.where(np.isnan(slope), np.nan, np.where(agree, np.clip(slope, -limit, limit), 0.0))
    return result


def _shortened(axes: Sequence[Array], nodes: Array) -> Array:
    """Nodes whose slopes are shortened at the corners of cells that would lose the shape of the data."""
    dimensions = len(axes)
    orders = np.array([sum(order) for order in itertools.product((0, 1), repeat=dimensions)])
    nodes = np.ascontiguousarray(nodes)
    flat = nodes.reshape(*nodes.shape[:dimensions], -1)
    waiting = np.argwhere(np.ones([len(axis) - 1 for axis in axes], dtype=bool))
    for attempt in range(_ROUNDS):
        waiting = waiting[_loses_shape(axes, nodes, waiting)]
        if len(waiting) == 0:
            break
        shorter = np.zeros(nodes.shape[:dimensions], dtype=bool)
        for corner in itertools.product((0, 1), repeat=dimensions):
            shorter[tuple((waiting + corner).T)] = True
        flat[shorter] *= _factor(attempt, orders)
        waiting = _touching(shorter)
    return nodes


def _factor(attempt: int, orders: NDArray[np.int64]) -> Array:
    """What the slopes of each order are multiplied by: mixed ones first, then all, in the end to nothing."""
    if attempt < _MIXED_ROUNDS:
        return np.where(orders > 1, 0.5, 1.0)
    single = 0.0 if attempt == _ROUNDS - 2 else 0.7
    return np.where(orders > 1, 0.0, np.where(orders == 1, single, 1.0))


def _touching(shorter: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Cells that have a corner in `shorter`, as rows of indices."""
    cells = np.zeros([count - 1 for count in shorter.shape], dtype=bool)
    for corner in itertools.product((0, 1), repeat=shorter.ndim):
        cells |= shorter[tuple(slice(c, c + count) for c, count in zip(corner, cells.shape, strict=True))]
    return np.argwhere(cells)


def _loses_shape(axes: Sequence[Array], nodes: Array, cells: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether each cell's cubic may leave the range of its corners, or turn where its edges do not; shape (m,)."""
    chunk = max(1, _CHUNK // len(_VALUES) ** len(axes))
    parts = [_chunk_loses(axes, nodes, cells[start : start + chunk]) for start in range(0, len(cells), chunk)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)


def _chunk_loses(axes: Sequence[Array], nodes: Array, cells: NDArray[np.intp]) -> NDArray[np.bool_]:
    hermite = _hermite(axes, nodes, cells)
    dimensions = len(axes)
    values = hermite[np.index_exp[:] + np.index_exp[::2] * dimensions]
    corners = values.reshape(len(cells), -1)
    lowest, highest = corners.min(axis=1), corners.max(axis=1)
    rounding = _ROUNDING * np.maximum(np.abs(lowest), np.abs(highest))
    room = TOLERANCE * (highest - lowest) + rounding
    control = _each_axis(hermite, [_VALUES] * dimensions)
    least, most = control.min(axis=1), control.max(axis=1)
    lost = (most > highest + room) | (least < lowest - room)
    lost |= ((lowest >= 0.0) & (least < -rounding)) | ((highest <= 0.0) & (most > rounding))
    for axis in range(dimensions):
        rises = _each_axis(hermite, [_RISES if other == axis else _VALUES for other in range(dimensions)])
        edges = np.diff(values, axis=axis + 1).reshape(len(cells), -1)
        lost |= (edges >= 0.0).all(axis=1) & (rises.min(axis=1) < -room)
        lost |= (edges <= 0.0).all(axis=1) & (rises.max(axis=1) > room)
    found: NDArray[np.bool_] = lost  # NaN compares false: a cell with a missing corner has no shape to keep
    return found


def _each_axis(hermite: Array, matrices: Sequence[Array]) -> Array:
    """Every axis of (m, 4, ..., 4) multiplied by its matrix, then all but the first made one."""
    result = hermite
    for axis, matrix in enumerate(matrices):
        result = np.moveaxis(np.tensordot(result, matrix, axes=(axis + 1, 1)), -1, axis + 1)
    return result.reshape(len(hermite), -1)


def _hermite(axes: Sequence[Array], nodes: Array, cells: NDArray[np.intp]) -> Array:
    """Value, slope times width at the lower and the upper corner along every axis, shape (m, 4, ..., 4)."""
    dimensions = len(axes)
    result = np.empty((len(cells), *(4,) * dimensions))
    widths = [np.diff(axis)[cells[:, number]] for number, axis in enumerate(axes)]
    for corner in itertools.product((0, 1), repeat=dimensions):
        at = nodes[tuple((cells + corner).T)]
        for order in itertools.product((0, 1), repeat=dimensions):
            value = at[np.index_exp[:] + order]
            for width, derived in zip(widths, order, strict=True):
                value = value * width if derived else value
            result[np.index_exp[:] + tuple(2 * c + o for c, o in zip(corner, order, strict=True))] = value
    return result
