"""What a network needs, layer by layer: arrays, tiles, cells, synapses, bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evaluator.encoding_information import information_rate
from evaluator.networks.description import LayeredNetwork
from evaluator.networks.wiring import IDLE, wirings

TILE_ROWS = 98
"""Rows of a tile where no table says [1]."""


def network_summary(network: LayeredNetwork, tile_rows: int = TILE_ROWS) -> dict[str, Any]:
    """Figures of the network and, under `layers`, of each layer with neurons.

    arrays, tiles, cells
        Copies of the layer's array; tiles of at most `tile_rows` rows in all of them; memristors.
    synapses
        Pairs of an input and a neuron with a weight other than zero.
    parameters, weight_bits
        Weights that can be chosen (a convolution's kernel once), and log2(2 levels + 1) bits of each [bit].
    weight_error
        Relative error of the weights on their levels [1].
    input_bits
        Of one image: pixels times what the encoder can tell of each in a window [bit].
    """
    shapes, layers = iter(network.shapes[1:]), []
    described = [(layer, next(shapes)) for layer in network.layers]
    with_neurons = [(layer, shape) for layer, shape in described if hasattr(layer, "neuron")]
    for (layer, shape), wiring in zip(with_neurons, wirings(network), strict=True):
        rows, outputs = wiring.signs.shape
        tiles = wiring.places * -(-rows // tile_rows)
        connected = (wiring.source != IDLE).sum(axis=0)
        parameters = sum(getattr(layer, name).size for name in ("weights", "recurrent_weights") if hasattr(layer, name))
        layers.append(
            {
                "kind": type(layer).__name__.lower(),
                "inputs": wiring.inputs,
                "neurons": math.prod(shape),
                "shape": list(shape),
                "neuron": layer.neuron.kind,
                "array_rows": rows,
                "array_columns": 2 * outputs * network.levels,
                "arrays": wiring.places,
                "tiles": tiles,
                "cells": wiring.places * rows * outputs * 2 * network.levels,
                "synapses": int((np.count_nonzero(wiring.signs, axis=1) * connected).sum()),
                "parameters": parameters,
                "weight_bits": parameters * math.log2(2 * network.levels + 1),
                "weight_error": wiring.error,
                "pulse_step": wiring.pulse_step,
            }
        )
    totals = {name: sum(one[name] for one in layers) for name in ("neurons", "arrays", "tiles", "cells", "synapses")}
    return {
        "input_shape": list(network.input_shape),
        "encoder": type(network.encoder).__name__,
        "window_s": network.encoder.window,
        "levels": network.levels,
        "tile_rows": tile_rows,
        **totals,
        "weight_bits": sum(one["weight_bits"] for one in layers),
        "input_bits": network.sizes[0] * information_rate(network.encoder).bits_per_window,
        "layers": layers,
        "recipe": network.recipe,
    }
