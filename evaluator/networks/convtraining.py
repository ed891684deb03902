"""Train a small convolutional network for the tables' neurons (needs torch, the extra `train`)."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from evaluator.code import Encoder
from evaluator.networks.description import LayeredNetwork
from evaluator.networks.torchdevice import TrainingDevice
from evaluator.networks.torchlayers import (
    MemristorConv2d,
    MemristorLinear,
    MemristorWeights,
    PixelSpikes,
    SumPool,
    TableMembranes,
    TableNeurons,
    network_of,
)
from evaluator.training import TrainingPhysics, TrainingPlan, decision_step, race_loss, shifted

UInt8Array = NDArray[np.uint8]
Labelled = tuple[UInt8Array, UInt8Array]


@dataclass(frozen=True)
class ConvolutionPlan:
    """A convolution of `channels` kernels of `size`, every `stride`, windows of `pool` added (1: none), then one dense
    layer; `pulse_steps` to begin with [thresholds]; `spike_cost`: weight of the mean spikes of a hidden neuron in the
    loss; `schedule`: epochs, batch, learning rate, seed, classes, loss.
    """

    side: int = 28
    channels: int = 8
    size: int = 5
    stride: int = 2
    pool: int = 1
    pulse_steps: tuple[float, float] = (0.12, 0.05)
    spike_cost: float = 0.0
    schedule: TrainingPlan = field(
        default_factory=lambda: TrainingPlan(epochs=4, batch=100, learning_rate=1.5e-2, urgency=0.2)
    )


def conv_modules(
    plan: ConvolutionPlan, physics: TrainingPhysics, encoder: Encoder, device: TrainingDevice
) -> torch.nn.Sequential:
    """The untrained network."""
    places = ((plan.side - plan.size) // plan.stride + 1) // plan.pool
    convolution = MemristorConv2d(
        1, plan.channels, plan.size, device, stride=plan.stride, pulse_step=plan.pulse_steps[0]
    )
    dense = MemristorLinear(plan.channels * places**2, plan.schedule.classes, device, pulse_step=plan.pulse_steps[1])
    pool = [SumPool(plan.pool)] if plan.pool > 1 else []
    return torch.nn.Sequential(
        PixelSpikes(encoder, (1, plan.side, plan.side), physics.step),
        convolution,
        TableNeurons(physics),
        *pool,
        dense,
        TableMembranes(physics),
    )


def train_convolution(
    train_set: Labelled, test_set: Labelled, plan: ConvolutionPlan, physics: TrainingPhysics, encoder: Encoder,
    device: TrainingDevice, recipe: str, report: Callable[[str], None],
) -> LayeredNetwork:  # fmt: skip
    """Train on (images, labels), flattened uint8; the recipe gets the accuracy in training's time steps added."""
    schedule = plan.schedule
    torch.manual_seed(schedule.seed)
    generator = torch.Generator().manual_seed(schedule.seed)
    images, labels = (torch.from_numpy(part.astype(kind)) for part, kind in zip(train_set, (np.uint8, np.int64),
                                                                             strict=True))  # fmt: skip
    modules = conv_modules(plan, physics, encoder, device)
    held = [module for module in modules if isinstance(module, MemristorWeights)]
    optimiser = torch.optim.Adam(
        [
            {"params": [module.latent for module in held], "lr": schedule.learning_rate},
            {"params": [module.log_step for module in held], "lr": schedule.learning_rate / 2},
        ]
    )
    steps = schedule.epochs * -(-len(labels) // schedule.batch)
    rates = [schedule.learning_rate, schedule.learning_rate / 2]
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps, pct_start=0.1)
    for epoch in range(schedule.epochs):
        began, total, hidden_spikes = clock.perf_counter(), 0.0, 0.0
        modules.train()
        for chosen in torch.randperm(len(labels), generator=generator).split(schedule.batch):
            spikes = modules[:3](shifted(images[chosen], schedule.shift, generator))
            mean_spikes = spikes.sum(dim=1).mean()
            loss = race_loss(modules[3:](spikes), labels[chosen], schedule) + plan.spike_cost * mean_spikes
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
            for module in held:
                module.keep_in_range()
            total += float(loss.detach()) * len(chosen)
            hidden_spikes += float(mean_spikes.detach()) * len(chosen)
        right = modules_accuracy(modules, test_set, schedule)
        report(
            f"epoch {epoch + 1}/{schedule.epochs}: loss {total / len(labels):.3f}, test accuracy {right:.4f}, "
            f"{hidden_spikes / len(labels):.2f} spikes a hidden neuron, {clock.perf_counter() - began:.0f} s"
        )
    score = f"accuracy in training's time steps on {len(test_set[1])} test images {right:.4f}"
    return network_of(modules, encoder, f"{recipe}; {score}")


def modules_accuracy(modules: torch.nn.Sequential, labelled: Labelled, plan: TrainingPlan) -> float:
    """Share of right decisions of the trained modules, cells nominal."""
    modules.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(labelled[1]), plan.batch):
            images = torch.from_numpy(labelled[0][start : start + plan.batch].copy())
            membranes = modules(images)
            winner = membranes[torch.arange(len(images)), decision_step(membranes)].argmax(dim=1).numpy()
            right += int((winner == labelled[1][start : start + plan.batch]).sum())
    return right / len(labelled[1])
