"""Our description as a NIR graph (needs the package nir, the extra `nir`)."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from evaluator.networks.description import LayeredNetwork
from evaluator.networks.layers import AVERAGE, MAXIMUM, Convolution, Pooling, Recurrent, Shape
from evaluator.networks.neuronmodel import CUBALIF, IF, NeuronModel
from evaluator.networks.nirgraph import METADATA
from evaluator.weights_file import encoder_fields
from measurements.errors import InputError


def network_to_nir(network: LayeredNetwork) -> Any:
    """The network as a `nir.NIRGraph`; what NIR has no node for (timing, encoder, levels, recipe) is its metadata.

    Raises
    ------
    InputError
        The package nir is missing, or a layer is max pooling, for which NIR has no node.
    """
    nir = _package()
    nodes: dict[str, Any] = {"input": nir.Input(input_type={"input": np.array(network.input_shape)})}
    edges: list[tuple[str, str]] = []
    last = "input"
    shapes = network.shapes

    def append(name: str, node: Any) -> str:
        nodes[name] = node
        edges.append((last, name))
        return name

    for number, (layer, before, after) in enumerate(zip(network.layers, shapes, shapes[1:], strict=False), 1):
        if isinstance(layer, Pooling):
            last = append(f"layer_{number}", _pooling(nir, layer, number))
            continue
        if isinstance(layer, Convolution):
            last = append(f"layer_{number}", _convolution(nir, layer, before))
        else:
            if len(before) > 1:
                last = append(f"flatten_{number}", nir.Flatten({"input": np.array(before)}, 0, -1))
            last = append(f"layer_{number}", nir.Linear(weight=layer.weights.T.copy()))
        last = append(f"neurons_{number}", _neurons(nir, layer.neuron, after))
        if isinstance(layer, Recurrent):
            nodes[f"delay_{number}"] = nir.Delay(delay=np.full(after, layer.delay))
            nodes[f"back_{number}"] = nir.Linear(weight=layer.recurrent_weights.T.copy())
            way = [last, f"delay_{number}", f"back_{number}", last]
            edges.extend(pairwise(way))
    last = append("output", nir.Output(output_type={"output": np.array(shapes[-1])}))
    metadata = {
        "timing": asdict(network.timing),
        "encoder": encoder_fields(network.encoder),
        "levels": network.levels,
        "recipe": network.recipe,
    }
    graph = nir.NIRGraph(nodes=nodes, edges=edges, metadata={METADATA: json.dumps(metadata)}, type_check=False)
    graph.infer_types()
    return graph


def save_nir(path: Path, network: LayeredNetwork) -> None:
    """Write the network's graph to an HDF5 file, through a neighbour file."""
    graph = network_to_nir(network)
    partial = path.with_name(path.name + ".partial")
    _package().write(partial, graph)
    partial.replace(path)


def _package() -> Any:
    try:
        import nir
    except ImportError as error:
        raise InputError("writing NIR graphs needs the package nir", hint="pip install 'memchar[nir]'") from error
    return nir


def _neurons(nir: Any, model: NeuronModel, shape: Shape) -> Any:
    def each(value: float) -> Any:
        return np.full(shape, value)

    common = {"r": each(model.resistance), "v_threshold": each(model.threshold), "v_reset": each(model.reset)}
    if model.kind == IF:
        return nir.IF(**common)
    common["v_leak"] = each(model.leak_voltage)
    if model.kind == CUBALIF:
        times = {"tau_mem": each(model.membrane_time), "tau_syn": each(model.synapse_time)}
        return nir.CubaLIF(**common, **times, w_in=each(model.input_weight))
    return nir.LIF(**common, tau=each(model.membrane_time))


def _convolution(nir: Any, layer: Convolution, before: Shape) -> Any:
    node = nir.Conv2d(
        input_shape=(before[1], before[2]),
        weight=np.array(layer.weights),
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=layer.groups,
        bias=np.zeros(layer.weights.shape[0]),
    )
    if layer.groups > 1:  # nir 1.0.8 takes the channels of one group for those of the input
        node.input_type = {"input": np.array(before)}
    return node


def _pooling(nir: Any, layer: Pooling, number: int) -> Any:
    if layer.kind == MAXIMUM:
        raise InputError(f"layer {number} is max pooling, for which NIR has no node")
    kind = nir.AvgPool2d if layer.kind == AVERAGE else nir.SumPool2d
    return kind(kernel_size=np.array(layer.size), stride=np.array(layer.stride), padding=np.array((0, 0)))
