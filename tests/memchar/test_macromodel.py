"""Macro-models in ngspice against the closed forms behind ideal tables."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from circuits import Waveforms, run_deck
from circuits.measure import crossings, integrate
from circuits.tables import TableSet
from measurements.errors import TableError
from memchar.macromodel import lag, macromodel_file
from netlists.composition import compose, new_circuit

SUPPLY, EDGE = 1.8, 2e-10


def _ideal() -> ModuleType:
    path = Path(__file__).parents[1] / "evaluator" / "synthetic_tables.py"
    spec = importlib.util.spec_from_file_location("ideal_tables_of_the_evaluator", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def ideal() -> ModuleType:
    return _ideal()


@pytest.fixture(scope="module")
def tables(ideal: ModuleType) -> TableSet:
    made = ideal.ideal_tables()
    made["neuron_fire"].dataset.attrs["neuron_supply_voltage"] = SUPPLY
    made["column_read"].dataset.attrs["edge_time"] = EDGE
    return made


def _neuron(text: str, current: float, stop: float, start: float = 0.0) -> Waveforms:
    circuit = new_circuit("macro neuron", [text])
    circuit.V("dd", "vdd", circuit.gnd, SUPPLY)
    circuit.I("in", circuit.gnd, "mem", f"PWL(0 0 5n 0 5.05n {current})")
    circuit.X("n", "lif_neuron_macro", "mem", "vdd", circuit.gnd, "spk")
    circuit.C("load", "spk", circuit.gnd, 20e-15)
    return run_deck(
        compose(
            circuit,
            stop_time=stop,
            maximum_step=stop / 400,
            saved=["v(mem)", "v(spk)", "v(vdd)", "i(vdd)"],
            initial_voltages={"mem": start},
            options="method=trap chgtol=1e-15",
        )
    )


@pytest.mark.parametrize("current", [2e-7, 2e-6, 5e-5])
def test_the_neuron_fires_when_and_at_the_cost_the_closed_form_says(
    ideal: ModuleType, tables: TableSet, current: float
) -> None:
    trip = float(ideal.trip_voltage(current / ideal.C - ideal.fall(np.array(ideal.THRESHOLD))))
    delay, static = ideal.ramp(current, 0.0, trip)
    waveforms = _neuron(macromodel_file(tables)[""], current, 5e-9 + 2.3 * delay + 2 * ideal.DEAD_TIME)
    spikes = crossings(waveforms, "v(spk)", 0.5 * SUPPLY, rising=True)
    assert spikes[0] - 5e-9 == pytest.approx(delay, rel=0.015)
    assert spikes[1] - spikes[0] == pytest.approx(delay + ideal.DEAD_TIME, rel=0.015)
    found = integrate(waveforms, ((-1.0, "v(vdd)", "i(vdd)"),), spikes[0], spikes[1], "energy")
    expected = static + ideal.power(0.0) * ideal.DEAD_TIME + ideal.SPIKE_ENERGY
    assert found == pytest.approx(float(expected), rel=0.03)
    width = integrate(waveforms, ((1 / SUPPLY, "v(spk)", None),), 0.0, float(spikes[1]) - 20e-9, "width")
    assert width == pytest.approx(ideal.WIDTH, rel=0.03)


def test_the_neuron_is_silent_below_its_leak(tables: TableSet) -> None:
    waveforms = _neuron(macromodel_file(tables)[""], 2e-8, 2e-6, start=0.3)
    assert waveforms.vector("v(spk)").max() < 0.01
    assert waveforms.vector("v(mem)")[-1] < 0.3


@pytest.mark.parametrize(("rows", "ohm"), [(4, 2.5e3), (98, 3e5)])
def test_charge_and_energy_of_a_read(ideal: ModuleType, tables: TableSet, rows: int, ohm: float) -> None:
    circuit = new_circuit("macro column", [macromodel_file(tables)[""]])
    circuit.V("drive", "drive", circuit.gnd, "PULSE(0 0.1 0.5n 0.2n 0.2n 4.8n)")
    circuit.X("c", f"column_read_macro_{rows}", "drive", "sense", resistance=ohm)
    circuit.R("sense", "sense", circuit.gnd, 10.0)
    saved = ["v(sense)", "v(drive)", "i(vdrive)"]
    waveforms = run_deck(compose(circuit, stop_time=7e-9, maximum_step=2e-11, saved=saved))
    expected = rows * 0.1 * 5e-9 * float(ideal.cell(ohm, 0.0, 1.0) * ideal.attenuation(rows))
    charge = integrate(waveforms, ((0.1, "v(sense)", None),), 0.0, 7e-9, "charge")
    assert charge == pytest.approx(expected, rel=5e-3)
    energy = integrate(waveforms, ((-1.0, "v(drive)", "i(vdrive)"),), 0.0, 7e-9, "energy")
    assert energy == pytest.approx(ideal.ENERGY_RATIO * 0.1 * expected, rel=5e-3)


@pytest.mark.parametrize("delay", [1e-12, 3e-11, 2e-9])
def test_the_lag_crosses_half_when_it_should(delay: float) -> None:
    tau = lag(delay, EDGE)
    time = np.linspace(0.0, EDGE + 5 * delay + 20 * tau, 400_001)
    step = time[1]
    drive = np.minimum(time / EDGE, 1.0)
    value, crossed = 0.0, 0.0
    for k in range(1, time.size):
        before = value
        value = before + (0.5 * (drive[k - 1] + drive[k]) - before) * (1.0 - np.exp(-step / tau))
        if value >= 0.5:
            crossed = time[k - 1] + step * (0.5 - before) / (value - before)
            break
    assert crossed - 0.5 * EDGE == pytest.approx(delay, rel=2e-3, abs=1e-15)


def test_what_is_missing_is_named(tables: TableSet) -> None:
    with pytest.raises(TableError, match="no table 'column_read'"):
        macromodel_file(TableSet({name: tables[name] for name in ("neuron_fire", "neuron_leak")}, {}))
