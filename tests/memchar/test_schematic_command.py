"""`memchar schematic`, and the committed pictures: they must be those of the netlists."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from memchar.cellpage import cell_files, cells_markdown, header
from memchar.cli import run
from memchar.drawing import netlist_digest
from netlists.macroarea import shipped_subcircuits

DOCS = Path(__file__).parents[2] / "docs"
CELLS = {name: one for subcircuits in cell_files().values() for name, one in subcircuits.items()}


@pytest.mark.parametrize("name", CELLS)
def test_committed_picture_is_that_of_the_netlist(name: str) -> None:
    text = (DOCS / "schematics" / f"{name}.svg").read_text()
    assert f"drawn from netlist {netlist_digest(CELLS[name])}" in text, "run make schematics"
    written = [part.text or "" for part in ElementTree.fromstring(text).iter() if part.text]
    for element in CELLS[name].elements:
        assert written.count(element.name.capitalize()) == 1


def test_committed_page_is_that_of_the_netlists_and_no_picture_is_left_over() -> None:
    assert (DOCS / "cells.md").read_text() == cells_markdown(cell_files()), "run make schematics"
    assert {path.stem for path in (DOCS / "schematics").iterdir()} == set(CELLS)


def test_digest_follows_every_size() -> None:
    neuron = shipped_subcircuits()["lif_neuron"]
    first, *rest = neuron.elements
    other = type(neuron)(neuron.name, neuron.pins, neuron.defaults, (*rest, first))
    assert netlist_digest(other) != netlist_digest(neuron)


def test_header_gives_purpose_and_limits() -> None:
    found = header("* A cell.\n*\n* Limits. None\n* here.\n\n.subckt a b\n.ends")
    assert found == {"What": "A cell.", "Limits": "None here."}


def test_draws_a_cell_of_ones_own(tmp_path: Path) -> None:
    pytest.importorskip("schemdraw")
    netlist = tmp_path / "own.cir"
    netlist.write_text(
        ".subckt own a y vdd vss\nXp y a vdd vdd pch w=1.5u l=0.28u\nXn y a vss vss nch w=1u l=0.28u\n.ends\n"
    )
    assert run(["schematic", "own", "--netlist", str(netlist), "-o", str(tmp_path / "own.svg")]) == 0
    text = (tmp_path / "own.svg").read_text()
    written = [part.text for part in ElementTree.fromstring(text).iter() if part.text]
    assert {"Xp", "1.5/0.28", "Xn", "1/0.28", "vdd", "vss"} <= set(written)
    assert not re.search(r"\d\.\d{3}", text)


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["none"], "no cell"),
        ([], "one cell"),
        (["--all", "lif_neuron"], "one cell"),
        (["a", "--netlist", "missing.cir"], "read"),
    ],
)
def test_bad_input_is_refused(
    arguments: list[str], cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["schematic", *arguments, "-o", str(tmp_path / "x.svg")]) == 2
    assert cause in capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (".shell rm -rf /", "line 2"),
        ("Xp b <script> vdd vdd pch w=1u l=1u", "no picture"),
        ("Xp b&b b vdd vdd pch w=1u l=1u", "no picture"),
        ('R1 b 0 {"><script>}', "no picture"),
        ("X1 b missing", "not defined"),
        ("X1 b b a", "pins"),
        ("Xp b b nch w=1u l=1u", "4 are needed"),
        ("M1 b b 0 0 other w=1u", "no symbol"),
    ],
)
def test_hostile_netlist_is_refused(body: str, cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    netlist = tmp_path / "bad.cir"
    netlist.write_text(f".subckt a b\n{body}\n.ends\n")
    assert run(["schematic", "a", "--netlist", str(netlist), "-o", str(tmp_path / "x.svg")]) == 2
    assert cause in capsys.readouterr().err
    assert not (tmp_path / "x.svg").exists()


def test_netlist_of_another_kind_is_refused_by_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    netlist = tmp_path / "bad.cir"
    netlist.write_text("*" * (5 << 20))
    assert run(["schematic", "a", "--netlist", str(netlist), "-o", str(tmp_path / "x.svg")]) == 2
    assert "characters" in capsys.readouterr().err
