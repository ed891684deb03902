"""A network of layers on its arrays, ready for images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluator.networks.layerkernel import run_layers
from evaluator.networks.routes import Route
from evaluator.outcome import Outcome
from evaluator.prepared import ImageRun

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
