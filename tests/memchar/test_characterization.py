"""Plans through ngspice: every corner and draw reaches the numbers, what was finished is kept, grids are refined."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import h5py
import numpy as np
import pytest

from circuits import Cache, TableSet, read_tables, read_variants
from devicefit import card_to_json, reference_truth
from memchar.characterization import characterize_variants, save_as_finished, variant_rows
from memchar.cli import run
from memchar.config import PipelineConfig, config_of_tables

LEAK = {"axes": {"initial_voltage": {"values": [0.1, 0.4]}, "interval": {"values": [1e-8, 1e-7]}}}
PLAN = """
[procedures.neuron_leak.axes]
initial_voltage = { values = [0.1, 0.4] }
interval = { values = [1e-8, 1e-7] }

[corners]
process = ["typical", "ss"]
supply_voltage = [1.8, 1.9]
temperature = [300.15, 350.0]

[monte_carlo]
draws = 1
seed = 5
"""


def config(plan: dict[str, object]) -> PipelineConfig:
    return PipelineConfig.model_validate({"plan": plan})


def quiet(_title: str):
    return nullcontext(lambda _done, _total: None)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    device, plan = tmp_path / "device.json", tmp_path / "plan.toml"
    device.write_text(card_to_json(reference_truth()))
    plan.write_text(PLAN)
    return device, plan, tmp_path / "tables.h5"


def test_the_command_fills_every_variant_and_a_second_call_runs_nothing(files, capsys, monkeypatch) -> None:
    device, plan, output = files
    command = ["characterize", "--device", str(device), "--plan", str(plan), "-o", str(output), "--json"]
    assert run([*command, "--validation-points", "3"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["variant"] for entry in document["variants"]] == list(read_variants(output))
    found = read_variants(output)
    assert len(found) == 16
    assert next(iter(found)) == "typical_1.8V_300.15K"
    energies, taken = {}, {}
    for label, attributes in found.items():
        tables = read_tables(output, label)
        table = tables["neuron_leak"].dataset
        assert table.attrs["technology"] == f"gf180mcu {attributes['process']}"
        assert (table.attrs["temperature"], table.attrs["neuron_supply_voltage"]) == (
            attributes["temperature"],
            attributes["supply_voltage"],
        )
        assert table.attrs.get("mismatch_seed") == attributes.get("mismatch_seed")
        assert ("mismatch_seed" in attributes) == (attributes["draw"] == 1)
        assert attributes["coverage"] == 1.0
        assert attributes["validation_worst"] == table.attrs["validation_worst"] > 0.0
        own = config_of_tables(tables.attributes)
        assert (own.neuron.corner, own.simulation.temperature) == (attributes["process"], attributes["temperature"])
        energies[label] = table["energy"].to_numpy()
        taken[label] = np.stack([energies[label], table["charge"].to_numpy()])
    # No two variants give the same numbers: each of corner, supply, temperature and draw reached the decks.
    for one, other in itertools.combinations(taken.values(), 2):
        assert np.max(np.abs(one / other - 1.0)) > 1e-4
    assert np.all(energies["typical_1.9V_300.15K"] > 1.03 * energies["typical_1.8V_300.15K"])

    def never(*_: object) -> None:
        raise AssertionError("a finished point was simulated again")

    monkeypatch.setattr("circuits.simulate._measure", never)
    assert run([*command, "--validation-points", "3"]) == 0
    assert json.loads(capsys.readouterr().out) == document
    assert run([*command, "--dry-run"]) == 0


def test_validating_one_variant_keeps_the_others(files, capsys) -> None:
    device, plan, output = files
    plan.write_text(PLAN.replace("[1.8, 1.9]", "[1.8]").replace("[300.15, 350.0]", "[300.15]"))
    command = ["characterize", "--device", str(device), "--plan", str(plan), "-o", str(output)]
    assert run([*command, "--validation-points", "0"]) == 0
    before = {label: read_tables(output, label) for label in read_variants(output)}
    arguments = ["--device", str(device), "--points", "2", "--variant", "ss_1.8V_300.15K_draw1"]
    assert run(["validate", str(output), *arguments]) == 0
    after = read_variants(output)
    assert list(after) == list(before)
    assert [label for label, found in after.items() if "validation_worst" in found] == ["ss_1.8V_300.15K_draw1"]
    for label, tables in before.items():
        again = read_tables(output, label)["neuron_leak"].dataset["energy"]
        np.testing.assert_array_equal(again, tables["neuron_leak"].dataset["energy"])
    assert run(["export", str(output), "--format", "csv", "-o", str(output.with_name("out")), "--variant", "none"]) == 2
    assert "there are typical_1.8V_300.15K, typical_1.8V_300.15K_draw1, ss_1.8V_300.15K" in capsys.readouterr().err


def test_dry_run_prints_the_plan_and_touches_nothing(files, capsys) -> None:
    device, plan, output = files
    command = ["characterize", "--device", str(device), "--plan", str(plan), "-o", str(output), "--dry-run"]
    before = sorted(output.parent.iterdir())
    assert run([*command, "--validation-points", "0", "--jobs", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "neuron_leak: initial_voltage(2) x interval(2) = 4 points, 16 variants, 128 runs"
    assert lines[1] == "128 ngspice runs, about 2 s on 2 processes"
    plan.write_text(PLAN.replace("draws = 1", "draws = 0") + "\n[procedures.column_read]\n")
    assert run(command) == 2
    assert "column_read at 350 K: in the model threshold-memdiode" in capsys.readouterr().err
    assert sorted(output.parent.iterdir()) == before


def test_refined_axes_meet_the_tolerance_and_draws_share_the_grid(tmp_path: Path) -> None:
    leak = {
        "axes": {
            "initial_voltage": {"low": 0.0, "high": 0.3, "points": 3, "refine": True},
            "interval": {"values": [1e-8, 1e-7]},
        },
        "tolerance": 0.05,
        "check_points": 12,
    }
    plan = config({"procedures": {"neuron_leak": leak}, "monte_carlo": {"draws": 1, "device": False}})
    nominal, drawn = characterize_variants(
        reference_truth(), plan, quiet, cache=Cache(tmp_path / "cache"), validation_points=20
    )
    table, other = nominal["neuron_leak"].dataset, drawn["neuron_leak"].dataset
    assert table.attrs["refinement_met"] == 1
    assert table.attrs["refinement_error"] <= 0.05
    rounds = json.loads(table.attrs["refinement_rounds"])
    assert rounds[0]["points"] == 6 < rounds[-1]["points"] == table["status"].size
    assert set(np.linspace(0.0, 0.3, 3)) < set(table["initial_voltage"].to_numpy())
    np.testing.assert_array_equal(table["initial_voltage"], other["initial_voltage"])
    assert "refinement_met" not in other.attrs
    assert nominal["neuron_leak"].validation("charge").p95 < 0.1
    assert ("typical_1.8V_300.15K", "neuron_leak", str(table["status"].size), "100.0 %") in [
        row[:4] for row in variant_rows([nominal, drawn])
    ]


def test_what_was_finished_is_in_the_file_after_an_interruption(tmp_path: Path, leak_table: TableSet) -> None:
    def interrupted() -> Iterator[TableSet]:
        for number in range(3):
            yield TableSet(leak_table.tables, {**leak_table.attributes, "variant": f"v{number}"})
        raise KeyboardInterrupt

    path = tmp_path / "deep" / "tables.h5"
    with pytest.raises(KeyboardInterrupt):
        save_as_finished(path, interrupted())
    assert list(read_variants(path)) == ["v0", "v1", "v2"]
    with h5py.File(path) as file:
        assert sorted(file) == ["neuron_leak", "variants"]
        assert sorted(file["variants"]) == ["v1", "v2"]


@pytest.fixture
def leak_table() -> TableSet:
    (only,) = characterize_variants(reference_truth(), config({"procedures": {"neuron_leak": LEAK}}), quiet)
    return only
