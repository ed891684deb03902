"""A user's own circuit on the command line: the examples, the plan's checks, the word of the user."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from circuits.tables import read_tables, read_variants
from memchar.circuitplan import OwnCircuitPlan, planned_procedure
from memchar.cli import run
from memchar.tomlfile import load_toml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("axon_hillock", "indiveri_neuron")

CELL = """
.subckt ideal in vdd vss out
Cm in vss 1p
Sreset in vss in vss slow
Sspike vdd out in vss quick
Rspike out vss 200k
.model slow sw vt=0.55 vh=0.45 ron=200k roff=1e15
.model quick sw vt=0.55 vh=0.45 ron=20k roff=1e15
.ends ideal
"""
PLAN = """
[circuit]
subcircuit = "ideal"
charge_per_spike = 1.1e-12
[circuit.pins]
in = { role = "input", initial_voltage = 0.0 }
vdd = { role = "supply", voltage = 2.0 }
vss = { role = "ground" }
out = { role = "output", load = 1e-14 }
[procedures.spiking_cell.axes.input_current]
values = [1e-7, 2e-7]
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_cell.cir").write_text(CELL)
    (tmp_path / "plan.toml").write_text(PLAN)
    return tmp_path


ARGUMENTS = ["characterize", "my_cell.cir", "--procedure", "spiking-cell", "--plan", "plan.toml", "-o", "t.h5"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_is_the_packaged_cell(name: str) -> None:
    packaged = (ROOT / "netlists" / "cells" / f"{name}.cir").read_text()
    assert (ROOT / "examples" / name / f"{name}.cir").read_text() == packaged


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_plan_makes_a_procedure(name: str) -> None:
    folder = ROOT / "examples" / name
    plan = load_toml(folder / "plan.toml", OwnCircuitPlan, "")
    procedure = planned_procedure(plan, folder / f"{name}.cir", trusted=True)
    assert len(procedure.input_current) == {"axon_hillock": 7, "indiveri_neuron": 15}[name]
    assert procedure.cell.subcircuit == name
    assert procedure.cell.includes[0].name == f"{name}.cir"
    readme = (folder / "README.md").read_text()
    command = f"memchar characterize examples/{name}/{name}.cir --procedure spiking-cell"
    assert f"{command} --plan examples/{name}/plan.toml --trust-netlist" in readme


def test_a_users_cell_is_characterized(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ARGUMENTS, "--trust-netlist", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == {"spiking_cell": {"ok": 2}}
    assert document["rheobase_A"] == [None, 1e-7]
    table = read_tables(own / "t.h5")["spiking_cell"]
    assert table.dataset["interval"].to_numpy()[0] == pytest.approx(9e-6 + 0.46e-6, rel=0.01)
    assert table.dataset.attrs["netlist_0"].startswith("my_cell.cir sha256 ")
    assert "bias" not in table.dataset.attrs["pin_vdd"]


CORNERS = "[corners]\nsupply_scale = [1.0, 0.9]\ntemperature = [300.15, 350.0]\n"


def test_corners_are_variants_of_the_file(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The ideal cell's output divides 20 kohm and 200 kohm: its energy follows the square of the supply."""
    (own / "plan.toml").write_text(PLAN + CORNERS)
    assert run([*ARGUMENTS, "--trust-netlist", "--json"]) == 0
    labels = [f"typical_{scale}xV_{kelvin}K" for scale in ("1", "0.9") for kelvin in ("300.15", "350")]
    variants = json.loads(capsys.readouterr().out)["variants"]
    assert list(variants) == labels
    assert all(found["status"] == {"spiking_cell": {"ok": 2}} for found in variants.values())
    attributes = read_variants(own / "t.h5")
    assert {label: found["supply_scale"] for label, found in attributes.items()} == dict(
        zip(labels, (1.0, 1.0, 0.9, 0.9), strict=True)
    )
    energies = [read_tables(own / "t.h5", label)["spiking_cell"].dataset["energy"].to_numpy()[0] for label in labels]
    assert energies[2] / energies[0] == pytest.approx(0.81, rel=0.02)
    assert read_tables(own / "t.h5")["spiking_cell"].dataset.attrs["temperature"] == 300.15
    assert read_tables(own / "t.h5", labels[1])["spiking_cell"].dataset.attrs["temperature"] == 350.0


def test_dry_run_counts_the_corners(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "plan.toml").write_text(PLAN + CORNERS)
    assert run([*ARGUMENTS, "--trust-netlist", "--dry-run"]) == 0
    assert "runs: 16" in capsys.readouterr().out


def test_dry_run_runs_and_writes_nothing(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ARGUMENTS, "--trust-netlist", "--dry-run"]) == 0
    assert "runs: 4" in capsys.readouterr().out
    assert sorted(path.name for path in own.iterdir()) == ["my_cell.cir", "plan.toml"]


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({}, [], "--trust-netlist"),
        ({"plan.toml": PLAN.replace('"ideal"', '"other"')}, ["--trust-netlist"], "no subcircuit 'other'"),
        ({"plan.toml": PLAN + '[corners]\nprocess = ["ff"]\n'}, ["--trust-netlist"], "needs circuit.technology"),
        ({"plan.toml": PLAN + "[corners]\nsupply_scale = [1, 1]\n"}, ["--trust-netlist"], "corners.supply_scale"),
        ({"plan.toml": PLAN.replace("vss = ", "gnd = ")}, ["--trust-netlist"], "has the pins in, vdd, vss, out"),
        ({"plan.toml": PLAN.replace("role = ", "rule = ", 1)}, ["--trust-netlist"], "circuit.pins.in"),
        ({"plan.toml": PLAN + "refine = true\n"}, ["--trust-netlist"], "take refine away"),
        ({"plan.toml": PLAN.replace('"ideal"', '"a\\n.control"')}, ["--trust-netlist"], "circuit.subcircuit"),
        ({"plan.toml": PLAN.replace(", voltage = 2.0", "")}, ["--trust-netlist"], "supply takes a voltage"),
        ({"my_cell.cir": CELL + ".control\nshell touch x\n.endc\n"}, ["--trust-netlist"], "my_cell.cir, line"),
        ({"my_cell.cir": CELL + ".include /etc/passwd\n"}, ["--trust-netlist"], "nothing else is read"),
        ({}, ["--trust-netlist", "--device", "x.json"], "take them away"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    change: dict[str, str], arguments: list[str], message: str, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in change.items():
        (own / name).write_text(text)
    assert run([*ARGUMENTS, *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert sorted(path.name for path in own.iterdir()) == ["my_cell.cir", "plan.toml"]


def test_an_unknown_procedure_or_a_missing_plan_is_said(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["characterize", "my_cell.cir", "--procedure", "fire", "--plan", "plan.toml"]) == 2
    assert "use spiking-cell" in capsys.readouterr().err
    assert run(["characterize", "my_cell.cir", "--procedure", "spiking-cell"]) == 2
    assert "--plan with the roles" in capsys.readouterr().err
    shutil.rmtree(own, ignore_errors=True)
