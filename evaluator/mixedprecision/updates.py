"""When cells are written: where a digital sum of updates passes the threshold, or at every step.

Mixed precision (Wu et al. 2023, doi 10.1002/adma.202305465): an optimiser changes digital weights; where one differs
from the level of its cells by the threshold, its cells are programmed to the nearest level and the digital weight takes
that ideal level, which is not read back.

Naive: there is no digital sum. At every step every weight is read from its cells, the update is added, and its cells
are programmed to the nearest level. An update below half a step is lost; errors of programming add up like a random
walk.
"""

from __future__ import annotations

from typing import Protocol

import torch

from evaluator.mixedprecision.layers import MemristorLayer, memristor_layers
from measurements.errors import InputError


class Optimiser(Protocol):
    """What is used of torch's optimisers."""

    def step(self) -> object:
        """Change the parameters."""

    def zero_grad(self) -> None:
        """Forget the gradients."""


class MixedPrecision:
    """An optimiser of digital weights, and writes where their sums pass the threshold; for an ordinary loop.

    Raises
    ------
    InputError
        The model has no layer on crossbars.
    """

    def __init__(self, optimiser: Optimiser, model: torch.nn.Module) -> None:
        self.optimiser, self.layers = optimiser, _layers(model)
        self.steps = 0

    def zero_grad(self) -> None:
        """Forget the gradients."""
        self.optimiser.zero_grad()

    def step(self) -> None:
        """Change digital weights, then write the cells whose time has come."""
        self.optimiser.step()
        self.steps += 1
        with torch.no_grad():
            for layer in self.layers:
                write_where_passed(layer)


class NaiveUpdates(MixedPrecision):
    """The same without digital sums: all cells are written at every step."""

    def step(self) -> None:
        """Change what was read, and write all of it back."""
        with torch.no_grad():
            for layer in self.layers:
                layer.weight.copy_(layer.cells.actual())
            self.optimiser.step()
            self.steps += 1
            for layer in self.layers:
                layer.cells.rewrite(layer.cells.levelled(layer.weight))


def write_where_passed(layer: MemristorLayer) -> int:
    """Write the cells of `layer` whose sum passed the threshold; how many weights that were."""
    cells, weight = layer.cells, layer.weight
    weight.clamp_(-cells.limit, cells.limit)
    summed = weight / cells.step - cells.target
    # a sum of exactly one threshold counts as passed whatever the last bit says
    passed = summed.abs() >= layer.settings.threshold_steps * (1 - 1e-6)
    place = passed.nonzero(as_tuple=True)
    if len(place[0]) == 0:
        return 0
    target = cells.levelled(weight[place])
    cells.write(place, target)
    weight[place] = target * cells.step
    return len(place[0])


def _layers(model: torch.nn.Module) -> list[MemristorLayer]:
    found = memristor_layers(model)
    if not found:
        raise InputError("the model has no layer on crossbars", hint="use with_memristors or MemristorLinear")
    return found
