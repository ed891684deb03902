"""LeNet on MNIST, epoch by epoch: in software, with mixed precision, with naive updates (the extra `train`)."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from evaluator.mixedprecision.layers import memristor_layers
from evaluator.mixedprecision.lenet import LIMIT, memristor_lenet, software_lenet
from evaluator.mixedprecision.settings import ModuleSettings
from evaluator.mixedprecision.updates import MixedPrecision, NaiveUpdates, Optimiser
from evaluator.mixedprecision.wear import Wear, wear_of
from measurements.errors import TrainingError

UInt8Array = NDArray[np.uint8]
Labelled = tuple[UInt8Array, UInt8Array]
Mode = Literal["software", "mixed", "naive"]
WINDOW = 50
"""Batches over which the loss is averaged to see whether it grows [1]."""
GROWTH = 3.0
"""Mean loss over the lowest so far, from which training counts as diverged where it also exceeds guessing [1]."""
TEST_BATCH = 500


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: Adam whose rate falls as half a cosine from `rate` to `last_share` of it.

    `images`: training images of an epoch, from the first [1]; `test_images`: of the test set [1]; `limit`: weight of
    the highest level [1].
    """

    epochs: int = 8
    images: int = 60_000
    batch: int = 64
    rate: float = 3e-3
    last_share: float = 0.02
    weight_decay: float = 0.0
    limit: float = LIMIT
    test_images: int = 10_000

    @property
    def steps(self) -> int:
        """Updates of the whole training [1]."""
        return self.epochs * (self.images // self.batch)


@dataclass(frozen=True)
class Epoch:
    """A finished epoch: mean loss, accuracy on the test images, updates so far, seconds by
    the clock and of the processor, and the wear of the cells."""

    number: int
    loss: float
    accuracy: float
    steps: int
    seconds: float
    processor_seconds: float
    wear: Wear | None


def train_lenet(
    train_set: Labelled, test_set: Labelled, mode: Mode, settings: ModuleSettings | None, recipe: Recipe, seed: int,
    progress: Callable[[int], None],
) -> Iterator[tuple[Epoch, torch.nn.Module]]:  # fmt: skip
    """Each epoch as it ends, and the network as it is then; `progress` gets the updates done.

    Raises
    ------
    TrainingError
        The loss is no number, or (with mixed precision and in software) grows beyond guessing.
    """
    model = software_lenet(seed) if settings is None else memristor_lenet(settings, seed, recipe.limit)
    inner = torch.optim.Adam(model.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay)
    optimiser: Optimiser = inner
    if mode != "software":
        optimiser = (MixedPrecision if mode == "mixed" else NaiveUpdates)(inner, model)
    falling = torch.optim.lr_scheduler.LambdaLR(inner, lambda step: _share(step, recipe))
    watch = LossWatch(mode, growing=mode != "naive")
    images, labels = tensors(train_set, recipe.images)
    shuffle = torch.Generator().manual_seed(seed)
    whole = len(labels) // recipe.batch * recipe.batch
    for number in range(1, recipe.epochs + 1):
        began, worked, total = clock.perf_counter(), clock.process_time(), 0.0
        for chosen in torch.randperm(len(labels), generator=shuffle)[:whole].split(recipe.batch):
            loss = torch.nn.functional.cross_entropy(model(images[chosen].float() / 255), labels[chosen])
            found = float(loss.detach())
            watch.add(found)
            total += found
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            falling.step()
            progress(falling.last_epoch)
        seconds, worked = clock.perf_counter() - began, clock.process_time() - worked
        batches = whole // recipe.batch
        layers = memristor_layers(model)
        wear = wear_of(layers, falling.last_epoch) if layers else None
        score = accuracy(model, test_set, recipe.test_images)
        yield Epoch(number, total / batches, score, falling.last_epoch, seconds, worked, wear), model


class LossWatch:
    """Stops a training whose loss is no number or grows."""

    def __init__(self, name: str, *, growing: bool, classes: int = 10) -> None:
        self.name, self.growing, self.guessing = name, growing, math.log(classes)
        self.recent: list[float] = []
        self.lowest = math.inf
        self.step = 0

    def add(self, loss: float) -> None:
        """The loss of the next batch.

        Raises
        ------
        TrainingError
            It is not finite, or the mean over a window is above guessing and above three times the lowest so far.
        """
        self.step += 1
        advice = "take a lower rate (--set rate=), a higher threshold or a device with less programming error"
        if not math.isfinite(loss):
            raise TrainingError(f"{self.name} training diverged: the loss of update {self.step} is {loss}; {advice}")
        self.recent.append(loss)
        if len(self.recent) < WINDOW:
            return
        mean = sum(self.recent) / WINDOW
        self.recent.clear()
        if self.growing and mean > GROWTH * min(self.lowest, self.guessing) and mean > self.guessing:
            raise TrainingError(
                f"{self.name} training diverged: the mean loss up to update {self.step} is {mean:.3g}, and was"
                f" {min(self.lowest, self.guessing):.3g} ({self.guessing:.3g} is guessing); {advice}"
            )
        self.lowest = min(self.lowest, mean)


def accuracy(model: torch.nn.Module, labelled: Labelled, count: int) -> float:
    """Share of the first `count` images that the network names right [1]."""
    images, labels = tensors(labelled, count)
    right = 0
    with torch.no_grad():
        for part, named in zip(images.split(TEST_BATCH), labels.split(TEST_BATCH), strict=True):
            right += int((model(part.float() / 255).argmax(1) == named).sum())
    return right / len(labels)


def tensors(labelled: Labelled, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The first `count` images (images, 1, 28, 28), uint8, and labels."""
    images = torch.from_numpy(labelled[0][:count].copy()).unsqueeze(1)
    return images, torch.from_numpy(labelled[1][:count].astype(np.int64))


def _share(step: int, recipe: Recipe) -> float:
    done = min(step / max(recipe.steps, 1), 1.0)
    return recipe.last_share + (1 - recipe.last_share) * 0.5 * (1 + math.cos(math.pi * done))
