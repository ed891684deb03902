"""What compiled kernels are given: they do not check indices, so whatever could lead them astray is refused here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluator.layerstate import Layer
from evaluator.pulses import Trains
from measurements.errors import InputError

IntArray = NDArray[np.int64]


def check_dense(inputs: int, layers: tuple[Layer, ...], fanout: IntArray) -> None:
    """InputError where dense layers, or the fanouts of their rows, do not follow on `inputs` and on each other."""
    sizes = [inputs, *(layer.conductance.shape[1] for layer in layers)]
    rows = [layer.conductance.shape[0] for layer in layers]
    if rows != sizes[:-1] or rows != [layer.drawn.size for layer in layers] or fanout.size != sum(rows):
        raise InputError(f"layers of {rows} rows, {fanout.size} fanouts do not fit {sizes} inputs and neurons")


def check_trains(pixels: NDArray[np.uint8], trains: Trains) -> None:
    """InputError where there is not a train for each pixel (images, rows), or it has no times."""
    values, over = divmod(trains.offset.size - 1, max(trains.draws, 1))
    if trains.draws < 1 or over:
        raise InputError(f"{trains.offset.size - 1} trains cannot be {trains.draws} draws of the same values")
    if trains.row_delay.size != pixels.shape[1] or pixels.size == 0 or int(pixels.max()) >= values:
        raise InputError(f"{values} trains, {trains.row_delay.size} row delays do not fit the pixels")
    if np.any(np.diff(trains.offset) < 0) or trains.offset[0] != 0 or trains.offset[-1] != trains.times.size:
        raise InputError("offsets of the trains must run from 0 to the number of spike times")
    if np.any(trains.times < 0) or np.any(trains.row_delay < 0) or not np.isfinite(trains.times).all():
        raise InputError("spike times and row delays must be finite and not negative")
