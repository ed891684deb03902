"""A whole spiking network, every crosspoint and every transistor, as one deck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySpice.Spice.Netlist import Circuit

from devicefit.card import DeviceCard
from measurements.errors import NetlistError
from netlists.checks import finite, positive
from netlists.composition import cell, compose, new_circuit, number
from netlists.crossbar import SIGNS, CrossbarCells, add_crossbar, sense_node, ternary
from netlists.deck import Deck, Integral
from netlists.drivers import RowDriver
from netlists.neuron import MAXIMUM_STEP, TRANSIENT_OPTIONS, Neuron, add_neuron, neuron_definitions
from netlists.technology import Technology


@dataclass(frozen=True, eq=False)
class NetworkSpec:
    """A network of crossbars and neurons, and the input spikes of one image.

    Layer k (from 1) takes its rows from the inputs (k = 1) or from the neurons of layer k-1. Each neuron has
    a plus and a minus column. The column interface is assumed ideal: a source puts gains[k-1]*(I_plus -
    I_minus) into the membrane and loads nothing. The spike of a hidden neuron is scaled to the read voltage
    by an ideal source behind the driver's resistance (`cells/row_driver.cir`); its width is the spike's own.

    Parameters
    ----------
    weights
        Per layer, (rows, neurons) of -1, 0, +1.
    input_spikes
        Per input row, the times at which its pulses begin [s].
    gains
        Current gain of the column interface per layer [1].
    stop_time
        End of the run [s].
    read_voltage, pulse_width, edge_time
        Input pulses: height [V], width at half height [s], edges [s].
    neuron, driver, cells
        The same for all layers.
    """

    weights: tuple[NDArray[np.int8], ...]
    input_spikes: tuple[tuple[float, ...], ...]
    gains: tuple[float, ...]
    stop_time: float
    read_voltage: float = 0.1
    pulse_width: float = 5e-9
    edge_time: float = 0.2e-9
    neuron: Neuron = field(default_factory=Neuron)
    driver: RowDriver = field(default_factory=RowDriver)
    cells: CrossbarCells = field(default_factory=CrossbarCells)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", tuple(ternary(matrix) for matrix in self.weights))
        for name in ("stop_time", "read_voltage", "pulse_width", "edge_time"):
            positive(name, getattr(self, name))
        for gain in self.gains:
            finite("gain", gain)
        self._check_sizes()
        for row, times in enumerate(self.input_spikes):
            self._check_spikes(row, times)

    def _check_sizes(self) -> None:
        if not self.weights or len(self.gains) != len(self.weights):
            raise NetlistError(f"{len(self.gains)} gains are given for {len(self.weights)} layers; one each is needed")
        sizes = [len(self.input_spikes), *(matrix.shape[1] for matrix in self.weights)]
        for layer, matrix in enumerate(self.weights, start=1):
            if matrix.shape[0] != sizes[layer - 1]:
                raise NetlistError(f"layer {layer} has {matrix.shape[0]} rows; {sizes[layer - 1]} feed it")

    def _check_spikes(self, row: int, times: Sequence[float]) -> None:
        """Pulses of a row must begin after t = 0 and not touch each other."""
        for before, after in pairwise((-self.pulse_width - self.edge_time, *times)):
            if not after > before + self.pulse_width + self.edge_time or after <= 0:
                raise NetlistError(
                    f"input row {row} has a spike at {after:g} s; rising times after 0,"
                    f" {self.pulse_width + self.edge_time:g} s or more apart, are needed"
                )


def spike_vector(layer: int, neuron: int) -> str:
    """Saved vector of a neuron's output; layers count from 1, neurons from 0.

    >>> spike_vector(2, 0)
    'v(spk_2_0)'
    """
    return f"v(spk_{layer}_{neuron})"


def membrane_vector(layer: int, neuron: int) -> str:
    """Saved vector of a neuron's membrane."""
    return f"v(mem_{layer}_{neuron})"


def network_deck(spec: NetworkSpec, technology: Technology, card: DeviceCard) -> Deck:
    """The deck of one image.

    Saved: spike and membrane of every neuron (`spike_vector`, `membrane_vector`), both sense voltages of
    every neuron, supply current of every layer `i(vdd_K)` with `v(vdd_K)`, and voltage and current of every
    row's source (`v(in_I)`, `i(vin_I)` for inputs; `v(xdrive_K_I.out)`, `i(e.xdrive_K_I.edrive)` for the rows
    of layer K > 1).

    Measures: per layer K, `crossbar_energy_K` from the row sources and `neuron_energy_K` from the supply [J],
    over the whole run.
    """
    if technology.mismatch_seed is not None:
        raise NetlistError("a network with mismatch would repeat one drawn neuron; take a technology without a draw")
    definitions = [cell("read_cell"), cell("row_driver"), *neuron_definitions(technology)]
    sizes = [len(spec.input_spikes), *(matrix.shape[1] for matrix in spec.weights)]
    title = f"network {'-'.join(map(str, sizes))}, {technology.name} {technology.corner}"
    circuit = new_circuit(title, definitions)
    _add_inputs(circuit, spec)
    for layer, matrix in enumerate(spec.weights, start=1):
        rows = [f"row_{layer}_{i}" for i in range(matrix.shape[0])]
        if layer > 1:
            _add_row_drivers(circuit, spec, layer, rows)
        add_crossbar(circuit, card, spec.cells, layer_name(layer), matrix, rows)
        _add_neurons(circuit, spec, layer)
    measures = [measure for layer in range(1, len(sizes)) for measure in _energies(spec, layer)]
    return compose(
        circuit,
        stop_time=spec.stop_time,
        maximum_step=MAXIMUM_STEP,
        saved=[vector for layer in range(1, len(sizes)) for vector in _saved(spec, layer)],
        measures=measures,
        includes=(technology.source,),
        initial_voltages={f"mem_{k}_{j}": 0.0 for k in range(1, len(sizes)) for j in range(sizes[k])},
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )


