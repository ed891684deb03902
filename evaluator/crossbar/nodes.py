"""Node voltages of an array of linear cells, each with a current source beside it: one step of Newton's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluator.crossbar.columns import below_segment, through_sense
from evaluator.crossbar.rows import node_voltages, row_admittance
from evaluator.crossbar.wiring import ArrayWiring

FloatArray = NDArray[np.float64]


def array_nodes(
    cells: FloatArray, constant: FloatArray, wiring: ArrayWiring, sources: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Voltages of row nodes and of column nodes, both (rows, columns) [V], and column currents (columns,) [A].

    A cell carries G (u - v) + I from its row node to its column node; `cells` holds G [S], `constant` I [A],
    `sources` the voltage of each row's source (rows,) [V].
    """
    rows, columns = cells.shape
    drivers, senses = wiring.drivers(rows), wiring.senses(columns)
    row_voltage, column_voltage = np.empty_like(cells), np.empty_like(cells)
    seen = np.empty((rows, columns, columns))  # admittance below the segment under each row
    norton, own = np.empty_like(cells), np.empty((columns, columns))
    admittance, current = np.zeros((columns, columns)), np.zeros(columns)
    for row in range(rows):
        if row:
            admittance, current = _below(admittance, current, wiring.column_segment)
            seen[row - 1], norton[row - 1] = admittance, current
        row_admittance(cells[row], wiring.row_segment, drivers[row], own)
        held = node_voltages(cells[row], wiring.row_segment, drivers[row], sources[row], -constant[row])
        admittance = admittance + own
        current = current + cells[row] * held + constant[row]
    sensed = through_sense(admittance, current, senses)
    column_voltage[-1] = _sense_voltages(admittance, current, senses, sensed)
    flows = sensed
    for row in range(rows - 1, -1, -1):
        if row < rows - 1:
            flows = norton[row] - seen[row] @ column_voltage[row + 1]
            column_voltage[row] = column_voltage[row + 1] + wiring.column_segment * flows
        injected = cells[row] * column_voltage[row] - constant[row]
        row_voltage[row] = node_voltages(cells[row], wiring.row_segment, drivers[row], sources[row], injected)
    return row_voltage, column_voltage, sensed


def _below(admittance: FloatArray, current: FloatArray, segment: float) -> tuple[FloatArray, FloatArray]:
    if segment == 0.0:
        return admittance, current
    below, inverse = below_segment(admittance, segment)
    return below, inverse @ current


def _sense_voltages(admittance: FloatArray, current: FloatArray, senses: FloatArray, sensed: FloatArray) -> FloatArray:
    """Voltages of the last column nodes: R I, and for floating columns what leaves them without current."""
    floating = np.isinf(senses)
    voltage = np.where(floating, 0.0, senses) * sensed
    if floating.any():
        rest = current[floating] - admittance[np.ix_(floating, ~floating)] @ voltage[~floating]
        voltage[floating] = np.linalg.lstsq(admittance[np.ix_(floating, floating)], rest, rcond=None)[0]
    return voltage
