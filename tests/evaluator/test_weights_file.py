"""Weights survive the file, and a bad file is refused by name."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from evaluator import IsiEncoder, SpikingNetwork, load_network, save_network, shipped_weights
from evaluator.encodings import ENCODINGS
from measurements.errors import InputError

WEIGHTS = (np.array([[1, 0], [-1, 1], [0, -1]], np.int8), np.array([[1], [-1]], np.int8))


@pytest.fixture
def network():
    return SpikingNetwork(WEIGHTS, (0.1, 0.3), IsiEncoder(spikes=7, phases=3), "seed 5")


def test_round_trip(tmp_path, network):
    path = tmp_path / "w.npz"
    save_network(path, network)
    found = load_network(path)
    for before, after in zip(network.weights, found.weights, strict=True):
        np.testing.assert_array_equal(before, after)
        assert after.dtype == np.int8
    assert (found.pulse_steps, found.encoder, found.recipe) == (
        network.pulse_steps,
        network.encoder,
        "seed 5",
    )
    assert [item.name for item in tmp_path.iterdir()] == ["w.npz"]


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoder_survives(tmp_path, network, name):
    path, encoder = tmp_path / "w.npz", replace(ENCODINGS[name].encoder, window=1.5e-6)
    save_network(path, replace(network, encoder=encoder))
    assert load_network(path).encoder == encoder


def rewritten(path, network, **changes):
    save_network(path, network)
    with np.load(path) as file:
        content = {name: file[name] for name in file.files}
    header = json.loads(str(content["header"]))
    for name, value in changes.items():
        if name in content:
            content[name] = value
        else:
            header[name] = value
    np.savez(path, **{**content, "header": np.array(json.dumps(header))})


@pytest.mark.parametrize(("changes", "message"), [
    ({"weights_0": np.full((3, 2), 2, np.int8)}, "layer 1 must be -1, 0 or"),
    ({"weights_0": np.full((3, 2), 0.5)}, "layer 1 must be -1, 0 or"),
    ({"weights_0": np.ones((3, 3), np.int8)}, "layer 2 has 2 rows, layer 1 3 neurons"),
    ({"weights_1": np.ones(2, np.int8)}, "must be a matrix"),
    ({"pulse_steps": [0.1, -1.0]}, "pulse steps must be positive"),
    ({"pulse_steps": [0.1]}, "1 pulse steps for 2 layers"),
    ({"format_version": 99}, "not a weights file of format 1"),
    ({"layers": 3}, "weights_2"),
    ({"encoder": {"spikes": 3}}, "encoder must have the fields"),
    ({"encoder": {"code": "RateEncoder"}}, "encoder must have the fields"),
    ({"encoder": {"code": "object"}}, "no encoder 'object'"),
    ({"encoder": 3}, "must be a group of fields"),
])  # fmt: skip
def test_refuses_bad_values(tmp_path, network, changes, message):
    path = tmp_path / "w.npz"
    rewritten(path, network, **changes)
    with pytest.raises(InputError, match=message) as caught:
        load_network(path)
    assert caught.value.path == str(path)


def test_refuses_pickles(tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, header=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match="cannot be read as weights"):
        load_network(path)
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(InputError, match="cannot be read as weights"):
        load_network(path)


def test_refuses_a_missing_and_a_cut_file(tmp_path, network):
    path = tmp_path / "w.npz"
    with pytest.raises(InputError):
        load_network(path)
    save_network(path, network)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError):
        load_network(path)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("mnist-784-100-10", (784, 100, 10)), ("mnist-64-16-10", (64, 16, 10)), ("mnist-16-8-4", (16, 8, 4))],
)
def test_shipped_weights(name, sizes):
    network = load_network(shipped_weights(name))
    assert network.sizes == sizes
    assert network.encoder.window == 2e-6
    assert f"python -m evaluator.train --network {name}" in network.recipe
    assert "--seed" in network.recipe
    assert shipped_weights(name).stat().st_size < 100_000
    for matrix in network.weights:
        assert 0.05 < np.mean(matrix == 1) < 0.7
        assert 0.05 < np.mean(matrix == -1) < 0.7
