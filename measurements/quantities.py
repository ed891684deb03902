"""A table of figures that a test wrote instead of curves: one row a cell, cycle or condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from measurements.errors import InputError
from measurements.sweep import FloatArray, Source


@dataclass(frozen=True, eq=False)
class QuantityTable:
    """Named columns of equal length, with units: forming voltages of a thousand cells, resistances before
    and after a bake, bit error rate against time and temperature.

    Parameters
    ----------
    kind
        What the rows are, in a word or two (`forming`, `cycling`, `relaxation`, `bit error rate`, `plain`).
    columns, units
        Values and SI unit of each named column (`1` where there is none); a value that the file leaves out is
        NaN.
    device, cell, source, comment
        As in `Sweep`; `cell` says `many` where the rows are cells.

    Raises
    ------
    InputError
        No column, no row, columns of unequal length, a column without unit, or an infinite value.
    """

    kind: str
    columns: Mapping[str, FloatArray]
    units: Mapping[str, str]
    device: str
    cell: str
    source: Source
    comment: str = ""

    def __post_init__(self) -> None:
        frozen = {name: np.array(values, dtype=np.float64) for name, values in self.columns.items()}
        lengths = {values.shape for values in frozen.values()}
        if len(lengths) != 1 or len(next(iter(lengths))) != 1 or next(iter(lengths)) == (0,):
            raise InputError(f"columns of shapes {sorted(lengths)}; equal lengths are needed", path=self.source.file)
        for name, values in frozen.items():
            values.setflags(write=False)
            if name not in self.units:
                raise InputError(f"column {name!r} has no unit", path=self.source.file)
            if np.any(np.isinf(values)):
                raise InputError(f"column {name!r} holds an infinite value", path=self.source.file)
        object.__setattr__(self, "columns", frozen)

    def __len__(self) -> int:
        return int(next(iter(self.columns.values())).size)
