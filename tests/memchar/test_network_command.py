"""`memchar network import`, `export`, `show` and `memchar evaluate --network` on files alone."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from evaluator.networks import Convolution, Dense, LayeredNetwork, NeuronModel, Pooling, read_network, save_layers
from evaluator.weights_file import shipped_weights
from memchar.cli import run
from memchar.commands import network


@pytest.fixture
def file(tmp_path):
    """A small convolution of vertical and horizontal edges; its votes are made up."""
    rng = np.random.default_rng(2)
    kernel = np.zeros((2, 1, 3, 3))
    kernel[0, 0, :, :2], kernel[1, 0, :2] = 0.15, 0.15
    layers = (
        Convolution(kernel, (3, 3)),
        Pooling("sum", (3, 3), (3, 3)),
        Dense(0.2 * rng.integers(-1, 2, (18, 10))),
    )
    path = tmp_path / "edges.npz"
    save_layers(path, LayeredNetwork((1, 28, 28), layers, recipe="made up"))
    return path


def test_show_prints_layers_and_what_they_need(file, capsys):
    assert run(["network", "show", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "convolution" in printed
    assert "made up" in printed
    assert run(["network", "show", str(file), "--tile-rows", "64", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    first, second = found["layers"]
    assert (first["arrays"], first["cells"]) == (81, 81 * 9 * 2 * 2)
    assert (second["array_rows"], second["tiles"], found["tiles"]) == (162, 3, 84)
    assert second["weight_bits"] == pytest.approx(180 * np.log2(3))


def test_out_as_nir_and_back(file, tmp_path, capsys):
    pytest.importorskip("nir")
    graph, again = tmp_path / "edges.nir", tmp_path / "new" / "again.npz"
    assert run(["network", "export", str(file), "-o", str(graph)]) == 0
    assert run(["network", "import", str(graph), "-o", str(again), "--json"]) == 0
    assert str(graph) in capsys.readouterr().out
    first, second = read_network(file), read_network(again)
    for one, other in zip(first.layers, second.layers, strict=True):
        for name, value in vars(one).items():
            np.testing.assert_array_equal(value, getattr(other, name))
    assert (first.timing, first.encoder, first.recipe) == (second.timing, second.encoder, second.recipe)


def test_import_says_what_the_levels_miss_and_takes_the_times(tmp_path, capsys):
    pytest.importorskip("nir")
    from evaluator.networks.nirwrite import save_nir

    rng, graph, out = np.random.default_rng(0), tmp_path / "a.nir", tmp_path / "a.npz"
    model = NeuronModel("lif", resistance=20.0, membrane_time=2e-3)
    save_nir(graph, LayeredNetwork((6,), (Dense(rng.normal(size=(6, 10)), model),)))
    missed = []
    for levels in ("1", "4"):
        arguments = ["--levels", levels, "--spike-duration", "1ms", "--step", "50ns", "--encoding", "latency"]
        assert run(["network", "import", str(graph), "-o", str(out), *arguments, "--json"]) == 0
        missed.append(json.loads(capsys.readouterr().out)["layers"][0]["weight_error"])
        found = read_network(out)
        assert (found.timing.spike_duration, found.timing.scale) == (1e-3, pytest.approx(5e-5))
        assert type(found.encoder).__name__ == "LatencyEncoder"
    assert 0.3 < missed[0] < 0.6
    assert missed[1] < 0.5 * missed[0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.pt", b"\x80\x04N.", "neither a network of this project"),
        ("a.nir", b"\x89HDF\r\n\x1a\n", "cannot be read as a NIR graph"),
        ("none.npz", None, "cannot be read"),
    ],
)
def test_files_that_are_none_are_refused_in_one_line(tmp_path, capsys, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert run(["network", "show", str(path)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert str(path) in error
    assert error.count("\n") == 1


def test_evaluate_takes_networks_and_adds_up(short_run, shared_data, file, tmp_path, capsys):
    folder, _ = short_run
    arguments = ["evaluate", str(folder / "tables.h5"), "--device", str(folder / "device.json")]
    arguments += ["--data", str(shared_data / "mnist"), "--images", "40", "--json"]
    assert run([*arguments, "--network", str(file)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sum(one["energy_J"] for one in found["layers"]) == pytest.approx(found["energy_per_image_J"])
    assert len(found["layers"]) == len(found["area"]["layers"]) == 2
    assert found["area"]["layers"][0]["neurons"] == pytest.approx(162 / 172 * found["area"]["blocks_m2"]["neurons"])
    assert run([*arguments, "--network", str(shipped_weights())]) == 0
    shipped = json.loads(capsys.readouterr().out)
    assert run(arguments) == 0
    usual = json.loads(capsys.readouterr().out)
    assert shipped["energy_per_image_J"] == pytest.approx(usual["energy_per_image_J"], rel=1e-12)
    assert shipped["area"] == usual["area"]
    assert shipped["accuracy"] == usual["accuracy"] > 0.9
    assert run([*arguments, "--network", str(file), "--time-step", "5ns", "--readout", "membrane"]) == 0
    stepped = json.loads(capsys.readouterr().out)
    assert any("multiples of 5e-09 s" in line for line in stepped["assumed"])
    assert stepped["time_step_s"] == 5e-9
    assert "time_step_s" not in usual
    assert stepped["first_spikes"][0]["mean_s"] > 0
    assert run([*arguments, "--network", str(file), "--weights", str(file)]) == 2
    assert run([*arguments, "--time-step", "3ns"]) == 2
    assert "divide the window" in capsys.readouterr().err
    assert run([*(one for one in arguments if one != "--json"), "--time-step", "20ns"]) == 0
    assert "in equal steps of 20 ns" in capsys.readouterr().out.splitlines()[0]


def test_explain_takes_networks_and_adds_up(short_run, shared_data, file, tmp_path, capsys):
    folder, _ = short_run
    arguments = ["explain", str(folder / "tables.h5"), "--device", str(folder / "device.json")]
    arguments += ["--data", str(shared_data / "mnist"), "--image", "3", "--json"]
    assert run([*arguments, "--network", str(file), "--time-step", "5ns", "--layer", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sum_of_lines_J"] == pytest.approx(found["energy_per_image_J"], rel=1e-9)
    assert {"crossbar_1", "neuron_static_2"} <= {line["block"] for line in found["lines"]}
    assert any("81 copies of an array" in line for line in found["assumed"])
    assert run([*arguments, "--network", str(shipped_weights())]) == 0
    ours = json.loads(capsys.readouterr().out)
    assert run(arguments) == 0
    usual = json.loads(capsys.readouterr().out)
    assert ours["lines"] == usual["lines"]
    assert ours["points"] == usual["points"]
    assert run([*arguments, "--network", str(file), "--weights", str(file)]) == 2
    capsys.readouterr()
    assert run([*arguments, "--time-step", "5ns"]) == 2
    assert "leave --time-step out" in capsys.readouterr().err
    assert run([*arguments, "--network", str(file), "--interfaces", "3"]) == 1
    assert "memchar explore --interface-draws" in capsys.readouterr().err


def test_monte_carlo_takes_networks(short_run, shared_data, file, tmp_path, capsys):
    folder, _ = short_run
    arguments = ["monte-carlo", str(folder / "tables.h5"), "--device", str(folder / "device.json"), "--images", "20"]
    arguments += ["--data", str(shared_data / "mnist"), "--chips", "2", "--alone", "0", "--json"]
    found = {}
    for name, more in (("usual", []), ("shipped", [shipped_weights()]), ("edges", [file])):
        chosen = [word for path in more for word in ("--network", str(path))]
        assert run([*arguments, *chosen, "-o", str(tmp_path / f"{name}.json")]) == 0
        found[name] = json.loads(capsys.readouterr().out)
    assert found["shipped"]["chips"] == found["usual"]["chips"]
    assert found["shipped"]["key"] != found["usual"]["key"] != found["edges"]["key"]
    assert found["edges"]["network"] == str(file)
    assert len({chip["energy_per_image_J"] for chip in found["edges"]["chips"]}) == 3


def test_batches_of_a_network_go_elsewhere(short_run, shared_data, file, capsys, monkeypatch):
    """`--cluster` hands batches of the layers' run to `cluster_place`, and the figures are the same bit for bit."""
    folder, _ = short_run
    sent = []

    def place(run, parts):
        for part in parts:
            sent.append(len(part))
            yield pickle.loads(pickle.dumps(replace(run, threads=1)))(part)

    arguments = ["evaluate", str(folder / "tables.h5"), "--device", str(folder / "device.json"), "--images", "40"]
    arguments += ["--data", str(shared_data / "mnist"), "--json", "--network", str(file)]
    assert run(arguments) == 0
    usual = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(network, "cluster_place", lambda address, stack: place)
    assert run([*arguments, "--cluster", "tcp://there:1", "--batch", "15"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sent == [15, 15, 10]
    assert found | {"images_per_second": 0} == usual | {"images_per_second": 0}
