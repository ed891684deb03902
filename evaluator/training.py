"""Train ternary weights through discretised spiking physics (needs torch, the extra `train`).

The network sees what the event-driven kernel will do, in time steps: ISI spikes of the pixels, charge steps
of +-`pulse_steps` thresholds through +-1 weights, leak, floor, dead time, spikes of the hidden neurons, and a
race of the output membranes. Weights are ternarised with the straight-through estimator and one threshold per
layer (0.7 of the mean magnitude: Li, Zhang and Liu, arXiv 1605.04711).

Loss: cross-entropy of the output membranes at the step where the first of them passes the threshold (at the
end of the window where none does), plus a share of the same at the end of the window, so that late evidence
also teaches.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from evaluator.code import Encoder
from evaluator.training_layers import LifLayer, MembraneLayer, ternary

UInt8Array = NDArray[np.uint8]


@dataclass(frozen=True)
class TrainingPhysics:
    """What training assumes of the circuit, relative to the threshold charge of one neuron.

    `leak` [1/s] and `dead_time` [s] of the neuron, `recovery` of a negative membrane [1/s], `floor` (lowest
    membrane voltage) [thresholds], `step` [s] of time. Defaults: the reference neuron as characterized,
    rounded: 30 nA on 1 pF and 0.96 V (31,000 1/s), dead time 123 ns, 0.7 uA at -1 V, floor -0.5 V.
    """

    leak: float = 3.1e4
    recovery: float = 7e5
    dead_time: float = 123e-9
    floor: float = -0.5
    step: float = 25e-9


@dataclass(frozen=True)
class TrainingPlan:
    """Sizes and schedule: `hidden` neurons, `classes`, epochs, images a batch, learning rate, pixel `levels`,
    groups of row phases, seed.

    `pulse_steps` are the starting membrane steps of one pulse through a +1 weight, per layer [thresholds];
    they are trained along up to `largest_step`, beyond which neurons leave the currents of their table.
    `urgency` weighs outputs that stay below the threshold (see `race_loss`). `shift` [pixel] is the largest
    random shift of a training image in x and y.
    """

    hidden: int = 100
    classes: int = 10
    epochs: int = 20
    batch: int = 200
    learning_rate: float = 1.5e-2
    levels: int = 12
    phase_groups: int = 4
    seed: int = 1
    pulse_steps: tuple[float, float] = (0.025, 0.07)
    shift: int = 1
    sharpness: float = 8.0
    end_share: float = 0.3
    urgency: float = 0.0
    largest_step: float = 0.12


@dataclass(frozen=True)
class Trained:
    """Ternary weights (inputs, neurons) and membrane step of a pulse [thresholds] of each layer."""

    weights: tuple[NDArray[np.int8], ...]
    pulse_steps: tuple[float, ...]
    test_accuracy: float


def level_trains(encoder: Encoder, levels: int, step: float, groups: int) -> tuple[NDArray[np.int64], torch.Tensor]:
    """Level of each pixel value (-1: silent) and spikes of each group and level in each step, (groups, steps,
    levels).

    Training groups the 256 pixel values into `levels` of equal width in brightness, each with the train of
    its mean value (the top one: of 255), and the phases of the rows into `groups`; the kernel keeps all of
    both.
    """
    values = np.arange(256)
    audible = np.array([encoder.spike_times(value / 255).size > 0 for value in values])
    first = int(values[audible][0])
    level = np.where(audible, np.minimum((values - first) * levels // (256 - first), levels - 1), -1)
    steps = round(encoder.window / step)
    counts = np.zeros((groups, steps, levels), np.float32)
    delays = encoder.row_delay(encoder.phases)
    group_of = np.arange(encoder.phases) * groups // encoder.phases
    for group in range(groups):
        delay = float(delays[group_of == group].mean()) if np.any(group_of == group) else 0.0
        for index in range(levels):
            members = values[level == index]
            brightness = float(members[-1] if index == levels - 1 else members.mean()) / 255
            times = encoder.spike_times(brightness) + delay
            np.add.at(counts[group, :, index], (times[times < encoder.window] / step).astype(int), 1)
    return level, torch.from_numpy(counts)


class SpikingModel(torch.nn.Module):  # type: ignore[misc]
    """784-N-10 (or any sizes): latent weights, log pulse steps, and the discretised forward pass."""

    def __init__(self, inputs: int, plan: TrainingPlan, physics: TrainingPhysics, encoder: Encoder) -> None:
        super().__init__()
        level, trains = level_trains(encoder, plan.levels, physics.step, plan.phase_groups)
        self.level, self.trains, self.physics = torch.from_numpy(level), trains, physics
        self.group = torch.arange(inputs) % encoder.phases * plan.phase_groups // encoder.phases
        self.first = torch.nn.Parameter(0.3 * torch.randn(inputs, plan.hidden))
        self.second = torch.nn.Parameter(0.3 * torch.randn(plan.hidden, plan.classes))
        self.log_steps = torch.nn.Parameter(torch.log(torch.tensor(plan.pulse_steps)))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Output membranes (images, steps, classes) and hidden spikes (images, steps, hidden)."""
        physics = self.physics
        levels = self.trains.shape[2]
        index = self.level[images.long()]
        one_hot = (index[:, None, :] == torch.arange(levels)[None, :, None]).float()
        weights = ternary(self.first) * self.log_steps[0].exp()
        drive = torch.zeros(())
        for group, trains in enumerate(self.trains):
            rows = self.group == group
            drive = drive + torch.einsum("tl,bln->btn", trains, one_hot[:, :, rows] @ weights[rows])
        leak, recovery = physics.leak * physics.step, physics.recovery * physics.step
        dead_steps = round(physics.dead_time / physics.step)
        spikes = LifLayer.apply(drive.contiguous(), leak, recovery, physics.floor, dead_steps)
        output_drive = spikes @ ternary(self.second) * self.log_steps[1].exp()
        return MembraneLayer.apply(output_drive.contiguous(), leak, recovery, physics.floor), spikes


