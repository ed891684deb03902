"""Resistances around the cells of an array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from measurements.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ArrayWiring:
    """Resistances of an array of (rows, columns) cells; rows are driven at column 0, columns sensed past the last row.

    Every resistance may be zero; those of drivers and sense circuits may be infinite (a floating wire).

    Parameters
    ----------
    row_segment, column_segment
        Wire between neighbouring cells of a row, of a column [ohm].
    driver_resistance
        From a row's source to its first cell, one for all rows or shape (rows,) [ohm].
    sense_resistance
        From a column's last cell to ground, one for all columns or shape (columns,) [ohm].

    Raises
    ------
    InputError
        A resistance is negative or no number, or a wire segment is infinite.
    """

    row_segment: float = 0.0
    column_segment: float = 0.0
    driver_resistance: ArrayLike = 0.0
    sense_resistance: ArrayLike = 0.0

    def __post_init__(self) -> None:
        for name in ("row_segment", "column_segment", "driver_resistance", "sense_resistance"):
            value = np.asarray(getattr(self, name), dtype=np.float64)
            if np.isnan(value).any() or (value < 0).any():
                raise InputError(f"{name} is {value}; zero or more ohm is needed")
            if name.endswith("segment") and (value.ndim or not np.isfinite(value)):
                raise InputError(f"{name} is {value}; one finite number of ohm is needed")

    def drivers(self, rows: int) -> FloatArray:
        """Driver resistance of each row, shape (rows,) [ohm]."""
        return _each(self.driver_resistance, rows, "driver_resistance")

    def senses(self, columns: int) -> FloatArray:
        """Sense resistance of each column, shape (columns,) [ohm]."""
        return _each(self.sense_resistance, columns, "sense_resistance")

    def transposed(self) -> ArrayWiring:
        """Wiring of the same array seen from its sense ends: rows and columns change places, both reversed."""
        return ArrayWiring(
            row_segment=self.column_segment,
            column_segment=self.row_segment,
            driver_resistance=_reversed(self.sense_resistance),
            sense_resistance=_reversed(self.driver_resistance),
        )


def checked_conductances(conductances: ArrayLike) -> FloatArray:
    """Conductances (rows, columns) [S] as numbers of zero or more.

    Raises
    ------
    InputError
        Another shape, or a conductance that is negative, infinite or no number.
    """
    given = np.ascontiguousarray(conductances, dtype=np.float64)
    if given.ndim != 2 or given.size == 0:
        raise InputError(f"conductances have shape {given.shape}; (rows, columns) with a cell or more is needed")
    if not np.isfinite(given).all() or (given < 0).any():
        row, column = np.argwhere(~np.isfinite(given) | (given < 0))[0]
        raise InputError(f"the cell at row {row}, column {column} has {given[row, column]} S; zero or more is needed")
    return given


def _each(value: ArrayLike, count: int, name: str) -> FloatArray:
    given = np.asarray(value, dtype=np.float64)
    if given.ndim and given.shape != (count,):
        raise InputError(f"{name} has shape {given.shape}; one number or shape ({count},) is needed")
    return np.ascontiguousarray(np.broadcast_to(given, (count,)))


def _reversed(value: ArrayLike) -> ArrayLike:
    given = np.asarray(value, dtype=np.float64)
    return given[::-1] if given.ndim else given
