"""aihwkit's tiles in torch on the shipped weights, with its default noise of the outputs, converters off.

Noise of weights at each read is in its C++ tile only, which wants the torch that the wheel was built with and does not
start beside the one used here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluator import SpikingNetwork


class AihwkitPeer:
    """Two analog layers with a ReLU between. Raises ImportError without aihwkit."""

    def __init__(self, network: SpikingNetwork) -> None:
        import torch
        from aihwkit.nn import AnalogLinear
        from aihwkit.simulator.configs import TorchInferenceRPUConfig

        self.torch = torch
        config = TorchInferenceRPUConfig()
        config.forward.inp_res = config.forward.out_res = 0.0
        self.layers: list[Any] = []
        for matrix in network.weights:
            layer = AnalogLinear(*matrix.shape, bias=False, rpu_config=config)
            layer.set_weights(torch.tensor(matrix.T.astype(np.float32)))
            self.layers.append(layer.eval())

    def outputs(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of (images, rows)."""
        signal = self.torch.tensor(images)
        with self.torch.no_grad():
            for layer in self.layers[:-1]:
                signal = self.torch.relu(layer(signal))
            return np.asarray(self.layers[-1](signal).numpy())
