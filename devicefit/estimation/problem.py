"""Residuals in blocks, each of which depends on some of the unknowns only.

A plain fit is one block. A joint fit over cycles has a block per cycle, whose residual takes the shared unknowns and
the cycle's own; its Jacobian is filled block by block, at the cost of (shared + own) evaluations of every block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from devicefit.estimation.unknowns import Coordinates, FloatArray, Unknown
from measurements.errors import FitError

Residual = Callable[[Mapping[str, float]], FloatArray]
Loss = Literal["linear", "soft_l1"]


@dataclass(frozen=True, eq=False)
class Block:
    """A residual vector: its function, the names it takes, and their places among the unknowns of the problem.

    `derivative`, where given, returns d residual/d value [1/own units], a row for each residual and a column for each
    *varied* name in order.
    """

    evaluate: Residual
    names: tuple[str, ...]
    places: tuple[int, ...]
    derivative: Residual | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    """What is minimised: unknowns, blocks of residuals and the law that weighs them.

    `accuracy` is the relative error that the residual function itself makes (rounding, or the tolerance of an
    integrator); steps of differences and tolerances follow from it. `loss_scale` is the residual beyond which
    soft_l1 counts a residual by its size. `known_noise` says that residuals are in units of their true deviation.
    """

    unknowns: tuple[Unknown, ...]
    blocks: tuple[Block, ...]
    accuracy: float
    loss: Loss
    loss_scale: float
    known_noise: bool


@dataclass(eq=False)
class Evaluation:
    """Evaluates the blocks of a problem in given coordinates, counts, and keeps the last point."""

    problem: Problem
    coordinates: Coordinates
    count: int = 0
    sizes: tuple[int, ...] = ()
    _last: tuple[bytes, list[FloatArray]] | None = field(default=None, repr=False)

    def columns(self, block: Block) -> tuple[int, ...]:
        """Places in the coordinate vector of the varied unknowns of `block`."""
        where = {place: column for column, place in enumerate(self.coordinates.free)}
        return tuple(where[place] for place in block.places if place in where)

    def one(self, block: Block, vector: FloatArray) -> FloatArray:
        """Residuals of one block; what overflows becomes infinite and is the caller's to judge."""
        values = self.coordinates.complete(vector)
        self.count += 1
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = block.evaluate({name: float(values[i]) for name, i in zip(block.names, block.places, strict=True)})
        return np.asarray(found, dtype=np.float64)

    def parts(self, vector: FloatArray) -> list[FloatArray]:
        """Residuals of every block.

        Raises
        ------
        FitError
            A block returned something else than one row of numbers, or another number of them than before.
        """
        key = vector.tobytes()
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        parts = [self.one(block, vector) for block in self.problem.blocks]
        sizes = tuple(part.size for part in parts)
        if any(part.ndim != 1 for part in parts) or (self.sizes and sizes != self.sizes):
            raise FitError(f"the residual function must always return one row of the same length, not {sizes[:5]}")
        self.sizes = sizes
        self._last = (key, parts)
        return parts

    def cost(self, vector: FloatArray) -> float:
        """Sum over the residuals of their loss; infinite where a residual is not finite."""
        with np.errstate(over="ignore", invalid="ignore"):
            total = sum(float(np.sum(self.compressed(part) ** 2)) for part in self.parts(vector))
        return total if np.isfinite(total) else np.inf

    def compressed(self, residual: FloatArray) -> FloatArray:
        """Residual whose square is its loss: 2 C^2 (sqrt(1 + (r/C)^2) - 1) for soft_l1 of scale C."""
        if self.problem.loss == "linear":
            return residual
        scale = self.problem.loss_scale
        with np.errstate(over="ignore", invalid="ignore"):
            excess = (residual / scale) ** 2
            return np.asarray(np.sign(residual) * scale * np.sqrt(2.0 * excess / (np.sqrt(1.0 + excess) + 1.0)))

    def compression(self, residual: FloatArray) -> FloatArray:
        """d compressed/d residual."""
        if self.problem.loss == "linear":
            return np.ones_like(residual)
        root = np.sqrt(1.0 + (residual / self.problem.loss_scale) ** 2)
        return np.asarray(np.sqrt((root + 1.0) / 2.0) / root)