def decision_step(membranes: torch.Tensor) -> torch.Tensor:
    """Step at which the first output passes the threshold; the last step where none does."""
    passed = membranes.detach().amax(dim=2) >= 1
    steps = membranes.shape[1]
    first = torch.where(passed.any(dim=1), passed.float().argmax(dim=1), torch.tensor(steps - 1))
    return first.long()


def race_loss(membranes: torch.Tensor, labels: torch.Tensor, plan: TrainingPlan) -> torch.Tensor:
    """Cross-entropy at the decision and, with weight `end_share`, at the end of the window; with weight
    `urgency`, what the right output then lacks of 1.2 thresholds.
    """
    at_decision = membranes[torch.arange(len(labels)), decision_step(membranes)]
    entropy = torch.nn.functional.cross_entropy
    loss = entropy(plan.sharpness * at_decision, labels)
    loss = loss + plan.end_share * entropy(plan.sharpness / 2 * membranes[:, -1], labels)
    if plan.urgency > 0:
        right = membranes[torch.arange(len(labels)), -1, labels]
        loss = loss + plan.urgency * torch.relu(1.2 - right).mean()
    return loss


def shifted(images: torch.Tensor, largest: int, generator: torch.Generator) -> torch.Tensor:
    """Square images (flattened), each batch moved by one random shift; pixels that leave come back dark."""
    if largest == 0:
        return images
    side = round(images.shape[1] ** 0.5)
    down, right = (int(torch.randint(-largest, largest + 1, (1,), generator=generator)) for _ in range(2))
    square = torch.nn.functional.pad(images.view(-1, side, side), (largest,) * 4)
    top, left = largest + down, largest + right
    return square[:, top : top + side, left : left + side].reshape(len(images), -1)


def accuracy(model: SpikingModel, images: torch.Tensor, labels: torch.Tensor, batch: int) -> tuple[float, float, float]:
    """Share of right decisions, mean decision step, mean hidden spikes per image."""
    right, steps, spikes = 0.0, 0.0, 0.0
    with torch.no_grad():
        for start in range(0, len(labels), batch):
            membranes, hidden = model(images[start : start + batch])
            at = decision_step(membranes)
            winner = membranes[torch.arange(len(at)), at].argmax(dim=1)
            right += float((winner == labels[start : start + batch]).sum())
            steps += float(at.sum())
            spikes += float(hidden.sum())
    return right / len(labels), steps / len(labels), spikes / len(labels)


def train(
    train_set: tuple[UInt8Array, UInt8Array],
    test_set: tuple[UInt8Array, UInt8Array],
    plan: TrainingPlan,
    physics: TrainingPhysics,
    encoder: Encoder,
    report: Callable[[str], None],
) -> Trained:
    """Train on (images, labels), flattened uint8 images; the weights of the last epoch are kept."""
    generator = torch.Generator().manual_seed(plan.seed)
    torch.manual_seed(plan.seed)
    images, labels = torch.from_numpy(train_set[0].copy()), torch.from_numpy(train_set[1].astype(np.int64))
    test_images, test_labels = (
        torch.from_numpy(test_set[0].copy()),
        torch.from_numpy(test_set[1].astype(np.int64)),
    )
    model = SpikingModel(images.shape[1], plan, physics, encoder)
    batches = -(-len(labels) // plan.batch)
    groups = [
        {"params": [model.first, model.second], "lr": plan.learning_rate},
        {"params": [model.log_steps], "lr": plan.learning_rate / 2},
    ]
    optimiser = torch.optim.Adam(groups)
    rates = [plan.learning_rate, plan.learning_rate / 2]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=plan.epochs * batches, pct_start=0.1)
    for epoch in range(plan.epochs):
        began, total = clock.perf_counter(), 0.0
        for chosen in torch.randperm(len(labels), generator=generator).split(plan.batch):
            membranes, _ = model(shifted(images[chosen], plan.shift, generator))
            loss = race_loss(membranes, labels[chosen], plan)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            with torch.no_grad():
                model.first.clamp_(-1, 1)
                model.second.clamp_(-1, 1)
                model.log_steps.clamp_(max=math.log(plan.largest_step))
            total += float(loss.detach()) * len(chosen)
        right, step, spikes = accuracy(model, test_images, test_labels, plan.batch)
        report(
            f"epoch {epoch + 1}: loss {total / len(labels):.4f}, test {right:.4f}, decision "
            f"{step * physics.step * 1e9:.0f} ns, hidden spikes {spikes:.0f}, steps "
            f"{[round(s, 4) for s in model.log_steps.detach().exp().tolist()]}, "
            f"{clock.perf_counter() - began:.1f} s"
        )
    first, second = ternary(model.first.detach()), ternary(model.second.detach())
    first[torch.from_numpy((train_set[0] > 0).any(axis=0) == 0)] = 0
    weights = tuple(layer.numpy().astype(np.int8) for layer in (first, second))
    return Trained(weights, tuple(model.log_steps.detach().exp().tolist()), right)
