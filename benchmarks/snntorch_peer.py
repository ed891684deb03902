"""snnTorch on the shipped weights: its rate coding, and its leaky neurons over time steps, accounting for nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluator import SpikingNetwork
from evaluator.prepared import input_trains

STEPS = 100
BETA = 0.99
"""What a membrane keeps in a step of 20 ns: a time constant of 2 us, the window."""


def binned_spikes(network: SpikingNetwork, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Spikes of the network's own encoder in `STEPS` equal steps of its window: (steps, images, rows), 0 or more."""
    trains = input_trains(network)
    counts = np.zeros((len(trains.offset) - 1, STEPS), np.float32)
    for value, (first, last) in enumerate(zip(trains.offset[:-1], trains.offset[1:], strict=True)):
        places = (trains.times[first:last] / network.encoder.window * STEPS).astype(int)
        np.add.at(counts[value], np.minimum(places, STEPS - 1), 1.0)
    return np.ascontiguousarray(counts[images.reshape(len(images), -1)].transpose(2, 0, 1))


class SnnTorchPeer:
    """The network as snnTorch's leaky neurons that reset to zero; a pulse lifts a membrane by `pulse_steps`.

    Raises ImportError without snnTorch.
    """

    def __init__(self, network: SpikingNetwork) -> None:
        import snntorch
        import torch

        self.torch = torch
        self.weights = [
            torch.tensor(matrix.astype(np.float32) * step)
            for matrix, step in zip(network.weights, network.pulse_steps, strict=True)
        ]
        self.neurons = [snntorch.Leaky(beta=BETA, threshold=1.0, reset_mechanism="zero") for _ in self.weights]

    def encode(self, images: NDArray[np.uint8], spikes: float) -> Any:
        """Its rate coding of the images, with `spikes` input spikes an image on average."""
        from snntorch import spikegen

        data = self.torch.tensor(images.reshape(len(images), -1) / np.float32(255.0))
        gain = spikes / (STEPS * float(data.sum(dim=1).mean()))
        return spikegen.rate(data, num_steps=STEPS, gain=gain)

    def decide(self, spikes: Any) -> NDArray[np.int64]:
        """The output with the most spikes of each image, of equal ones that with the highest membrane."""
        torch = self.torch
        with torch.no_grad():
            membranes = [neuron.init_leaky() for neuron in self.neurons]
            total = torch.zeros(spikes.shape[1], self.weights[-1].shape[1])
            for here in spikes:
                signal = here
                for layer, (weights, neuron) in enumerate(zip(self.weights, self.neurons, strict=True)):
                    signal, membranes[layer] = neuron(signal @ weights, membranes[layer])
                total += signal
            return np.asarray((total + 1e-3 * torch.tanh(membranes[-1])).argmax(dim=1).numpy())
