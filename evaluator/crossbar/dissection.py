"""An array's effective conductance by halving it again and again: as exact as row after row, with far fewer operations.

A rectangle of cells is a multiport. Of its row wires the voltage at the left end and the current at the right one are
given, of its column wires the current at the top and the voltage at the bottom; the other ends answer linearly:

    y = H x    x = (V_left, I_right, I_top, V_bottom)    y = (V_right, I_left, I_bottom, V_top)

Without wire resistance and cells H only passes voltages and currents on, so that wires far weaker or stronger than
cells lose no digits: what is solved is 1 + (resistance of one part) (conductance of its neighbour), eigenvalues at
least 1. Two neighbours become one by eliminating the voltages and currents of the wires that they share. This is nested
dissection (George 1973, doi 10.1137/0710032) in hybrid parameters: about n^3 operations where rows one after the other
take n^4, and memory for a few matrices of the outer size. Ends that the outside does not need (open ends, grounded
ones) are left out as soon as they are the outside's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
LEAF, STACK = 4, 32
"""Most cells on a side of a rectangle that is solved at once, and of those of which all of one shape go together."""
FORWARD_ROW, BACK_ROW, FORWARD_COLUMN, BACK_COLUMN = range(4)
"""Places of the four kinds of ports in x and y: V_left -> V_right, I_right -> I_left, I_top -> I_bottom, V_bottom ->
V_top."""
CHAINED = ((FORWARD_ROW, BACK_ROW), (FORWARD_COLUMN, BACK_COLUMN))
"""Ports that neighbours share: side by side, one above the other."""


@dataclass(frozen=True)
class Rectangle:
    """Cells `top` to `bottom` - 1 of columns `left` to `right` - 1."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left

    def halves(self) -> tuple[Rectangle, Rectangle, int]:
        """Two neighbours, and the place in `CHAINED` of what they share."""
        rows, columns = self.shape
        if columns >= rows:
            middle = self.left + columns // 2
            return (Rectangle(self.top, self.bottom, self.left, middle),
                    Rectangle(self.top, self.bottom, middle, self.right), 0)  # fmt: skip
        middle = self.top + rows // 2
        return (Rectangle(self.top, middle, self.left, self.right),
                Rectangle(middle, self.bottom, self.left, self.right), 1)  # fmt: skip

    def within(self, side: int) -> bool:
        """Whether no side has more cells than `side`."""
        return max(self.shape) <= side


@dataclass(frozen=True, eq=False)
class Multiport:
    """H (..., y, x), with the number of ports of each kind in x and in y; none of a kind that nobody needs."""

    matrix: FloatArray
    inputs: tuple[int, int, int, int]
    outputs: tuple[int, int, int, int]

    def places(self) -> tuple[list[slice], list[slice]]:
        """Where each kind stands in x, and in y."""
        return _slices(self.inputs), _slices(self.outputs)


def dissected_conductance(
    cells: FloatArray, row_segment: float, column_segment: float, drivers: FloatArray, senses: FloatArray
) -> FloatArray:
    """Effective conductances, shape (rows, columns) [S]; all resistances finite [ohm]."""
    rows, columns = cells.shape
    whole = Rectangle(0, rows, 0, columns)
    row_wires = np.full((rows, columns), row_segment)
    row_wires[:, 0] = drivers
    column_wires = np.full((rows, columns), column_segment)
    column_wires[-1] = senses
    blocks: list[Rectangle] = []
    _collect(whole, blocks)
    solved: dict[Rectangle, Multiport] = {}
    for shape in dict.fromkeys(block.shape for block in blocks):
        alike = [block for block in blocks if block.shape == shape]
        stack = _stacked(alike, (cells, row_wires, column_wires))
        made = (Multiport(matrix, stack.inputs, stack.outputs) for matrix in stack.matrix)
        solved |= dict(zip(alike, made, strict=True))
    return np.ascontiguousarray(_joined(whole, whole, solved).matrix.T)


def _collect(place: Rectangle, blocks: list[Rectangle]) -> None:
    """The largest rectangles within `STACK`."""
    if place.within(STACK):
        blocks.append(place)
        return
    first, second, _ = place.halves()
    _collect(first, blocks)
    _collect(second, blocks)


