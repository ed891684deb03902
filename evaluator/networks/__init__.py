"""Networks of layers of any kind: dense, recurrent, convolution, pooling; described, imported, evaluated.

    LayeredNetwork                      what a user describes; `layered` makes one of a `SpikingNetwork`
    Dense, Recurrent, Convolution, Pooling, NeuronModel, Timing     its parts
    read_network, save_layers           files of it (docs/networks.md); NIR graphs are read too
    evaluate_layers                     accuracy, energy, latency on tables, of all and of each layer
    explain_layers                      the same for a few images, with the trace of its energy
    ideal_spikes                        the neurons as described, exactly and without a circuit
    network_summary                     layers, arrays, cells, bits

`evaluator.networks.nirgraph`, `.nirwrite` and `.torchmodules` take networks from and to other packages.
"""

from evaluator.networks.description import LayeredNetwork, Timing, layered
from evaluator.networks.evaluation import evaluate_layers, explain_layers, simulate_layers
from evaluator.networks.ideal import ideal_spikes
from evaluator.networks.layers import Convolution, Dense, Pooling, Recurrent
from evaluator.networks.layersummary import LayeredEvaluation
from evaluator.networks.networkfile import save_layers
from evaluator.networks.neuronmodel import NeuronModel
from evaluator.networks.reading import read_network
from evaluator.networks.showing import network_summary

__all__ = [
    "Convolution",
    "Dense",
    "LayeredEvaluation",
    "LayeredNetwork",
    "NeuronModel",
    "Pooling",
    "Recurrent",
    "Timing",
    "evaluate_layers",
    "explain_layers",
    "ideal_spikes",
    "layered",
    "network_summary",
    "read_network",
    "save_layers",
    "simulate_layers",
]
