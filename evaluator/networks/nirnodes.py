"""Single NIR nodes as parts of our description, each refusal naming the node and the reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluator.networks.layers import AVERAGE, SUM, Convolution, Dense, Pooling, Shape
from evaluator.networks.neuronmodel import CUBALIF, IF, LIF, NeuronModel
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
Node = Mapping[str, Any]
PASSED = ("Input", "Output", "Identity")
NEURONS = {"IF": IF, "LIF": LIF, "CubaLIF": CUBALIF}
PARAMETERS = {
    "r": "resistance",
    "v_threshold": "threshold",
    "v_reset": "reset",
    "v_leak": "leak_voltage",
    "tau": "membrane_time",
    "tau_mem": "membrane_time",
    "tau_syn": "synapse_time",
    "w_in": "input_weight",
}


def type_of(node: Any, name: str) -> str:
    """Type of a node."""
    if not isinstance(node, Mapping) or not isinstance(node.get("type"), str):
        raise InputError(f"node {name!r} has no type")
    return str(node["type"])


def weighted(node: Node, name: str, kind: str) -> Dense | Convolution:
    """A weighted node as a layer whose neurons are still to come."""
    if kind in ("Affine", "Linear", "Conv2d"):
        weight = _array(node, "weight", name)
        if "bias" in node and np.any(_array(node, "bias", name) != 0.0):
            raise InputError(f"node {name!r} ({kind}): has a bias, and the arrays have no row that always carries one",
                             hint="train without bias")  # fmt: skip
        if kind != "Conv2d":
            if weight.ndim != 2:
                raise InputError(f"node {name!r} ({kind}): weights must be (outputs, inputs), found {weight.shape}")
            return Dense(weight.T)
        return _convolution(node, name, weight)
    reasons = {
        "LI": "a neuron that never fires has no output pulse",
        "CubaLI": "a neuron that never fires has no output pulse",
        "I": "a neuron that never fires has no output pulse",
        "Scale": "pulses have one height; put the scale into the weights",
        "Threshold": "there is no circuit of a threshold without a membrane",
        "Delay": "delays are possible in loops around neurons only",
        "Conv1d": "only two-dimensional convolutions are laid on arrays",
    }
    raise InputError(f"node {name!r} ({kind[:40]}): {reasons.get(kind, 'is not known')}")


def _convolution(node: Node, name: str, weight: FloatArray) -> Convolution:
    if weight.ndim != 4:
        raise InputError(f"node {name!r} (Conv2d): weights must have four dimensions, found {weight.shape}")
    dilation, padding = _pair(node, "dilation", name), node.get("padding")
    if isinstance(padding, (str, bytes)):
        word = padding.decode("utf-8", "replace") if isinstance(padding, bytes) else padding
        sizes = [spread * (side - 1) for spread, side in zip(dilation, weight.shape[2:], strict=True)]
        if word not in ("same", "valid") or (word == "same" and any(size % 2 for size in sizes)):
            raise InputError(f"node {name!r} (Conv2d): padding {word!r} is not the same on both sides")
        pads = (sizes[0] // 2, sizes[1] // 2) if word == "same" else (0, 0)
    else:
        pads = _pair(node, "padding", name)
    groups = int(single(node, "groups", name)) if "groups" in node else 1
    return Convolution(weight, _pair(node, "stride", name), pads, dilation, groups)


def pooling(node: Node, name: str, kind: str) -> Pooling:
    """SumPool2d or AvgPool2d."""
    if any(_pair(node, "padding", name)):
        raise InputError(f"node {name!r} ({kind}): padding of pooling is not possible")
    adds = SUM if kind == "SumPool2d" else AVERAGE
    return Pooling(adds, _pair(node, "kernel_size", name), _pair(node, "stride", name))


def flattened(node: Node, name: str, shape: Shape) -> Shape:
    """Shape behind a Flatten node, which must leave one dimension."""
    start = int(single(node, "start_dim", name)) if "start_dim" in node else 1
    end = int(single(node, "end_dim", name)) if "end_dim" in node else -1
    start, end = (number + len(shape) if number < 0 else number for number in (start, end))
    if len(shape) > 1 and not (start == 0 and end == len(shape) - 1):
        raise InputError(f"node {name!r} (Flatten): leaves more than one dimension of {shape} (no batch dimension)")
    return (math.prod(shape),)


def neuron_model(node: Node, name: str, kind: str) -> NeuronModel:
    """IF, LIF or CubaLIF whose neurons are all alike."""
    known = {"type", "metadata", "input_type", "output_type", *PARAMETERS}
    unknown = sorted(set(node) - known)
    if unknown:
        raise InputError(f"node {name!r} ({node['type']}): unknown parameters {', '.join(unknown[:4])}")
    values = {ours: single(node, theirs, name) for theirs, ours in PARAMETERS.items() if theirs in node}
    try:
        return NeuronModel(kind, **values)
    except InputError as error:
        raise InputError(f"node {name!r} ({node['type']}): {error.reason}") from error


def _array(node: Node, key: str, name: str) -> FloatArray:
    if key not in node:
        raise InputError(f"node {name!r} ({node['type']}): {key} is missing")
    values = np.asarray(node[key])
    if values.dtype.kind not in "fiub" or not np.isfinite(values.astype(np.float64)).all():
        raise InputError(f"node {name!r} ({node['type']}): {key} must be finite numbers")
    return values.astype(np.float64)


def single(node: Node, key: str, name: str) -> float:
    """A parameter that is the same for all neurons of the node."""
    values = _array(node, key, name).ravel()
    if values.size == 0 or np.any(values != values[0]):
        raise InputError(f"node {name!r} ({node['type']}): {key} differs between neurons; a layer's circuits are alike")
    return float(values[0])


def _pair(node: Node, key: str, name: str) -> tuple[int, int]:
    values = _array(node, key, name).ravel()
    if values.size not in (1, 2) or np.any(values != np.rint(values)) or np.any(np.abs(values) > 1e6):
        raise InputError(f"node {name!r} ({node['type']}): {key} must be one or two whole numbers")
    return int(values[0]), int(values[-1])


def input_shape(found: object, name: str) -> Shape:
    """Shape of an Input node; of a map without channels, one channel."""
    values = np.asarray(found if found is not None else [])
    if values.dtype.kind not in "iuf" or values.ndim != 1 or values.size not in (1, 2, 3):
        raise InputError(f"node {name!r} (Input): a shape (pixels,) or (channels, height, width) is needed")
    sides = tuple(int(side) for side in values)
    return (1, *sides) if len(sides) == 2 else sides
