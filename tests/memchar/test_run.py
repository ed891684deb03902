"""The whole chain on a small scale, and what it leaves in its folder."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from circuits.cache import Cache
from circuits.tables import read_tables
from devicefit import card_from_json, card_to_json
from measurements import read_store
from memchar import pipeline
from memchar.cli import run
from memchar.run import CACHE

FIGURES = [
    "accuracy", "images", "energy_per_image_J", "energy_per_spike_J", "spikes_per_image", "latency_per_image_s",
    "power_W", "images_per_second",
]  # fmt: skip


def test_every_file_is_there_and_reads_back(short_run):
    folder, summary = short_run
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    decks = {f"decks/{kind}.cir" for kind in ("column_read", "neuron_fire", "neuron_leak", "device_sweep")}
    assert names >= decks | {"device.json", "tables.h5", "evaluation.json", "validation.json", "report.html"}
    text = (folder / "device.json").read_text()
    assert card_to_json(card_from_json(text)) == text == card_to_json(summary.card)
    assert "verdict" in (folder / "fit.html").read_text()
    assert summary.card.synthetic
    assert len(read_store(folder / "measurements.h5").sweeps) >= 24
    neuron = {f"neuron_{name}" for name in ("fire", "leak", "leak_gate", "charge", "comparator", "trip")}
    assert set(read_tables(folder / "tables.h5")) == {"column_read"} | neuron


def test_figures_are_consistent_with_each_other_and_plausible(short_run):
    folder, _ = short_run
    found = json.loads((folder / "evaluation.json").read_text())
    assert set(FIGURES) <= set(found)
    assert found["images"] == 300
    assert found["accuracy"] > 0.9
    confusion = np.array(found["confusion"])
    assert confusion.sum() == 300
    assert np.trace(confusion) / 300 == pytest.approx(found["accuracy"])
    assert found["energy_per_image_J"] == pytest.approx(sum(found["breakdown_J"].values()))
    assert found["energy_per_spike_J"] == pytest.approx(found["energy_per_image_J"] / found["spikes_per_image"])
    assert found["power_W"] == pytest.approx(found["energy_per_image_J"] / found["latency_per_image_s"])
    assert 100e-9 < found["latency_per_image_s"] <= 2e-6
    # 110 neurons rest at 0.198 uW each: the static part cannot be less than that over the latency.
    static = sum(value for block, value in found["breakdown_J"].items() if "static" in block)
    assert static > 110 * 0.19e-6 * found["latency_per_image_s"]


def test_no_table_point_failed_and_charge_and_energy_are_conserved_at_each(short_run):
    folder, _ = short_run
    for name, table in read_tables(folder / "tables.h5").items():
        told = np.ones(table.dataset["status"].shape, bool)
        if name == "neuron_trip":  # held below the trip level the comparator never trips, and the table says so
            told = table.dataset["membrane_voltage"].to_numpy() > 0.86
            assert table.status_counts() == {"ok": int(told.sum()), "did_not_fire": int((~told).sum())}
        else:
            assert table.status_counts() == {"ok": told.size}, name
        closure = table.dataset["closure_error"].to_numpy()[told]
        assert np.isfinite(closure).all()
        assert closure.max() < 1e-5, name
        for quantity in table.quantities:
            assert np.isfinite(table.dataset[quantity].to_numpy()[told]).all()
            assert table.dataset[f"step_error_{quantity}"].to_numpy()[told].max() < 0.02, (name, quantity)
            assert table.dataset[quantity].attrs["units"] == table.unit(quantity)


def test_the_neuron_fires_at_the_rate_of_its_circuit(short_run):
    folder, _ = short_run
    rates = json.loads((folder / "validation.json").read_text())["neuron_rate"]
    assert len(rates) == 6
    assert np.ptp(np.log10([row["input_current"] for row in rates])) > 2
    for row in rates:
        assert row["rate_evaluator"] == pytest.approx(row["rate_ngspice"], rel=0.03)
        assert row["error"] == pytest.approx(row["rate_evaluator"] / row["rate_ngspice"] - 1)
        # Charge balance: the net input charge of one interval fills the membrane to a trip voltage of 0.85 to 1.6 V.
        filled = (row["input_current"] - 30e-9) * (1 / row["rate_ngspice"] - 0.12e-6)
        assert 0.8e-12 < filled < 1.8e-12


def test_the_evaluator_agrees_with_a_whole_network_in_ngspice(short_run):
    folder, _ = short_run
    macro = json.loads((folder / "validation.json").read_text())["macro"]
    found = macro["summary"]
    assert found["spikes"] > 10
    assert found["unmatched_spikes"] <= 0.05 * found["spikes"]
    assert found["class_agreement"] == 1.0
    assert found["spike_time_error_of_window"]["median"] < 0.01
    assert found["energy_error"]["worst"] < 0.05
    assert all(image["energy_ngspice"] > 1e-12 for image in macro["images"])


def test_the_report_is_one_page_that_needs_nothing_else(short_run):
    folder, _ = short_run
    text = (folder / "report.html").read_text()
    assert not re.findall(r"<(?:script|link|iframe)\b", text)
    assert all(source.startswith("data:image/png;base64,") for source in re.findall(r'src="([^"]*)"', text))
    assert text.count("<img") == 7
    for part in (
        "2.51 pJ",
        "2.9 mW",
        "2 us",
        "synthetic",
        "Not counted",
        "neuron_leak",
        "doi.org/10.1145/3635165",
    ):
        assert part in text


def test_sample_decks_run_as_they_are_and_print_their_measures(short_run):
    folder, _ = short_run
    for deck in sorted((folder / "decks").glob("*.cir")):
        wanted = re.findall(r"^\.meas tran (\S+)", deck.read_text(), re.MULTILINE)
        done = subprocess.run(["ngspice", "-b", deck], capture_output=True, text=True, timeout=120, check=False)
        for name in wanted:
            assert re.search(rf"^{name}\s*=\s*[-+0-9.e]+", done.stdout, re.MULTILINE), (deck.name, name)


def test_a_second_run_takes_every_finished_point_from_the_cache(short_run, short_config, monkeypatch):
    folder, summary = short_run
    circuits = pipeline.compose(summary.card, short_config)

    def no_run(*_arguments, **_options):
        pytest.fail("a finished point was simulated again")

    monkeypatch.setattr("circuits.engine.Engine.run", no_run)
    again = pipeline.characterize(circuits, short_config, cache=Cache(folder / CACHE))
    before = read_tables(folder / "tables.h5")
    for name, table in again.items():
        for quantity in table.quantities:
            np.testing.assert_array_equal(table.dataset[quantity], before[name].dataset[quantity])


def test_export_writes_every_point_with_units(short_run, tmp_path, capsys):
    folder, _ = short_run
    assert run(["export", str(folder / "tables.h5"), "--format", "csv", "-o", str(tmp_path / "csv")]) == 0
    lines = (tmp_path / "csv" / "neuron_fire.csv").read_text().splitlines()
    table = read_tables(folder / "tables.h5")["neuron_fire"]
    assert len(lines) == 1 + table.dataset["status"].size
    assert lines[0].startswith("initial_voltage [V],input_current [A],delay [s]")
    first = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert float(first["delay [s]"]) == float(table.dataset["delay"].to_numpy()[0, 0])
    assert first["status"] == "ok"
    assert run(["export", str(folder / "tables.h5"), "--format", "json", "-o", str(tmp_path / "t.json")]) == 0
    document = json.loads((tmp_path / "t.json").read_text())
    assert document["neuron_fire"]["quantities"]["delay"]["unit"] == "s"
    capsys.readouterr()
    assert run(["export", str(folder / "tables.h5"), "--format", "xyz", "-o", str(tmp_path / "t")]) == 2


def test_tables_of_another_card_do_not_pass_for_this_ones(short_run, short_config):
    """The decks of a card with twice the on-resistance have other keys, so a stale cache cannot serve them."""
    _, summary = short_run
    on = summary.card.parameters["on_current"]
    other = replace(summary.card, parameters={**summary.card.parameters, "on_current": replace(on, value=on.value / 2)})
    mine, theirs = (pipeline.compose(card, short_config).samples["column_read"].key for card in (summary.card, other))
    assert mine != theirs


def test_evaluate_from_files_gives_the_runs_own_figures(short_run, shared_data, capsys):
    folder, summary = short_run
    arguments = [
        "evaluate",
        str(folder / "tables.h5"),
        "--device",
        str(folder / "device.json"),
        "--images",
        "300",
        "--json",
    ]
    assert run([*arguments, "--data", str(shared_data / "mnist")]) == 0
    found = json.loads(capsys.readouterr().out)
    for figure in set(FIGURES) - {"images_per_second"}:
        assert found[figure] == summary.evaluation[figure]
