"""Accounts of networks of layers: traces that add up, distributions, batches elsewhere; dense ones as the dense path's.

All tables are synthetic.
"""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from test_periphery import GATES, driver_table, encoder_table, interface_table, with_tables

from evaluator import IsiEncoder, SpikingNetwork, evaluate
from evaluator.explaining import explain_images
from evaluator.networks import (
    Convolution,
    Dense,
    LayeredNetwork,
    Pooling,
    Recurrent,
    evaluate_layers,
    explain_layers,
    layered,
    simulate_layers,
)
from evaluator.prepared import run_part
from measurements.errors import InputError, TableError

SIDE = 6
ENCODER = IsiEncoder(phases=2)


def pixels(count, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.integers(60, 256, (count, SIDE * SIDE)) * (rng.random((count, SIDE * SIDE)) < 0.5)).astype(np.uint8)


def labels(count):
    return np.arange(count) % 3


def dense():
    rng = np.random.default_rng(3)
    shapes = ((SIDE * SIDE, 8), (8, 3))
    return SpikingNetwork(tuple(rng.integers(-1, 2, s).astype(np.int8) for s in shapes), (0.12, 0.4), ENCODER)


def maps(pooling="sum"):
    """A convolution whose kernels overlap and reach beyond the edge, pooling, a dense layer."""
    rng = np.random.default_rng(4)
    kernel, votes = 0.15 * rng.choice([-1, 1, 1], (4, 1, 3, 3)), 0.1 * rng.choice([-1, 0, 1, 1], (36, 3))
    votes = 4 * votes if pooling == "max" else votes
    layers = (Convolution(kernel, padding=(1, 1)), Pooling(pooling, (2, 2), (2, 2)), Dense(votes))
    return LayeredNetwork((1, SIDE, SIDE), layers, ENCODER)


def loop():
    """A layer whose spikes come back, on two levels."""
    rng = np.random.default_rng(5)
    recurrent = Recurrent(0.12 * rng.choice([-1, 1, 1], (36, 8)), 0.24 * rng.choice([-1, 1], (8, 8)), 60e-9)
    votes = 0.5 * (np.arange(8)[:, None] % 3 == np.arange(3))
    return LayeredNetwork((36,), (recurrent, Dense(votes)), ENCODER, levels=2)


NETWORKS = {"sum": maps(), "max": maps("max"), "loop": loop()}


@pytest.fixture(scope="module")
def whole(tables):
    more = {"encoder_full": encoder_table(), "row_drive": driver_table(), "column_interface": interface_table(4e-3)}
    return with_tables(tables, **more)


def energies(lines, block, operation=None):
    return [line.energy for line in lines if line.block == block and operation in (None, line.operation)]


@pytest.mark.parametrize(("name", "readout"), [("sum", "ttfs"), ("max", "ttfs"), ("loop", "rate")])
def test_lines_add_up_to_the_evaluation(name, readout, whole, card):
    network, images = NETWORKS[name], pixels(3)
    trace, found = explain_layers(network, whole, card, images, labels(3), readout=readout)
    total = evaluate_layers(network, whole, card, images, labels(3), readout=readout).total
    assert found.total.energy_per_image_J == total.energy_per_image_J > 0
    assert found.total.breakdown_J == total.breakdown_J
    assert trace.total == pytest.approx(total.energy_per_image_J, rel=1e-12)
    assert trace.untraced == {}
    for block, energy in total.breakdown_J.items():
        assert sum(energies(trace.lines, block)) == pytest.approx(energy, rel=1e-9, abs=0.0), block


def test_drivers_and_interfaces_of_copies_are_lines_of_their_own(whole, card):
    """A spike of the map switches a driver in each copy that it reaches, which strobes the four outputs there."""
    images = pixels(3)
    trace, found = explain_layers(NETWORKS["sum"], whole, card, images, labels(3))
    drivers = [line for line in trace.lines if line.block == "row_drivers"]
    assert [line.count for line in drivers] == list(found.row_pulses)
    assert drivers[0].count > 4 * found.total.spikes_by_layer[0]
    assert drivers[0].energy == pytest.approx(found.row_pulses[0] * GATES)
    strobes = {line.layer: line.count for line in trace.lines if line.operation == "strobes"}
    assert strobes == {1: pytest.approx(4 * found.row_pulses[0]), 2: pytest.approx(3 * found.row_pulses[1])}
    biases = {line.layer: line.operations for line in trace.lines if line.operation == "bias cells"}
    assert biases == {1: 36.0, 2: 2.0}  # a copy at every place, and 144 rows in tiles of 98


