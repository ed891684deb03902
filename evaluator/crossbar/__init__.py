"""Passive crossbar arrays with resistive wires: exact currents at the speed of a matrix product.

ArrayWiring             drivers, wire segments and sense resistances
effective_conductance   an array's exact linear map from row voltages to column currents, once for all inputs
tiled_conductance       the same for a layer split over arrays of a largest size
solve_array             node voltages and currents of every cell, for heat, sneak paths and disturb
solve_nonlinear         the same for cells with any monotone current-voltage curve
"""

from evaluator.crossbar.effective import effective_conductance
from evaluator.crossbar.nonlinear import CellCurve, solve_nonlinear
from evaluator.crossbar.solution import ArraySolution, solve_array
from evaluator.crossbar.tiling import tiled_conductance
from evaluator.crossbar.wiring import ArrayWiring

__all__ = [
    "ArraySolution",
    "ArrayWiring",
    "CellCurve",
    "effective_conductance",
    "solve_array",
    "solve_nonlinear",
    "tiled_conductance",
]
