"""Trained weights on another chip: the same levels programmed into other cells (the extra `train`)."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch

from devicefit.card import DeviceCard
from evaluator.chips.cells import CellLaw, cell_law
from evaluator.mixedprecision.layers import memristor_layers
from evaluator.mixedprecision.training import Labelled, accuracy
from measurements.errors import InputError


@dataclass(frozen=True)
class Transfer:
    """Accuracy of each new chip [1]; `spread` says what makes the chips differ."""

    accuracies: tuple[float, ...]
    spread: str

    @property
    def mean(self) -> float:
        """Over the chips [1]."""
        return float(np.mean(self.accuracies))


@dataclass(frozen=True, eq=False)
class DeviceSpread:
    """Conductance of a cell over that of the typical cell, drawn from a card: between devices, or between its cycles.

    A cell is programmed open loop, as if it were the typical one: all its levels are off by its own factor.
    """

    law: CellLaw
    origin: str

    @classmethod
    def of_card(cls, card: DeviceCard, seed: int) -> DeviceSpread:
        """From device to device where the card is of a population, else from cycle to cycle.

        Raises
        ------
        InputError
            The card knows neither.
        """
        between = card.population is not None
        if not between and "on_resistance" not in card.variability:
            raise InputError(
                f"the card of {card.label} has no spread of on_resistance, between devices or cycles",
                hint="measure several cells and fit them with memchar population, or several cycles of one cell",
            )
        law = cell_law(card, device_spread=between, cycle_spread=not between, seed=seed)
        said = f"{len(card.population.members)} devices" if card.population is not None else "cycles of one device"
        return cls(law, f"on resistances drawn from {said} of the card of {card.label}, programmed open loop")

    def factors(self, shape: tuple[int, int], generator: np.random.Generator) -> torch.Tensor:
        """(outputs, inputs) of one polarity [1], with median 1."""
        on, _ = self.law.draw(shape, generator)
        return torch.from_numpy(np.median(on) / on).float()


def transfer(
    model: torch.nn.Module, labelled: Labelled, images: int, chips: int, seed: int, spread: DeviceSpread | None = None
) -> Transfer:
    """Accuracy after the levels of `model` were programmed into `chips` other chips.

    Every cell gets a fresh error of programming; with `spread` also its own factor.
    """
    found = []
    for number in range(chips):
        chip = copied(model, seed + number)
        if spread is not None:
            _detune(chip, spread, np.random.default_rng([seed, number]))
        found.append(accuracy(chip, labelled, images))
    return Transfer(tuple(found), "fresh errors of programming" if spread is None else spread.origin)


def copied(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """The model on a new chip: the same levels, programmed anew."""
    made = copy.deepcopy(model)
    for number, layer in enumerate(memristor_layers(made)):
        layer.cells.generator.manual_seed(7919 * seed + number)
        layer.cells.program_all()
    return made


def _detune(model: torch.nn.Module, spread: DeviceSpread, generator: np.random.Generator) -> None:
    """Scale every cell by its own factor."""
    for layer in memristor_layers(model):
        cells = layer.cells
        outputs, inputs = cells.target.shape
        plus, minus = (spread.factors((outputs, inputs), generator) for _ in range(2))
        cells.scale(plus, minus)
