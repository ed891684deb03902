"""NIR graphs to our description (doi 10.1038/s41467-024-52259-9).

What the circuit can stand for is a chain of weighted nodes and neurons, with loops of a weighted node around neurons:
Input, Affine and Linear (no bias), Conv2d (no bias), SumPool2d, AvgPool2d, Flatten, IF, LIF, CubaLIF, Delay in a loop,
graphs within the graph, Output. Everything else is refused with the node's name and the reason.

A graph says nothing of the length of a spike nor of the time in a circuit; `Timing` does. Frameworks of discrete time
let a spike last one step of theirs: 0.1 ms where snnTorch exports.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from evaluator.code import Encoder
from evaluator.encoding import IsiEncoder
from evaluator.networks.description import LayeredNetwork, Timing
from evaluator.networks.layers import Dense, Layer, Pooling, Recurrent, Shape
from evaluator.networks.nirnodes import (
    NEURONS,
    PASSED,
    Node,
    flattened,
    input_shape,
    neuron_model,
    pooling,
    single,
    type_of,
    weighted,
)
from evaluator.weights_file import encoder_from
from measurements.errors import InputError

DEFAULT_TIMING = Timing(spike_duration=1e-4, scale=2.5e-4)
"""A time step of snnTorch's export becomes 25 ns of the circuit: 80 of them in a window of 2 us."""
METADATA = "memchar"
MOST_NODES = 512


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
        inner = {name: node for name, node in part["nodes"].items() if type_of(node, prefix + name) == "NIRGraph"}
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
    ports = [key for key, node in inner[name]["nodes"].items() if type_of(node, key) == kind]
    if len(ports) != 1:
        raise InputError(f"node {prefix + name!r}: a graph within needs one {kind}, found {len(ports)}")
    return _port({}, f"{prefix}{name}.", ports[0], kind)


def _walked(chain: Chain) -> tuple[Shape, tuple[Layer, ...]]:
    """Shape of the input and the layers, from the only root to the output."""
    reached = {name for names in chain.after.values() for name in names}
    roots = [name for name in chain.nodes if name not in reached and type_of(chain.nodes[name], name) == "Input"]
    if len(roots) != 1:
        raise InputError(f"a graph needs one input, found {', '.join(map(repr, roots[:4])) or 'none'}")
    name, layers = roots[0], list[Layer]()
    shape = input_shape(chain.nodes[name].get("shape"), name)
    weights: Layer | None = None
    here = shape
    for _ in chain.nodes:
        node, kind = chain.nodes[name], type_of(chain.nodes[name], name)
        loops = _loops(chain, name) if kind in NEURONS else {}
        forward = [after for after in chain.after[name] if after not in loops]
        if kind in NEURONS:
            layers.append(_with_neurons(weights, node, name, chain, list(loops.values())))
            here, weights = layers[-1].shape_after(here), None
        elif kind in ("SumPool2d", "AvgPool2d"):
            _need_none(weights, name, kind)
            layers.append(pooling(node, name, kind))
            here = layers[-1].shape_after(here)
        elif kind == "Flatten":
            here = flattened(node, name, here)
        elif kind not in PASSED:
            _need_none(weights, name, kind)
            weights = weighted(node, name, kind)
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
    kind = type_of(node, name)
    if weights is None or isinstance(weights, (Pooling, Recurrent)):
        raise InputError(f"node {name!r} ({kind}): no weighted node comes before the neurons")
    model = neuron_model(node, name, NEURONS[kind])
    if not loops:
        return replace(weights, neuron=model)
    if len(loops) > 1 or not isinstance(weights, Dense):
        raise InputError(f"node {name!r} ({kind}): one loop around neurons behind a dense node is possible")
    delay, back = 0.0, None
    for passed in loops[0]:
        passed_kind = type_of(chain.nodes[passed], passed)
        if passed_kind == "Delay":
            delay += single(chain.nodes[passed], "delay", passed)
        elif passed_kind not in PASSED:
            if back is not None:
                raise InputError(f"node {passed!r} ({passed_kind}): a second weighted node in one loop")
            back = weighted(chain.nodes[passed], passed, passed_kind)
    if not isinstance(back, Dense):
        raise InputError(f"node {name!r} ({kind}): its loop has no dense node")
    return Recurrent(weights.weights, back.weights, delay or DEFAULT_TIMING.spike_duration, model)
