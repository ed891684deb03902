"""torch.nn.Sequential with snnTorch neurons to our description (the extra `torch`).

Linear, Conv2d, AvgPool2d, MaxPool2d, Flatten, and snnTorch's Leaky and RLeaky that reset to zero; Dropout and Identity
do nothing once a network is trained. A spike of theirs lasts one time step, `Timing.spike_duration`, and beta is what a
membrane keeps in one: tau = -step / ln(beta), a pulse of weight w lifting it by w.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evaluator.code import Encoder
from evaluator.encoding import IsiEncoder
from evaluator.networks.description import LayeredNetwork, Timing
from evaluator.networks.layers import AVERAGE, MAXIMUM, Convolution, Dense, Layer, Pair, Pooling, Recurrent, Shape
from evaluator.networks.neuronmodel import IF, LIF, NeuronModel
from evaluator.networks.nirgraph import DEFAULT_TIMING
from measurements.errors import InputError

NOTHING = ("Dropout", "Dropout2d", "Identity", "Flatten")


def network_from_modules(
    modules: Any, input_shape: Shape, *, timing: Timing = DEFAULT_TIMING, encoder: Encoder | None = None,
    levels: int = 1, recipe: str = "imported from torch modules",
) -> LayeredNetwork:  # fmt: skip
    """The modules of an `nn.Sequential` (or a list of them), in order, as a network.

    Parameters
    ----------
    modules
        Weighted modules, each followed by neurons.
    input_shape
        (channels, height, width) or (pixels,), without the batch.
    timing
        Time step of the modules, and the circuit's seconds a second of theirs.
    levels
        Levels of a sign that weights are put on; `evaluator.networks.quantise` tells the error.

    Raises
    ------
    InputError
        A module that cannot be represented, named with its place and the reason.
    """
    layers: list[Layer] = []
    weights: Layer | None = None
    for place, module in enumerate(modules):
        kind = type(module).__name__
        name = f"module {place} ({kind})"
        if kind == "Flatten":
            _check_flatten(module, name)
        if kind in NOTHING:
            continue
        if kind in ("Leaky", "RLeaky"):
            if weights is None:
                raise InputError(f"{name}: no weighted module comes before the neurons")
            layers.append(_with_neurons(weights, module, kind, name, timing))
            weights = None
        elif kind in ("AvgPool2d", "MaxPool2d"):
            if weights is not None:
                raise InputError(f"{name}: pooling of what has not passed neurons")
            layers.append(_pooling(module, kind, name))
        else:
            if weights is not None:
                raise InputError(f"{name}: weights follow on weights with no neurons between them")
            weights = _weighted(module, kind, name)
    if weights is not None:
        raise InputError("the last weights have no neurons behind them", hint="end with snnTorch's Leaky")
    return LayeredNetwork(input_shape, tuple(layers), encoder or IsiEncoder(), levels, timing, recipe)


def _weighted(module: Any, kind: str, name: str) -> Layer:
    if kind not in ("Linear", "Conv2d"):
        raise InputError(f"{name}: is not known; use Linear, Conv2d, AvgPool2d, MaxPool2d, Flatten, Leaky, RLeaky")
    if module.bias is not None and bool((module.bias != 0).any()):
        raise InputError(f"{name}: has a bias, and the arrays have no row that always carries one", hint="bias=False")
    weight = _numbers(module.weight)
    if kind == "Linear":
        return Dense(weight.T)
    if isinstance(module.padding, str) or module.padding_mode != "zeros":
        raise InputError(f"{name}: padding must be numbers of zeros, found {module.padding!r}, {module.padding_mode}")
    return Convolution(weight, _pair(module.stride), _pair(module.padding), _pair(module.dilation), int(module.groups))


def _with_neurons(weights: Layer, module: Any, kind: str, name: str, timing: Timing) -> Layer:
    if getattr(module, "reset_mechanism", "zero") != "zero":
        raise InputError(
            f"{name}: resets by {module.reset_mechanism!r}, the circuit's neurons to zero",
            hint="reset_mechanism='zero'",
        )
    if getattr(module, "inhibition", False) or getattr(module, "state_quant", False):
        raise InputError(f"{name}: inhibition and quantised states are not possible")
    beta, threshold = (_single(getattr(module, item), item, name) for item in ("beta", "threshold"))
    if not 0 < beta <= 1:
        raise InputError(f"{name}: beta must be above 0 and at most 1, found {beta:g}")
    step = timing.spike_duration
    if beta == 1.0:
        model = NeuronModel(IF, resistance=1.0 / step, threshold=threshold)
    else:
        tau = -step / math.log(beta)
        model = NeuronModel(LIF, resistance=tau / step, threshold=threshold, membrane_time=tau)
    if isinstance(weights, Pooling | Recurrent):
        raise InputError(f"{name}: no weighted module comes before the neurons")
    if kind == "Leaky":
        return type(weights)(**{**vars(weights), "neuron": model})
    if not isinstance(weights, Dense):
        raise InputError(f"{name}: only a Linear module can come before recurrent neurons")
    return Recurrent(weights.weights, _back(module, weights, name), step, model)


def _back(module: Any, weights: Dense, name: str) -> Any:
    """Recurrent weights (neurons, neurons)."""
    if module.all_to_all:
        back = _weighted(module.recurrent, type(module.recurrent).__name__, f"{name}, recurrent")
        if not isinstance(back, Dense):
            raise InputError(f"{name}: its recurrent weights are no Linear module")
        return back.weights
    neurons = weights.weights.shape[1]
    return np.diag(np.broadcast_to(_numbers(module.recurrent.V), (neurons,)))


def _pooling(module: Any, kind: str, name: str) -> Pooling:
    if any(_pair(module.padding)) or getattr(module, "ceil_mode", False):
        raise InputError(f"{name}: padding and ceil_mode of pooling are not possible")
    size = _pair(module.kernel_size)
    stride = size if module.stride is None else _pair(module.stride)
    return Pooling(AVERAGE if kind == "AvgPool2d" else MAXIMUM, size, stride)


def _check_flatten(module: Any, name: str) -> None:
    if (module.start_dim, module.end_dim) != (1, -1):
        raise InputError(f"{name}: must flatten all but the batch, found {module.start_dim} to {module.end_dim}")


def _numbers(tensor: Any) -> Any:
    return tensor.detach().cpu().double().numpy()


def _single(value: Any, item: str, name: str) -> float:
    """A parameter that is the same for all neurons."""
    found = np.atleast_1d(_numbers(value) if hasattr(value, "detach") else np.asarray(value, dtype=np.float64)).ravel()
    if np.any(found != found[0]):
        raise InputError(f"{name}: {item} differs between neurons; a layer's circuits are alike")
    return float(found[0])


def _pair(value: Any) -> Pair:
    pair = (value, value) if isinstance(value, int) else tuple(value)
    return int(pair[0]), int(pair[-1])
