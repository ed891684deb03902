"""The workload deep-dfr of `memchar evaluate`: what it prints and writes, what it says is missing, what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from circuits.tables import read_tables, write_tables
from devicefit import Spread, card_to_json, reference_truth
from measurements.errors import InputError
from memchar.cli import run
from memchar.plan import load_plan
from memchar.workloads.deepdfrcost import PUBLISHED, Cost, cost_document, weight_bits
from memchar.workloads.deepdfrdocument import read_series
from memchar.workloads.deepdfrheat import markers
from memchar.workloads.deepdfrplan import DeepDfrPlan, deep_dfr_plan

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Tables with a hump of a node, and the synthetic reference card with a spread: arguments of the command."""
    grid = np.linspace(-0.5, 1.5, 81)
    output = 0.25 * np.exp(-(((grid - 0.4) / 0.25) ** 2))
    one, role = np.ones(81), {"role": "quantity"}
    values = {"output_voltage": (output, "V"), "time_constant": (1e-8 * one, "s"), "settling_time": (5e-8 * one, "s")}
    values |= {"power": (1e-5 * one, "W"), "bias_power": (7e-6 * one, "W"), "energy": (2e-14 * one, "J")}
    data = xr.Dataset(
        {name: ("input_voltage", v, role | {"units": u, "scale": "linear"}) for name, (v, u) in values.items()}
        | {"status": ("input_voltage", np.zeros(81, dtype=np.int32))},
        {"input_voltage": ("input_voltage", grid, {"units": "V", "scale": "linear"})},
        {
            "reservoir_node_output_capacitance": 1e-13,
            "reservoir_node_output_load": 5e-15,
            "temperature": 300.15,
            "evaluation_time": 2e-9,
            "technology": "synthetic",
        },
    )
    write_tables(tmp_path / "tables.h5", {"reservoir_node": data}, {})
    card = replace(reference_truth(), variability={"on_resistance": Spread(500.0, 1.0, 400.0, 500.0, 700.0, 20, "ohm")})
    (tmp_path / "card.json").write_text(card_to_json(card))
    return ["evaluate", str(tmp_path / "tables.h5"), "--device", str(tmp_path / "card.json")]


SMALL = ["--workload", "deep-dfr"]
NODES = ["--set", "nodes=24"]


def test_a_small_reservoir_from_end_to_end(files: list[str], tmp_path: Path, capsys) -> None:
    (tmp_path / "small.toml").write_text("variation = [0.0, 0.1]\nchips = 2\n")
    settings = ("tasks=narma10", "depth=1,2", f"file={tmp_path / 'small.toml'}")
    asked = [*files, *SMALL, *NODES, *(part for one in settings for part in ("--set", one))]
    written = ["-o", str(tmp_path / "out.json"), "--figure", str(tmp_path / "out.png")]
    assert run([*asked, *written]) == 0, capsys.readouterr().err
    printed = capsys.readouterr().out
    document = json.loads((tmp_path / "out.json").read_text())
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    assert document["node"]["thermal_noise_V"] == pytest.approx(1.987e-4, rel=1e-3)
    results = document["tasks"]["narma10"]["results"]
    ours = [(one["node"], one["depth"], one["noise"]) for one in results if "settings" in one]
    assert ours == [
        (node, *rest) for node in ("mackey-glass", "characterized") for rest in ((1, False), (2, False), (1, True))
    ]
    assert all(one["nodes"] == 24 for one in results)
    assert all(0.2 < one["error"] < 1.0 for one in results)
    readout = document["tasks"]["narma10"]["readout"]
    noisy = next(one for one in results if one["node"] == "characterized" and one["noise"])
    assert readout["digital_error"] == noisy["error"]
    own, cooled, published, _ = (one["variation"] for one in document["markers"])
    assert own == pytest.approx(np.log(1.75) / 2.563, rel=1e-3)
    assert cooled == pytest.approx(0.863 * own, rel=2e-3)
    assert published == pytest.approx(0.7 * own, rel=1e-9)
    assert {own, cooled, published} < {point["variation"] for point in readout["curve"]}
    assert "missing: area, power, latency (no table column_read" in printed
    assert "characterized over ideal node, equal size" in printed
    assert "at most 1.1 times" in printed
    assert "generated; ln(p90/p10)" in printed  # the card is synthetic
    assert "published; x 0.70" in printed


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["tasks=narma30"], "Input should be 'narma10'"),
        (["depth=5"], "less than or equal to 4"),
        (["depth=two"], "valid integer"),
        (["depth=1,7"], "less than or equal to 4"),
        (["nodes=25", "depth=2"], "25 nodes cannot be shared equally by 2 loops"),
        (["nodes=24", "tasks=narma10", "file=loop.toml"], "does not forget its past: feedback 9"),
        (["nodes=24", "tasks=narma10", "file=far.toml"], "diverges at step 0: its sum leaves"),
        (["tasks=narma10", "file=key.toml"], "gain: Extra inputs"),
        (["gain=9"], "gain: Extra inputs"),
        (["file=spread.toml"], "greater than or equal to 0"),
        (["tasks=santa-fe", "series=series.txt"], "value 2, 'one', is not a number"),
    ],
)
def test_what_cannot_be_is_refused(files: list[str], tmp_path: Path, monkeypatch, capsys, settings, said) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop.toml").write_text("feedback = 9.0\n")
    Path("far.toml").write_text("offset = 3.0\n")
    Path("key.toml").write_text("gain = 9.0\n")
    Path("spread.toml").write_text("variation = [-0.1]\n")
    Path("series.txt").write_text("86\none\n")
    assert run([*files, *SMALL, *(part for one in settings for part in ("--set", one))]) == 2
    assert said in capsys.readouterr().err


