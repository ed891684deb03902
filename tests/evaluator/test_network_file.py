"""The network's file: everything comes back, and a bad one is refused by name; a pickle is never opened."""

from __future__ import annotations

import json
import pickle
import zipfile

import numpy as np
import pytest

from evaluator import IsiEncoder, SpikingNetwork, load_network, save_network, shipped_weights
from evaluator.encodings import ENCODINGS
from evaluator.networks import (
    Convolution,
    Dense,
    LayeredNetwork,
    NeuronModel,
    Pooling,
    Recurrent,
    Timing,
    layered,
    read_network,
    save_layers,
)
from measurements.errors import InputError

rng = np.random.default_rng(6)
NETWORK = LayeredNetwork(
    (1, 6, 6),
    (
        Convolution(rng.normal(size=(2, 1, 3, 3)), (1, 1), (1, 1), neuron=NeuronModel("lif", membrane_time=2e-6)),
        Pooling("max", (2, 2), (2, 2)),
        Recurrent(rng.normal(size=(18, 4)), rng.normal(size=(4, 4)), 5e-8),
        Dense(rng.normal(size=(4, 2))),
    ),
    ENCODINGS["rate"].encoder,
    2,
    Timing(1e-3, 1e-2),
    "seed 6",
)


def test_round_trip(tmp_path):
    save_layers(tmp_path / "net.npz", NETWORK)
    found = read_network(tmp_path / "net.npz")
    for one, other in zip(NETWORK.layers, found.layers, strict=True):
        assert type(one) is type(other)
        for name, value in vars(one).items():
            np.testing.assert_array_equal(value, getattr(other, name), err_msg=name)
    for name in ("input_shape", "encoder", "levels", "timing", "recipe"):
        assert getattr(found, name) == getattr(NETWORK, name)
    assert [item.name for item in tmp_path.iterdir()] == ["net.npz"]


def test_weights_files_are_networks_too(tmp_path):
    path = shipped_weights("mnist-16-8-4")
    found, expected = read_network(path), load_network(path)
    assert found.sizes == expected.sizes
    np.testing.assert_array_equal(found.layers[0].weights, expected.pulse_steps[0] * expected.weights[0])
    own = SpikingNetwork((np.eye(3, dtype=np.int8),), (0.3,), IsiEncoder(spikes=4))
    save_network(tmp_path / "w.npz", own)
    assert read_network(tmp_path / "w.npz").encoder == own.encoder
    assert layered(own).shapes == ((3,), (3,))


def rewritten(path, change):
    save_layers(path, NETWORK)
    with np.load(path) as file:
        content = {name: file[name] for name in file.files}
    header = json.loads(str(content["header"]))
    change(header, content)
    content["header"] = np.array(json.dumps(header))
    np.savez(path, **content)


def put(*keys, value):
    def change(header, content):
        place = header
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("format_version", value=9), "no network of format"),
        (put("levels", value=1.5), "levels must be whole numbers"),
        (put("levels", value=10**9), "levels must be 1 to 64"),
        (put("layers", value={}), "layers must be a list"),
        (put("layers", 0, "layer", value="attention"), "layer 1: there is no layer 'attention'"),
        (put("layers", 0, "stride", value=["a", 1]), "stride must be whole numbers"),
        (put("layers", 0, "extra", value=1), "layer 1: unknown fields extra"),
        (put("layers", 0, "neuron", value=[]), "neuron must be a group"),
        (put("layers", 0, "neuron", "threshold", value=float("nan")), "threshold must be a finite number"),
        (put("layers", 0, "neuron", "kind", value=["lif"]), "cannot be read|there is no neuron"),
        (put("layers", 2, "delay", value="soon"), "delay must be a finite number"),
        (put("encoder", value={"code": "Morse"}), "there is no encoder 'Morse'"),
        (put("timing", "scale", value=0), "scale must be positive"),
        (put("more", value=1), "header must have the fields"),
        (lambda header, content: content.pop("layer_0_weights"), "layer 1: weights is missing"),
        (lambda header, content: content.update(other=np.ones(1)), "arrays of no layer: other"),
        (lambda header, content: content.update(layer_0_weights=np.ones((2, 1, 3, 3), int)), "must be floating point"),
        (lambda header, content: content.update(layer_3_weights=np.ones((5, 2))), "layer 4: dense weights of 5"),
    ],
)
def test_bad_content_is_refused(tmp_path, change, message):
    path = tmp_path / "net.npz"
    rewritten(path, change)
    with pytest.raises(InputError, match=message) as found:
        read_network(path)
    assert found.value.path == str(path)


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def test_pickles_are_never_opened(tmp_path):
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Trap()))
    with pytest.raises(InputError, match="pickled objects, which are never opened"):
        read_network(path)
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match="neither a network of this project"):
        read_network(path)
    np.savez(tmp_path / "net.npz", header=np.array([Trap()], dtype=object))
    with pytest.raises(InputError, match="cannot be read as a network"):
        read_network(tmp_path / "net.npz")


def test_bombs_and_scraps_are_refused(tmp_path):
    path = tmp_path / "net.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.npy", b"\0" * (65 * 2**20))
    with pytest.raises(InputError, match="unpacks to"):
        read_network(path)
    save_layers(path, NETWORK)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"net\.npz"):
        read_network(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_network(tmp_path / "missing.npz")
