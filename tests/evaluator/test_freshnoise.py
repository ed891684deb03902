"""Read noise in the kernel: normal, of the stated size, fresh in every read, the same however images are batched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from evaluator import IsiEncoder, SpikingNetwork, map_network
from evaluator.freshnoise import image_key, noisy_cell, noisy_row, pulse_key
from evaluator.prepared import prepare, run_batches

NEURONS = 4001
SIGMA = 4e-6


def key_of(image=7, row=0, start=1e-7, seed=3):
    pixels = np.array([image, 0, 255], np.uint8)
    return np.uint64(pulse_key(np.uint64(image_key(pixels, seed)), row, start))


def one_read(key, neurons=NEURONS):
    mean, deviation = np.full((2, neurons), 2.0, np.float32), np.full((2, neurons), 0.5, np.float32)
    seen = np.zeros((1, neurons), np.float32)
    noisy_row(mean, deviation, 0, key, seen)
    return (seen[0].astype(float) - 2.0) / 0.5


def test_draws_are_standard_normal_and_independent():
    reads = np.array([one_read(key_of(start=k * 1e-9)) for k in range(40)])
    assert reads.mean() == pytest.approx(0.0, abs=0.012)
    assert reads.var() == pytest.approx(1.0, rel=0.012)
    assert kstest(reads.ravel(), "norm").pvalue > 1e-3
    assert np.abs(reads).max() > 3.8
    for shifted in (reads[:, 1:], reads[:, 2:]):
        assert np.mean(reads[:, : shifted.shape[1]] * shifted) == pytest.approx(0.0, abs=0.012)
    assert np.mean(reads[1:] * reads[:-1]) == pytest.approx(0.0, abs=0.012)


@pytest.mark.parametrize("other", [{"image": 8}, {"row": 1}, {"start": 1.000001e-7}, {"seed": 4}])
def test_every_read_is_fresh_and_known_again(other):
    first = one_read(key_of(), 6)
    np.testing.assert_array_equal(first, one_read(key_of(), 6))
    assert not np.any(first == one_read(key_of(**other), 6))


def test_a_cell_alone_sees_what_its_row_sees():
    mean, deviation = np.ones((2, 5), np.float32), np.full((2, 5), 0.3, np.float32)
    seen = np.zeros((1, 5), np.float32)
    noisy_row(mean, deviation, 1, key_of(row=1), seen)
    assert [noisy_cell(mean, deviation, 1, k, key_of(row=1)) for k in range(5)] == seen[0].astype(float).tolist()


@pytest.fixture(scope="module")
def noisy_run(tables, card):
    """One neuron without leak behind one row that reads; pixels of rows without cells tell images apart."""
    network = SpikingNetwork((np.array([[1], [0], [0]], np.int8),), (1e-3,), IsiEncoder(phases=1))
    prepared = prepare(network, tables, card, stop_at_first=False)
    mapped = map_network(network, card, prepared.columns)
    deviation = np.array([[SIGMA], [0.0], [0.0]], np.float32)
    run = prepared.image_run(mapped, (deviation,), seed=5)
    quiet = run.membrane._replace(leak=np.zeros_like(run.membrane.leak))
    layer = run.layers[0]._replace(conductance=np.array([[5e-5], [0.0], [0.0]], np.float32))
    return replace(run, membrane=quiet, layers=(layer,))


@pytest.fixture(scope="module")
def images():
    tags = np.arange(600)
    return np.stack([np.full(600, 255), tags % 25, tags // 25], axis=1).astype(np.uint8)


def test_a_membrane_has_the_variance_of_its_reads(noisy_run, images):
    outcome = noisy_run(images)
    layer = noisy_run.layers[0]
    reads = round(outcome.charge[0, 0] / (layer.drawn[0] * layer.width))
    one = layer.slope * layer.width
    assert reads > 5
    volts = outcome.output_voltage[:, 0]
    assert volts.mean() == pytest.approx(reads * one * 5e-5, rel=0.02)
    assert volts.std(ddof=1) == pytest.approx(np.sqrt(reads) * one * SIGMA, rel=0.12)


def test_noise_does_not_depend_on_the_batch(noisy_run, images):
    whole = noisy_run(images)
    parts = run_batches(replace(noisy_run, threads=2), images, 37)
    for name, values in whole._asdict().items():
        np.testing.assert_array_equal(values, getattr(parts, name), err_msg=name)
    backwards = noisy_run(images[::-1].copy())
    np.testing.assert_array_equal(backwards.output_voltage[::-1], whole.output_voltage)
