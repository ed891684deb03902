"""Read pulses on the rows of a layer, in order of their start; compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import whole
from evaluator.compiled import borrowing

FloatArray = NDArray[np.float64]
STORED, ENDED = 0, 1  # places in `Pulses.cursor`
BUCKETS = 2048


class Pulses(NamedTuple):
    """`start` [s], `row` and `share` of a pulse of the layer's width that it stands for [1], of each pulse, sorted by
    start; `cursor` = numbers stored and ended so far.
    """

    start: FloatArray
    row: NDArray[np.int64]
    share: FloatArray
    cursor: NDArray[np.int64]


class Trains(NamedTuple):
    """Spike times [s] of each pixel value v, `times[offset[v]:offset[v + 1]]`, and the delay [s] of each row.

    `last_start` [s]: a pulse that would start later does not fit into the window and is left out. Of a random code
    there are `draws` of all values, one after the other; row r of an image takes draw (r + sum of its pixels) modulo
    draws.
    """

    times: FloatArray
    offset: NDArray[np.int64]
    row_delay: FloatArray
    last_start: float
    draws: int = 1


def no_pulses(capacity: int) -> Pulses:
    """An empty queue."""
    return Pulses(np.empty(capacity), np.empty(capacity, np.int64), np.ones(capacity), np.zeros(2, np.int64))


def most_pulses(trains: Trains) -> int:
    """More pulses than these no image has."""
    return int(np.diff(trains.offset).max(initial=0)) * trains.row_delay.size


@borrowing
def add_pulse(pulses: Pulses, start: float, row: int, share: float) -> None:
    """Insert a pulse; later pulses, few, move up."""
    place = pulses.cursor[STORED]
    while place > 0 and pulses.start[place - 1] > start:
        pulses.start[place], pulses.row[place] = pulses.start[place - 1], pulses.row[place - 1]
        pulses.share[place] = pulses.share[place - 1]
        place -= 1
    pulses.start[place], pulses.row[place], pulses.share[place] = start, row, share
    pulses.cursor[STORED] += 1


class Sorting(NamedTuple):
    """Arrays in which the pulses of an image are sorted: first place of each bucket of time, train of each row."""

    places: NDArray[np.int64]
    chosen: NDArray[np.int64]


def new_sorting(rows: int) -> Sorting:
    """For images of `rows` pixels."""
    return Sorting(np.zeros(BUCKETS + 1, np.int64), np.zeros(rows, np.int64))


@borrowing
def choose_trains(pixels: NDArray[np.uint8], trains: Trains, chosen: NDArray[np.int64]) -> None:
    """Which train each row of an image takes."""
    values = (trains.offset.size - 1) // trains.draws
    total = 0
    if trains.draws > 1:
        for value in pixels:
            total += value
    for row in range(pixels.size):
        chosen[row] = pixels[row] + values * ((row + total) % trains.draws)


@borrowing
def encode(pixels: NDArray[np.uint8], trains: Trains, pulses: Pulses, sorting: Sorting) -> None:
    """Pulses of one image into `pulses`: counting sort into buckets of time, then insertion within a bucket.

    Equal starts keep the order of their rows, so the result does not depend on anything but the image.
    """
    scale = BUCKETS / (trains.last_start * (1.0 + 1e-9) + 1e-30)
    places, chosen = sorting
    places[:] = 0
    choose_trains(pixels, trains, chosen)
    for row in range(pixels.size):
        train = chosen[row]
        for index in range(trains.offset[train], trains.offset[train + 1]):
            start = trains.times[index] + trains.row_delay[row]
            if start <= trains.last_start:
                places[whole(start * scale) + 1] += 1
    for bucket in range(BUCKETS):
        places[bucket + 1] += places[bucket]
    stored = places[BUCKETS]
    for row in range(pixels.size):
        train = chosen[row]
        for index in range(trains.offset[train], trains.offset[train + 1]):
            start = trains.times[index] + trains.row_delay[row]
            if start <= trains.last_start:
                place = places[whole(start * scale)]
                places[whole(start * scale)] += 1
                pulses.start[place], pulses.row[place], pulses.share[place] = start, row, 1.0
    pulses.cursor[ENDED] = 0
    for place in range(1, stored):  # buckets are in order already: neighbours only
        if pulses.start[place] < pulses.start[place - 1]:
            pulses.cursor[STORED] = place
            add_pulse(pulses, pulses.start[place], pulses.row[place], 1.0)
    pulses.cursor[STORED] = stored
