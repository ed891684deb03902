"""How often the arrays of a network work for one image, how long that takes and what it costs.

A layer's matrix is cut into arrays of `Tile.rows` by `Tile.columns`, a weight on two neighbouring columns. Rows are cut
between channels, so that a kernel never lies in two arrays. With n places of the output and a arrays a layer takes n
operations and n a tile operations, and with t the time of one operation an image takes

    plain      t sum(n)                      layers one after the other, the arrays of a layer together
    pipelined  t (max(n) + stages - 1)       all layers at work, on images or rows that follow each other
    copied     t (max(n/c) + stages - 1)     slow layers c times on the chip, each copy for a part of the places

and the energy is tile operations times the energy of one. Activations, pooling and scaling are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from evaluator.mixedprecision.layershape import LayerShape, NetworkShape
from measurements.errors import InputError


@dataclass(frozen=True)
class Tile:
    """An array of `rows` by `columns` cells, a weight on two columns."""

    rows: int = 64
    columns: int = 64

    def __post_init__(self) -> None:
        if self.rows < 1 or self.columns < 2:
            raise InputError(f"an array of {self.rows} by {self.columns} holds no pair of cells")

    @property
    def weights(self) -> int:
        """Columns of weights [1]."""
        return self.columns // 2


@dataclass(frozen=True)
class TileCost:
    """One operation of one array of `tile`: `energy` [J], `time` [s]; `origin` says where they are from."""

    tile: Tile
    energy: float
    time: float
    origin: str


@dataclass(frozen=True)
class LayerAccount:
    """Arrays and operations of a layer, `copies` of it on the chip."""

    layer: LayerShape
    arrays: int
    copies: int
    arrays_with_copies: int

    @property
    def tile_operations(self) -> int:
        """Of an image, all copies together [1]."""
        return self.layer.positions * self.arrays

    @property
    def copied_operations(self) -> int:
        """Of the busiest copy [1]."""
        return -(-self.layer.positions // self.copies)


@dataclass(frozen=True)
class NetworkAccount:
    """What a network takes on arrays of `cost`; latencies [s] and energy [J] are those of one image."""

    network: NetworkShape
    cost: TileCost
    layers: tuple[LayerAccount, ...]

    @property
    def devices(self) -> int:
        """Cells that hold a weight, two each [1]."""
        return 2 * self.network.weights

    @property
    def arrays(self) -> int:
        """Without copies [1]."""
        return sum(layer.arrays for layer in self.layers)

    @property
    def arrays_with_copies(self) -> int:
        """With them [1]."""
        return sum(layer.arrays_with_copies for layer in self.layers)

    @property
    def flops(self) -> int:
        """Multiplications and additions of an image [1]."""
        return self.network.flops

    @property
    def operations(self) -> int:
        """Vector-matrix products of an image [1]."""
        return self.network.operations

    @property
    def tile_operations(self) -> int:
        """Operations of single arrays for an image [1]."""
        return sum(layer.tile_operations for layer in self.layers)

    @property
    def stages(self) -> int:
        """Layers that an image passes one after the other [1]."""
        return sum(not layer.layer.beside for layer in self.layers)

    @property
    def plain_latency(self) -> float:
        """Layers one after the other [s]."""
        return self.operations * self.cost.time

    @property
    def pipelined_latency(self) -> float:
        """All layers at work [s]."""
        return (max(layer.layer.positions for layer in self.layers) + self.stages - 1) * self.cost.time

    @property
    def copied_latency(self) -> float:
        """All layers and their copies at work [s]."""
        return (max(layer.copied_operations for layer in self.layers) + self.stages - 1) * self.cost.time

    @property
    def energy(self) -> float:
        """[J]; copies share the work, they do not add to it."""
        return self.tile_operations * self.cost.energy


def row_arrays(layer: LayerShape, tile: Tile) -> int:
    """Arrays below each other; whole channels each, unless one channel's kernel alone is taller than an array.

    >>> row_arrays(LayerShape("conv", 256, 8, 3), Tile(256, 64))
    10
    """
    channels = tile.rows // layer.kernel**2
    if channels == 0:
        return layer.channels * math.ceil(layer.kernel**2 / tile.rows)
    return -(-layer.channels // channels)


def layer_arrays(layer: LayerShape, tile: Tile) -> int:
    """Arrays of one copy of a layer [1]."""
    return row_arrays(layer, tile) * -(-layer.outputs // tile.weights)


def balanced_copies(network: NetworkShape) -> dict[str, int]:
    """Copies by layer that bring the slowest layers near the next slower: powers of two, so that maps halve.

    The largest power of two that leaves a copy no fewer places than a layer of the second largest map has.
    """
    places = sorted({layer.positions for layer in network.layers}, reverse=True)
    goal = places[1] if len(places) > 1 else places[0]
    slow = (layer for layer in network.layers if layer.positions > goal)
    return {layer.name: 2 ** int(math.log2(layer.positions // goal)) for layer in slow}


def account(network: NetworkShape, cost: TileCost, copies: Mapping[str, int] | None = None) -> NetworkAccount:
    """The network on arrays of `cost.tile`; `copies` by layer, `balanced_copies` where not given.

    Copies of a layer that fills less than an array share arrays where rows and columns of each are free of the
    others': the inputs of two copies differ, so blocks lie on the diagonal.

    Raises
    ------
    InputError
        Copies of a layer that does not exist, or fewer than one.
    """
    wanted = dict(balanced_copies(network) if copies is None else copies)
    names = {layer.name for layer in network.layers}
    for name, count in wanted.items():
        if name not in names or count < 1:
            raise InputError(f"{count} copies of layer {name!r}", hint=f"layers: {', '.join(sorted(names))}; 1 or more")
    layers = []
    for layer in network.layers:
        number, arrays = wanted.get(layer.name, 1), layer_arrays(layer, cost.tile)
        together = min(cost.tile.rows // layer.rows, cost.tile.weights // layer.outputs) if arrays == 1 else 1
        layers.append(LayerAccount(layer, arrays, number, arrays * -(-number // together)))
    return NetworkAccount(network, cost, tuple(layers))
