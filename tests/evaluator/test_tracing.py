"""A trace adds up to its evaluation block by block, and its counts and prices are those of the tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import synthetic_tables as ideal
from test_periphery import driver_table, encoder_table, interface_table, with_tables

from evaluator import IsiEncoder, SpikingNetwork, evaluate, simulate
from evaluator.evaluation import Periphery
from evaluator.explaining import explain_images
from evaluator.readout import RATE
from evaluator.tracing import trace
from measurements.errors import TableError

PATTERNS = np.array([[255, 255, 0, 0], [0, 0, 255, 255], [255, 200, 0, 0], [0, 0, 180, 255]], np.uint8)
LABELS = np.array([0, 1, 0, 1])
FIRST = np.array([[1, -1], [1, -1], [-1, 1], [-1, 1]], np.int8)
NETWORK = SpikingNetwork((FIRST, np.eye(2, dtype=np.int8)), (0.15, 0.4), IsiEncoder(phases=2))


@pytest.fixture(scope="module")
def whole(tables):
    more = {"encoder_full": encoder_table(), "row_drive": driver_table(), "column_interface": interface_table()}
    return with_tables(tables, **more)


@pytest.fixture(scope="module")
def explained(whole, card):
    return explain_images(NETWORK, whole, card, PATTERNS, LABELS)


def lines_of(found, block, operation):
    return [line for line in found.lines if (line.block, line.operation) == (block, operation)]


def test_lines_add_up_to_the_evaluation(explained, whole, card):
    found, evaluation = explained
    assert evaluation.energy_per_image_J == evaluate(NETWORK, whole, card, PATTERNS, LABELS).energy_per_image_J
    assert found.energy == pytest.approx(evaluation.energy_per_image_J, rel=1e-12)
    assert found.total == pytest.approx(evaluation.energy_per_image_J, rel=1e-9)
    assert found.untraced == {}
    for block, energy in evaluation.breakdown_J.items():
        assert sum(line.energy for line in found.lines if line.block == block) == pytest.approx(energy, rel=1e-9)


def test_rate_readout_is_traced_over_the_whole_window(whole, card):
    found, evaluation = explain_images(NETWORK, whole, card, PATTERNS, LABELS, readout=RATE)
    assert found.total == pytest.approx(evaluation.energy_per_image_J, rel=1e-9)


def test_times_and_prices_are_those_of_the_tables(explained):
    """Two neurons wait, sleep or move until the decision; a spike costs 0.4 pJ at once and 0.1 pJ on waking up."""
    found, evaluation = explained
    waiting = lines_of(found, "neuron_static_2", "waiting")
    moving = lines_of(found, "neuron_static_2", "moving comparator")
    seconds = sum(line.count for line in waiting + moving)
    assert seconds == pytest.approx(2 * evaluation.latency_per_image_s, rel=0.03)
    for line in waiting:
        assert line.each == pytest.approx(ideal.power(line.at["initial_voltage"]), rel=0.03)
        assert line.points[0].at["initial_voltage"] == line.at["initial_voltage"]
    spikes = lines_of(found, "neuron_spikes_1", "spikes")[0]
    assert spikes.count == evaluation.spikes_by_layer[1]
    assert spikes.each == pytest.approx(ideal.SPIKE_ENERGY - ideal.RECOVERY_ENERGY, rel=0.01)
    up = lines_of(found, "neuron_static_1", "waking up")[0]
    assert up.each == pytest.approx(ideal.RECOVERY_ENERGY, rel=0.01)
    assert 0 < up.count <= spikes.count


def test_crossbar_names_its_place_in_the_table(explained):
    line = lines_of(explained[0], "crossbar_1", "read pulses")[0]
    assert line.each == pytest.approx(ideal.ENERGY_RATIO * ideal.READ_VOLTAGE)
    assert line.unit == "C"
    assert line.at["device_resistance"] == pytest.approx(600.0, rel=0.01)
    assert line.points[0].table == "column_read"
    assert line.points[0].at["active_rows"] == 4.0
    assert line.points[0].values["energy"] / line.points[0].values["charge"] == pytest.approx(line.each)


def test_waiting_follows_the_leak_table(whole, card, explained):
    """Twice the power of a waiting neuron doubles those lines and nothing else."""
    dear = whole["neuron_leak"].dataset.copy(deep=True)
    dear["energy"] = 2.0 * dear["energy"]
    dear["energy"].attrs = whole["neuron_leak"].dataset["energy"].attrs
    changed = explain_images(NETWORK, with_tables(whole, neuron_leak=dear), card, PATTERNS, LABELS)[0]

    def waits(found):
        return sum(line.energy for line in lines_of(found, "neuron_static_1", "waiting"))

    assert waits(changed) == pytest.approx(2.0 * waits(explained[0]), rel=1e-6)
    crossbars = [lines_of(found, "crossbar_1", "read pulses")[0].energy for found in (changed, explained[0])]
    assert crossbars[0] == crossbars[1]


def test_what_cannot_be_traced_is_said_or_refused(whole, card):
    simulated = simulate(NETWORK, whole, card, PATTERNS)
    plain = with_tables({name: whole[name] for name in whole if name.startswith(("neuron", "column_read"))})
    other = trace(NETWORK, simulated, plain, card, PATTERNS, Periphery({"clock": 1e-12}))
    assert other.untraced == {"clock": 1e-12}
    assert other.total == pytest.approx(other.energy, rel=1e-9)
    drivers = with_tables(plain, row_drive=driver_table())
    with pytest.raises(TableError, match="the trace of row_drivers gives"):
        trace(NETWORK, simulated, drivers, card, PATTERNS, Periphery({"row_drivers": 1e-12}))
    with pytest.raises(TableError, match="image by image"):
        trace(NETWORK, replace(simulated, run=None), plain, card, PATTERNS, Periphery())
