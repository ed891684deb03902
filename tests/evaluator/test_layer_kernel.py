"""Layers of any kind on tables: the dense kernel's bits, symmetries, spikes that come back, steps that go to events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import synthetic_tables as ideal

from evaluator import IsiEncoder, SpikingNetwork, evaluate, simulate
from evaluator.networks import (
    Convolution,
    Dense,
    LayeredNetwork,
    NeuronModel,
    Pooling,
    Recurrent,
    evaluate_layers,
    layered,
    simulate_layers,
)
from measurements.errors import InputError, TableError

SIDE = 6
ENCODER = IsiEncoder(phases=4)


def pixels(count, seed=0, size=SIDE * SIDE):
    rng = np.random.default_rng(seed)
    return (rng.integers(60, 256, (count, size)) * (rng.random((count, size)) < 0.5)).astype(np.uint8)


def labels(count):
    return np.arange(count) % 3


@pytest.fixture(scope="module")
def dense():
    rng = np.random.default_rng(3)
    shapes = ((SIDE * SIDE, 8), (8, 3))
    return SpikingNetwork(tuple(rng.integers(-1, 2, s).astype(np.int8) for s in shapes), (0.12, 0.4), ENCODER)


@pytest.fixture(scope="module")
def maps():
    """A convolution, sum pooling, a dense layer."""
    rng = np.random.default_rng(4)
    kernel = 0.15 * rng.choice([-1, 1, 1], (4, 1, 3, 3))
    layers = (
        Convolution(kernel, padding=(1, 1)),
        Pooling("sum", (2, 2), (2, 2)),
        Dense(0.1 * rng.choice([-1, 0, 1, 1], (36, 3))),
    )
    return LayeredNetwork((1, SIDE, SIDE), layers, ENCODER)


@pytest.fixture(scope="module")
def loop():
    rng = np.random.default_rng(5)
    recurrent = Recurrent(0.12 * rng.choice([-1, 1, 1], (36, 8)), 0.24 * rng.choice([-1, 1], (8, 8)), 60e-9)
    votes = 0.5 * (np.arange(8)[:, None] % 3 == np.arange(3))
    return LayeredNetwork((36,), (recurrent, Dense(votes)), ENCODER, levels=2)


def same(first, second, names=None):
    for name in names or first._fields:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name), err_msg=name)


def test_dense_networks_have_the_bits_of_the_dense_kernel(dense, tables, card):
    images = pixels(40)
    base, found = simulate(dense, tables, card, images), simulate_layers(layered(dense), tables, card, images)
    same(base.outcome, found.outcome, set(base.outcome._fields) - {"output_spikes", "driven"})
    np.testing.assert_array_equal(found.outcome.output_spikes.argmax(axis=1)[found.outcome.fired],
                                  found.outcome.winner[found.outcome.fired])  # fmt: skip
    assert base.outcome.fired.mean() > 0.4
    np.testing.assert_array_equal(found.row_pulses, base.row_pulses)
    total = evaluate(dense, tables, card, images, labels(40))
    other = evaluate_layers(layered(dense), tables, card, images, labels(40))
    assert other.total.breakdown_J == total.breakdown_J
    assert sum(other.energy_J) == pytest.approx(total.energy_per_image_J, rel=1e-12)


def test_spread_draws_the_dense_kernels_cells(dense, tables):
    card = ideal.ideal_card(on_resistance=ideal.resistance_spread(p10=550.0, median=600.0, p90=9000.0))
    images = pixels(5)
    base = simulate(dense, tables, card, images, spread_seed=7)
    found = simulate_layers(layered(dense), tables, card, images, spread_seed=7)
    same(base.outcome, found.outcome, set(base.outcome._fields) - {"output_spikes", "driven"})
    assert np.any(base.outcome.decision != simulate(dense, tables, card, images).outcome.decision)


def test_copies_of_an_array_are_drawn_one_by_one(maps, tables):
    card = ideal.ideal_card(on_resistance=ideal.resistance_spread(p10=550.0, median=600.0, p90=9000.0))
    first, again = (simulate_layers(maps, tables, card, pixels(1), spread_seed=3).mapped[0] for _ in range(2))
    alike = simulate_layers(maps, tables, card, pixels(1)).mapped[0]
    np.testing.assert_array_equal(first.plus, again.plus)
    center = 14  # a pixel whose 9 copies all lie on the map: neuron (y, x) of channel 0 is y * 6 + x
    on = [alike.plus[center, place] for place in (7, 8, 9, 13, 14, 15, 19, 20, 21)]
    drawn = [first.plus[center, place] for place in (7, 8, 9, 13, 14, 15, 19, 20, 21)]
    many = np.isclose(on, max(on), rtol=1e-3)
    assert np.unique(np.array(drawn)[many]).size == many.sum()
    cell = np.unravel_index(np.argmax(first.plus_arrays[0]), first.plus_arrays.shape[1:])
    assert np.unique(first.plus_arrays[:, *cell]).size == 36


def test_a_convolution_is_the_dense_layer_that_it_unfolds_to(maps, tables, card):
    """Membranes see the same currents whether the kernel lies on copies or on one large array of its own."""
    from evaluator.networks.wiring import wirings

    wired = wirings(maps)
    unfolded = tuple(np.sign(wiring.unfold(wiring.weights)).astype(np.int8) for wiring in wired)
    large = SpikingNetwork(unfolded, tuple(wiring.pulse_step for wiring in wired), ENCODER)
    images = pixels(20)
    one, other = simulate_layers(maps, tables, card, images).outcome, simulate(large, tables, card, images).outcome
    assert other.fired.mean() > 0.5
    np.testing.assert_allclose(one.decision, other.decision, rtol=2e-3)  # wires of the large array
    alike = np.all(one.spikes == other.spikes, axis=1)
    assert np.sum(~alike) <= 1  # a spike that begins between the two decisions is counted in one of them
    assert np.abs(one.spikes - other.spikes).max() <= 1
    np.testing.assert_array_equal(one.events[alike], other.events[alike])


def test_energies_of_layers_are_conserved_and_copies_counted(maps, tables, card):
    images = pixels(10)
    found = evaluate_layers(maps, tables, card, images, labels(10))
    assert sum(found.energy_J) == pytest.approx(found.total.energy_per_image_J, rel=1e-12)
    assert sum(found.total.breakdown_J.values()) == pytest.approx(found.total.energy_per_image_J, rel=1e-12)
    simulated = simulate_layers(maps, tables, card, images)
    first = simulated.mapped[0]
    assert (first.tiles, first.cells, first.strobed) == (36, 36 * 9 * 8, 4)
    pulses, drivers = found.total.spikes_by_layer[0], found.row_pulses[0]
    assert 4 * pulses < drivers <= 9 * pulses
    one = 0.1**2 * 5e-9 / (600 + 20e3) / (1 + 20 / (600 + 20e3)) * ideal.ENERGY_RATIO
    assert found.total.breakdown_J["crossbar_1"] == pytest.approx(4 * drivers * one, rel=0.03)
    assert 0 < found.first_spike_s[0] < found.first_spike_s[1] < found.total.latency_per_image_s * 1.001
    assert found.as_json()["layers"][1]["energy_J"] == found.energy_J[1]


def test_batch_and_threads_change_no_bit(loop, tables, card):
    images = pixels(60)
    together = simulate_layers(loop, tables, card, images, threads=1)
    threaded = simulate_layers(loop, tables, card, images, threads=2)
    same(together.outcome, threaded.outcome)
    for index in (0, 17, 59):
        alone = simulate_layers(loop, tables, card, images[index : index + 1])
        for name in together.outcome._fields:
            np.testing.assert_array_equal(getattr(alone.outcome, name)[0], getattr(together.outcome, name)[index])
    assert together.outcome.spikes[:, 1].mean() > 1


def test_permuting_inputs_changes_nothing_and_permuting_outputs_permutes(loop, tables, card):
    images, order = pixels(60), np.random.default_rng(1).permutation(36)
    flat = replace(loop, encoder=IsiEncoder(phases=1))
    first, last = flat.layers
    base = simulate_layers(flat, tables, card, images).outcome
    moved = replace(flat, layers=(replace(first, weights=first.weights[order]), last))
    found = simulate_layers(moved, tables, card, images[:, order]).outcome
    np.testing.assert_array_equal(found.spikes, base.spikes)
    np.testing.assert_allclose(found.decision, base.decision, rtol=1e-6)
    turned = replace(flat, layers=(first, Dense(last.weights[:, [2, 0, 1]])))
    found = simulate_layers(turned, tables, card, images).outcome
    np.testing.assert_array_equal(np.array([2, 0, 1])[found.winner[base.fired]], base.winner[base.fired])
    assert np.unique(base.winner[base.fired]).size > 1


def test_spikes_come_back_after_the_delay(tables, card):
    """Neuron 0 hears the pixel, neuron 1 only neuron 0: it spikes as a second layer would, later by the delay."""
    pixel = np.array([[255]], np.uint8)
    encoder = IsiEncoder(phases=1, spikes=16)
    chain = LayeredNetwork((1,), (Dense(np.array([[0.6]])), Dense(np.array([[1.3]]))), encoder)
    straight = simulate_layers(chain, tables, card, pixel, recorded=8, readout="rate").outcome
    heard = straight.spike_time[0][straight.spike_layer[0] == 1][0]
    found = {}
    for delay in (37e-9, 113e-9):
        weights = np.array([[0.6, 0.0]]), np.array([[0.0, 1.3], [0.0, 0.0]])
        network = LayeredNetwork(
            (1,), (Recurrent(*weights, delay), Dense(np.array([[0.0], [0.1]]))), encoder, levels=13
        )
        outcome = simulate_layers(network, tables, card, pixel, recorded=20, readout="rate").outcome
        ours = (outcome.spike_layer[0] == 0) & (outcome.spike_neuron[0] == 1)
        found[delay] = outcome.spike_time[0][ours][0]
    assert found[113e-9] - found[37e-9] == pytest.approx(76e-9, abs=2e-9)
    # The first layer's pulses are the encoder's, 5 ns: what comes back has the charge of 10 ns in them.
    assert 37e-9 - 8e-9 < found[37e-9] - heard < 37e-9


def test_max_pooling_passes_one_spike_a_window(tables, card):
    images = np.full((1, 16), 255, np.uint8)
    layers = (
        Convolution(np.full((1, 1, 1, 1), 0.8)),
        Pooling("max", (2, 2), (2, 2)),
        Dense(np.full((4, 2), 0.1)),
    )
    network = LayeredNetwork((1, 4, 4), layers, ENCODER)
    found = simulate_layers(network, tables, card, images, readout="rate")
    assert found.outcome.spikes[0, 1] > 16
    assert found.row_pulses[0, 1] == 4
    assert found.outcome.events[0, 1] == 8
    total = evaluate_layers(network, tables, card, images, np.array([0]), readout="rate").total
    assert any("max pooling costs nothing" in line for line in total.assumed)


@pytest.mark.parametrize("which", ["maps", "loop"])
def test_halving_the_time_step_goes_to_the_events(which, request, tables, card):
    """Stated tolerance: 2 % of the mean latency at 1.25 ns, and less than half the miss of 10 ns at 2.5 ns."""
    network, images = request.getfixturevalue(which), pixels(60)
    event = evaluate_layers(network, tables, card, images, labels(60)).total
    fired = event.latencies < network.encoder.window
    assert fired.mean() > 0.3
    missed = []
    for step in (10e-9, 5e-9, 2.5e-9, 1.25e-9):
        found = evaluate_layers(network, tables, card, images, labels(60), time_step=step).total
        missed.append(float(np.mean(np.abs(found.latencies - event.latencies)[fired])))
    mean = float(event.latencies[fired].mean())
    assert missed[3] < 0.02 * mean
    assert missed[2] < 0.5 * missed[0]
    assert missed[3] < missed[1]


def test_what_the_circuit_cannot_be_is_refused(dense, loop, tables, card):
    images = pixels(2)
    filtered = LayeredNetwork((36,), (Dense(np.ones((36, 3)), NeuronModel("cubalif")),), ENCODER)
    with pytest.raises(InputError, match="neurons of layer 1 filter their input"):
        simulate_layers(filtered, tables, card, images)
    high = LayeredNetwork((36,), (Dense(np.ones((36, 3)), NeuronModel("lif", reset=0.2)),), ENCODER)
    with pytest.raises(InputError, match=r"reset to 0\.2 and rest at 0"):
        simulate_layers(high, tables, card, images)
    with pytest.raises(InputError, match="must divide the window"):
        simulate_layers(loop, tables, card, images, time_step=3e-9)
    with pytest.raises(InputError, match="longer than a recurrent delay"):
        simulate_layers(loop, tables, card, images, time_step=100e-9)
    with pytest.raises(InputError, match="35 pixels, the network has 36"):
        simulate_layers(loop, tables, card, images[:, :35])
    data = ideal.comparator_table()
    narrow = ideal.ideal_tables(
        neuron_comparator=data.isel(membrane_voltage=data["membrane_voltage"].to_numpy() < 1.25)
    )
    steep = LayeredNetwork((36,), (Dense(np.full((36, 3), 4.0)), Dense(np.full((3, 3), 4.0))), ENCODER)
    with pytest.raises(TableError, match="above the highest membrane voltage"):
        simulate_layers(steep, narrow, card, images)
    found = simulate_layers(steep, narrow, card, images, clamp=True)
    assert found.outcome.outside.sum() > 0
