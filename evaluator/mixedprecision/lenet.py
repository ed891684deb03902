"""LeNet as torch modules: the layers of `evaluator.mixedprecision.layershape.lenet` (the extra `train`)."""

from __future__ import annotations

import torch

from evaluator.mixedprecision.layers import with_memristors
from evaluator.mixedprecision.settings import ModuleSettings

LIMIT = 0.65
"""Weight of the highest level [1]; assumed: weights that software training reaches lie within it."""


def software_lenet(seed: int) -> torch.nn.Sequential:
    """LeNet with torch's own layers and initial weights of `seed`: the baseline."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 5),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Conv2d(4, 12, 5),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Flatten(),
            torch.nn.Linear(192, 10),
        )


def memristor_lenet(settings: ModuleSettings, seed: int, limit: float = LIMIT) -> torch.nn.Module:
    """The same from the same initial weights, on crossbars whose highest level stands for the weight `limit`."""
    return with_memristors(software_lenet(seed), settings, seed=seed, limit=limit)