def layer_name(layer: int) -> str:
    """Name of a layer inside node names.

    >>> layer_name(2)
    'l2'
    """
    return f"l{layer}"


def _add_inputs(circuit: Circuit, spec: NetworkSpec) -> None:
    """Ideal pulse sources behind the driver resistance."""
    for i, times in enumerate(spec.input_spikes):
        corners = [(0.0, 0.0)]
        for time in times:
            low, high = (0.0, spec.edge_time), (spec.pulse_width, spec.pulse_width + spec.edge_time)
            corners += [(time + low[0], 0.0), (time + low[1], spec.read_voltage)]
            corners += [(time + high[0], spec.read_voltage), (time + high[1], 0.0)]
        text = "\n".join(f"+ {number(time)} {number(voltage)}" for time, voltage in corners)
        circuit.V(f"in_{i}", f"in_{i}", circuit.gnd, f"PWL(\n{text}\n+ )")
        circuit.R(f"driver_1_{i}", f"in_{i}", f"row_1_{i}", number(spec.driver.resistance))


def _add_row_drivers(circuit: Circuit, spec: NetworkSpec, layer: int, rows: Sequence[str]) -> None:
    for i, row in enumerate(rows):
        circuit.X(
            f"drive_{layer}_{i}",
            "row_driver",
            f"spk_{layer - 1}_{i}",
            row,
            read_voltage=number(spec.read_voltage),
            spike_voltage=number(spec.neuron.supply_voltage),
            resistance=number(spec.driver.resistance),
        )


def _add_neurons(circuit: Circuit, spec: NetworkSpec, layer: int) -> None:
    """Supply of the layer; per neuron the ideal column interface, the cell, and the load of its spike."""
    supply = f"vdd_{layer}"
    circuit.V(f"dd_{layer}", supply, circuit.gnd, number(spec.neuron.supply_voltage))
    transconductance = spec.gains[layer - 1] / spec.cells.sense_resistance
    for j in range(spec.weights[layer - 1].shape[1]):
        plus, minus = (sense_node(layer_name(layer), j, sign) for sign in SIGNS)
        mem, spk = f"mem_{layer}_{j}", f"spk_{layer}_{j}"
        circuit.VCCS(f"interface_{layer}_{j}", circuit.gnd, mem, plus, minus, number(transconductance))
        add_neuron(circuit, spec.neuron, f"neuron_{layer}_{j}", mem, supply, str(circuit.gnd), spk)
        circuit.C(f"load_{layer}_{j}", spk, circuit.gnd, number(spec.neuron.spike_load))


def _row_sources(spec: NetworkSpec, layer: int) -> list[tuple[str, str]]:
    """Voltage and current vectors of the sources that drive the rows of a layer."""
    rows = range(spec.weights[layer - 1].shape[0])
    if layer == 1:
        return [(f"v(in_{i})", f"i(vin_{i})") for i in rows]
    return [(f"v(xdrive_{layer}_{i}.out)", f"i(e.xdrive_{layer}_{i}.edrive)") for i in rows]


def _energies(spec: NetworkSpec, layer: int) -> tuple[Integral, Integral]:
    rows = tuple((-1.0, voltage, current) for voltage, current in _row_sources(spec, layer))
    supply = ((-1.0, f"v(vdd_{layer})", f"i(vdd_{layer})"),)
    return (
        Integral(f"crossbar_energy_{layer}", rows, 0.0, spec.stop_time, "J"),
        Integral(f"neuron_energy_{layer}", supply, 0.0, spec.stop_time, "J"),
    )


def _saved(spec: NetworkSpec, layer: int) -> list[str]:
    saved = [f"v(vdd_{layer})", f"i(vdd_{layer})"]
    for voltage, current in _row_sources(spec, layer):
        saved += [voltage, current]
    for j in range(spec.weights[layer - 1].shape[1]):
        saved += [spike_vector(layer, j), membrane_vector(layer, j)]
        saved += [f"v({sense_node(layer_name(layer), j, sign)})" for sign in SIGNS]
    return saved
