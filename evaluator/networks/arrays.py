"""Layers on arrays of memristors: effective conductances, current gains, what the kernel takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from devicefit.models.static import off_resistance, on_resistance
from evaluator.behaviour import ColumnBehaviour, NeuronBehaviour
from evaluator.layercells import Cells, DenseCells
from evaluator.mapping import MappedLayer, map_layer, mean_row_load, on_fractions
from evaluator.network import SpikingNetwork
from evaluator.networks.description import LayeredNetwork
from evaluator.networks.wiring import Wiring, wirings
from evaluator.strobes import Strobed, tiles_of_copies

FloatArray = NDArray[np.float64]
SIDES = ("plus", "minus")
SEED_STEP = 1_000_003
"""What the seeds of neighbouring copies of an array differ by."""


@dataclass(frozen=True, eq=False)
class MappedArrays(MappedLayer):
    """A layer's copies of an array, unfolded: `plus`, `minus` and `fanout` over all inputs and neurons, 0 where there
    is no cell. `plus_arrays`, `minus_arrays` are those of each copy, (copies, array rows, outputs), or of one for all,
    with `sub_columns` a side; `wiring` says what drives them. `driver_load` [S] and `column_load` [S] are means over
    their drivers and columns, idle rows included.
    """

    plus_arrays: FloatArray
    minus_arrays: FloatArray
    sub_columns: int
    wiring: Wiring

    @property
    def array_rows(self) -> int:
        """Rows of one array."""
        return int(self.plus_arrays.shape[1])

    @property
    def outputs(self) -> int:
        """Neurons of one array."""
        return int(self.plus_arrays.shape[2])

    @property
    def copies(self) -> int:
        """Arrays of the layer."""
        return self.wiring.places

    @property
    def cells(self) -> int:
        """Number of memristors."""
        return self.copies * self.array_rows * self.outputs * self.sub_columns * 2

    @property
    def column_tiles(self) -> int:
        """Tiles that one column of an array is cut into."""
        return int(-(-self.array_rows // self.tile_rows))

    @property
    def tiles(self) -> int:
        """Tiles of all copies."""
        return self.copies * self.column_tiles

    @property
    def driver_load(self) -> float:
        """Mean conductance that one row driver sees [S]."""
        return float((self.plus_arrays + self.minus_arrays).sum(axis=2).mean())

    @property
    def column_load(self) -> float:
        """Mean conductance of the columns of one side of a neuron in one tile [S]."""
        columns = self.plus_arrays.sum(axis=1) + self.minus_arrays.sum(axis=1)
        return float(columns.mean()) / (2 * self.column_tiles)

    @property
    def strobed(self) -> int:
        """Neurons whose interfaces a pulse on one row driver strobes."""
        return self.outputs

    @property
    def unequal(self) -> FloatArray:
        """What a neuron's plus columns conduct more than its minus columns, (column tiles, neurons) [S]."""
        starts = np.arange(0, self.array_rows, self.tile_rows)
        found = np.add.reduceat(self.plus_arrays - self.minus_arrays, starts, axis=1)
        each = np.broadcast_to(found, (self.copies, *found.shape[1:]))
        return np.asarray(each.transpose(1, 2, 0).reshape(self.column_tiles, -1))

    @property
    def strobes(self) -> Strobed:
        """Which interfaces a pulse on a row strobes."""
        return tiles_of_copies(self.wiring.source, self.wiring.rows, self.tile_rows)

    def difference(self, plus: FloatArray, minus: FloatArray) -> FloatArray:
        """`plus` less `minus` columns, (rows, neurons) [S], taken times these gains of each side's interfaces, (column
        tiles, neurons) [1].
        """
        tile = np.arange(self.array_rows) // self.tile_rows
        gains = (side.reshape(self.column_tiles, self.outputs, self.copies)[tile] for side in (plus, minus))
        up, down = (gain.transpose(2, 0, 1) for gain in gains)
        return self.wiring.unfold(up * self.plus_arrays - down * self.minus_arrays)


def ternary_columns(wiring: Wiring, levels: int) -> NDArray[np.int8]:
    """The array's weights on cells of two states: (rows, levels * outputs), column j * outputs + o is +-1 where the
    weight of output o is above j in size. What the columns of an output bring adds.

    >>> signs = np.array([[2, -1]])
    >>> [(np.sign(signs) * (np.abs(signs) > j)).tolist() for j in range(2)]
    [[[1, -1]], [[1, 0]]]
    """
    size = np.abs(wiring.signs)
    return np.hstack([np.sign(wiring.signs) * (size > level) for level in range(levels)]).astype(np.int8)


