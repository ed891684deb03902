"""Layers of memristors and neurons of the tables as torch modules, for an ordinary training loop (the extra `train`).

All take and give (images, time steps, ...), spikes as counts:

    net = torch.nn.Sequential(
        PixelSpikes(IsiEncoder(), 784, 25e-9),
        MemristorLinear(784, 100, device, pulse_step=0.025), TableNeurons(physics),
        MemristorLinear(100, 10, device, pulse_step=0.07), TableMembranes(physics),
    )

A weight is a latent number that is put on the device's levels in the forward pass, with the gradient passed straight
through (arXiv 1308.3432), and while training every cell that is on is drawn anew from the device's spread. Neurons have
a surrogate gradient (`evaluator.training_neuron`). `network_of` makes a `LayeredNetwork` of the trained modules.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from evaluator.behaviour import NeuronBehaviour
from evaluator.code import Encoder
from evaluator.networks.description import LayeredNetwork
from evaluator.networks.layers import SUM, Convolution, Dense, Layer, Pair, Pooling, Shape
from evaluator.networks.torchdevice import TrainingDevice, levelled
from evaluator.training import TrainingPhysics
from evaluator.training_layers import LifLayer, MembraneLayer
from measurements.errors import InputError


class MemristorWeights(torch.nn.Module):  # type: ignore[misc]
    """Latent weights, the log of their pulse step [thresholds], and the device that they are put on."""

    def __init__(self, shape: tuple[int, ...], device: TrainingDevice, pulse_step: float, largest_step: float) -> None:
        super().__init__()
        self.device, self.largest_step = device, largest_step
        self.latent = torch.nn.Parameter(0.3 * torch.randn(shape))
        self.log_step = torch.nn.Parameter(torch.tensor(math.log(pulse_step)))

    def weights(self) -> torch.Tensor:
        """Weights of this pass in thresholds a pulse; drawn anew while training."""
        whole = levelled(self.latent, self.device.levels)
        return (self.device.drawn(whole) if self.training else whole) * self.log_step.exp()

    def exact(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Nominal weights: whole numbers times the step."""
        with torch.no_grad():
            signs = levelled(self.latent, self.device.levels).round().double().numpy()
        return np.asarray(signs * math.exp(float(self.log_step.detach())))

    def keep_in_range(self) -> None:
        """Latent weights within +-1 and the step below the largest; to be called after each step of an optimiser."""
        with torch.no_grad():
            self.latent.clamp_(-1, 1)
            self.log_step.clamp_(max=math.log(self.largest_step))


class MemristorLinear(MemristorWeights):
    """Spikes (images, steps, inputs) to what they lift membranes by, (images, steps, outputs) [thresholds]."""

    def __init__(
        self, inputs: int, outputs: int, device: TrainingDevice, *, pulse_step: float = 0.05, largest_step: float = 0.12
    ) -> None:
        super().__init__((inputs, outputs), device, pulse_step, largest_step)

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """See the class; maps are flattened."""
        return spikes.flatten(2) @ self.weights()


class MemristorConv2d(MemristorWeights):
    """The same for maps: (images, steps, channels, height, width)."""

    def __init__(
        self, inputs: int, outputs: int, size: int, device: TrainingDevice, *, stride: int = 1, padding: int = 0,
        pulse_step: float = 0.05, largest_step: float = 0.12,
    ) -> None:  # fmt: skip
        super().__init__((outputs, inputs, size, size), device, pulse_step, largest_step)
        self.stride: Pair = (stride, stride)
        self.padding: Pair = (padding, padding)

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """See the class."""
        images, steps = spikes.shape[:2]
        found = torch.nn.functional.conv2d(
            spikes.flatten(0, 1), self.weights(), stride=self.stride, padding=self.padding
        )
        return found.unflatten(0, (images, steps))