def _stacked(places: list[Rectangle], arrays: tuple[FloatArray, FloatArray, FloatArray]) -> Multiport:
    """Multiports of rectangles of one shape in one stack, all ports kept; `arrays`: the whole's cells and wires."""
    if places[0].within(LEAF):
        rows, columns = places[0].shape
        parts = [np.stack([array[p.top : p.bottom, p.left : p.right] for p in places]) for array in arrays]
        return Multiport(_leaf_matrices(*parts), (rows, rows, columns, columns), (rows, rows, columns, columns))
    halves = [place.halves() for place in places]
    firsts, seconds, axis = [one for one, _, _ in halves], [two for _, two, _ in halves], halves[0][2]
    if firsts[0].shape != seconds[0].shape:
        return _chained(_stacked(firsts, arrays), _stacked(seconds, arrays), axis)
    both, count = _stacked(firsts + seconds, arrays), len(firsts)
    one, two = (Multiport(part, both.inputs, both.outputs) for part in (both.matrix[:count], both.matrix[count:]))
    return _chained(one, two, axis)


def _joined(place: Rectangle, whole: Rectangle, solved: dict[Rectangle, Multiport]) -> Multiport:
    """The multiport of a rectangle, without the ends that are the whole array's and not needed there."""
    if place.within(STACK):
        return _trimmed(solved.pop(place), place, whole)
    first, second, axis = place.halves()
    return _chained(_joined(first, whole, solved), _joined(second, whole, solved), axis)


def _trimmed(port: Multiport, place: Rectangle, whole: Rectangle) -> Multiport:
    """Open ends give no current and nobody asks for their voltage; sources are asked for no current, ground is 0 V."""
    inputs, outputs = list(port.inputs), list(port.outputs)
    taken_in, taken_out = port.places()
    if place.right == whole.right:
        inputs[BACK_ROW] = outputs[FORWARD_ROW] = 0
    if place.left == whole.left:
        outputs[BACK_ROW] = 0
    if place.top == whole.top:
        inputs[FORWARD_COLUMN] = outputs[BACK_COLUMN] = 0
    if place.bottom == whole.bottom:
        inputs[BACK_COLUMN] = 0
    columns = np.concatenate([np.arange(s.start, s.stop) for s, n in zip(taken_in, inputs, strict=True) if n])
    rows = np.concatenate([np.arange(s.start, s.stop) for s, n in zip(taken_out, outputs, strict=True) if n])
    matrix = np.ascontiguousarray(port.matrix[rows][:, columns])
    return Multiport(matrix, _four(inputs), _four(outputs))


def _chained(one: Multiport, two: Multiport, axis: int) -> Multiport:
    """Two neighbours as one. With p what goes forward from the first to the second, q what comes back:

    p = A1 F + D1 q + ...,   q = D2 p + A2 B + ...   ->   (1 - D1 D2) p = A1 F + D1 (A2 B + ...) + ...
    """
    forward, back = CHAINED[axis]
    across = CHAINED[1 - axis]
    in_one, out_one = one.places()
    in_two, out_two = two.places()
    inputs, outputs = list(one.inputs), list(one.outputs)
    inputs[back], outputs[forward] = two.inputs[back], two.outputs[forward]
    for kind in across:
        inputs[kind], outputs[kind] = one.inputs[kind] + two.inputs[kind], one.outputs[kind] + two.outputs[kind]
    into, out_of = _slices(inputs), _slices(outputs)
    from_one, from_two = [(in_one[forward], into[forward])], [(in_two[back], into[back])]
    to_one, to_two = [(out_one[back], out_of[back])], [(out_two[forward], out_of[forward])]
    for kind in across:
        cut_in, cut_out = into[kind].start + one.inputs[kind], out_of[kind].start + one.outputs[kind]
        from_one.append((in_one[kind], slice(into[kind].start, cut_in)))
        from_two.append((in_two[kind], slice(cut_in, into[kind].stop)))
        to_one.append((out_one[kind], slice(out_of[kind].start, cut_out)))
        to_two.append((out_two[kind], slice(cut_out, out_of[kind].stop)))
    ahead, returned = one.matrix[..., out_one[forward], :], two.matrix[..., out_two[back], :]
    resistance, conductance = ahead[..., in_one[back]], returned[..., in_two[forward]]
    stack, count = resistance.shape[:-2], resistance.shape[-1]
    sent, answered = np.zeros((*stack, count, sum(inputs))), np.zeros((*stack, count, sum(inputs)))
    for mine, place in from_two:
        answered[..., place] = returned[..., mine]
        sent[..., place] = resistance @ returned[..., mine]
    for mine, place in from_one:
        sent[..., place] = ahead[..., mine]
    sent = np.linalg.solve(np.eye(count) - resistance @ conductance, sent)
    found = np.empty((*stack, sum(outputs), sum(inputs)))
    if any(mine.stop > mine.start for mine, _ in to_one):
        answered += conductance @ sent
        for mine, place in to_one:
            found[..., place, :] = one.matrix[..., mine, in_one[back]] @ answered
            for own, there in from_one:
                found[..., place, there] += one.matrix[..., mine, own]
    for mine, place in to_two:
        found[..., place, :] = two.matrix[..., mine, in_two[forward]] @ sent
        for own, there in from_two:
            found[..., place, there] += two.matrix[..., mine, own]
    return Multiport(found, _four(inputs), _four(outputs))