def array_behaviours(cells: Sequence[ArrayCells], card: DeviceCard, tables: TableSet) -> tuple[ColumnBehaviour, ...]:
    """The columns of each layer's arrays, with their mean share of on cells."""
    on, off = on_resistance(card), off_resistance(card)
    rows = round(float(tables["column_read"].dataset.attrs.get("rows", 1)))
    shares = (float(on_fractions(np.hstack([one.weights, -one.weights]), rows).mean()) for one in cells)
    return tuple(ColumnBehaviour.from_tables(tables, on, off, share, layer) for layer, share in enumerate(shares))


@dataclass(frozen=True, eq=False)
class ArrayCells:
    """Cells of a layer's copies of an array, each weight on `levels` pairs; see `evaluator.layercells.Cells`."""

    wiring: Wiring
    levels: int
    weights: NDArray[np.int8]

    @classmethod
    def of(cls, wiring: Wiring, levels: int) -> ArrayCells:
        """The cells that a wiring needs."""
        return cls(wiring, levels, ternary_columns(wiring, levels))

    @property
    def outputs(self) -> int:
        """Neurons of one array."""
        return int(self.wiring.signs.shape[1])

    @property
    def copies(self) -> int:
        """Arrays of the layer."""
        return self.wiring.places

    @property
    def drivers(self) -> int:
        """Row drivers of all copies."""
        return int(self.wiring.copies.sum())

    def joined(self, arrays: Sequence[MappedLayer]) -> MappedArrays:
        """The layer, from each of its copies or from one for all."""
        plus, minus = (np.array([_added(getattr(one, side), self.levels) for one in arrays]) for side in SIDES)
        fanout = self.wiring.unfold(np.abs(self.wiring.signs).astype(np.float64)).sum(axis=1)
        return MappedArrays(
            plus=self.wiring.unfold(plus),
            minus=self.wiring.unfold(minus),
            tile_rows=arrays[0].tile_rows,
            fanout=np.rint(fanout).astype(np.int64),
            plus_arrays=plus,
            minus_arrays=minus,
            sub_columns=self.levels,
            wiring=self.wiring,
        )

    def unfolded(self, arrays: Sequence[FloatArray]) -> FloatArray:
        """(rows, neurons) of the layer from what adds in its columns, (array rows, columns) of each copy."""
        return self.wiring.unfold(np.array([_added(one, self.levels) for one in arrays]))


def cells_of(network: SpikingNetwork | LayeredNetwork) -> tuple[Cells, ...]:
    """The cells of each layer with neurons."""
    if isinstance(network, LayeredNetwork):
        return tuple(ArrayCells.of(wiring, network.levels) for wiring in wirings(network))
    return tuple(DenseCells(matrix) for matrix in network.weights)


def map_arrays(
    cells: Sequence[ArrayCells], card: DeviceCard, columns: Sequence[ColumnBehaviour], *, spread_seed: int | None = None
) -> tuple[MappedArrays, ...]:
    """Cells of all layers. Copies of an array are alike without a seed, and drawn one by one with it: copy p of layer k
    with seed `spread_seed` + k + `SEED_STEP` p.
    """
    found = []
    for index, (layer, column) in enumerate(zip(cells, columns, strict=True)):
        places = range(1 if spread_seed is None else layer.copies)
        seeds = [None if spread_seed is None else spread_seed + index + SEED_STEP * place for place in places]
        found.append(layer.joined([map_layer(layer.weights, card, column, spread_seed=seed) for seed in seeds]))
    return tuple(found)


def _added(seen: FloatArray, levels: int) -> FloatArray:
    """Columns of each output together: (rows, outputs)."""
    return np.asarray(seen.reshape(seen.shape[0], levels, -1).sum(axis=1))


def array_gains(
    cells: Sequence[ArrayCells], widths: tuple[float, ...], card: DeviceCard, neuron: NeuronBehaviour,
    columns: tuple[ColumnBehaviour, ...],
) -> tuple[float, ...]:  # fmt: skip
    """Current gain of the (ideal) column interface of each layer [1], as `evaluator.mapping.interface_gains`."""
    on, off = on_resistance(card), off_resistance(card)
    gains = []
    for layer, width, column in zip(cells, widths, columns, strict=True):
        select, step = column.select_resistance, layer.wiring.pulse_step
        cell = column.nominal_cell(on, mean_row_load(layer.weights, on + select, off + select))
        gains.append(step * neuron.threshold * neuron.capacitance / (column.read_voltage * cell * width))
    return tuple(gains)
