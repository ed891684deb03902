"""Adapters of `benchmarks.peers`: same weights, same spikes, sensible decisions."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.peers import Rate, installed
from benchmarks.snntorch_peer import BETA, STEPS, SnnTorchPeer, binned_spikes
from evaluator import SpikingNetwork
from evaluator.prepared import input_trains

WEIGHTS = (np.array([[1, 0], [1, 0], [0, 1], [-1, 1]], np.int8), np.array([[1, 0], [-1, 1]], np.int8))
NETWORK = SpikingNetwork(WEIGHTS, (0.3, 0.6))
IMAGES = np.array([[250, 250, 0, 0], [0, 0, 250, 250]], np.uint8)


def test_binned_spikes_are_those_of_the_encoder():
    trains = input_trains(NETWORK)
    each = np.diff(trains.offset)
    spikes = binned_spikes(NETWORK, IMAGES)
    assert spikes.shape == (STEPS, 2, 4)
    assert np.array_equal(spikes.sum(axis=0), each[IMAGES])
    first = trains.times[trains.offset[250]] / NETWORK.encoder.window * STEPS
    assert np.flatnonzero(spikes[:, 0, 0])[0] == int(first)


def test_the_snntorch_peer_has_the_weights_and_decides_by_hand():
    """The same leaky neurons written out in numpy give the same decisions, and each image its own output."""
    pytest.importorskip("snntorch")
    peer = SnnTorchPeer(NETWORK)
    for tensor, matrix, step in zip(peer.weights, WEIGHTS, NETWORK.pulse_steps, strict=True):
        assert tensor.numpy() == pytest.approx(matrix * step)
    spikes = binned_spikes(NETWORK, IMAGES)
    assert peer.decide(peer.torch.tensor(spikes)).tolist() == decided(spikes) == [0, 1]
    coded = peer.encode(IMAGES, 40.0).numpy()
    assert coded.shape == (STEPS, 2, 4)
    assert coded.sum() / 2 == pytest.approx(40.0, rel=0.5)
    assert coded[:, 0, 2:].sum() == 0.0


def decided(spikes):
    """Outputs with the most spikes; a neuron that fired in a step is reset to zero in the next."""
    membranes = [np.zeros((2, 2)) for _ in WEIGHTS]
    total = np.zeros((2, 2))
    for here in spikes:
        signal = here
        for layer, (matrix, step) in enumerate(zip(WEIGHTS, NETWORK.pulse_steps, strict=True)):
            kept = np.where(membranes[layer] > 1.0, 0.0, BETA * membranes[layer] + signal @ (matrix * step))
            membranes[layer] = kept
            signal = (kept > 1.0).astype(float)
        total += signal
    return total.argmax(axis=1).tolist()


def test_the_sana_fe_peer_draws_energy_for_spikes():
    pytest.importorskip("sanafe")
    from benchmarks.sanafe_peer import SanaFePeer

    peer, spikes = SanaFePeer(NETWORK), binned_spikes(NETWORK, IMAGES)
    assert peer.energy(spikes[:, 0]) > peer.energy(np.zeros_like(spikes[:, 0])) >= 0.0


def test_a_peer_that_is_not_there_is_named(capsys):
    def missing():
        raise ImportError("no module named other")

    assert installed(missing, "Other") is None
    assert "Other is left out: no module named other" in capsys.readouterr().out


def test_rates_are_images_over_seconds():
    rate = Rate(lambda: sum(range(200_000)), 10, rounds=2)
    assert 0.0 < rate.wall < 1e5
    assert rate.processor > 0.9 * rate.wall
