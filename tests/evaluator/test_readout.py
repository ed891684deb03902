"""Readouts, and codes in the kernel: rows and batches change nothing that they should not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluator import IsiEncoder, SpikingNetwork, evaluate, simulate
from evaluator.encoders import RateEncoder
from evaluator.encoding_poisson import PoissonEncoder
from evaluator.encodings import ENCODINGS
from evaluator.evaluate import input_trains
from evaluator.outcome import empty_outcome
from evaluator.pulses import choose_trains
from evaluator.readout import MEMBRANE, RATE, TTFS, for_readout, read_out
from measurements.errors import InputError

PATTERNS = np.array([[255, 255, 0, 0], [0, 0, 255, 255], [255, 200, 0, 0], [0, 0, 180, 255]], np.uint8)
LABELS = np.array([0, 1, 0, 1])
FIRST = np.array([[1, -1], [1, -1], [-1, 1], [-1, 1]], np.int8)


@pytest.fixture(scope="module")
def network():
    return SpikingNetwork((FIRST, np.eye(2, dtype=np.int8)), (0.3, 0.4), IsiEncoder(phases=1))


@pytest.mark.parametrize("readout", [TTFS, RATE, MEMBRANE])
@pytest.mark.parametrize("name", ["isi-full", "rate", "poisson"])
def test_two_patterns_are_told_apart(network, tables, card, readout, name):
    coded = replace(network, encoder=ENCODINGS[name].encoder)
    found = evaluate(coded, tables, card, PATTERNS, LABELS, readout=readout)
    assert found.accuracy == 1.0
    if readout != TTFS:
        assert found.latency_per_image_s == 2e-6


def test_the_whole_window_takes_more_than_the_first_spike(network, tables, card):
    first, rate = (evaluate(network, tables, card, PATTERNS, LABELS, readout=one) for one in (TTFS, RATE))
    assert rate.energy_per_image_J > 1.2 * first.energy_per_image_J
    assert rate.spikes_by_layer[0] > 1.2 * first.spikes_by_layer[0]


def test_rate_takes_most_spikes_then_the_highest_membrane():
    outcome = empty_outcome(3, 2, 3, 0)
    outcome.winner[:], outcome.decision[:] = 0, 1e-7
    outcome.output_spikes[:] = [[1, 2, 0], [2, 2, 1], [0, 0, 0]]
    outcome.output_voltage[:] = [[0.9, 0.1, 0.2], [0.1, 0.3, 0.9], [-0.1, -0.2, 0.4]]
    found = read_out(outcome, RATE, 2e-6)
    assert found.winner.tolist() == [1, 1, 2]
    assert found.decision.tolist() == [2e-6] * 3
    assert read_out(outcome, TTFS, 2e-6).winner.tolist() == [0, 0, 0]


def test_membrane_outputs_do_not_fire(network, tables, card):
    small = replace(network, pulse_steps=(0.3, 0.2))
    found = evaluate(small, tables, card, PATTERNS, LABELS, readout=MEMBRANE)
    assert found.spikes_by_layer[-1] == 0
    assert found.accuracy == 1.0
    assert for_readout(small, MEMBRANE).pulse_steps == pytest.approx((0.3, 0.05))


def test_an_unknown_readout_is_refused(network, tables, card):
    with pytest.raises(InputError, match="no readout 'guess'"):
        evaluate(network, tables, card, PATTERNS, LABELS, readout="guess")


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_batch_of_one_is_as_one_of_many(network, tables, card, name):
    coded = replace(network, encoder=ENCODINGS[name].encoder)
    many = simulate(coded, tables, card, PATTERNS, stop_at_first=False, recorded=40).outcome
    for image in (0, 3):
        one = simulate(coded, tables, card, PATTERNS[image : image + 1], stop_at_first=False, recorded=40).outcome
        np.testing.assert_array_equal(one.spike_time[0], many.spike_time[image])
        np.testing.assert_array_equal(one.output_voltage[0], many.output_voltage[image])


@pytest.mark.parametrize("name", [name for name in ENCODINGS if name != "poisson"])
def test_permuted_rows_and_outputs_permute_the_result(network, tables, card, name):
    """Without delays of rows, which belong to places; the sums of charges differ in their order alone."""
    encoder = replace(ENCODINGS[name].encoder, phases=1)
    rows = np.array([2, 0, 3, 1])
    straight = replace(network, encoder=encoder)
    turned = replace(straight, weights=(FIRST[rows], np.eye(2, dtype=np.int8)[:, ::-1]))
    before = simulate(straight, tables, card, PATTERNS).outcome
    after = simulate(turned, tables, card, np.ascontiguousarray(PATTERNS[:, rows])).outcome
    np.testing.assert_array_equal(after.fired, before.fired)
    np.testing.assert_array_equal(after.winner[after.fired], 1 - before.winner[before.fired])
    np.testing.assert_allclose(after.output_voltage, before.output_voltage[:, ::-1], rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(after.spikes[:, 0], before.spikes[:, 0])
    np.testing.assert_allclose(after.decision, before.decision, rtol=1e-3)


def test_rows_of_an_image_take_different_draws():
    """784 rows of one value take 784 draws, and an image of another sum gives a row another one."""
    network = SpikingNetwork((np.ones((784, 1), np.int8),), (1e-4,), PoissonEncoder())
    trains, image = input_trains(network), np.full(784, 200, np.uint8)

    def train_of(image, trains):
        chosen = np.zeros(image.size, np.int64)
        choose_trains(image, trains, chosen)
        return chosen

    chosen = train_of(image, trains)
    assert np.all(chosen % 256 == 200)
    assert np.unique(chosen).size == 784
    image[0] = 201
    assert np.all(train_of(image, trains)[1:] != chosen[1:])
    regular = input_trains(replace(network, encoder=RateEncoder()))
    assert train_of(image, regular).tolist() == image.tolist()
