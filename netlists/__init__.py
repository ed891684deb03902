"""SPICE decks of memristors, crossbar columns and spiking neurons.

A deck is canonical text that runs unchanged with `ngspice -b`, together with what it saves and what is
measured on it. Cells are plain SPICE in `netlists/cells/`, readable by hand; PySpice composes them. Nothing
here starts a simulator.
"""

from netlists.column import ColumnRead, column_read_deck
from netlists.crossbar import CrossbarCells
from netlists.deck import Crossing, Deck, IncludedFile, Integral, Measure, Sample
from netlists.drivers import RowDriver
from netlists.memristor import read_polynomial
from netlists.model import model_subcircuit, sweep_deck
from netlists.network import NetworkSpec, network_deck
from netlists.neuron import Neuron, fire_stop_time, neuron_fire_deck, neuron_leak_deck
from netlists.technology import Technology, load_technology
from netlists.voltagesweep import VoltageSweep, triangle
from netlists.wires import Wire

__all__ = [
    "ColumnRead",
    "CrossbarCells",
    "Crossing",
    "Deck",
    "IncludedFile",
    "Integral",
    "Measure",
    "NetworkSpec",
    "Neuron",
    "RowDriver",
    "Sample",
    "Technology",
    "VoltageSweep",
    "Wire",
    "column_read_deck",
    "fire_stop_time",
    "load_technology",
    "model_subcircuit",
    "network_deck",
    "neuron_fire_deck",
    "neuron_leak_deck",
    "read_polynomial",
    "sweep_deck",
    "triangle",
]
