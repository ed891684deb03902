"""Two crossbars one above the other: how a watt in a cell of either layer warms every cell of both.

The network is that of `coupling`, once for each layer. The upper layer stands on a dielectric over the lower one:

    separate lines    upper inert crossing --k A/gap-- lower active crossing; upper lines between crossings lose heat to
                      the wafer through dielectric and wafer oxide, as if no lower line ran between crossings
    shared lines      the lower layer's active lines are the upper layer's, too: the stack inert, oxide, active, oxide,
                      inert has no dielectric; the upper inert crossing is joined to the active one by its oxide

so that what an upper crossing gives down passes through the lower one. Valid where `coupling` is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse.linalg import splu

from devicefit.heat.coupling import (
    Network,
    NetworkBuilder,
    add_active_lines,
    add_inert_lines,
    electrode_shares,
    through_oxide,
    through_wafer,
)
from devicefit.heat.fin import fin_of
from devicefit.heat.materials import SILICON_DIOXIDE, Material
from devicefit.heat.stack import Array
from measurements.errors import InputError
from measurements.sweep import FloatArray

MOST_CELLS = 2048
"""Cells of all layers, whose coupling matrix is full."""


@dataclass(frozen=True)
class Stack:
    """`layers` equal arrays (1 or 2), the upper one `gap` [m] of `dielectric` above the lower, or sharing its active
    lines; gap and dielectric are assumed, nobody published them. The dielectric may be of another conductivity than the
    wafer's oxide; between crossings it counts as that oxide.
    """

    array: Array
    layers: int = 2
    gap: float = 200e-9
    dielectric: Material = SILICON_DIOXIDE
    shared_lines: bool = False

    def __post_init__(self) -> None:
        if self.layers not in (1, 2):
            raise InputError(f"{self.layers} layers; an array has one or two")
        if not 0.0 < self.gap <= 1e-3:
            raise InputError(f"a gap of {self.gap:g} m; above zero, up to 1 mm")
        if self.cells > MOST_CELLS:
            raise InputError(f"{self.cells} cells in all layers; up to {MOST_CELLS} can be handled")

    @property
    def cells(self) -> int:
        """Of all layers."""
        return self.layers * self.array.rows * self.array.columns

    @property
    def shape(self) -> tuple[int, int, int]:
        """Layers, rows (active lines), columns (inert lines)."""
        return self.layers, self.array.rows, self.array.columns

    @property
    def between(self) -> float:
        """Conductance from a crossing of the upper layer to the one below it [W/K]."""
        if self.shared_lines:
            return through_oxide(self.array)
        return self.dielectric.conductivity * self.array.active.width * self.array.inert.width / self.gap

    @property
    def upper(self) -> Array:
        """The upper array: its lines on the wafer's oxide, the lower array and the dielectric (as oxide)."""
        array = self.array
        below = array.inert.thickness + array.oxide_thickness
        below += array.oxide_thickness if self.shared_lines else array.active.thickness + self.gap
        substrate = replace(array.substrate, oxide_thickness=array.substrate.oxide_thickness + below)
        return replace(array, substrate=substrate)


@dataclass(frozen=True, eq=False)
class StackCoupling:
    """Rise of every cell per watt in every other, cells as (layer, row, column) in one line.

    `lines` [K/W] through lines and layers, `wafer` [K/W] through the wafer besides, zero for cells above one another;
    `sink` [1]: heat that reaches wafer and pads per watt in each cell, one where nothing is lost on the way.
    """

    stack: Stack
    lines: FloatArray
    wafer: FloatArray
    sink: FloatArray

    @property
    def total(self) -> FloatArray:
        """Both ways together [K/W]."""
        return self.lines + self.wafer


def stack_coupling(stack: Stack) -> StackCoupling:
    """Coupling matrices (cells, cells) of a stack; symmetric, since heat enters where temperature is read."""
    network = stack_network(stack)
    rise = splu(network.matrix).solve(network.weights)
    lines = network.weights.T @ rise
    each = stack.array.rows * stack.array.columns
    one = np.array([through_wafer(stack.array, cell) for cell in range(each)])
    wafer = np.tile(one, (stack.layers, stack.layers))
    return StackCoupling(stack, 0.5 * (lines + lines.T), wafer, network.to_sink @ rise)


def stack_network(stack: Stack) -> Network:
    """The network; nodes are active and inert crossings of the lower layer, then those of the upper one."""
    array, cells = stack.array, stack.array.rows * stack.array.columns
    upper, two = stack.upper, stack.layers == 2
    sides = 2 if not two else 3 if stack.shared_lines else 4
    builder = NetworkBuilder(sides * cells)
    add_active_lines(builder, array, 0)
    add_inert_lines(builder, array, cells)
    upper_inert, upper_active = 2 * cells, 0 if stack.shared_lines else 3 * cells
    if two:
        add_inert_lines(builder, upper, upper_inert)
        if not stack.shared_lines:
            add_active_lines(builder, upper, upper_active)
    for cell in range(cells):
        builder.join(cell, cells + cell, through_oxide(array))
        builder.lose(cells + cell, fin_of(array.inert, array.substrate).loss * array.active.width)
        if two:
            builder.join(upper_active + cell, upper_inert + cell, through_oxide(array))
            if not stack.shared_lines:
                builder.join(cell, upper_inert + cell, stack.between)
    shares = electrode_shares(array)
    weights = np.zeros((sides * cells, stack.cells))
    weights[: 2 * cells, :cells] = shares
    if two:
        weights[upper_active : upper_active + cells, cells:] = shares[:cells]
        weights[upper_inert : upper_inert + cells, cells:] = shares[cells:]
    return Network(builder.matrix(), weights, np.array(builder.sink))
