"""NIR graphs to our description (doi 10.1038/s41467-024-52259-9).

What the circuit can stand for is a chain of weighted nodes and neurons, with loops of a weighted node around neurons:
Input, Affine and Linear (no bias), Conv2d (no bias), SumPool2d, AvgPool2d, Flatten, IF, LIF, CubaLIF, Delay in a loop,
graphs within the graph, Output. Everything else is refused with the node's name and the reason.

A graph says nothing of the length of a spike nor of the time in a circuit; `Timing` does. Frameworks of discrete time
let a spike last one step of theirs: 0.1 ms where snnTorch exports.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluator.code import Encoder
from evaluator.encoding import IsiEncoder
from evaluator.networks.description import LayeredNetwork, Timing
from evaluator.networks.layers import AVERAGE, SUM, Convolution, Dense, Layer, Pooling, Recurrent, Shape
from evaluator.networks.neuronmodel import CUBALIF, IF, LIF, NeuronModel
from evaluator.weights_file import encoder_from
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
DEFAULT_TIMING = Timing(spike_duration=1e-4, scale=2.5e-4)
"""A time step of snnTorch's export becomes 25 ns of the circuit: 80 of them in a window of 2 us."""
METADATA = "memchar"
MOST_NODES = 512
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
Node = Mapping[str, Any]


@dataclass(frozen=True)
class Chain:
    """A graph without graphs inside: nodes by name, and what follows on each."""

    nodes: Mapping[str, Node]
    after: Mapping[str, tuple[str, ...]]


def network_from_nir(
    graph: Mapping[str, Any], *, timing: Timing | None = None, encoder: Encoder | None = None, levels: int | None = None
) -> LayeredNetwork:
    """A graph, as `nir.NIRGraph.to_dict` or `read_nir_file` gives it, as a network.

    What is not given is taken from the metadata that `evaluator.networks.nirwrite` leaves, else `DEFAULT_TIMING`, the
    ISI encoder, one level.

    Raises
    ------
    InputError
        A node that cannot be represented (named, with the reason), a graph that is no chain.
    """
    own = _metadata(graph)
    network = LayeredNetwork(
        *_walked(_flat(graph)),
        encoder=encoder or own.get("encoder") or IsiEncoder(),
        levels=levels or own.get("levels") or 1,
        timing=timing or own.get("timing") or DEFAULT_TIMING,
        recipe=own.get("recipe") or "imported from a NIR graph",
    )
    network.shapes  # noqa: B018  refuses layers that do not fit
    return network


