"""SANA-FE on the shipped weights, image after image, with the energies of Loihi that it comes with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.snntorch_peer import BETA
from evaluator import SpikingNetwork

LIMIT = 1024
"""Neurons that a core of its Loihi holds."""


class SanaFePeer:
    """The network mapped on its Loihi: inputs on one core, neurons on the next. Raises ImportError without SANA-FE."""

    def __init__(self, network: SpikingNetwork) -> None:
        import sanafe

        if max(network.sizes[0], sum(network.sizes[1:])) > LIMIT:
            raise ValueError(f"sizes {network.sizes} do not fit cores of {LIMIT} neurons")
        chip, net = sanafe.load_loihi(), sanafe.Network()
        lif = {"threshold": 1.0, "leak_decay": BETA, "reset_mode": "hard"}
        groups = [net.create_neuron_group("layer0", network.sizes[0])]
        for layer, size in enumerate(network.sizes[1:], 1):
            groups.append(
                net.create_neuron_group(f"layer{layer}", size, model_attributes=lif, soma_hw_name="loihi_lif")
            )
        for layer, (matrix, step) in enumerate(zip(network.weights, network.pulse_steps, strict=True)):
            groups[layer].connect_neurons_dense(groups[layer + 1], {"weight": (matrix * step).ravel().tolist()})
        cores = chip.tiles[0].cores
        for place, neuron in enumerate(groups[0].neurons):
            neuron.set_attributes(soma_hw_name=f"loihi_inputs[{place}]", model_attributes={"spikes": []})
        for layer, group in enumerate(groups):
            for neuron in group.neurons:
                neuron.map_to_core(cores[min(layer, 1)])
        self.chip = sanafe.SpikingChip(chip)
        self.chip.load(net)

    def energy(self, spikes: NDArray[np.float32]) -> float:
        """Energy that it gives for the spikes of one image, (steps, rows) [J]."""
        inputs = self.chip.mapped_neuron_groups["layer0"]
        for place, train in enumerate((spikes > 0).T):
            inputs[place].set_attributes(model_attributes={"spikes": train.astype(int).tolist()})
        self.chip.reset()
        found = self.chip.sim(len(spikes), timing_model="simple", processing_threads=1)
        return float(found["energy"]["total"])
