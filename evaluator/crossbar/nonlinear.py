"""Arrays of cells whose current is any rising function of voltage, with resistive wires: Newton's method.

Kirchhoff's equations of such an array are the stationary point of its co-content, the sum over all elements of the
integral of current over voltage, which is convex: damped Newton steps cannot end anywhere else (Millar, "Some general
theorems for non-linear systems possessing resistance", Phil. Mag. 42, 1150, 1951, doi 10.1080/14786445108561361).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluator.crossbar.columns import on_one_thread
from evaluator.crossbar.nodes import array_nodes
from evaluator.crossbar.solution import ArraySolution, checked_sources
from evaluator.crossbar.wiring import ArrayWiring
from measurements.errors import ConvergenceError, InputError

FloatArray = NDArray[np.float64]
CellCurve = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""Current [A] and its derivative [S] of every cell at the given voltages, all of shape (rows, columns)."""

TOLERANCE = 1e-11
"""A Newton step below this part of the largest voltage ends the search; convergence is then quadratic."""
MOST_STEPS = 100
MOST_HALVINGS = 30


def solve_nonlinear(
    curve: CellCurve, voltages: ArrayLike, columns: int, wiring: ArrayWiring, tolerance: float = TOLERANCE
) -> ArraySolution:
    """Every voltage and current of an array of non-linear cells.

    Parameters
    ----------
    curve
        Current and slope of all cells; the slope must be zero or more at every voltage.
    voltages
        Of the row sources, shape (rows,) [V].
    columns
        Number of columns.
    wiring
        Resistances around the cells.
    tolerance
        Largest change of a cell's voltage in the last step, relative to the largest source [1].

    Raises
    ------
    InputError
        Shapes do not fit, or a cell's slope is negative or no number.
    ConvergenceError
        No solution after 100 steps.
    """
    sources = checked_sources(voltages, np.size(voltages))
    across = np.zeros((sources.size, columns))
    scale = float(np.max(np.abs(sources), initial=0.0))
    current, slope = _checked(*curve(across), across)
    for _ in range(MOST_STEPS):
        with on_one_thread():
            row, column, sensed = array_nodes(slope, current - slope * across, wiring, sources)
        step = (row - column) - across
        across, current, slope, share = _damped(curve, across, current, slope, step)
        if share == 1.0 and float(np.max(np.abs(step))) <= tolerance * scale:
            return ArraySolution(row, column, current, sensed)
    raise ConvergenceError(f"cell voltages still move by {np.max(np.abs(step)):.3g} V after {MOST_STEPS} Newton steps")


def _damped(
    curve: CellCurve, across: FloatArray, current: FloatArray, slope: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Cell voltages after the longest of the shares 1, 1/2, 1/4... of a step that does not overshoot.

    Along a Newton step the wires' part of the equations is met in proportion, so what the curves' bend adds to the
    co-content's slope, (current - linear current) * step summed over cells, must stay below what the step wins.
    """
    gain = float(np.sum(slope * step * step))
    rounding = 8.0 * np.finfo(np.float64).eps * float(np.sum(np.abs(current * step)))
    share = 1.0
    for _ in range(MOST_HALVINGS):
        trial = across + share * step
        with np.errstate(over="ignore", invalid="ignore"):
            found, rising = curve(trial)
            bend = float(np.sum((found - current - share * slope * step) * step))
        if bend <= (1.5 - share) * gain + rounding:  # never true where a curve has overflowed
            break
        share *= 0.5
    return trial, *_checked(found, rising, trial), share


def _checked(current: FloatArray, slope: FloatArray, across: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Currents and slopes at the voltages `across`, of their shape, finite and rising."""
    if current.shape != across.shape or slope.shape != across.shape:
        raise InputError(f"the cells' curve returns shapes {current.shape}, {slope.shape}; {across.shape} is needed")
    if not (np.isfinite(current).all() and np.isfinite(slope).all()) or (slope < 0).any():
        row, column = np.argwhere(~np.isfinite(current) | ~np.isfinite(slope) | (slope < 0))[0]
        raise InputError(
            f"the cell at row {row}, column {column} has current {current[row, column]} A and slope"
            f" {slope[row, column]} S at {across[row, column]:.4g} V; a rising, finite curve is needed"
        )
    return current, slope
