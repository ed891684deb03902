"""A small selector-less array with wires, one row read while the others are held at 0 V or float: sneak paths."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from measurements.errors import NetlistError
from netlists.checks import positive
from netlists.composition import cell, compose, new_circuit, number
from netlists.deck import Deck

Scheme = Literal["grounded", "floating"]
MOST_CELLS = 1024


def sneak_deck(
    conductances: ArrayLike,
    row: int,
    *,
    read_voltage: float = 0.1,
    scheme: Scheme = "floating",
    row_segment: float = 2.5,
    column_segment: float = 2.5,
    driver_resistance: float = 67.0,
    sense_resistance: float = 10.0,
) -> Deck:
    """Linear cells, every node of the wires; one row driven, every column sensed.

    Saved: `v(rI_J)` and `v(cI_J)` at the two ends of cell (I, J), and `i(vsenseJ)` into the sense resistors.

    Parameters
    ----------
    conductances
        (rows, columns) of the cells [S].
    row
        The one that is driven; `scheme` says what the others do.
    row_segment, column_segment, driver_resistance, sense_resistance
        As `evaluator.crossbar.ArrayWiring`; all above zero [ohm].

    Raises
    ------
    NetlistError
        Conductances that are not positive, a row that is not there, or more than 1024 cells.
    """
    cells = np.asarray(conductances, dtype=np.float64)
    if cells.ndim != 2 or not 1 <= cells.size <= MOST_CELLS or not np.all(np.isfinite(cells) & (cells > 0.0)):
        raise NetlistError(f"conductances of shape {cells.shape}: (rows, columns), up to {MOST_CELLS} above 0 S")
    rows, columns = cells.shape
    if not 0 <= row < rows or scheme not in ("grounded", "floating"):
        raise NetlistError(f"row {row} of {rows} with the others {scheme!r}; they are 'grounded' or 'floating'")
    wires = {"row_segment": row_segment, "column_segment": column_segment, "driver_resistance": driver_resistance}
    for name, value in (wires | {"sense_resistance": sense_resistance}).items():
        positive(f"{name} [ohm]", value)
    lines = [f"Vread read 0 {number(positive('read_voltage [V]', read_voltage))}"]
    for i in range(rows):
        if i == row or scheme == "grounded":
            lines.append(f"Rdrive{i} {'read' if i == row else '0'} r{i}_0 {number(driver_resistance)}")
        for j in range(columns):
            lines.append(f"Xcell{i}_{j} r{i}_{j} c{i}_{j} cell_selectorless g1={number(float(cells[i, j]))}")
            if j + 1 < columns:
                lines.append(f"Rrow{i}_{j} r{i}_{j} r{i}_{j + 1} {number(row_segment)}")
            if i + 1 < rows:
                lines.append(f"Rcolumn{i}_{j} c{i}_{j} c{i + 1}_{j} {number(column_segment)}")
    for j in range(columns):
        lines += [f"Vsense{j} c{rows - 1}_{j} s{j} 0", f"Rsense{j} s{j} 0 {number(sense_resistance)}"]
    text = cell("memory_cells")
    selectorless = text[text.index(".subckt cell_selectorless") :]
    return compose(
        new_circuit(f"sneak paths, {rows} x {columns}, {scheme}", [selectorless, "\n".join(lines)]),
        stop_time=1e-9,
        maximum_step=0.1e-9,
        saved=[f"v({side}{i}_{j})" for side in "rc" for i in range(rows) for j in range(columns)]
        + [f"i(vsense{j})" for j in range(columns)],
        options="method=gear gmin=1e-16",
    )
