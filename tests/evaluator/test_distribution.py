"""Energies over images: each image as if it were alone, static and dynamic apart, percentiles and first spikes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from test_periphery import driver_table, encoder_table, interface_table, with_tables

from evaluator import IsiEncoder, SpikingNetwork, evaluate, simulate
from evaluator.distribution import image_energies
from evaluator.periphery import count_periphery
from measurements.errors import TableError

PATTERNS = np.array([[255, 255, 0, 0], [0, 0, 255, 255], [255, 200, 0, 0], [0, 0, 180, 255]], np.uint8)
LABELS = np.array([0, 1, 0, 1])
FIRST = np.array([[1, -1], [1, -1], [-1, 1], [-1, 1]], np.int8)
NETWORK = SpikingNetwork((FIRST, np.eye(2, dtype=np.int8)), (0.15, 0.4), IsiEncoder(phases=2))


@pytest.fixture(scope="module")
def whole(tables):
    return with_tables(tables, row_drive=driver_table(), column_interface=interface_table())


@pytest.fixture(scope="module")
def evaluation(whole, card):
    return evaluate(NETWORK, whole, card, PATTERNS, LABELS)


def test_every_image_has_the_energy_that_it_has_alone(whole, card):
    simulated = simulate(NETWORK, whole, card, PATTERNS)
    found = image_energies(simulated, lambda one: count_periphery(NETWORK, one, whole, PATTERNS).breakdown_J)
    for image in range(4):
        one = slice(image, image + 1)
        alone = evaluate(NETWORK, whole, card, PATTERNS[one], LABELS[one])
        for block, energy in alone.breakdown_J.items():
            assert found[block].total[image] == pytest.approx(energy, rel=1e-9), block


def test_blocks_add_up_and_static_is_what_grows_with_time(evaluation):
    found = {block.block: block for block in evaluation.blocks}
    assert set(found) == set(evaluation.breakdown_J)
    for name, block in found.items():
        assert block.static_J + block.dynamic_J == pytest.approx(evaluation.breakdown_J[name], rel=1e-9)
        assert block.power_W * evaluation.latency_per_image_s == pytest.approx(evaluation.breakdown_J[name])
    assert evaluation.static_J + evaluation.dynamic_J == pytest.approx(evaluation.energy_per_image_J)
    assert found["interface_1_static"].dynamic_J == pytest.approx(0.0, abs=1e-9 * found["interface_1_static"].static_J)
    for name in ("crossbar_1", "row_drivers", "neuron_spikes_2"):
        assert found[name].static_J == pytest.approx(0.0, abs=1e-9 * found[name].dynamic_J)
    assert (found["crossbar_2"].layer, found["row_drivers"].layer) == (2, None)
    assert found["crossbar_1"].operations == evaluation.spikes_by_layer[0]


def test_percentiles_are_of_the_images(evaluation):
    latency = evaluation.percentiles["latency_per_image_s"]
    assert latency["p50"] == pytest.approx(np.median(evaluation.latencies))
    energy = evaluation.percentiles["energy_per_image_J"]
    assert energy["p1"] < energy["p50"] < energy["p99"]
    assert energy["p1"] < evaluation.energy_per_image_J < energy["p99"]
    assert json.loads(json.dumps(evaluation.as_json(), allow_nan=False))["blocks"][0]["block"] == "crossbar_1"


def test_first_spikes_come_one_layer_after_the_other(evaluation):
    times = [first["mean_s"] for first in evaluation.first_spikes]
    assert 0 < times[0] < times[1] < times[2]
    assert times[2] == pytest.approx(evaluation.latency_per_image_s)
    assert [first["share"] for first in evaluation.first_spikes] == [1.0, 1.0, 1.0]


def test_an_output_that_never_spikes_has_no_first_spike(tables, card):
    network = SpikingNetwork((np.zeros((4, 2), np.int8),), (0.1,))
    found = evaluate(network, tables, card, PATTERNS, LABELS)
    assert found.first_spikes[1] == {"share": 0.0, "mean_s": None, "p5_s": None, "p50_s": None, "p95_s": None}


def test_encoders_rest_is_static(tables, card):
    found = evaluate(NETWORK, with_tables(tables, encoder_full=encoder_table()), card, PATTERNS, LABELS)
    block = next(one for one in found.blocks if one.block == "encoders")
    assert block.static_J > 0
    assert block.dynamic_J > 0


def test_a_block_that_is_not_affine_is_refused(tables, card):
    simulated = simulate(NETWORK, tables, card, PATTERNS)
    slower = replace(simulated, outcome=simulated.outcome._replace(decision=np.arange(1.0, 5.0)))
    with pytest.raises(TableError, match="clock: the images spend"):
        image_energies(slower, lambda one: {"clock": float(np.mean(one.outcome.decision**2))})
