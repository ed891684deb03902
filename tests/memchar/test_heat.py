"""`memchar heat`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from measurements import reference_directory
from memchar.cli import run


def test_table_names_both_stacks_and_every_assumption(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["heat", "--first", "Pt50/Ti20", "--second", "Rh50/Cr20"]) == 0
    text = capsys.readouterr().out
    assert "oxidised wafer" in text
    assert "no loss to the wafer" in text
    for words in ("Rh50/Cr20", "disturbed neighbours", "switching power", "variation", "(assumed)", "(published)"):
        assert words in text


def test_json_plan_options_and_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, figure = tmp_path / "heat.toml", tmp_path / "heat.png"
    plan.write_text('second = "Pt50/Cu200/Ti30"\nrows = 3\ncolumns = 4\nline_width = 5e-6\n')
    assert run(["heat", str(plan), "--power", "2mW", "--figure", str(figure), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["plan"]["power"] == 2e-3
    assert document["plan"]["rows"] == 3
    bound = document["comparisons"]["no_loss_to_the_wafer"]
    assert bound["second"]["electrode"] == "Pt50/Cu200/Ti30"
    assert bound["change"]["rise"] < 1
    assert len(bound["first"]["neighbours_along_active [K]"]) == 3
    assert bound["first"]["axial [K/W]"] is None
    assert document["assumptions"]["filament_radius"]["origin"] == "assumed"
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('first = "Xx9"\n', "Xx"),
        ("width = 3\n", "width"),
        ("rows = 1\n", "rows"),
        ("rows = \n", "TOML"),
        ("power = -1.0\n", "power"),
    ],
)
def test_bad_plans_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, words: str) -> None:
    plan = tmp_path / "heat.toml"
    plan.write_text(content)
    assert run(["heat", str(plan)]) == 2
    assert words in capsys.readouterr().err
    assert run(["heat", str(tmp_path / "none.toml")]) == 2


def test_measured_heat_replaces_assumptions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["heat", "--data", str(reference_directory()), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    titles = {result["title"] for result in document["measured"]}
    assert {"cycles to failure", "isothermal law", "neighbour disturb"} <= titles
    assert document["assumptions"]["fresh_cycles"]["origin"] == "fitted"
    assert run(["heat", "--data", str(reference_directory())]) == 0
    assert "not determined by these data: critical temperature" in capsys.readouterr().out
