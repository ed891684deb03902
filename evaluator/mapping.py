"""Ternary weights on differential pairs of memristors, and the currents that they give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from devicefit.models.static import off_resistance, on_resistance
from evaluator.behaviour import ColumnBehaviour, NeuronBehaviour
from evaluator.crossbar import tiled_conductance
from evaluator.layerstate import Layer
from evaluator.network import SpikingNetwork
from evaluator.strobes import Strobed, tiles_of_one
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
P90_OF_NORMAL = 1.2815515655446004
"""90th percentile of the standard normal distribution."""


@dataclass(frozen=True, eq=False)
class MappedLayer:
    """Conductances [S] of one layer's crossbar as the column sees them, (rows, neurons) each, and its tiles.

    A weight +1 is (on, off) on the (plus, minus) column of its neuron, -1 is (off, on), 0 is (off, off). Rows
    are cut into tiles of `tile_rows`; the currents of a neuron's columns in all tiles add. `fanout` is the
    number of +-1 weights of each row.
    """

    plus: FloatArray
    minus: FloatArray
    tile_rows: int
    fanout: NDArray[np.int64]

    @property
    def cells(self) -> int:
        """Number of memristors."""
        return self.plus.size + self.minus.size

    @property
    def column_tiles(self) -> int:
        """Tiles that one column is cut into."""
        return int(-(-self.plus.shape[0] // self.tile_rows))

    @property
    def tiles(self) -> int:
        """Tiles of the whole layer."""
        return self.column_tiles

    @property
    def driver_load(self) -> float:
        """Mean conductance that one row driver sees [S]."""
        return float((self.plus + self.minus).sum(axis=1).mean())

    @property
    def column_load(self) -> float:
        """Mean conductance of one column of one tile [S]."""
        return float((self.plus.sum(axis=0) + self.minus.sum(axis=0)).mean()) / (2 * self.column_tiles)

    @property
    def strobed(self) -> int:
        """Neurons whose interfaces a pulse on one row driver strobes."""
        return int(self.plus.shape[1])

    @property
    def unequal(self) -> FloatArray:
        """What a neuron's plus columns conduct more than its minus columns, (column tiles, neurons) [S]."""
        starts = np.arange(0, self.plus.shape[0], self.tile_rows)
        return np.asarray(np.add.reduceat(self.plus - self.minus, starts, axis=0))

    @property
    def strobes(self) -> Strobed:
        """Which interfaces a pulse on a row strobes."""
        return tiles_of_one(self.plus.shape[0], self.tile_rows)

    def difference(self, plus: FloatArray, minus: FloatArray) -> FloatArray:
        """`plus` less `minus` columns, (rows, neurons) [S], taken times these gains of each side's interfaces, (column
        tiles, neurons) [1].
        """
        tile = np.arange(self.plus.shape[0]) // self.tile_rows
        return np.asarray(plus[tile] * self.plus - minus[tile] * self.minus)


def on_resistances(card: DeviceCard, shape: tuple[int, int], spread_seed: int | None) -> FloatArray:
    """On resistance [ohm] of each cell.

    Without a seed all cells have the card's small-signal value. With one the part beyond the series
    resistance, which electrodes and lines give every cell alike, is drawn from a log-normal distribution with
    the median and the p90/p10 ratio of the card's measured cycle-to-cycle spread: sigma = ln(p90'/p10') /
    2.563, p' = p - Rs.

    Raises
    ------
    InputError
        A seed is given and the card has no usable spread of `on_resistance`.
    """
    if spread_seed is None:
        return np.full(shape, on_resistance(card))
    spread = card.variability.get("on_resistance")
    series = card.value("series_resistance") if "series_resistance" in card.parameters else 0.0
    if spread is None or not series < spread.p10 <= spread.median <= spread.p90:
        found = (
            "no spread of on_resistance"
            if spread is None
            else "an on_resistance spread that reaches below its series resistance"
        )
        raise InputError(
            f"device card {card.device} {card.cell} has {found}",
            hint="fit several set sweeps of one cell, or evaluate without the spread",
        )
    sigma = np.log((spread.p90 - series) / (spread.p10 - series)) / (2 * P90_OF_NORMAL)
    normal = np.random.default_rng(spread_seed).standard_normal(shape)
    return np.asarray(series + (spread.median - series) * np.exp(sigma * normal))


def map_layer(
    weights: NDArray[np.int8], card: DeviceCard, column: ColumnBehaviour, *,
    spread_seed: int | None = None,
) -> MappedLayer:  # fmt: skip
    """Effective conductances of one layer: its tiles solved as the linear arrays that they are."""
    rows, neurons = weights.shape
    signs = np.hstack([weights, -weights])
    on = on_resistances(card, (rows, 2 * neurons), spread_seed)
    return map_resistances(weights, np.where(signs > 0, on, off_resistance(card)), column)


