"""How an array warms and cools: the lines cut into pieces that hold heat."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, eigsh, splu

from devicefit.heat.fin import fin_of
from devicefit.heat.stack import Array, Electrode
from measurements.errors import InputError
from measurements.sweep import FloatArray


@dataclass(frozen=True, eq=False)
class HeatNetwork:
    """C dw/dt = W p - G w: `conductance` G [W/K], `capacity` C [J/K], `weights` W (nodes, cells), loss to the sink
    `to_sink` [W/K].
    """

    conductance: sparse.csc_matrix
    capacity: FloatArray
    weights: FloatArray
    to_sink: FloatArray

    @property
    def slowest_time_constant(self) -> float:
        """Time constant of the slowest way in which the array cools [s]: the smallest eigenvalue of C^-1 G."""
        root = 1.0 / np.sqrt(self.capacity)
        scaled = sparse.diags(root) @ self.conductance @ sparse.diags(root)
        solve = splu(scaled.tocsc()).solve
        nodes = self.capacity.size
        operator = LinearOperator((nodes, nodes), matvec=solve, dtype=np.float64)
        return float(eigsh(operator, k=1, which="LM", return_eigenvectors=False, v0=np.ones(nodes))[0])


@dataclass(frozen=True, eq=False)
class HeatHistory:
    """Temperature rise of every cell (times, cells) [K], heat stored [J] and heat given to the sink [J] by then."""

    time: FloatArray
    rise: FloatArray
    stored: FloatArray
    given: FloatArray


def heat_network(array: Array, pieces: int) -> HeatNetwork:
    """The array with each section between crossings cut into `pieces` pieces.

    A crossing holds the heat of both lines over its area; a piece of a line that of the line and a third of the
    wafer oxide's under it (quasi-static profile through it). The wafer itself stays at ambient temperature.

    Raises
    ------
    InputError
        Fewer than one piece, or more than a million nodes.
    """
    cells = array.rows * array.columns
    lines = array.rows * (array.columns + 1) + array.columns * (array.rows + 1)
    if pieces < 1 or 2 * cells + lines * pieces > 1_000_000:
        raise InputError(f"{pieces} pieces a section; one or more, and at most a million nodes, can be handled")
    mesh = _Mesh(array, 2 * cells)
    active, inert = array.active, array.inert
    for row in range(array.rows):
        mesh.line([array.cell(row, column) for column in range(array.columns)], active, inert.width, pieces)
    for column in range(array.columns):
        mesh.line([cells + array.cell(row, column) for row in range(array.rows)], inert, active.width, pieces)
    through = array.oxide.conductivity * active.width * inert.width / array.oxide_thickness
    loss = fin_of(inert, array.substrate).loss
    for cell in range(cells):
        mesh.join(cell, cells + cell, through)
        mesh.lose(cells + cell, loss * active.width)
        mesh.capacity[cell] += active.heat_capacity * inert.width
        mesh.capacity[cells + cell] += mesh.held(inert) * active.width
    share = active.layers[0].material.conductivity
    share /= share + inert.layers[0].material.conductivity
    weights = np.zeros((len(mesh.capacity), cells))
    weights[:cells] = share * np.eye(cells)
    weights[cells : 2 * cells] = (1.0 - share) * np.eye(cells)
    return HeatNetwork(mesh.matrix(), np.array(mesh.capacity), weights, np.array(mesh.sink))


def heat_history(network: HeatNetwork, power: FloatArray, step: float, steps: int) -> HeatHistory:
    """Rise of every cell after each of `steps` steps of `step` [s], from ambient, at a given power.

    `power` [W] is (steps, cells): what each cell dissipates during each step. Backward Euler: stable, of first
    order in the step, and exact in its energy balance (heat in = heat stored + heat given).

    Raises
    ------
    InputError
        Power of another shape, or a step that is not above zero.
    """
    cells = network.weights.shape[1]
    power = np.asarray(power, dtype=np.float64)
    if power.shape != (steps, cells) or not step > 0:
        raise InputError(f"power of shape {power.shape} and step {step} s; ({steps}, {cells}) and more than 0 s needed")
    solve = splu((sparse.diags(network.capacity / step) + network.conductance).tocsc()).solve
    state = np.zeros(network.capacity.size)
    rise, stored, given = np.empty((steps, cells)), np.empty(steps), np.empty(steps)
    out = 0.0
    for index in range(steps):
        state = solve(network.capacity / step * state + network.weights @ power[index])
        out += step * float(network.to_sink @ state)
        rise[index], stored[index], given[index] = network.weights.T @ state, float(network.capacity @ state), out
    time = np.arange(1, steps + 1, dtype=np.float64) * step
    return HeatHistory(time, rise, stored, given)


class _Mesh:
    """Nodes with heat capacity, conductances between them and to the sink."""

    def __init__(self, array: Array, nodes: int) -> None:
        self.capacity = [0.0] * nodes
        self.sink = [0.0] * nodes
        self._array = array
        self._entries: list[tuple[int, int, float]] = []

    def held(self, electrode: Electrode) -> float:
        """Heat that a line and a third of the oxide under it hold per length and kelvin [J/(m K)]."""
        substrate = self._array.substrate
        under = 0.0 if substrate.insulated else electrode.width * substrate.oxide_thickness / 3.0
        return electrode.heat_capacity + under * substrate.oxide.heat_capacity

    def join(self, first: int, second: int, conductance: float) -> None:
        self._entries += [(first, first, conductance), (second, second, conductance)]
        self._entries += [(first, second, -conductance), (second, first, -conductance)]

    def lose(self, node: int, conductance: float) -> None:
        self.sink[node] += conductance
        self._entries.append((node, node, conductance))

    def line(self, nodes: list[int], electrode: Electrode, crossing: float, pieces: int) -> None:
        """Crossings along one line, sections between them and ends to the pads, each in `pieces` pieces."""
        gap = self._array.pitch - crossing
        for first, second in pairwise(nodes):
            self.join(self._chain(first, electrode, gap, pieces), second, self._half(electrode, gap / pieces))
        end = self._array.pad_distance - 0.5 * crossing
        for node in (nodes[0], nodes[-1]):
            self.lose(self._chain(node, electrode, end, pieces), self._half(electrode, end / pieces))

    def matrix(self) -> sparse.csc_matrix:
        rows, columns, values = zip(*self._entries, strict=True)
        return sparse.csc_matrix((values, (rows, columns)), shape=(len(self.sink), len(self.sink)))

    def _half(self, electrode: Electrode, length: float) -> float:
        return 2.0 * electrode.width * electrode.sheet_conductance / length

    def _chain(self, node: int, electrode: Electrode, length: float, pieces: int) -> int:
        """Pieces from `node` on, joined one after the other; returns the last one."""
        fin = fin_of(electrode, self._array.substrate)
        piece = length / pieces
        for index in range(pieces):
            new = len(self.capacity)
            self.capacity.append(self.held(electrode) * piece)
            self.sink.append(0.0)
            self.lose(new, fin.loss * piece)
            self.join(node, new, (2.0 if index == 0 else 1.0) * fin.conductance / piece)
            node = new
        return node
