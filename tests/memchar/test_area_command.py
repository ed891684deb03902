"""`memchar area`: totals, units and refusals."""

from __future__ import annotations

import json

import pytest

from memchar.cli import run


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


@pytest.mark.parametrize(
    "arguments", [["--network", "784"], ["--network", "784-x"], ["--encoder", "none"], ["--feature-size", "-1"]]
)
def test_bad_input_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["area", *arguments]) == 2
    assert capsys.readouterr().err.startswith("memchar: ")
