"""The column as a resistor ladder: settled state by direct solution, without a simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dptsv

from measurements.errors import NetlistError

if TYPE_CHECKING:
    from netlists.column import ColumnRead

FloatArray = NDArray[np.float64]

_ITERATIONS = 50
_TOLERANCE = 1e-12


def settled_sense_current(spec: ColumnRead) -> float:
    """Current into the sense resistor once the pulse is flat [A].

    Nodal analysis of the tridiagonal ladder. Driver and row load are one Thevenin source V/(1+R*G) behind
    R/(1+R*G); each memristor is its chord conductance g1 + g3*v^2 + g5*v^4 at its own voltage v, iterated to
    1e-12.

    Raises
    ------
    NetlistError
        The iteration does not settle (a curvature that no read voltage of 0.3 V or less has).
    """
    active = np.array(spec.active)
    divider = 1.0 + spec.driver.resistance * spec.row_load
    source, driver = spec.read_voltage / divider, spec.driver.resistance / divider
    g1, g3, g5 = spec.polynomial
    device = np.full(active.size, g1)
    previous = 0.0
    for _ in range(_ITERATIONS):
        branch = 1.0 / (driver + spec.select_resistance + 1.0 / device)
        column = _column_voltages(spec, active, branch, source)
        sense = column[-1] / spec.sense_resistance
        voltage = (source - column[active]) * branch / device
        device = g1 + g3 * voltage**2 + g5 * voltage**4
        if abs(sense - previous) <= _TOLERANCE * abs(sense):
            return float(sense)
        previous = sense
    raise NetlistError(f"settled current of a column of {spec.rows} rows did not converge; lower read_voltage")


def _column_voltages(spec: ColumnRead, active: FloatArray, branch: FloatArray, source: float) -> FloatArray:
    """Voltages of the column nodes and, last, of the sense node [V]."""
    wire = 1.0 / spec.wire.segment_resistance
    diagonal = np.full(spec.rows + 1, 2.0 * wire)
    diagonal[0] = wire
    diagonal[-1] = wire + 1.0 / spec.sense_resistance
    ground = np.full(spec.rows, 1.0 / spec.idle_resistance)
    ground[active] = branch
    diagonal[:-1] += ground
    injected = np.zeros(spec.rows + 1)
    injected[active] = branch * source
    _, _, voltages, fault = dptsv(diagonal, np.full(spec.rows, -wire), injected)
    if fault:
        raise NetlistError(f"column of {spec.rows} rows: its conductances do not make a solvable ladder")
    return np.asarray(voltages)