def map_resistances(weights: NDArray[np.int8], resistance: FloatArray, column: ColumnBehaviour) -> MappedLayer:
    """The same from the resistance of each memristor [ohm], (rows, 2 neurons): plus columns, then minus columns."""
    neurons = weights.shape[1]
    alone = 1.0 / (resistance + column.select_resistance)
    seen = tiled_conductance(alone, column.wiring, column.rows, 2 * neurons)
    fanout = np.count_nonzero(weights, axis=1).astype(np.int64)
    return MappedLayer(seen[:, :neurons], seen[:, neurons:], column.rows, fanout)


def on_fractions(signs: NDArray[np.int8], tile_rows: int) -> FloatArray:
    """Share of on cells (`signs` > 0) on the column and tile of each cell, of the tile's full `tile_rows`
    cells.

    >>> on_fractions(np.array([[1], [0], [1], [1]], np.int8), 2).ravel().tolist()
    [0.5, 0.5, 1.0, 1.0]
    """
    starts = np.arange(0, signs.shape[0], tile_rows)
    shares = np.add.reduceat((signs > 0).astype(np.float64), starts, axis=0) / tile_rows
    return np.asarray(np.repeat(shares, tile_rows, axis=0)[: signs.shape[0]])


def column_behaviours(network: SpikingNetwork, card: DeviceCard, tables: TableSet) -> tuple[ColumnBehaviour, ...]:
    """The columns of each layer, with the layer's mean share of on cells."""
    on, off = on_resistance(card), off_resistance(card)
    rows = round(float(tables["column_read"].dataset.attrs.get("rows", 1)))
    shares = (float(on_fractions(np.hstack([matrix, -matrix]), rows).mean()) for matrix in network.weights)
    return tuple(ColumnBehaviour.from_tables(tables, on, off, share, layer) for layer, share in enumerate(shares))


def map_network(
    network: SpikingNetwork, card: DeviceCard, columns: tuple[ColumnBehaviour, ...], *,
    spread_seed: int | None = None,
) -> tuple[MappedLayer, ...]:  # fmt: skip
    """Cells of all layers; layer k draws its spread with seed `spread_seed` + k."""
    return tuple(
        map_layer(
            matrix,
            card,
            column,
            spread_seed=None if spread_seed is None else spread_seed + index,
        )
        for index, (matrix, column) in enumerate(zip(network.weights, columns, strict=True))
    )


def pulse_widths(network: SpikingNetwork, neuron: NeuronBehaviour) -> tuple[float, ...]:
    """Width [s] of the pulses on each layer's rows: the encoder's, then the hidden neurons' spikes'."""
    return (network.encoder.pulse_width, *(neuron.spike_width for _ in network.weights[1:]))


def mean_row_load(matrix: NDArray[np.int8], on: float, off: float) -> float:
    """Conductance of a layer's mean row less one cell that is on [S]; `on`, `off` are of cell and selector [ohm]."""
    fanout = np.count_nonzero(matrix, axis=1)
    used = float(np.mean(fanout[fanout > 0])) if fanout.any() else 1.0
    return (used - 1.0) / on + (2 * int(matrix.shape[1]) - used) / off


def interface_gains(
    network: SpikingNetwork, card: DeviceCard, neuron: NeuronBehaviour, columns: tuple[ColumnBehaviour, ...]
) -> tuple[float, ...]:
    """Current gain of the (ideal) column interface of each layer [1].

    Chosen so that one pulse through one nominal on cell, on a row loaded like the layer's mean row, lifts a
    membrane by the network's `pulse_steps` of the neuron's threshold: gain = step * V_threshold * C / (V_read
    G_on w).
    """
    gains = []
    on, off = on_resistance(card), off_resistance(card)
    for matrix, step, width, column in zip(
        network.weights, network.pulse_steps, pulse_widths(network, neuron), columns, strict=True
    ):
        load = mean_row_load(matrix, on + column.select_resistance, off + column.select_resistance)
        cell = column.nominal_cell(on, load)
        gains.append(step * neuron.threshold * neuron.capacitance / (column.read_voltage * cell * width))
    return tuple(gains)


def kernel_layers(
    mapped: tuple[MappedLayer, ...], gains: tuple[float, ...], widths: tuple[float, ...],
    neuron: NeuronBehaviour, columns: tuple[ColumnBehaviour, ...],
) -> tuple[Layer, ...]:  # fmt: skip
    """Layers as the kernel takes them: slope [V/s] of one siemens on a membrane is gain V_read / C."""
    return tuple(
        Layer(
            conductance=np.ascontiguousarray(layer.plus - layer.minus, dtype=np.float32),
            drawn=layer.plus.sum(axis=1) + layer.minus.sum(axis=1),
            slope=gain * column.read_voltage / neuron.capacitance,
            width=width,
            delay=column.delay,
        )
        for layer, gain, width, column in zip(mapped, gains, widths, columns, strict=True)
    )
