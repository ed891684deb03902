"""Evaluation adds up, raises outside the tables, and the shipped networks classify."""

from __future__ import annotations

import json

import numpy as np
import pytest
import synthetic_tables as ideal

from evaluator import (
    IsiEncoder,
    SpikingNetwork,
    evaluate,
    load_mnist,
    load_network,
    shipped_weights,
    simulate,
    small_digits,
)
from measurements.errors import InputError, TableError

PATTERNS = np.array([[255, 255, 0, 0], [0, 0, 255, 255], [255, 200, 0, 0], [0, 0, 180, 255]], np.uint8)
LABELS = np.array([0, 1, 0, 1])


@pytest.fixture(scope="module")
def network():
    """Two hidden neurons, each of which likes two of four pixels and feeds one class."""
    first = np.array([[1, -1], [1, -1], [-1, 1], [-1, 1]], np.int8)
    return SpikingNetwork((first, np.eye(2, dtype=np.int8)), (0.15, 0.4), IsiEncoder(phases=2))


@pytest.fixture(scope="module")
def evaluation(network, tables, card):
    return evaluate(network, tables, card, PATTERNS, LABELS)


def test_it_classifies(evaluation):
    assert evaluation.accuracy == 1.0
    assert evaluation.undecided == 0.0
    assert evaluation.confusion.tolist() == [[2, 0], [0, 2]]
    assert evaluation.predictions.tolist() == [0, 1, 0, 1]
    assert evaluation.latencies[2] > evaluation.latencies[0]


def test_figures_follow_from_each_other(evaluation):
    found = evaluation
    assert sum(found.breakdown_J.values()) == pytest.approx(found.energy_per_image_J)
    assert found.energy_per_spike_J == pytest.approx(found.energy_per_image_J / found.spikes_per_image)
    events = found.energy_per_image_J / found.synaptic_events_per_image
    assert found.energy_per_synaptic_event_J == pytest.approx(events)
    assert found.power_W == pytest.approx(found.energy_per_image_J / found.latency_per_image_s)
    assert found.latency_per_image_s == pytest.approx(float(found.latencies.mean()))
    assert sum(found.spikes_by_layer) == pytest.approx(found.spikes_per_image)
    assert json.loads(json.dumps(found.as_json()))["images"] == 4


def test_energies_against_a_count_by_hand(network, tables, card):
    """Crossbar: V^2 G w energy_ratio a pulse and on cell; spikes: 0.5 pJ each, 0.1 pJ of it only when the neuron wakes
    up, booked with the static energy, which is at least the resting power.
    """
    simulated = simulate(network, tables, card, PATTERNS[:1])
    outcome, found = simulated.outcome, evaluate(network, tables, card, PATTERNS[:1], LABELS[:1])
    pulses, hidden = outcome.spikes[0, :2]
    on = 1 / (600 + 20e3) / (1 + 20 / (600 + 20e3))
    one = 0.1**2 * 5e-9 * on * ideal.ENERGY_RATIO
    at_once = ideal.SPIKE_ENERGY - ideal.RECOVERY_ENERGY
    assert found.breakdown_J["crossbar_1"] == pytest.approx(2 * pulses * one, rel=0.03)
    assert found.breakdown_J["neuron_spikes_1"] == pytest.approx(hidden * at_once, rel=0.01)
    assert found.breakdown_J["neuron_spikes_2"] == pytest.approx(at_once, rel=0.01)
    rest = 2 * 0.2e-6 * outcome.decision[0]
    assert rest < found.breakdown_J["neuron_static_2"] < 2 * rest
    assert outcome.events[0].tolist() == [2 * pulses, hidden]


def test_threads_and_batch_change_nothing(network, tables, card, evaluation):
    for threads in (1, 2):
        other = evaluate(network, tables, card, PATTERNS, LABELS, threads=threads)
        np.testing.assert_array_equal(other.latencies, evaluation.latencies)
        assert other.energy_per_image_J == evaluation.energy_per_image_J


def test_zero_weights_decide_nothing(tables, card):
    network = SpikingNetwork((np.zeros((4, 2), np.int8),), (0.1,))
    found = evaluate(network, tables, card, PATTERNS, LABELS)
    assert found.undecided == 1.0
    assert found.latency_per_image_s == 2e-6
    assert np.isnan(found.energy_per_synaptic_event_J)


def test_spread_changes_a_little_and_is_seeded(network, tables):
    card = ideal.ideal_card(on_resistance=ideal.resistance_spread(p10=550.0, median=600.0, p90=1500.0))
    runs = [evaluate(network, tables, card, PATTERNS, LABELS, spread_seed=seed).latencies for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert np.any(runs[0] != runs[2])
    np.testing.assert_allclose(runs[0], runs[2], rtol=0.2)


def test_leaving_the_tables_raises_or_is_counted(network, card):
    data = ideal.comparator_table()
    low = data["membrane_voltage"].to_numpy() < 1.25
    narrow = ideal.ideal_tables(neuron_comparator=data.isel(membrane_voltage=low))
    fast = SpikingNetwork(network.weights, (4.0, 4.0), network.encoder)
    with pytest.raises(TableError, match="above the highest membrane voltage"):
        evaluate(fast, narrow, card, PATTERNS, LABELS)
    found = evaluate(fast, narrow, card, PATTERNS, LABELS, clamp=True)
    assert found.clamped_lookups > 0
    assert np.isfinite(found.energy_per_image_J)


@pytest.mark.parametrize(("images", "labels", "message"), [
    (PATTERNS.astype(float), LABELS, "must be uint8"),
    (PATTERNS[:, :3], LABELS, "3 pixels, the network has 4 inputs"),
    (PATTERNS[:0], LABELS[:0], "must be uint8"),
    (PATTERNS, LABELS[:3], "one for each of 4 images"),
    (PATTERNS, np.array([0, 1, 2, 0]), "must be 0 to 1, found 0 to 2"),
    (PATTERNS, np.array([0.0, 1.0, 0.0, 1.0]), "must be integers"),
])  # fmt: skip
def test_refuses_bad_input(network, tables, card, images, labels, message):
    with pytest.raises(InputError, match=message):
        evaluate(network, tables, card, images, labels)


def test_missing_table(network, tables, card):
    with pytest.raises(TableError, match="neuron_leak"):
        evaluate(network, type(tables)({"neuron_fire": tables["neuron_fire"]}, {}), card, PATTERNS, LABELS)


@pytest.mark.parametrize(("name", "images", "least"), [("mnist-784-100-10", 1000, 0.94), ("mnist-16-8-4", 5000, 0.82)])
def test_shipped_networks_on_digits(shared_data, tables, card, name, images, least):
    """On the ideal (synthetic) tables; the first 1000 test images are the harder ones."""
    mnist = load_mnist(shared_data)
    pixels, labels = mnist.test_images, mnist.test_labels
    if name == "mnist-16-8-4":
        pixels, labels = small_digits(pixels, labels)
    found = evaluate(load_network(shipped_weights(name)), tables, card, pixels[:images], labels[:images])
    assert found.accuracy > least
    assert found.undecided < 0.2
    assert 0.3e-6 < found.latency_per_image_s < 1.7e-6
