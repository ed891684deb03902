"""Pairs of cells that hold the weights of a layer: levels, what was programmed instead, and how often."""

from __future__ import annotations

import torch

from evaluator.mixedprecision.settings import ModuleSettings


class CellPairs:
    """Cells of a weight matrix (outputs, inputs), in steps of the device; one step is `step` of a weight.

    `target` holds whole steps from -(levels - 1) to levels - 1: positive on the plus cell, the other at its lowest
    level. `plus`, `minus` are what was programmed, with their error; `plus_writes`, `minus_writes`, `weight_writes`
    count writes after the first, of a weight those of one or both of its cells as one.
    """

    def __init__(
        self, weights: torch.Tensor, limit: float, settings: ModuleSettings, generator: torch.Generator
    ) -> None:
        self.settings, self.generator, self.limit = settings, generator, limit
        self.most = settings.levels - 1
        self.step = limit / self.most
        self.floor = settings.lowest_conductance / settings.step
        self.target = self.levelled(weights.detach())
        self.plus_writes = torch.zeros(weights.shape, dtype=torch.int32)
        self.minus_writes = torch.zeros(weights.shape, dtype=torch.int32)
        self.weight_writes = torch.zeros(weights.shape, dtype=torch.int32)
        self.program_all()

    def levelled(self, weights: torch.Tensor) -> torch.Tensor:
        """Weights as whole steps within the range."""
        return torch.round(weights / self.step).clamp_(-self.most, self.most)

    def ideal(self) -> torch.Tensor:
        """Weights that the levels stand for."""
        return self.target * self.step

    def actual(self) -> torch.Tensor:
        """Weights that the cells have."""
        return (self.plus - self.minus) * self.step

    def program_all(self) -> None:
        """Every cell once, at its target; counts nothing."""
        self.plus = self._programmed(self.target.clamp(min=0))
        self.minus = self._programmed((-self.target).clamp(min=0))
        self._assemble()

    def rewrite(self, target: torch.Tensor) -> None:
        """Every cell to `target`, whether it changes or not."""
        self.target = target
        self.plus_writes += 1
        self.minus_writes += 1
        self.weight_writes += 1
        self.program_all()

    def write(self, place: tuple[torch.Tensor, ...], target: torch.Tensor) -> None:
        """Those cells of the weights at `place` that `target` changes."""
        before = self.target[place]
        for cells, writes, sign in ((self.plus, self.plus_writes, 1.0), (self.minus, self.minus_writes, -1.0)):
            wanted = (sign * target).clamp(min=0)
            changed = wanted != (sign * before).clamp(min=0)
            cells[place] = torch.where(changed, self._programmed(wanted), cells[place])
            writes[place] += changed.int()
        self.weight_writes[place] += 1
        self.target[place] = target
        self._assemble()

    def scale(self, plus: torch.Tensor, minus: torch.Tensor) -> None:
        """Multiply the conductance of every cell by its own factor."""
        self.plus = (self.plus + self.floor) * plus - self.floor
        self.minus = (self.minus + self.floor) * minus - self.floor
        self._assemble()

    def _programmed(self, wanted: torch.Tensor) -> torch.Tensor:
        """What programming makes of it; a conductance stays at 0 or more."""
        error = self.settings.program_error * torch.randn(wanted.shape, generator=self.generator)
        return (wanted + error).clamp_(min=-self.floor)

    def _assemble(self) -> None:
        """(inputs, 2 outputs): conductances over the step, plus columns and minus columns."""
        self.conductance = torch.cat([self.plus, self.minus]).add_(self.floor).t().contiguous()
