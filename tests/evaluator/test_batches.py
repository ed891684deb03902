"""Batches: the same bits however images are split and wherever they run, and memory that does not grow with them."""

from __future__ import annotations

import pickle
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from evaluator import IsiEncoder, SpikingNetwork, evaluate, simulate
from evaluator.prepared import here, run_batches, run_part
from measurements.errors import InputError

FIRST = np.array([[1, -1], [1, -1], [-1, 1], [-1, 1]], np.int8)
NETWORK = SpikingNetwork((FIRST, np.eye(2, dtype=np.int8)), (0.15, 0.4), IsiEncoder(phases=2))
BYTES_OF_RESULT = 400
"""Of the outcome of one image: 14 numbers, some for each layer or output."""


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (60, 4)).astype(np.uint8)


@pytest.fixture(scope="module")
def labels():
    return np.arange(60) % 2


def elsewhere(run, parts):
    """What a cluster does: work and images are pickled, each batch is a task of its own."""
    for part in parts:
        work, arguments = pickle.loads(pickle.dumps((run_part, (run, part))))
        yield work(*arguments)


@pytest.mark.parametrize("batch", [1, 7, 60, 1000])
def test_split_in_any_way_the_evaluation_is_the_same(tables, card, images, labels, batch):
    whole = evaluate(NETWORK, tables, card, images, labels)
    for more in ({"batch": batch}, {"batch": batch, "place": elsewhere}):
        found = evaluate(NETWORK, tables, card, images, labels, **more)
        for name in ("predictions", "latencies", "confusion"):
            np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
        assert found.breakdown_J == whole.breakdown_J
        assert found.percentiles == whole.percentiles
        assert found.blocks == whole.blocks


def test_a_batch_of_no_image_is_refused(tables, card, images, labels):
    with pytest.raises(InputError, match="one or more are needed"):
        evaluate(NETWORK, tables, card, images, labels, batch=0)


def test_memory_is_that_of_a_batch(tables, card):
    """With spikes recorded a batch takes a megabyte; nothing is kept of it but what is handed over."""
    run = replace(simulate(NETWORK, tables, card, np.zeros((1, 4), np.uint8)).run, recorded=1000)

    def peak(images, consume):
        pixels = np.zeros((images, 4), np.uint8)
        tracemalloc.start()
        try:
            consume(pixels)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def taken(pixels):
        for outcome in here(run, (pixels[first : first + 50] for first in range(0, len(pixels), 50))):
            assert len(outcome.winner) == 50

    def kept(pixels):
        run_batches(replace(run, recorded=0), pixels, 50)

    peak(2000, taken)  # fills what numba keeps of calls: some 15 bytes an image
    assert peak(2000, taken) < peak(200, taken) + 1800 * BYTES_OF_RESULT / 8
    assert peak(50, taken) > 1_000_000
    peak(100, kept)
    assert peak(2000, kept) - peak(200, kept) < 2 * 1800 * BYTES_OF_RESULT
