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


def test_cell_with_a_table_only_has_no_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "table.csv"
    table.write_text("resistance [kohm],voltage [V],time [s]\n1,0.1,0\n2,0.2,1\n4,0.4,1\n8,0.3,2\n")
    assert run(["inspect", str(table), "--plots", str(tmp_path / "plots"), "--json"]) == 0
    (cell,) = json.loads(capsys.readouterr().out)["cells"]
    assert cell["records"] == {"tables": 1}
    assert "plot" not in cell
    assert any("resistance" in name for name in cell["figures"])
