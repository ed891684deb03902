"""The command line as a user meets it: help that teaches, one-line errors, exit codes, JSON."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from circuits import Cache
from devicefit import card_to_json, reference_truth
from measurements import import_files, read_store, reference_directory
from memchar.cli import run

COMMANDS = [
    "doctor",
    "import",
    "fit",
    "netlist",
    "characterize",
    "validate",
    "export",
    "export-device",
    "evaluate",
    "report",
    "run",
]


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "device.json"
    path.write_text(card_to_json(reference_truth()))
    return path


def test_help_names_every_command_and_each_shows_an_example(capsys):
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert command in text
    for command in ("import", "fit", "netlist", "characterize", "evaluate", "run"):
        assert run([command, "--help"]) == 0
        assert f"memchar {command}" in capsys.readouterr().out


def test_doctor_as_json_says_what_is_there(capsys):
    assert run(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ready"] is True
    assert "39" in next(f["detail"] for f in document["findings"] if f["name"] == "ngspice") or document["ready"]


def test_doctor_without_ngspice_fails_and_says_how_to_get_it(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("MEMCHAR_NGSPICE", str(tmp_path / "none"))
    assert run(["doctor"]) == 1
    assert "MISSING  ngspice" in (text := capsys.readouterr().out)
    assert "apt-get install ngspice" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["frobnicate"], "No such command"),
        (["fit", "none.h5", "-o", "x.json"], "none.h5"),
        (["import", "nowhere", "-o", "x.h5"], "nowhere"),
        (["netlist", "column", "--device", "none.json", "-o", "x.cir"], "none.json: cannot be read"),
        (["characterize", "none.toml", "--device", "none.json"], "cannot be read"),
        (["export", "none.h5", "--format", "csv", "-o", "x"], "none.h5"),
        (["report", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("memchar: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_import_keeps_the_good_files_and_names_the_bad_one(capsys, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(reference_directory(), folder)
    good = len(import_files([folder]).records.sweeps)
    bad = next(path for path in sorted(folder.glob("*_set_*.csv")))
    lines = bad.read_text().splitlines()
    lines[-2] = lines[-2].rsplit(",", 1)[0] + ",nan"
    bad.write_text("\n".join(lines) + "\n")
    assert run(["import", str(folder), "-o", str(tmp_path / "d.h5"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["sweeps"] == good - 1 == len(read_store(tmp_path / "d.h5").sweeps)
    assert [Path(r["file"]).name for r in document["refused"]] == [bad.name]
    assert document["refused"][0]["line"] == len(lines) - 1


def test_import_explains_each_file_for_people_and_programs(capsys, tmp_path):
    (tmp_path / "scope.csv").write_text("x-axis,1,2\nsecond,Volt,Volt\n0,0,0\n1E-3,+10E-3,+100E-3\n2E-3,0,0\n")
    (tmp_path / "ramps.txt").write_text("rmp1,rmp2\n1e-4,3e-4\n2e-4,2e-4\n")
    (tmp_path / "facts.toml").write_text("[[files]]\nmatch = 'scope*'\ncell = 'A1'\n")
    arguments = ["import", str(tmp_path), "-o", str(tmp_path / "d.h5"), "--facts", str(tmp_path / "facts.toml")]
    assert run(arguments) == 0
    assert "--series-resistance 1k" in capsys.readouterr().out
    (tmp_path / "d.h5").unlink()
    arguments += ["--series-resistance", "1k", "--read-voltage", "200mV", "--explain"]
    assert run(arguments) == 0
    text = capsys.readouterr().out
    assert text.startswith("1 sweeps, 0 heat records and 2 pulse trains of 2 cells -> ")
    for line in (
        "scope.csv: oscilloscope, 1 Sweep",
        "  because line 1 starts with x-axis and line 2 names the units of the channels",
        "  series_resistance: 1000.0 ohm (from stated by the user)",
        "  drive: channel 2 (inferred: larger swing: 0.1 V of channel 2 against 0.01 V of channel 1)",
        "  cell: A1 (from stated by the user)",
        "  note [activity read inferred from the sweep]",
        "  read_voltage: 0.2 V (from stated by the user)",
        "not tried: 1 files of other endings",
    ):
        assert line in text
    (tmp_path / "d.h5").unlink()
    assert run([*arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (scope,) = [file for file in document["files"] if file["reader"] == "oscilloscope"]
    assert {"fact": "cell", "value": "A1", "from": "stated by the user", "inferred": False} in scope["origins"]
    assert (document["sweeps"], document["pulse_trains"], document["refused"]) == (1, 2, [])
    records = read_store(tmp_path / "d.h5")
    assert records.sweeps[0].current[1] == 1e-5
    assert [train.read_voltage for train in records.pulses] == [0.2, 0.2]


def test_a_written_column_deck_runs_as_it_is_in_ngspice(card, capsys, tmp_path):
    deck = tmp_path / "column.cir"
    arguments = ["netlist", "column", "--device", str(card), "--rows", "8", "-o", str(deck), "--json"]
    assert run(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    again = tmp_path / "again.cir"
    arguments[arguments.index(str(deck))] = str(again)
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["sha256"] == document["sha256"]
    done = subprocess.run(["ngspice", "-b", str(deck)], capture_output=True, text=True, timeout=60, check=True)
    measured = dict(line.split("=")[:2] for line in done.stdout.splitlines() if line.startswith(("charge", "energy")))
    charge, energy = (
        float(measured[next(k for k in measured if k.startswith(n))].split()[0]) for n in ("charge", "energy")
    )
    # No row takes more than read_voltage * charge, and the wires and drivers take a part.
    assert 0 < charge * 0.1 < 1.1 * energy < 8 * 1.1 * 0.1**2 * 5.2e-9 / 20e3


def test_a_dry_run_counts_and_writes_nothing(card, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    assert run(["characterize", "--device", str(card), "--dry-run", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)["plan"]
    neuron = {f"neuron_{name}" for name in ("fire", "leak", "leak_gate", "charge", "comparator", "trip")}
    assert {row["procedure"] for row in plan} == {"column_read"} | neuron
    for row in plan:
        count = 1
        for part in row["axes"].split(" x "):
            count *= int(part.rstrip(")").split("(")[1])
        assert row["points"] == count
        assert row["runs"] == 2 * count
    assert set(tmp_path.iterdir()) == before


def test_without_ngspice_a_characterization_fails_with_the_remedy(card, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("MEMCHAR_NGSPICE", str(tmp_path / "none"))
    assert run(["characterize", "--device", str(card), "-o", str(tmp_path / "t.h5")]) == 1
    text = capsys.readouterr().err
    assert "ngspice" in text
    assert "install" in text
    assert not (tmp_path / "t.h5").exists()


def test_ctrl_c_keeps_finished_points_kills_the_simulators_and_says_so(card, tmp_path):
    cache = tmp_path / "t.h5.cache"
    command = [sys.executable, "-m", "memchar.cli", "characterize", "--device", str(card), "-o", str(tmp_path / "t.h5")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(list(cache.glob("*/*.json"))) < 5:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, text = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "interrupted; what was finished is kept" in text
    entries = list(cache.glob("*/*.json"))
    assert len(entries) >= 5
    assert all(Cache(cache).get(entry.stem) is not None for entry in entries)
    with pytest.raises(psutil.NoSuchProcess):
        psutil.Process(process.pid)
    assert not [p for p in psutil.process_iter(["name", "cwd"]) if p.info["name"] == "ngspice" and p.ppid() == 1]


def test_models_are_listed_described_and_written(tmp_path, capsys):
    assert run(["models"]) == 0
    assert "stanford-gap" in capsys.readouterr().out
    assert run(["models", "yakopcic"]) == 0
    text = capsys.readouterr().out
    assert "dx/dt = eta g(V) f(x)" in text
    assert "set_voltage" in text
    path = tmp_path / "miao.json"
    assert run(["models", "yakopcic", "--card", "Miao TaOx", "-o", str(path)]) == 0
    assert json.loads(path.read_text())["parameters"]["set_voltage"]["value"] == 0.09
    assert run(["models", "yakopcic", "--card", "nobody", "-o", str(path)]) == 2
    assert run(["models", "--card", "Miao TaOx"]) == 2
