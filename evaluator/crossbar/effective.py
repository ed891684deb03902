"""The exact linear map of an array with fixed states: column currents for any row voltages, as one matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluator.crossbar.columns import below_segment, on_one_thread, through_sense
from evaluator.crossbar.dissection import dissected_conductance
from evaluator.crossbar.rows import row_admittance, source_response
from evaluator.crossbar.wiring import ArrayWiring, checked_conductances

FloatArray = NDArray[np.float64]
HALVED_FROM = 112
"""Cells on the smaller side from which on an array is solved by halves: below, row after row is quicker."""


def effective_conductance(conductances: ArrayLike, wiring: ArrayWiring) -> FloatArray:
    """Effective conductances E, shape (rows, columns) [S]: column currents are V @ E for row voltages V (..., rows).

    Exact: wires, drivers and sense resistors are in it, and every sneak path. Large arrays whose wires all have
    resistance are halved again and again (`evaluator.crossbar.dissection`), in operations that grow with the third
    power of the side and memory of about 90 numbers a cell; others are taken row after row, rows * columns^2 * (rows +
    columns) multiplications and additions in matrix products (the smaller side counts as columns; a passive network is
    reciprocal) and memory of a few such matrices.

    Parameters
    ----------
    conductances
        Of the cells, shape (rows, columns) [S]; zero is an open cell.
    wiring
        Resistances around them.

    Raises
    ------
    InputError
        A conductance is negative or no number, or `wiring` is for another shape.

    Examples
    --------
    >>> effective_conductance([[1e-3]], ArrayWiring(driver_resistance=1e3)).tolist()
    [[0.0005]]
    """
    cells = checked_conductances(conductances)
    with on_one_thread():
        if _is_worth_halving(cells, wiring):
            drivers, senses = wiring.drivers(cells.shape[0]), wiring.senses(cells.shape[1])
            return dissected_conductance(cells, wiring.row_segment, wiring.column_segment, drivers, senses)
        if cells.shape[1] > cells.shape[0]:
            seen = _eliminated(np.ascontiguousarray(cells[::-1, ::-1].T), wiring.transposed())
            return np.ascontiguousarray(seen[::-1, ::-1].T)
        return _eliminated(cells, wiring)


def _is_worth_halving(cells: FloatArray, wiring: ArrayWiring) -> bool:
    """Large, every wire with resistance (rows of nodes without are quicker), and no floating end."""
    ends = (wiring.drivers(cells.shape[0]), wiring.senses(cells.shape[1]))
    wired = wiring.row_segment > 0.0 and wiring.column_segment > 0.0
    return min(cells.shape) >= HALVED_FROM and wired and all(np.isfinite(end).all() for end in ends)


def _eliminated(cells: FloatArray, wiring: ArrayWiring) -> FloatArray:
    rows, columns = cells.shape
    drivers, senses = wiring.drivers(rows), wiring.senses(columns)
    admittance, own = np.empty((columns, columns)), np.empty((columns, columns))
    norton, moved = np.empty((rows, columns)), np.empty((rows, columns))
    for row in range(rows):
        row_admittance(cells[row], wiring.row_segment, drivers[row], own)
        if row == 0:
            admittance = own.copy()
        elif wiring.column_segment == 0.0:
            admittance += own
        else:
            admittance, inverse = below_segment(admittance, wiring.column_segment)
            np.matmul(norton[:row], inverse, out=moved[:row])
            norton, moved = moved, norton
            admittance += own
        norton[row] = cells[row] * source_response(cells[row], wiring.row_segment, drivers[row])
    return through_sense(admittance, norton, senses)
