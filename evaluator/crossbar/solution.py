"""Voltages and currents everywhere in an array, and the power of each cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluator.crossbar.columns import on_one_thread
from evaluator.crossbar.nodes import array_nodes
from evaluator.crossbar.wiring import ArrayWiring, checked_conductances
from measurements.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ArraySolution:
    """A solved array.

    Parameters
    ----------
    row_voltage, column_voltage
        At the two ends of each cell, shape (rows, columns) [V].
    cell_current
        From row to column, shape (rows, columns) [A].
    column_current
        Into the sense resistances, shape (columns,) [A].
    """

    row_voltage: FloatArray
    column_voltage: FloatArray
    cell_current: FloatArray
    column_current: FloatArray

    @property
    def cell_voltage(self) -> FloatArray:
        """Across each cell, shape (rows, columns) [V]."""
        return self.row_voltage - self.column_voltage

    @property
    def cell_power(self) -> FloatArray:
        """Heat of each cell, shape (rows, columns) [W]."""
        return self.cell_voltage * self.cell_current

    @property
    def row_current(self) -> FloatArray:
        """What each driver delivers, shape (rows,) [A]."""
        return np.asarray(self.cell_current.sum(axis=1))


def checked_sources(voltages: ArrayLike, rows: int) -> FloatArray:
    """Row voltages (rows,) [V], finite."""
    sources = np.asarray(voltages, dtype=np.float64)
    if sources.shape != (rows,) or not np.isfinite(sources).all():
        raise InputError(f"voltages have shape {sources.shape}; {rows} finite numbers, one for each row, are needed")
    return sources


def solve_array(conductances: ArrayLike, voltages: ArrayLike, wiring: ArrayWiring) -> ArraySolution:
    """Every voltage and current of an array of linear cells.

    Parameters
    ----------
    conductances
        Of the cells, shape (rows, columns) [S].
    voltages
        Of the row sources, shape (rows,) [V]; a floating row (infinite driver resistance) ignores its own.
    wiring
        Resistances around the cells. Memory is rows * columns^2 numbers.

    Raises
    ------
    InputError
        Shapes or values do not fit.
    """
    cells = checked_conductances(conductances)
    sources = checked_sources(voltages, cells.shape[0])
    with on_one_thread():
        row_voltage, column_voltage, sensed = array_nodes(cells, np.zeros_like(cells), wiring, sources)
    return ArraySolution(row_voltage, column_voltage, cells * (row_voltage - column_voltage), sensed)
