"""`memchar inspect` on the reference measurements."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from measurements import reference_directory
from memchar.cli import run


def test_text_document_and_plot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(reference_directory()), "--plots", str(tmp_path / "plots")]) == 0
    text = capsys.readouterr().out
    assert "set_voltage" in text
    assert "series_resistance" in text
    assert run(["inspect", str(reference_directory()), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (cell,) = [one for one in document["cells"] if one["records"].get("sweeps")]
    low, high = cell["figures"]["set_voltage"]["interval_95"]
    assert low <= cell["figures"]["set_voltage"]["value"] <= high
    assert cell["figures"]["off_resistance"]["unit"] == "ohm"
    assert any(event["kind"] == "reset" and event["clean"] for event in cell["events"])
    pictures = list((tmp_path / "plots").glob("*.png"))
    assert pictures
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_unknown_cell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(reference_directory()), "--cell", "(9,9)"]) == 2
    assert "no record of" in capsys.readouterr().err