def test_options_of_one_workload_are_refused_by_others(files: list[str], capsys) -> None:
    assert run([*files, *NODES]) == 2
    assert "--set and --figure are not for mnist-isi-ttfs" in capsys.readouterr().err
    assert run([*files, *SMALL, "--network", "x.npz"]) == 2
    assert "are for spiking networks" in capsys.readouterr().err
    assert run([*files, "--workload", "deep-sea"]) == 2
    assert "use mnist-isi-ttfs, deep-dfr, mixed-precision-lenet" in capsys.readouterr().err
    assert run(["evaluate", *SMALL]) == 2
    assert "deep-dfr needs tables and --device" in capsys.readouterr().err


def test_cards_and_tables_that_lack_something_are_refused(files: list[str], tmp_path: Path, capsys) -> None:
    (tmp_path / "card.json").write_text(card_to_json(replace(reference_truth(), variability={})))
    assert run([*files, *SMALL, *NODES]) == 2
    assert "no spread of on_resistance" in capsys.readouterr().err
    data = read_tables(tmp_path / "tables.h5")["reservoir_node"].dataset
    write_tables(tmp_path / "tables.h5", {"neuron_fire": data}, {})
    assert run([*files, *SMALL, *NODES]) == 2
    assert "the tables have no reservoir_node; there are neuron_fire" in capsys.readouterr().err


def test_markers_go_down_and_say_where_they_are_from() -> None:
    card = replace(reference_truth(), variability={"on_resistance": Spread(500.0, 1.0, 400.0, 500.0, 700.0, 20, "ohm")})
    own, cooled, published, hidden = markers(replace(card, synthetic=False), "Rh50/Cr20", 20e3)
    assert [one.origin for one in (own, cooled, published)] == ["measured", "thermal model", "published"]
    assert hidden.variation == pytest.approx(own.variation * 500.0 / 20500.0, rel=1e-9)
    assert own.variation > cooled.variation > published.variation > hidden.variation


def test_a_change_is_from_static_memory_to_memristors() -> None:
    found = cost_document(Cost(1.0, 2.0, 3e-12, 1e-9), Cost(2.0, 8.0, 6e-12, 4e-9), 9)
    assert found["change"] == pytest.approx(
        {"cell_area": -0.5, "area": -0.75, "power": 1.0, "energy": -0.5, "latency": -0.75}
    )
    assert found["published_change"] == PUBLISHED == {"area": -0.48, "power": -0.42, "latency": -0.67}
    assert [weight_bits(2, 8), weight_bits(2, 1), weight_bits(16, 2)] == [9, 2, 9]


def test_series_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1\n2.5\n-3e2\n")
    assert read_series(tmp_path / "a.txt")[0].tolist() == [1.0, 2.5, -300.0]
    with pytest.raises(InputError, match="cannot be read"):
        read_series(tmp_path / "b.txt")


def test_the_example_plan_names_what_is_needed() -> None:
    plan = load_plan(EXAMPLES / "deep_dfr.toml")
    assert set(plan.procedures) == {"reservoir_node", "column_read", "row_drive", "column_interface", "sram_read"}
    assert deep_dfr_plan({}) == DeepDfrPlan()
