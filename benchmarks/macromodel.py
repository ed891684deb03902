"""The SPICE macro-models of neuron and column against the transistors and cells they stand for: speed and error.

The tables are made in the run, on the full grids, from the stated truth behind the synthetic reference: some minutes.
Errors are taken between the points of the tables. Speed is CPU time of ngspice processes, start-up included: decks of
eight neurons with inputs of their own over 5 us, and of 32 columns of 98 active rows in one read. A column's delay is a
picosecond or two of a 200 ps edge, so its error is given in seconds too.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PySpice.Spice.Netlist import Circuit

from benchmarks.figures import Figure, main
from circuits import ColumnReadProcedure, NeuronFireProcedure, TableSet, Waveforms, run_deck
from circuits.measure import crossings, evaluate_all, integrate
from devicefit import reference_truth
from memchar.config import PipelineConfig
from memchar.macromodel import macromodel_file
from memchar.pipeline import characterize, compose
from netlists import Deck
from netlists.column import PULSE_START, ColumnRead, column_read_deck
from netlists.composition import compose as finish
from netlists.composition import new_circuit, number
from netlists.deck import Crossing, Integral
from netlists.ladder import settled_sense_current
from netlists.neuron import INPUT_START, TRANSIENT_OPTIONS, Neuron, add_neuron, fire_stop_time, neuron_definitions
from netlists.technology import Technology

_CURRENTS = np.geomspace(1.3e-7, 8e-5, 9)
_EIGHT = np.geomspace(2e-7, 5e-6, 8)
_LONG = 5e-6
_TABLES = ("column_read", "neuron_fire", "neuron_leak")
"""What the macro-models are made of."""
_COLUMNS = 32
_MACRO_OPTIONS = "method=trap chgtol=1e-15"
_STEPS = 400
"""Least number of steps of a macro-model deck."""


def measure() -> list[Figure]:
    """Errors and ratios of both models."""
    config = PipelineConfig()
    circuits = compose(reference_truth(), config)
    circuits = replace(circuits, procedures=tuple(p for p in circuits.procedures if p.name in _TABLES))
    tables = characterize(circuits, config)
    text = macromodel_file(tables)[""]
    column, fire = circuits.procedures[0], circuits.procedures[1]
    assert isinstance(column, ColumnReadProcedure)
    assert isinstance(fire, NeuronFireProcedure)
    return [*_neuron_figures(text, fire), *_column_figures(text, column, tables)]


def _neuron_figures(text: str, fire: NeuronFireProcedure) -> list[Figure]:
    """Delay, interval and energy at currents between those of the table, and CPU time of eight neurons."""
    found: dict[str, list[float]] = {"delay": [], "interval": [], "spike_energy": []}
    for current in _CURRENTS:
        stop = fire_stop_time(fire.neuron, float(current))
        point = {"input_current": float(current), "initial_voltage": 0.0}
        deck = fire.deck(point)
        truth = fire.quantities(point, deck, run_deck(deck))
        own = _spikes(run_deck(_macro_neurons(text, fire.neuron, [float(current)], stop)), fire.neuron.supply_voltage)
        for name, errors in found.items():
            errors.append(abs(own[name] / truth[name] - 1.0))
    macro = _cpu(lambda: run_deck(_macro_neurons(text, fire.neuron, _EIGHT, _LONG)))
    full = _cpu(lambda: run_deck(_transistor_neurons(fire.neuron, fire.technology, _EIGHT, _LONG)))
    figures = [
        Figure(f"neuron, {kind} error of {name}", float(pick(errors)), "1")
        for name, errors in found.items()
        for kind, pick in (("median", np.median), ("largest", np.max))
    ]
    return [Figure("8 neurons, 5 us: decks a CPU second", 1 / macro, "1/s", "transistors", 1 / full), *figures]


def _column_figures(text: str, procedure: ColumnReadProcedure, tables: TableSet) -> list[Figure]:
    """Charge, energy and delay at resistances between those of the table, and CPU time of a read."""
    generator = np.random.default_rng(3)
    found: dict[str, list[float]] = {"charge": [], "energy": [], "delay": []}
    late: list[float] = []
    grid = tables["column_read"].axes
    for active in grid[0].values:
        for ohm in np.exp(generator.uniform(np.log(1e3), np.log(1e6), 4)):
            spec = procedure.spec(_point(active, float(ohm), grid[2].values[0], grid[3].values[-1]))
            deck = procedure.deck(_point(active, float(ohm), spec.row_load, spec.on_fraction))
            truth = evaluate_all(deck, run_deck(deck))
            own_deck = _macro_column(text, spec)
            own = evaluate_all(own_deck, run_deck(own_deck))
            late.append(abs(own["delay"] - truth["delay"]))
            for name, errors in found.items():
                floor = procedure.edge_time / 200 if name == "delay" else 0.0
                errors.append(abs(own[name] - truth[name]) / max(truth[name], floor))
    spec = procedure.spec(_point(grid[0].values[-1], 1e4, 0.0, 1.0))
    macro = _cpu(lambda: run_deck(_side_by_side(_macro_column(text, spec))), 5)
    full = _cpu(lambda: run_deck(_side_by_side(column_read_deck(spec))), 2)
    figures = [
        Figure(f"column, {kind} error of {name}", float(pick(errors)), "1")
        for name, errors in found.items()
        for kind, pick in (("median", np.median), ("largest", np.max))
    ]
    ratio = Figure(f"{_COLUMNS} columns read: decks a CPU second", 1 / macro, "1/s", "cells and wires", 1 / full)
    return [ratio, *figures, Figure("column, largest error of delay", max(late), "s")]


def _side_by_side(deck: Deck) -> Deck:
    """The circuit of a column deck `_COLUMNS` times in one deck, only the sense voltages saved."""
    lines = deck.text.splitlines()
    end = next(k for k, line in enumerate(lines) if line.startswith(".options"))
    begin = max(k for k, line in enumerate(lines[:end]) if line.startswith(".ends")) + 1
    saved = tuple(f"v(xc{k}.sense)" for k in range(_COLUMNS))
    kept = [line for line in lines[end:] if not line.startswith((".save", ".meas"))]
    parts = [*lines[:begin], ".subckt whole_column dummy", *lines[begin:end], ".ends", "Rdummy dummy 0 1"]
    parts += [f"Xc{k} dummy whole_column" for k in range(_COLUMNS)] + [f".save {vector}" for vector in saved]
    return Deck("\n".join([*parts, *kept]) + "\n", deck.stop_time, deck.maximum_step, saved, (), ())


def _point(active: float, ohm: float, load: float, share: float) -> dict[str, float]:
    return {"active_rows": active, "device_resistance": ohm, "row_load": float(load), "on_fraction": float(share)}


def _spikes(waveforms: Waveforms, supply: float) -> dict[str, float]:
    """Delay, interval and supply energy from the first to the second spike, as `neuron_fire` takes them."""
    first, second = crossings(waveforms, "v(spk0)", 0.5 * supply, rising=True, start=INPUT_START)[:2]
    energy = integrate(waveforms, ((-1.0, "v(vdd)", "i(vdd)"),), float(first), float(second), "spike_energy")
    return {"delay": float(first) - INPUT_START, "interval": float(second - first), "spike_energy": energy}


def _inputs(circuit: Circuit, neuron: Neuron, currents: Sequence[float] | np.ndarray) -> None:
    circuit.V("dd", "vdd", circuit.gnd, number(neuron.supply_voltage))
    for k, current in enumerate(currents):
        edge = f"PWL(0 0 {number(INPUT_START)} 0 {number(INPUT_START * 1.01)} {number(float(current))})"
        circuit.I(f"in{k}", circuit.gnd, f"mem{k}", edge)
        circuit.C(f"load{k}", f"spk{k}", circuit.gnd, number(neuron.spike_load))


def _finished(
    circuit: Circuit, count: int, stop: float, step: float, options: str, technology: Technology | None = None
) -> Deck:
    return finish(
        circuit,
        stop_time=stop,
        maximum_step=step,
        saved=["v(vdd)", "i(vdd)", *(f"v(spk{k})" for k in range(count))],
        includes=() if technology is None else (technology.source,),
        initial_voltages={f"mem{k}": 0.0 for k in range(count)},
        options=options,
    )


def _macro_neurons(text: str, neuron: Neuron, currents: Sequence[float] | np.ndarray, stop: float) -> Deck:
    circuit = new_circuit("macro-model neurons", [text])
    _inputs(circuit, neuron, currents)
    for k in range(len(currents)):
        circuit.X(f"n{k}", "lif_neuron_macro", f"mem{k}", "vdd", circuit.gnd, f"spk{k}")
    return _finished(circuit, len(currents), stop, stop / _STEPS, _MACRO_OPTIONS)


def _transistor_neurons(neuron: Neuron, technology: Technology, currents: np.ndarray, stop: float) -> Deck:
    circuit = new_circuit("transistor neurons", neuron_definitions(technology))
    _inputs(circuit, neuron, currents)
    for k in range(len(currents)):
        add_neuron(circuit, neuron, f"n{k}", f"mem{k}", "vdd", circuit.gnd, f"spk{k}")
    return _finished(circuit, len(currents), stop, 2e-9, TRANSIENT_OPTIONS, technology)


def _macro_column(text: str, spec: ColumnRead) -> Deck:
    circuit = new_circuit("macro-model column", [text])
    shape = [0.0, spec.read_voltage, PULSE_START, spec.edge_time, spec.edge_time, spec.pulse_width - spec.edge_time]
    circuit.V("drive", "drive", circuit.gnd, f"PULSE({' '.join(number(value) for value in shape)})")
    model = f"column_read_macro_{spec.active_rows}"
    circuit.X("column", model, "drive", "sense", resistance=number(spec.device_resistance))
    circuit.R("sense", "sense", circuit.gnd, number(spec.sense_resistance))
    half = 0.5 * settled_sense_current(spec) * spec.sense_resistance
    return finish(
        circuit,
        stop_time=spec.stop_time,
        maximum_step=spec.pulse_width / 10,
        saved=["v(drive)", "i(vdrive)", "v(sense)"],
        measures=(
            Integral("charge", ((1.0 / spec.sense_resistance, "v(sense)", None),), 0.0, spec.stop_time, "C"),
            Integral("energy", ((-1.0, "v(drive)", "i(vdrive)"),), 0.0, spec.stop_time, "J"),
            Crossing("delay", "v(sense)", half, "rise", reference=PULSE_START + spec.edge_time / 2),
        ),
    )


def _cpu(work: Callable[[], object], times: int = 3) -> float:
    """CPU time of the processes that one call starts, the mean of several [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(times):
        work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / times


if __name__ == "__main__":
    main("macromodel", measure)
