"""`memchar area`: totals, units and refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluator import load_network, shipped_weights
from evaluator.encoding_poisson import PoissonEncoder
from evaluator.networks import Convolution, Dense, LayeredNetwork, Pooling, layered, save_layers
from memchar.cli import run
from memchar.config import PipelineConfig
from memchar.netfigures import area_document, area_rows


def test_document_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["area", "--network", "16-8-4", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    for key in ("bare", "packed", "spread"):
        assert document["total"][key] == pytest.approx(sum(b[key] * b["count"] for b in document["blocks"]))
    assert document["total"]["bare"] < document["total"]["packed"] < document["total"]["spread"]
    assert 1e-9 < document["total"]["packed"] < 1e-7
    assert document["shape"]["crosspoints"] == 320
    assert {one["origin"] for one in document["assumptions"]} == {"published", "assumed"}
    assert len(document["published"]) == 4


def test_a_wider_memristor_takes_more(capsys: pytest.CaptureFixture[str]) -> None:
    totals = []
    for size in ("0.28e-6", "5e-6"):
        assert run(["area", "--network", "16-8-4", "--feature-size", size, "--json"]) == 0
        totals.append(json.loads(capsys.readouterr().out)["total"]["packed"])
    assert totals[1] - totals[0] == pytest.approx(320 * 4 * (5e-6**2 - 0.28e-6**2))


def test_table_names_cells_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["area"]) == 0
    text = capsys.readouterr().out
    assert "ttfs_decoder_10" in text
    assert "158800" in text
    assert "MIM.8a" in text


@pytest.fixture
def convolution() -> LayeredNetwork:
    """16 copies of a 3x3 kernel of 2 outputs at the edge of a 4x4 map, max pooling, 4 classes; each cell twice."""
    layers = (
        Convolution(np.ones((2, 1, 3, 3)), padding=(1, 1)),
        Pooling("max", (2, 2), (2, 2)),
        Dense(np.ones((8, 4))),
    )
    return LayeredNetwork((1, 4, 4), layers, levels=2)


def test_a_networks_file_is_counted_layer_by_layer(
    convolution: LayeredNetwork, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_layers(tmp_path / "net.npz", convolution)
    assert run(["area", "--network", str(tmp_path / "net.npz"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    counts = {(block["layer"], block["block"]): block["count"] for block in document["layers"]}
    assert counts[1, "row drivers"] == 100  # 4 x 9 in the middle, 8 x 6 at edges, 4 x 4 at corners
    assert counts[1, "crossbars"] == 16 * 9 * 2 * 2 * 2
    assert counts[1, "column interfaces"] == counts[1, "neurons"] == 32
    assert counts[2, "row drivers"] == 8
    assert counts[2, "crossbars"] == 8 * 4 * 2 * 2
    assert document["not_included"].endswith("first-spike routes of max pooling")
    assert document["shape"]["crosspoints"] == counts[1, "crossbars"] + counts[2, "crossbars"]


def test_an_evaluations_area_is_that_of_the_command_and_adds_up(
    convolution: LayeredNetwork, capsys: pytest.CaptureFixture[str]
) -> None:
    network = load_network(shipped_weights())
    found = area_document(network, PipelineConfig())
    assert run(["area", "--json"]) == 0
    command = json.loads(capsys.readouterr().out)
    assert found["total_m2"] == pytest.approx(command["total"]["packed"])
    assert found == area_document(layered(network), PipelineConfig())
    shared = sum(found["blocks_m2"][block] for block in ("encoders", "interface biases", "decoder"))
    assert sum(sum(layer.values()) for layer in found["layers"]) + shared == pytest.approx(found["total_m2"])
    assert [layer["neurons"] / found["blocks_m2"]["neurons"] for layer in found["layers"]] == pytest.approx(
        [100 / 110, 10 / 110]
    )
    rows = area_rows(found)
    assert rows[0][1:] == ("layer 1", "layer 2", "all")
    assert rows[1][:3] == ("encoders", "", "")
    assert float(rows[-1][-1]) == pytest.approx(1e6 * found["total_m2"], rel=1e-3)
    phase = area_document(replace(convolution, encoder=PoissonEncoder()), PipelineConfig())
    assert "encoders" not in phase["blocks_m2"]
    assert "no circuit of PoissonEncoder" in phase["not_included"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--network", "784"],
        ["--network", "none.npz"],
        ["--network", "784-x"],
        ["--encoder", "none"],
        ["--feature-size", "-1"],
    ],
)
def test_bad_input_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["area", *arguments]) == 2
    assert capsys.readouterr().err.startswith("memchar: ")
