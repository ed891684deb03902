"""What a weight is made of while a network is trained: levels of cells of two states, drawn from a card's spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from devicefit.card import DeviceCard
from devicefit.models.static import off_resistance, on_resistance
from evaluator.mapping import P90_OF_NORMAL
from evaluator.training_layers import ternary


@dataclass(frozen=True)
class TrainingDevice:
    """What a weight is made of: `levels` pairs of cells of two states, `leakage`: conductance of a cell that is off
    over one that is on [1]; of cells that are on the part `series_share` of the resistance is the same for all [1], the
    rest is log-normal with `sigma` [1].
    """

    levels: int = 1
    leakage: float = 0.0
    series_share: float = 1.0
    sigma: float = 0.0

    @classmethod
    def from_card(cls, card: DeviceCard, select_resistance: float, levels: int = 1) -> TrainingDevice:
        """The device of a card behind a selector of `select_resistance` [ohm], with its cycle-to-cycle spread where it
        has one (`evaluator.mapping.on_resistances`).
        """
        on = on_resistance(card) + select_resistance
        leakage = on / (off_resistance(card) + select_resistance)
        spread = card.variability.get("on_resistance")
        if spread is None:
            return cls(levels, leakage)
        series = card.value("series_resistance") if "series_resistance" in card.parameters else 0.0
        if not series < spread.p10 <= spread.median <= spread.p90:
            return cls(levels, leakage)
        sigma = math.log((spread.p90 - series) / (spread.p10 - series)) / (2 * P90_OF_NORMAL)
        fixed = series + select_resistance
        return cls(levels, leakage, fixed / (fixed + spread.median - series), sigma)

    def drawn(self, weights: torch.Tensor) -> torch.Tensor:
        """Whole-number weights as drawn cells give them, in units of one nominal cell."""
        if self.sigma == 0.0:
            return weights
        total = torch.zeros_like(weights)
        size, sign = weights.detach().abs(), torch.sign(weights.detach())
        for level in range(self.levels):
            ratio = self.series_share + (1 - self.series_share) * torch.exp(self.sigma * torch.randn_like(weights))
            total = total + sign * (size > level) / ratio
        return weights + (total - weights).detach()


def levelled(latent: torch.Tensor, levels: int) -> torch.Tensor:
    """Latent weights as whole numbers of -levels to levels; the gradient passes straight through.

    One level: -1, 0, +1 with the threshold of `evaluator.training_layers.ternary`; more: latent 1 is the highest.
    """
    if levels == 1:
        return ternary(latent)
    hard = torch.clamp(torch.round(latent.detach() * levels), -levels, levels)
    return latent * levels + (hard - latent.detach() * levels)