def _metadata(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Timing, encoder, levels, recipe that our export wrote; nothing where another wrote the graph."""
    metadata = graph.get("metadata")
    text = metadata.get(METADATA) if isinstance(metadata, Mapping) else None
    if text is None:
        return {}
    try:
        found = json.loads(str(text))
        timing = Timing(**{name: float(value) for name, value in found["timing"].items()})
        levels, recipe = int(found["levels"]), str(found["recipe"])
        return {"timing": timing, "encoder": encoder_from(found["encoder"]), "levels": levels, "recipe": recipe}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"metadata {METADATA!r} of the graph cannot be read: {error}") from error


def _flat(graph: Mapping[str, Any]) -> Chain:
    """Graphs within the graph unfolded; their nodes are named outer.inner, their inputs and outputs passed."""
    nodes: dict[str, Node] = {}
    edges: list[tuple[str, str]] = []

    def unfold(part: Mapping[str, Any], prefix: str, depth: int) -> None:
        if depth > 4 or not isinstance(part.get("nodes"), Mapping) or "edges" not in part:
            raise InputError(f"graph {prefix or 'of the file'!r} has no nodes and edges, or lies too deep")
        inner = {name: node for name, node in part["nodes"].items() if _type(node, prefix + name) == "NIRGraph"}
        for name, node in part["nodes"].items():
            if name in inner:
                unfold(node, f"{prefix}{name}.", depth + 1)
            else:
                nodes[prefix + name] = node
            if len(nodes) > MOST_NODES:
                raise InputError(f"has more than {MOST_NODES} nodes")
        for edge in part["edges"]:
            before, after = (str(end) for end in edge)
            for end in (before, after):
                if end not in part["nodes"]:
                    raise InputError(f"an edge names node {prefix + end!r}, which is not there")
            edges.append((_port(inner, prefix, before, "Output"), _port(inner, prefix, after, "Input")))

    unfold(graph, "", 0)
    after: dict[str, tuple[str, ...]] = dict.fromkeys(nodes, ())
    for begin, end in edges:
        after[begin] = (*after[begin], end)
    return Chain(nodes, after)


def _port(inner: Mapping[str, Node], prefix: str, name: str, kind: str) -> str:
    """Name of the node that an edge reaches: of a graph within, its only input or output."""
    if name not in inner:
        return prefix + name
    ports = [key for key, node in inner[name]["nodes"].items() if _type(node, key) == kind]
    if len(ports) != 1:
        raise InputError(f"node {prefix + name!r}: a graph within needs one {kind}, found {len(ports)}")
    return _port({}, f"{prefix}{name}.", ports[0], kind)


def _type(node: Any, name: str) -> str:
    if not isinstance(node, Mapping) or not isinstance(node.get("type"), str):
        raise InputError(f"node {name!r} has no type")
    return str(node["type"])


def _walked(chain: Chain) -> tuple[Shape, tuple[Layer, ...]]:
    """Shape of the input and the layers, from the only root to the output."""
    reached = {name for names in chain.after.values() for name in names}
    roots = [name for name in chain.nodes if name not in reached and _type(chain.nodes[name], name) == "Input"]
    if len(roots) != 1:
        raise InputError(f"a graph needs one input, found {', '.join(map(repr, roots[:4])) or 'none'}")
    name, layers = roots[0], list[Layer]()
    shape = _shape(chain.nodes[name].get("shape"), name)
    weights: Layer | None = None
    here = shape
    for _ in chain.nodes:
        node, kind = chain.nodes[name], _type(chain.nodes[name], name)
        loops = _loops(chain, name) if kind in NEURONS else {}
        forward = [after for after in chain.after[name] if after not in loops]
        if kind in NEURONS:
            layers.append(_with_neurons(weights, node, name, chain, list(loops.values())))
            here, weights = layers[-1].shape_after(here), None
        elif kind in ("SumPool2d", "AvgPool2d"):
            _need_none(weights, name, kind)
            layers.append(_pooling(node, name, kind))
            here = layers[-1].shape_after(here)
        elif kind == "Flatten":
            here = _flattened(node, name, here)
        elif kind not in PASSED:
            _need_none(weights, name, kind)
            weights = _weighted(node, name, kind)
        if not forward:
            if kind not in ("Output", *NEURONS) or weights is not None:
                raise InputError(f"node {name!r} ({kind}): the graph ends without neurons behind it")
            return shape, tuple(layers)
        if len(forward) > 1:
            raise InputError(f"node {name!r} ({kind}): branches to {', '.join(map(repr, forward[:4]))}; only chains "
                             "with loops around neurons can be laid on arrays")  # fmt: skip
        name = forward[0]
    raise InputError(f"node {name!r} is reached twice; loops may only go around neurons, through one weighted node")


def _need_none(weights: Layer | None, name: str, kind: str) -> None:
    if weights is not None:
        raise InputError(f"node {name!r} ({kind}): weights follow on weights with no neurons between them")


def _loops(chain: Chain, neurons: str) -> dict[str, list[str]]:
    """Ways from the neurons back to themselves: first node -> all nodes on the way."""
    found = {}
    for first in chain.after[neurons]:
        way, name = [first], first
        while len(way) < 5 and len(chain.after[name]) == 1 and name != neurons:
            name = chain.after[name][0]
            if name == neurons:
                found[first] = way
                break
            way.append(name)
    return found


def _with_neurons(weights: Layer | None, node: Node, name: str, chain: Chain, loops: list[list[str]]) -> Layer:
    """The waiting weights with these neurons, and their loop where there is one."""
    kind = _type(node, name)
    if weights is None or isinstance(weights, (Pooling, Recurrent)):
        raise InputError(f"node {name!r} ({kind}): no weighted node comes before the neurons")
    model = _neuron(node, name, NEURONS[kind])
    if not loops:
        return replace(weights, neuron=model)
    if len(loops) > 1 or not isinstance(weights, Dense):
        raise InputError(f"node {name!r} ({kind}): one loop around neurons behind a dense node is possible")
    delay, back = 0.0, None
    for passed in loops[0]:
        passed_kind = _type(chain.nodes[passed], passed)
        if passed_kind == "Delay":
            delay += _single(chain.nodes[passed], "delay", passed)
        elif passed_kind not in PASSED:
            if back is not None:
                raise InputError(f"node {passed!r} ({passed_kind}): a second weighted node in one loop")
            back = _weighted(chain.nodes[passed], passed, passed_kind)
    if not isinstance(back, Dense):
        raise InputError(f"node {name!r} ({kind}): its loop has no dense node")
    return Recurrent(weights.weights, back.weights, delay or DEFAULT_TIMING.spike_duration, model)


def _weighted(node: Node, name: str, kind: str) -> Dense | Convolution:
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
    groups = int(_single(node, "groups", name)) if "groups" in node else 1
    return Convolution(weight, _pair(node, "stride", name), pads, dilation, groups)


def _pooling(node: Node, name: str, kind: str) -> Pooling:
    if any(_pair(node, "padding", name)):
        raise InputError(f"node {name!r} ({kind}): padding of pooling is not possible")
    pooling = SUM if kind == "SumPool2d" else AVERAGE
    return Pooling(pooling, _pair(node, "kernel_size", name), _pair(node, "stride", name))


def _flattened(node: Node, name: str, shape: Shape) -> Shape:
    start = int(_single(node, "start_dim", name)) if "start_dim" in node else 1
    end = int(_single(node, "end_dim", name)) if "end_dim" in node else -1
    start, end = (number + len(shape) if number < 0 else number for number in (start, end))
    if len(shape) > 1 and not (start == 0 and end == len(shape) - 1):
        raise InputError(f"node {name!r} (Flatten): leaves more than one dimension of {shape} (no batch dimension)")
    return (math.prod(shape),)


def _neuron(node: Node, name: str, kind: str) -> NeuronModel:
    known = {"type", "metadata", "input_type", "output_type", *PARAMETERS}
    unknown = sorted(set(node) - known)
    if unknown:
        raise InputError(f"node {name!r} ({node['type']}): unknown parameters {', '.join(unknown[:4])}")
    values = {ours: _single(node, theirs, name) for theirs, ours in PARAMETERS.items() if theirs in node}
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


def _single(node: Node, key: str, name: str) -> float:
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


def _shape(found: object, name: str) -> Shape:
    values = np.asarray(found if found is not None else [])
    if values.dtype.kind not in "iuf" or values.ndim != 1 or values.size not in (1, 2, 3):
        raise InputError(f"node {name!r} (Input): a shape (pixels,) or (channels, height, width) is needed")
    sides = tuple(int(side) for side in values)
    return (1, *sides) if len(sides) == 2 else sides
