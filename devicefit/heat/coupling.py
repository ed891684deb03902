"""Thermal cross-talk: temperature rise of every cell per watt in every other, from the array's geometry.

A conduction network with two nodes a crossing, one in each line, joined through the switching oxide; the lines between
crossings are fins, entered by their exact conductances, so nothing is cut into pieces. The wafer joins cells
besides, as a half space.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from devicefit.heat.fin import fin_of
from devicefit.heat.stack import Array
from measurements.heat import SharedLine
from measurements.sweep import FloatArray


@dataclass(frozen=True, eq=False)
class Coupling:
    """Coupling of an array, cells in the order of `Array.cell`.

    `lines` [K/W]: rise of the row's cell per watt in the column's cell through the lines and intermediate cells;
    symmetric; the diagonal is the rise of the crossing, without the filament's own constriction (see
    `filament_paths`). `wafer` [K/W]: the same through the wafer; zero on the diagonal. `sink` [1]: heat that
    reaches wafer and pads per watt in each cell through the network, one in a network that loses nothing.
    """

    array: Array
    lines: FloatArray
    wafer: FloatArray
    sink: FloatArray

    @property
    def total(self) -> FloatArray:
        """Both ways together [K/W]."""
        return self.lines + self.wafer


@dataclass(frozen=True, eq=False)
class Network:
    """Conductances: `matrix` G with G w = q [W/K]; `weights` (nodes, cells): where a cell's heat enters and how
    its temperature is read; `to_sink` [W/K]: what each node loses by itself to wafer and pads.
    """

    matrix: sparse.csc_matrix
    weights: FloatArray
    to_sink: FloatArray


def coupling(array: Array) -> Coupling:
    """Coupling matrices of an array.

    The network's matrix is symmetric and a cell's heat enters at the same nodes, in the same shares, as its
    temperature is read at, so the coupling is symmetric (reciprocity). Wafer: 1/(2 pi k d) at distance d on a
    half space, from all heat that enters it; an upper bound, since the wafer's back side cools too. Valid
    where healing lengths exceed half the line width; below, crossings are warmer in their middle than this.

    Returns
    -------
    Coupling with (cells, cells) matrices.
    """
    network = conduction_network(array)
    rise = splu(network.matrix).solve(network.weights)
    lines = network.weights.T @ rise
    wafer = np.array([through_wafer(array, cell) for cell in range(array.rows * array.columns)])
    return Coupling(array, 0.5 * (lines + lines.T), wafer, network.to_sink @ rise)


def arm_conductances(array: Array, cell: int) -> tuple[float, float]:
    """What the active and the inert line of a cell take per kelvin of its crossing, all other cells cold [W/K].

    Both directions of each line together, with all that the network joins to them; without the loss of the
    crossing itself. The two lines have nearly one temperature there: the oxide between them conducts far better
    than they do.
    """
    network = conduction_network(array)
    cells = array.rows * array.columns
    rise = splu(network.matrix).solve(network.weights[:, cell])
    upper, lower = float(rise[cell]), float(rise[cells + cell])
    share = float(network.weights[cell, cell])
    down = through_oxide(array) * (upper - lower)
    crossing = fin_of(array.inert, array.substrate).loss * array.active.width
    return (share - down) / upper, (1.0 - share + down) / lower - crossing


def line_coupling(array: Array) -> dict[tuple[str, int], float]:
    """Coupling [K/W] from the corner cell along its two lines, by shared line and number of pitches."""
    matrix, corner = coupling(array).total, array.cell(0, 0)
    along_active = {(str(SharedLine.ACTIVE), n): matrix[corner, array.cell(0, n)] for n in range(1, array.columns)}
    along_inert = {(str(SharedLine.INERT), n): matrix[corner, array.cell(n, 0)] for n in range(1, array.rows)}
    return {key: float(value) for key, value in (along_active | along_inert).items()}


def coupling_from(array: Array, cell: int) -> FloatArray:
    """Rise of every cell per watt in one cell, through lines and wafer [K/W]: a column of `coupling(array).total`.

    One solution of the network instead of one a cell: for large arrays.
    """
    network = conduction_network(array)
    lines = network.weights.T @ splu(network.matrix).solve(network.weights[:, cell])
    return np.asarray(lines + through_wafer(array, cell), dtype=np.float64)


def conduction_network(array: Array) -> Network:
    """The network of two nodes a crossing; see the module for what stands for what."""
    cells = array.rows * array.columns
    builder = NetworkBuilder(2 * cells)
    add_active_lines(builder, array, 0)
    add_inert_lines(builder, array, cells)
    for cell in range(cells):
        builder.join(cell, cells + cell, through_oxide(array))
        builder.lose(cells + cell, fin_of(array.inert, array.substrate).loss * array.active.width)
    return Network(builder.matrix(), electrode_shares(array), np.array(builder.sink))


def add_active_lines(builder: NetworkBuilder, array: Array, first: int) -> None:
    """The active lines between their crossings and to their pads; crossings are nodes from `first` on."""
    fin, across = fin_of(array.active, array.substrate), array.inert.width  # crossing's length along the line
    for row in range(array.rows):
        line = [first + array.cell(row, column) for column in range(array.columns)]
        builder.line(line, fin.section(array.pitch - across), fin.section(array.pad_distance - 0.5 * across))


def add_inert_lines(builder: NetworkBuilder, array: Array, first: int) -> None:
    """The inert lines between their crossings and to their pads; crossings are nodes from `first` on."""
    fin, along = fin_of(array.inert, array.substrate), array.active.width
    for column in range(array.columns):
        line = [first + array.cell(row, column) for row in range(array.rows)]
        builder.line(line, fin.section(array.pitch - along), fin.section(array.pad_distance - 0.5 * along))


def through_oxide(array: Array) -> float:
    """Conductance of the switching oxide of a crossing [W/K]."""
    return array.oxide.conductivity * array.active.width * array.inert.width / array.oxide_thickness


class NetworkBuilder:
    """Collects conductances between nodes and from nodes to the sink."""

    def __init__(self, nodes: int) -> None:
        self.sink = [0.0] * nodes
        self._entries: list[tuple[int, int, float]] = []

    def join(self, first: int, second: int, conductance: float) -> None:
        self._entries += [(first, first, conductance), (second, second, conductance)]
        self._entries += [(first, second, -conductance), (second, first, -conductance)]

    def lose(self, node: int, conductance: float) -> None:
        self.sink[node] += conductance
        self._entries.append((node, node, conductance))

    def line(self, nodes: list[int], section: tuple[float, float], end: tuple[float, float]) -> None:
        """Crossings along one line: sections between them, and an end section to a pad at either side."""
        own, transfer = section
        for first, second in pairwise(nodes):
            self.join(first, second, -transfer)
            self.lose(first, own + transfer)
            self.lose(second, own + transfer)
        self.lose(nodes[0], end[0])
        self.lose(nodes[-1], end[0])

    def matrix(self) -> sparse.csc_matrix:
        rows, columns, values = zip(*self._entries, strict=True)
        return sparse.csc_matrix((values, (rows, columns)), shape=(len(self.sink), len(self.sink)))


def electrode_shares(array: Array) -> FloatArray:
    """Shares of a filament's heat that enter either electrode: as their first layers' conductivities."""
    cells = array.rows * array.columns
    active = array.active.layers[0].material.conductivity
    share = active / (active + array.inert.layers[0].material.conductivity)
    return np.vstack([share * np.eye(cells), (1.0 - share) * np.eye(cells)])


def through_wafer(array: Array, cell: int) -> FloatArray:
    """Rise of every cell per watt in `cell` through the wafer alone; zero in the cell itself."""
    rows, columns = np.divmod(np.arange(array.rows * array.columns), array.columns)
    distance = array.pitch * np.hypot(rows - rows[cell], columns - columns[cell])
    if array.substrate.insulated:
        return np.zeros_like(distance)
    distance[cell] = np.inf
    return np.asarray(1.0 / (2.0 * math.pi * array.substrate.wafer.conductivity * distance), dtype=np.float64)
