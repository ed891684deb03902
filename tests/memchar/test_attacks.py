"""Nothing in a measurement, a card or a plan makes ngspice run a command: each carries a payload through to the decks.

Whether a file is refused or its text neutralised, the decks that come of it are run by ngspice as a user would run
them, and by the engine; no payload may make its file.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from circuits import run_deck
from devicefit import card_from_json, card_to_json, reference_truth
from measurements import MemcharError, reference_directory
from memchar.cli import run
from memchar.config import PipelineConfig
from memchar.pipeline import compose

PAYLOADS = [
    "x\n.control\nshell touch CANARY\n.endc\n",
    "x\r.control\rshell touch CANARY\r.endc",
    "x\u2028.control\u2028shell touch CANARY",
    "x\x0b.control\x0bshell touch CANARY\x0b.endc",
    "*#shell touch CANARY",
    "*ng_script\nshell touch CANARY",
    ".include CANARY.inc",
    "\n.include CANARY.inc\n",
    "`touch CANARY`",
    "; shell touch CANARY",
    "$(touch CANARY)",
    "x\x00.control",
    "../../etc/passwd",
]
KINDS = ("column", "device-sweep", "neuron-leak")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "CANARY.inc").write_text(".control\nshell touch CANARY\n.endc\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_as_a_user(folder: Path, card: Path) -> None:
    """Write each kind of deck and run it with `ngspice -b`."""
    for kind in KINDS:
        if run(["netlist", kind, "--device", str(card), "--rows", "4", "-o", "deck.cir"]) == 0:
            environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
            command = ["ngspice", "-b", "deck.cir"]
            subprocess.run(command, cwd=folder, capture_output=True, env=environment, timeout=60, check=False)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_card_cannot_carry_a_command(folder: Path, payload: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(card_to_json(reference_truth()))
    for name in ("device", "cell"):
        assert name in document
        document[name] = payload
    document.setdefault("provenance", {})["note"] = payload
    card = folder / "device.json"
    card.write_text(json.dumps(document))
    run_as_a_user(folder, card)
    try:
        circuits = compose(card_from_json(card.read_text(), path=card), PipelineConfig())
    except MemcharError:
        circuits = None
    for name in ("column_read", "device_sweep") if circuits is not None else ():
        run_deck(circuits.samples[name])
    assert not (folder / "CANARY").exists()


@pytest.mark.parametrize("field", ["model", "parameters"])
def test_a_card_with_a_command_for_a_name_is_refused(
    folder: Path, field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(card_to_json(reference_truth()))
    if field == "model":
        document["model"] = PAYLOADS[0]
    else:
        document["parameters"][PAYLOADS[0]] = document["parameters"].pop("on_current")
    (folder / "device.json").write_text(json.dumps(document))
    assert run(["netlist", "column", "--device", "device.json", "-o", "deck.cir"]) != 0
    assert not (folder / "deck.cir").exists()
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        '[neuron]\ntechnology = "PAYLOAD"\n',
        '[neuron]\ncorner = "PAYLOAD"\n',
        '[array]\nread_voltage = "PAYLOAD"\n',
        '[array]\ncomment = "PAYLOAD"\n',
        '[simulation]\ngrid = "PAYLOAD"\n',
        "[PAYLOAD_KEY]\nx = 1\n",
    ],
)
def test_a_plan_with_a_command_is_refused(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "device.json").write_text(card_to_json(reference_truth()))
    for payload in ("x\\n.control\\nshell touch CANARY\\n.endc", "; shell touch CANARY"):
        (folder / "plan.toml").write_text(text.replace("PAYLOAD_KEY", '".control"').replace("PAYLOAD", payload))
        assert run(["characterize", "plan.toml", "--device", "device.json", "-o", "tables.h5"]) == 2
    assert not (folder / "CANARY").exists()
    assert not (folder / "tables.h5").exists()


def test_a_measurement_cannot_carry_a_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One fit for all payloads that fit into a line: a form feed, a line separator and shell characters among them."""
    payload = "*#shell touch CANARY ; shell touch CANARY `touch CANARY`"
    source = folder / "measured"
    source.mkdir()
    for path in sorted(Path(str(reference_directory())).glob("*.csv")):
        text = path.read_text().replace("device: synthetic(0,0)", f"device: {payload}\u2028.control\u2028{payload}")
        (source / path.name).write_text(
            text.replace("cell: (0,0)", "cell: .include CANARY.inc\x0b.control"), newline=""
        )
    assert run(["fit", "measured", "--model", "yakopcic", "-o", "device.json"]) == 0
    assert "touch CANARY" in (folder / "device.json").read_text(), "the payload must have come this far"
    run_as_a_user(folder, folder / "device.json")
    assert not (folder / "CANARY").exists()