def _leaf_matrices(cells: FloatArray, row_wires: FloatArray, column_wires: FloatArray) -> FloatArray:
    """H of rectangles (count, rows, columns) from the currents i of their cells.

    v = V_left - rho I_right - sum_l rho_min(k,l) i_l        rho: row wire from the left end to a cell
    u = V_bottom + sigma I_top + sum_l sigma_max(j,l) i_l    sigma: column wire from a cell to the lower end
    i = G (v - u)   ->   (1 + G (rho + sigma)) i = G (V_left - rho I_right - V_bottom - sigma I_top)
    """
    count, rows, columns = cells.shape
    size = rows * columns
    rho = np.cumsum(row_wires, axis=2)
    sigma = np.cumsum(column_wires[:, ::-1], axis=1)[:, ::-1]
    k, j = np.arange(columns), np.arange(rows)
    system = np.zeros((count, rows, columns, rows, columns))
    system[:, j[:, None, None], k[:, None], j[:, None, None], k] += rho[:, :, np.minimum(k[:, None], k)]
    lower = sigma[:, np.maximum(j[:, None], j)]  # (count, rows, rows, columns)
    system[:, j[:, None, None], k, j[:, None], k] += lower
    system *= cells[:, :, :, None, None]
    square = system.reshape(count, size, size)
    square[:, np.arange(size), np.arange(size)] += 1.0
    drive = np.zeros((count, rows, columns, 2 * rows + 2 * columns))
    drive[:, j, :, j] = cells.transpose(1, 0, 2)
    drive[:, j, :, rows + j] = -(cells * rho).transpose(1, 0, 2)
    drive[:, :, k, 2 * rows + k] = -(cells * sigma)
    drive[:, :, k, 2 * rows + columns + k] = -cells
    current = np.linalg.solve(square, drive.reshape(count, size, -1)).reshape(drive.shape)
    found = np.empty((count, 2 * (rows + columns), 2 * (rows + columns)))
    found[:, :rows] = -np.einsum("njk,njkx->njx", rho, current)
    found[:, rows : 2 * rows] = current.sum(axis=2)
    found[:, 2 * rows : 2 * rows + columns] = current.sum(axis=1)
    found[:, 2 * rows + columns :] = np.einsum("njk,njkx->nkx", sigma, current)
    found[:, np.arange(found.shape[1]), np.arange(found.shape[1])] += 1.0
    found[:, j, rows + j] -= rho[:, :, -1]
    found[:, 2 * rows + columns + k, 2 * rows + k] += sigma[:, 0]
    return found


def _slices(sizes: tuple[int, ...] | list[int]) -> list[slice]:
    return [slice(stop - size, stop) for size, stop in zip(sizes, accumulate(sizes), strict=True)]


def _four(sizes: list[int]) -> tuple[int, int, int, int]:
    first, second, third, fourth = sizes
    return first, second, third, fourth