class SumPool(torch.nn.Module):  # type: ignore[misc]
    """Windows of size by size of maps, added."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """(images, steps, channels, height / size, width / size)."""
        pooled = torch.nn.functional.avg_pool2d(spikes.flatten(0, 1), self.size) * self.size**2
        return pooled.unflatten(0, spikes.shape[:2])


class TableNeurons(torch.nn.Module):  # type: ignore[misc]
    """Lifts to spikes, with the leak, floor and dead time of `physics` and a surrogate gradient."""

    def __init__(self, physics: TrainingPhysics) -> None:
        super().__init__()
        self.physics = physics

    def forward(self, lift: torch.Tensor) -> torch.Tensor:
        """Spikes of the shape of `lift`, (images, steps, ...)."""
        physics, flat = self.physics, lift.flatten(2).contiguous()
        leak, recovery = physics.leak * physics.step, physics.recovery * physics.step
        dead = round(physics.dead_time / physics.step)
        return LifLayer.apply(flat, leak, recovery, physics.floor, dead).view_as(lift)


class TableMembranes(torch.nn.Module):  # type: ignore[misc]
    """Lifts to membranes of neurons that never fire: the outputs up to the decision."""

    def __init__(self, physics: TrainingPhysics) -> None:
        super().__init__()
        self.physics = physics

    def forward(self, lift: torch.Tensor) -> torch.Tensor:
        """Membranes (images, steps, outputs) [thresholds]."""
        physics = self.physics
        leak, recovery = physics.leak * physics.step, physics.recovery * physics.step
        return MembraneLayer.apply(lift.contiguous(), leak, recovery, physics.floor)


class PixelSpikes(torch.nn.Module):  # type: ignore[misc]
    """uint8 images (images, pixels) to counts of spikes in steps of `step` [s], (images, steps, *shape)."""

    def __init__(self, encoder: Encoder, shape: int | Shape, step: float) -> None:
        super().__init__()
        self.shape: Shape = (shape,) if isinstance(shape, int) else shape
        steps = round(encoder.window / step)
        delays = encoder.row_delay(encoder.phases)
        counts = np.zeros((encoder.phases, 256, steps), np.float32)
        for value, train in enumerate(encoder.pixel_trains()[:256]):
            for phase, delay in enumerate(delays):
                times = train + delay
                np.add.at(counts[phase, value], (times[times < encoder.window] / step).astype(int), 1)
        self.register_buffer("counts", torch.from_numpy(counts), persistent=False)
        self.register_buffer("phase", torch.arange(math.prod(self.shape)) % encoder.phases, persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """See the class."""
        spikes = self.counts[self.phase, images.flatten(1).long()]
        return spikes.transpose(1, 2).unflatten(2, self.shape)


def physics_of(neuron: NeuronBehaviour, step: float = 25e-9) -> TrainingPhysics:
    """What training assumes of the neuron of the tables: leak at half the threshold, recovery below 0 V, dead time,
    floor, in thresholds.
    """
    membrane = neuron.membrane
    volts = membrane.start + np.arange(membrane.leak.size) / membrane.inverse_step
    leak = float(np.interp(0.5 * neuron.threshold, volts, membrane.leak))
    low = 0.5 * membrane.floor
    return TrainingPhysics(
        leak=leak / neuron.threshold,
        recovery=float(np.interp(low, volts, membrane.leak)) / low,
        dead_time=membrane.dead_time,
        floor=membrane.floor / neuron.threshold,
        step=step,
    )


def network_of(modules: torch.nn.Sequential, encoder: Encoder, recipe: str) -> LayeredNetwork:
    """The trained modules as a network.

    Raises
    ------
    InputError
        There is no `PixelSpikes` in front, or a module that is none of this file's.
    """
    layers: list[Layer] = []
    found = list(modules)
    if not found or not isinstance(found[0], PixelSpikes):
        raise InputError("the first module must be PixelSpikes, which says what an image is")
    levels = 1
    for module in found[1:]:
        if isinstance(module, MemristorLinear):
            layers.append(Dense(module.exact()))
        elif isinstance(module, MemristorConv2d):
            layers.append(Convolution(module.exact(), module.stride, module.padding))
        elif isinstance(module, SumPool):
            layers.append(Pooling(SUM, (module.size, module.size), (module.size, module.size)))
        elif not isinstance(module, (TableNeurons, TableMembranes)):
            raise InputError(f"{type(module).__name__} is no module of evaluator.networks.torchlayers")
        if isinstance(module, MemristorWeights):
            levels = max(levels, module.device.levels)
    return LayeredNetwork(found[0].shape, tuple(layers), encoder, levels, recipe=recipe)
