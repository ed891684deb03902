"""Effective conductances of a passive array: what each row's source puts into each column's sense resistor.

An array of fixed states is linear, so the currents of rows that are read together add up, and one matrix says it all,
wires, drivers, sense resistors and idle cells included:

    column j      T_j v_j = D_j u          v_j: nodes along its wire, u: rows, D_j = diag(g_1j ... g_nj)
    rows          (G_d + L + sum_j D_j - sum_j D_j T_j^-1 D_j) u = G_d V
    sense         I_j = g_end v_j(last)    g_end: the last wire segment and the sense resistor in series

T_j is tridiagonal, and its inverse is p_a q_b / w for a <= b, with p and q the voltages along the wire that a current at
its far, respectively near, end alone would leave. Both are running sums of positive terms, so nothing cancels, and the
sum over columns is one matrix product.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from measurements.errors import InputError

FloatArray = NDArray[np.float64]


def effective_conductance(
    cells: ArrayLike,
    *,
    wire_resistance: float,
    sense_resistance: float,
    driver_resistance: float,
    row_load: ArrayLike = 0.0,
) -> FloatArray:
    """Current into each column's sense resistor per volt of each row's source, the others at 0 V, (rows, columns) [S].

    Parameters
    ----------
    cells
        Conductance of each crosspoint, select resistor included, (rows, columns) [S].
    wire_resistance
        Column wire between neighbouring rows, and from the last row to the sense resistor [ohm].
    sense_resistance, driver_resistance
        From the end of each column to ground, and from each source to its row [ohm].
    row_load
        Conductance of other cells on each row, to 0 V [S].

    Raises
    ------
    InputError
        A resistance is not positive, or a conductance is negative or not finite.

    >>> one = effective_conductance([[1e-3]], wire_resistance=10.0, sense_resistance=90.0, driver_resistance=400.0)
    >>> bool(np.isclose(one[0, 0], 1 / 1500))
    True
    """
    conductance = np.asarray(cells, dtype=float)
    load = np.broadcast_to(np.asarray(row_load, dtype=float), conductance.shape[:1])
    _check(conductance, load, wire_resistance, sense_resistance, driver_resistance)
    wire, driver = 1.0 / wire_resistance, 1.0 / driver_resistance
    end = 1.0 / (wire_resistance + sense_resistance)
    down, up, scale = _along_the_wire(conductance, wire, end)
    left, right = conductance * down, conductance * up / scale
    product = left @ right.T
    passed = np.triu(product) + np.triu(product, 1).T
    rows_matrix = np.diag(driver + load + conductance.sum(axis=1)) - passed
    sensed = end * left / scale  # between each row and the last, where q = 1
    return np.asarray(driver * np.linalg.solve(rows_matrix, sensed))


def _along_the_wire(conductance: FloatArray, wire: float, end: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """p, q (rows, columns) and w (columns): T^-1 between rows a <= b is p_a q_b / w."""
    rows = conductance.shape[0]
    down, up = np.ones_like(conductance), np.ones_like(conductance)
    drop = np.zeros(conductance.shape[1])
    for row in range(rows - 1):
        drop = drop + conductance[row] * down[row] / wire
        down[row + 1] = down[row] + drop
    scale = wire * drop + (conductance[-1] + end) * down[-1]
    drop = np.full(conductance.shape[1], end / wire)
    for row in range(rows - 1, 0, -1):
        drop = drop + conductance[row] * up[row] / wire
        up[row - 1] = up[row] + drop
    return down, up, scale


def _check(conductance: FloatArray, load: FloatArray, *resistances: float) -> None:
    if conductance.ndim != 2 or conductance.size == 0:
        raise InputError(f"conductances of (rows, columns) are needed, found shape {conductance.shape}")
    if not (np.isfinite(conductance).all() and (conductance >= 0).all() and (load >= 0).all()):
        raise InputError("conductances must be finite and not negative")
    if not all(np.isfinite(value) and value > 0 for value in resistances):
        raise InputError(f"resistances of wire, sense and driver must be positive, found {resistances}")
