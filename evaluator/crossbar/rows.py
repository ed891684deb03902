"""A row of cells between its driver and the columns, reduced to what the columns see of it.

All formulas add, multiply and divide positive numbers only, so that no digit is lost whether wires are far weaker or
far stronger than cells, and zero and infinite resistances need no case of their own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled

FloatArray = NDArray[np.float64]


@compiled
def looking_left(cells: FloatArray, segment: float, driver: float) -> FloatArray:
    """Conductance to the grounded source that each node sees to its left, shape (columns,) [S].

    l_0 = 1/driver, l_(j+1) = 1/(segment + 1/(l_j + G_j)).
    """
    found = np.empty(cells.size)
    found[0] = 1.0 / driver
    for j in range(1, cells.size):
        found[j] = 1.0 / (segment + 1.0 / (found[j - 1] + cells[j - 1]))
    return found


@compiled
def looking_right(cells: FloatArray, segment: float) -> FloatArray:
    """Conductance to the grounded columns that each node sees to its right, shape (columns,) [S]."""
    found = np.empty(cells.size)
    found[-1] = 0.0
    for j in range(cells.size - 2, -1, -1):
        found[j] = 1.0 / (segment + 1.0 / (cells[j + 1] + found[j + 1]))
    return found


@compiled
def source_response(cells: FloatArray, segment: float, driver: float) -> FloatArray:
    """Voltage of each row node for 1 V at the source and grounded columns, shape (columns,) [1]."""
    right = looking_right(cells, segment)
    found = np.empty(cells.size)
    load = cells[0] + right[0]
    found[0] = 0.0 if np.isinf(driver) else 1.0 / (1.0 + driver * load)
    for j in range(1, cells.size):
        found[j] = found[j - 1] / (1.0 + segment * (cells[j] + right[j]))
    return found


@compiled
def row_admittance(cells: FloatArray, segment: float, driver: float, out: FloatArray) -> None:
    """Fills `out`, shape (columns, columns) [S]: currents from the columns into the row per voltage on the columns.

    S = diag(G) - G T^-1 G with T the nodal matrix of the row: its diagonal is the cell in series with what lies left
    and right of its node; off the diagonal a voltage decays along the wire.
    """
    count = cells.size
    left, right = looking_left(cells, segment, driver), looking_right(cells, segment)
    for j in range(count):
        around = left[j] + right[j]
        out[j, j] = 0.0 if cells[j] == 0.0 else 1.0 / (1.0 / cells[j] + 1.0 / around)
        node = cells[j] / (cells[j] + around) if cells[j] > 0.0 else 0.0  # voltage of row node j per volt on column j
        for k in range(j + 1, count):
            node /= 1.0 + segment * (cells[k] + right[k])
            out[j, k] = -node * cells[k]
            out[k, j] = out[j, k]


@compiled
def node_voltages(cells: FloatArray, segment: float, driver: float, source: float, injected: FloatArray) -> FloatArray:
    """Voltages of a row's nodes whose cells lead to ground, with currents `injected` [A] into each, shape (columns,).

    Two sweeps: Norton equivalents from the left end to the right, then voltages back from the right.
    """
    count = cells.size
    left = looking_left(cells, segment, driver)
    norton = np.empty(count)  # current that everything left of a node delivers into a short there
    norton[0] = source / driver
    for j in range(1, count):
        before = left[j - 1] + cells[j - 1]
        if np.isinf(before):  # node j - 1 is the source itself
            norton[j] = source / segment
        else:
            norton[j] = (norton[j - 1] + injected[j - 1]) / (1.0 + segment * before)
    voltage = np.empty(count)
    for j in range(count - 1, -1, -1):
        load = left[j] + cells[j]
        flows = norton[j] + injected[j]
        if np.isinf(load):
            voltage[j] = source
        elif j == count - 1:
            voltage[j] = flows / load if load > 0.0 else 0.0  # a floating row without cells carries nothing
        else:
            voltage[j] = voltage[j + 1] + segment * (flows - load * voltage[j + 1]) / (1.0 + segment * load)
    return voltage
