"""Networks of fitted devices, evaluated on characterization tables alone.

    load_mnist            digits
    IsiEncoder            pixels to spike trains; `encoding_named` gives the other codes, `information_rate` their bits
    SpikingNetwork        ternary weights and encoder, as trained; `load_network(shipped_weights())`
    map_network           weights on differential pairs of memristors of a device card
    NeuronBehaviour, ColumnBehaviour    what tables say about neurons and columns
    simulate              event-driven or time-stepped kernel: decisions, spikes, energies of each image
    evaluate              accuracy, energy, latency, power as an `Evaluation`

`python -m evaluator.train` makes new weights (needs torch); nothing else here does. No simulator is started.
"""

from evaluator.behaviour import ColumnBehaviour, NeuronBehaviour
from evaluator.digits import middle_digits, small_digits
from evaluator.encoding import IsiEncoder
from evaluator.encoding_information import InformationRate, information_rate
from evaluator.encodings import Encoding, encoding_named
from evaluator.evaluate import Simulated, evaluate, simulate
from evaluator.evaluation import Evaluation
from evaluator.interface import Interfaces, Trim
from evaluator.mapping import MappedLayer, interface_gains, map_network, mean_row_load
from evaluator.mnist import Mnist, load_mnist
from evaluator.network import SpikingNetwork
from evaluator.weights_file import load_network, save_network, shipped_weights

__all__ = [
    "ColumnBehaviour",
    "Encoding",
    "Evaluation",
    "InformationRate",
    "Interfaces",
    "IsiEncoder",
    "MappedLayer",
    "Mnist",
    "NeuronBehaviour",
    "Simulated",
    "SpikingNetwork",
    "Trim",
    "encoding_named",
    "evaluate",
    "information_rate",
    "interface_gains",
    "load_mnist",
    "load_network",
    "map_network",
    "mean_row_load",
    "middle_digits",
    "save_network",
    "shipped_weights",
    "simulate",
    "small_digits",
]
