"""What column interfaces give membranes while they are strobed, beside the read currents; compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import larger, smaller, whole
from evaluator.compiled import inlined
from evaluator.membrane import at_grid

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Strobed(NamedTuple):
    """Which interfaces a pulse on a row strobes.

    An array stands at each of `places`, cut into `tiles` that are strobed each for itself: tile t of place p is unit
    p * tiles + t. Row r strobes the units `unit[first[r]:first[r + 1]]`. Output o of place p is neuron o * places + p.
    """

    places: int
    tiles: int
    first: IntArray
    unit: IntArray


class Offset(NamedTuple):
    """Currents of the interfaces over the membranes' capacitance, and whose they are.

    `slope` (units, outputs) of each interface [V/s]; `common` of every interface at the membrane voltages `start` + k /
    `inverse_step` [V/s], nothing where it is empty. A unit is `strobed` for `strobe` [s] from the start of each pulse
    on one of its rows; pulses that overlap strobe it once. No unit: no offset.
    """

    slope: FloatArray
    common: FloatArray
    start: float
    inverse_step: float
    strobe: float
    strobed: Strobed


def tiles_of_one(rows: int, tile_rows: int) -> Strobed:
    """One array of `rows`, cut into tiles of `tile_rows`.

    >>> tiles_of_one(3, 2).unit.tolist()
    [0, 0, 1]
    """
    unit = np.arange(rows, dtype=np.int64) // tile_rows
    return Strobed(1, -(-rows // tile_rows), np.arange(rows + 1, dtype=np.int64), unit)


def tiles_of_copies(source: IntArray, rows: int, tile_rows: int) -> Strobed:
    """Copies of an array whose rows are driven by `source` (places, array rows), one of `rows` or negative for none.

    >>> found = tiles_of_copies(np.array([[0, 1, -1], [1, 2, 2]]), 3, 2)
    >>> [found.unit[low:high].tolist() for low, high in zip(found.first, found.first[1:])]
    [[0], [0, 2], [2, 3]]
    """
    places, array_rows = source.shape
    tiles = -(-array_rows // tile_rows)
    units = np.arange(places)[:, None] * tiles + np.arange(array_rows)[None, :] // tile_rows
    driven = source >= 0
    pairs = np.unique(np.column_stack([source[driven], units[driven]]), axis=0)
    first = np.searchsorted(pairs[:, 0], np.arange(rows + 1)).astype(np.int64)
    return Strobed(places, tiles, first, np.ascontiguousarray(pairs[:, 1], dtype=np.int64))


NO_OFFSET = Offset(np.zeros((0, 0)), np.zeros(2), 0.0, 1.0, 0.0, tiles_of_one(0, 1))


@inlined
def strobe(
    offset: Offset, row: int, start: float, begin: float, step: float, strobed: FloatArray, opened: FloatArray,
    lift: FloatArray,
) -> None:  # fmt: skip
    """Add the own offsets of the units whose strobes a pulse on a row opens at `start` [s], as far as they were not
    open already.

    In the slice from `begin` in steps of `step` [s]: `strobed` until when the strobe of each unit is accounted for [s],
    `opened` (steps, places) how long strobes of all tiles in sum are open [s], `lift` (steps, neurons) [V].
    """
    units = offset.strobed
    for entry in range(units.first[row], units.first[row + 1]):
        unit = units.unit[entry]
        place = unit // units.tiles
        since, until = larger(start, strobed[unit]), start + offset.strobe
        for piece in range(larger(whole((since - begin) / step), 0), lift.shape[0]):
            lasted = smaller(until, begin + (piece + 1) * step) - larger(since, begin + piece * step)
            if lasted <= 0.0:
                break
            opened[piece, place] += lasted
            if units.places == 1:  # side by side, for vector code
                for output in range(offset.slope.shape[1]):
                    lift[piece, output] += lasted * offset.slope[unit, output]
            else:
                for output in range(offset.slope.shape[1]):
                    lift[piece, output * units.places + place] += lasted * offset.slope[unit, output]
        strobed[unit] = larger(until, strobed[unit])


@inlined
def common_slope(offset: Offset, voltage: float, lift: float, opened: float) -> float:
    """The common offset [V/s] at the middle of a span in which a membrane is lifted by `lift` [V] beside it.

    `opened` [s]: time for which it acts in the span, that of all tiles in sum.
    """
    here, steepness = at_grid(offset.common, offset.start, offset.inverse_step, voltage)
    middle = voltage + 0.5 * (lift + here * opened) / (1.0 + 0.5 * larger(-steepness, 0.0) * opened)
    return at_grid(offset.common, offset.start, offset.inverse_step, middle)[0]


@inlined
def add_common(offset: Offset, voltage: FloatArray, opened: FloatArray, lift: FloatArray) -> None:
    """Add the offset that all interfaces have alike to the `lift` (steps, neurons) [V]; `opened` as for `strobe`."""
    for place in range(opened.shape[1]):
        total = 0.0
        for piece in range(opened.shape[0]):
            total += opened[piece, place]
        if total == 0.0:
            continue
        for neuron in range(place, voltage.size, opened.shape[1]):
            rise = 0.0
            for piece in range(lift.shape[0]):
                rise += lift[piece, neuron]
            slope = common_slope(offset, voltage[neuron], rise, total)
            for piece in range(lift.shape[0]):
                lift[piece, neuron] += slope * opened[piece, place]


@inlined
def lift_of_one(
    offset: Offset, row: int, neuron: int, start: float, end: float, covered: FloatArray
) -> tuple[float, float]:
    """What strobes from `start` on give one neuron till `end` [s] that their units are not `covered` for [s]: what it
    is lifted by [V], and for how long in sum of its tiles [s].
    """
    units, lift, lasted = offset.strobed, 0.0, 0.0
    place, output = neuron % units.places, neuron // units.places
    for entry in range(units.first[row], units.first[row + 1]):
        unit = units.unit[entry]
        if unit // units.tiles != place:
            continue
        since, until = larger(start, covered[unit]), smaller(start + offset.strobe, end)
        if until > since:
            lift += (until - since) * offset.slope[unit, output]
            lasted += until - since
            covered[unit] = until
    return lift, lasted
