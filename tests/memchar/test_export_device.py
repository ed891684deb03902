"""`memchar export-device`: files for other simulators, from a card or from pulse trains, with one-line errors."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from devicefit import card_from_json, card_to_json
from devicefit.models.registry import published_card
from memchar.cli import run

PROGRAMME = "0.2V,-0.9V,5ms,60,50mV"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "device.json"
    path.write_text(card_to_json(published_card("yakopcic", "Miao TaOx")))
    return path


def test_help_lists_every_format_and_shows_examples(capsys) -> None:
    from netlists.device_export import DEVICE_FORMATS

    assert run(["export-device", "--help"]) == 0
    text = capsys.readouterr().out
    for name in DEVICE_FORMATS:
        assert name in text
    assert "memchar export-device device.json --format verilog-a" in text


@pytest.mark.parametrize(
    ("name", "words"), [("ngspice", ".subckt junction te be"), ("verilog-a", "module junction(te, be);")]
)
def test_a_card_becomes_a_circuit_file(name, words, card, tmp_path) -> None:
    assert run(["export-device", str(card), "--format", name, "--name", "junction", "-o", str(tmp_path / "out")]) == 0
    assert words in (tmp_path / "out").read_text()


def test_json_is_the_card_again(card, tmp_path) -> None:
    assert run(["export-device", str(card), "--format", "json", "-o", str(tmp_path / "again.json")]) == 0
    assert card_from_json((tmp_path / "again.json").read_text()) == card_from_json(card.read_text())


def test_pulses_run_on_the_card_feed_the_network_simulators(card, tmp_path, capsys) -> None:
    common = ["export-device", str(card), "--simulate-pulses", PROGRAMME, "--json"]
    assert run([*common, "--format", "aihwkit", "-o", str(tmp_path / "preset.json")]) == 0
    preset = json.loads((tmp_path / "preset.json").read_text())
    assert preset["provenance"]["simulated"] is True
    assert preset["read_voltage"] == 0.05
    capsys.readouterr()
    assert run([*common, "--format", "neurosim", "-o", str(tmp_path / "block.txt")]) == 0
    assert json.loads(capsys.readouterr().out) == {"written": [str(tmp_path / "block.txt")]}
    assert "writePulseWidthLTP = 0.005;" in (tmp_path / "block.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{card}", "--format", "spectre", "-o", "x"], "there is no device format 'spectre'; one of ngspice"),
        (["{card}", "--format", "aihwkit", "-o", "x"], "aihwkit needs pulse trains of both directions"),
        (["--format", "ngspice", "-o", "x"], "ngspice needs a device card"),
        (["none.json", "--format", "ngspice", "-o", "x"], "none.json: cannot be read"),
        (["{card}", "--format", "aihwkit", "--simulate-pulses", "1V,2V", "-o", "x"], "is not SET,RESET,WIDTH,COUNT"),
        (["{card}", "--format", "aihwkit", "--simulate-pulses", "1V,2V,1us,20,0.1V", "-o", "x"], "opposite signs"),
        (["{card}", "--format", "aihwkit", "--simulate-pulses", "1A,-2V,1us,20,0.1V", "-o", "x"], "in A where V"),
        (["--format", "aihwkit", "--simulate-pulses", PROGRAMME, "-o", "x"], "needs a device card"),
        (["{card}", "--format", "ngspice", "--name", "Bad name", "-o", "x"], "name 'Bad name'"),
    ],
)
def test_bad_input_is_one_line(arguments, message, card, capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["export-device", *(a.replace("{card}", str(card)) for a in arguments)]) in (1, 2)
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "x").exists()


def test_an_unusable_fit_is_refused_and_an_override_is_recorded(card, tmp_path, capsys) -> None:
    bad = card_from_json(card.read_text())
    card.write_text(card_to_json(replace(bad, provenance={**bad.provenance, "unusable": "it never switches"})))
    out = tmp_path / "again.json"
    command = ["export-device", str(card), "--format", "json", "-o", str(out)]
    assert run(command) == 2
    assert "it never switches" in capsys.readouterr().err
    assert not out.exists()
    assert run([*command, "--override", "a figure of the failure"]) == 0
    assert "a figure of the failure" in card_from_json(out.read_text()).provenance["export_override"]


def test_measured_ramps_become_every_network_format(shared_data, tmp_path) -> None:
    pulses = ["export-device", "--pulses", str(shared_data / "crosssim-pulse-ramps")]
    assert run([*pulses, "--format", "crosssim", "-o", str(tmp_path / "tables")]) == 0
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {
        "dG_increasing.txt",
        "dG_decreasing.txt",
        "device.json",
    }
    assert run([*pulses, "--format", "neurosim", "-o", str(tmp_path / "block.txt")]) == 0
    assert "read voltage 0.1 V assumed" in (tmp_path / "block.txt").read_text()
    assert run([*pulses, "--format", "aihwkit", "-o", str(tmp_path / "preset.json")]) == 0


def test_pulses_of_a_cell_that_is_not_there_are_named(shared_data, tmp_path, capsys) -> None:
    folder = str(shared_data / "crosssim-pulse-ramps")
    command = ["export-device", "--pulses", folder, "--cell", "(9,9)", "--format", "aihwkit"]
    assert run([*command, "-o", str(tmp_path / "x")]) == 2
    assert "no pulse trains of any device (9,9)" in capsys.readouterr().err