def test_a_dense_network_has_the_dense_paths_trace(whole, card):
    network, images = dense(), pixels(3)
    ours, other = (
        explain(one, whole, card, images, labels(3))[0].lines
        for explain, one in ((explain_images, network), (explain_layers, layered(network)))
    )
    assert len(ours) == len(other)
    for one, same in zip(ours, other, strict=True):
        assert replace(one, points=()) == replace(same, points=())
        assert [point.at for point in one.points] == [point.at for point in same.points]


def test_a_layers_own_tables_act(whole, card):
    """`column_read_2` is the second layer's alone, as in the dense path."""
    own = whole["column_read"].dataset.copy(deep=True)
    own["energy"] = 3.0 * own["energy"]
    own["energy"].attrs = whole["column_read"].dataset["energy"].attrs
    changed = with_tables(whole, column_read_2=own)
    network, images = dense(), pixels(3)
    usual = evaluate_layers(layered(network), whole, card, images, labels(3)).total.breakdown_J
    found = evaluate_layers(layered(network), changed, card, images, labels(3)).total.breakdown_J
    assert found == evaluate(network, changed, card, images, labels(3)).breakdown_J
    assert found["crossbar_2"] == pytest.approx(3.0 * usual["crossbar_2"])
    assert found["crossbar_1"] == usual["crossbar_1"]


@pytest.mark.parametrize("name", ["sum", "loop"])
def test_every_image_has_the_energy_that_it_has_alone(name, whole, card):
    images = pixels(4)
    found = evaluate_layers(NETWORKS[name], whole, card, images, labels(4)).total
    alone = [
        evaluate_layers(NETWORKS[name], whole, card, images[i : i + 1], labels(4)[i : i + 1]).total.energy_per_image_J
        for i in range(4)
    ]
    spread = found.percentiles["energy_per_image_J"]
    assert spread["p50"] == pytest.approx(np.median(alone), rel=1e-9)
    assert spread["p99"] == pytest.approx(np.percentile(alone, 99), rel=1e-9)
    assert found.static_J + found.dynamic_J == pytest.approx(found.energy_per_image_J, rel=1e-9)
    blocks = {block.block: block for block in found.blocks}
    assert set(blocks) == set(found.breakdown_J)
    assert blocks["interface_1_static"].dynamic_J == pytest.approx(0.0, abs=1e-9 * found.energy_per_image_J)
    assert blocks["row_drivers"].static_J == pytest.approx(0.0, abs=1e-9 * found.energy_per_image_J)
    assert blocks["row_drivers"].dynamic_J == pytest.approx(blocks["row_drivers"].operations * GATES)


def test_a_dense_network_has_the_dense_paths_blocks(whole, card):
    network, images = dense(), pixels(20)
    ours = evaluate(network, whole, card, images, labels(20))
    other = evaluate_layers(layered(network), whole, card, images, labels(20)).total
    assert other.blocks == ours.blocks
    assert other.percentiles == ours.percentiles
    assert other.first_spikes == ours.first_spikes


def elsewhere(run, parts):
    """What a cluster does: work and images are pickled, each batch is a task of its own."""
    for part in parts:
        work, arguments = pickle.loads(pickle.dumps((run_part, (replace(run, threads=1), part))))
        yield work(*arguments)


@pytest.mark.parametrize("name", ["sum", "max", "loop"])
def test_split_in_any_way_no_bit_changes(name, whole, card):
    network, images = NETWORKS[name], pixels(25)
    together = evaluate_layers(network, whole, card, images, labels(25))
    for more in ({"batch": 4}, {"batch": 7, "place": elsewhere}):
        found = evaluate_layers(network, whole, card, images, labels(25), **more)
        assert found.as_json() | {"images_per_second": 0} == together.as_json() | {"images_per_second": 0}
        np.testing.assert_array_equal(found.total.predictions, together.total.predictions)
        np.testing.assert_array_equal(found.total.latencies, together.total.latencies)
    with pytest.raises(InputError, match="one or more are needed"):
        evaluate_layers(network, whole, card, images, labels(25), batch=0)


def test_steps_are_kept_elsewhere(whole, card):
    arguments = (NETWORKS["loop"], whole, card, pixels(6))
    here, there = (simulate_layers(*arguments, time_step=5e-9, **more) for more in ({}, {"place": elsewhere}))
    for name in here.outcome._fields:
        np.testing.assert_array_equal(getattr(here.outcome, name), getattr(there.outcome, name))


def test_what_does_not_fit_is_refused(whole, card):
    network, images = NETWORKS["sum"], pixels(3)
    with pytest.raises(InputError, match="labels must be 0 to 2"):
        explain_layers(network, whole, card, images, np.array([0, 1, 3]))
    with pytest.raises(InputError, match="one for each of 3 images"):
        explain_layers(network, whole, card, images, labels(2))
    short = with_tables(whole, encoder_full=encoder_table(longest=1e-8))
    with pytest.raises(TableError, match="characterize other currents"):
        explain_layers(network, short, card, images, labels(3))
