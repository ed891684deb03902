"""Networks of layers on tables, less the states of their cells, and on the cells of a chip, ready for images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluator.mapping import MappedLayer
from evaluator.networks.arrays import ArrayCells
from evaluator.networks.layerkernel import run_layers
from evaluator.networks.routes import Route, routes_of
from evaluator.outcome import Outcome
from evaluator.prepared import ImageRun, Prepared

UInt8Array = NDArray[np.uint8]


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerRun(ImageRun):
    """Beside what dense networks need, `routes` of the spikes, and the `grid` of times [s] at which they are handed on,
    0 where they are when they are.
    """

    routes: tuple[Route, ...]
    grid: float = 0.0

    def __call__(self, pixels: UInt8Array) -> Outcome:
        """The outcome of `pixels` (images, rows)."""
        return run_layers(
            pixels, self.trains, self.layers, self.routes, self.membrane, self.fanout, self.clock, grid=self.grid,
            threads=self.threads, recorded=self.recorded,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class PreparedLayers(Prepared):
    """Beside what dense networks need, the `grid` of `LayerRun`; its `cells` lie on arrays."""

    cells: tuple[ArrayCells, ...]
    grid: float = 0.0

    def image_run(
        self, mapped: tuple[MappedLayer, ...], deviations: Sequence[NDArray[np.float32]] = (), seed: int = 0, *,
        recorded: int = 0, threads: int = 1,
    ) -> LayerRun:  # fmt: skip
        """The network on the cells of one chip; see `Prepared.image_run`."""
        run = super().image_run(mapped, deviations, seed, recorded=recorded, threads=threads)
        wirings = tuple(layer.wiring for layer in self.cells)
        return LayerRun(**vars(run), routes=routes_of(wirings, self.widths, self.neuron.spike_width), grid=self.grid)
