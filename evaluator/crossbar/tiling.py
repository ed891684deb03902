"""Layers larger than an array, split over several whose column currents are added."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluator.crossbar.effective import effective_conductance
from evaluator.crossbar.wiring import ArrayWiring, checked_conductances
from measurements.errors import InputError


def tiled_conductance(
    conductances: ArrayLike, wiring: ArrayWiring, tile_rows: int, tile_columns: int
) -> NDArray[np.float64]:
    """Effective conductances of a layer on arrays of at most (tile_rows, tile_columns) cells [S].

    Each tile has drivers and sense resistances of its own, as `wiring` gives for its rows and columns; currents of
    tiles one above the other are added behind their sense circuits, without loss.

    Raises
    ------
    InputError
        A tile without cells, or values that `effective_conductance` refuses.
    """
    cells = checked_conductances(conductances)
    if tile_rows < 1 or tile_columns < 1:
        raise InputError(f"tiles of {tile_rows} by {tile_columns} cells; at least one by one is needed")
    rows, columns = cells.shape
    drivers, senses = wiring.drivers(rows), wiring.senses(columns)
    effective = np.empty_like(cells)
    for top in range(0, rows, tile_rows):
        for left in range(0, columns, tile_columns):
            place = np.s_[top : top + tile_rows, left : left + tile_columns]
            own = ArrayWiring(wiring.row_segment, wiring.column_segment, drivers[place[0]], senses[place[1]])
            effective[place] = effective_conductance(cells[place], own)
    return effective
