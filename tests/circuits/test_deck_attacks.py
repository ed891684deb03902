"""Nothing in a deck makes ngspice run a command or touch a file, in a process or in the library.

Each payload tries to make a file. What is refused never reaches ngspice; what passes runs, and nothing may appear.
The second half checks that the payloads are real: ngspice itself, unguarded, obeys the commands among them.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from toydecks import rc_deck

from circuits.engine import Engine
from circuits.family import split
from circuits.ngspice import Ngspice, child_environment, find_library
from circuits.runner import run_deck
from measurements.errors import MemcharError, NetlistError
from netlists.deck import Deck

MAKE = "shell touch CANARY"
PAYLOADS = {
    "control block": f".control\n{MAKE}\n.endc",
    "control block, mixed case": f".CoNtRoL\n{MAKE}\n.EnDc",
    "control block after tabs": f"\t .control\n{MAKE}\n.endc",
    "executed comment": f"*#{MAKE}",
    "executed comment, blank": f"*# {MAKE}",
    "script": f"*ng_script\n{MAKE}",
    "include": ".include CANARY.inc",
    "include, short": ".inc CANARY.inc",
    "library": '.lib "CANARY.inc" typical',
    "include inside a subcircuit": ".subckt x a\n.include CANARY.inc\n.ends",
    "exec": ".exec touch CANARY",
    "write": ".write CANARY v(out)",
    "csparam": ".csparam x=1",
    "analysis with a second command": ".tran 1n 2n 0 1n ; shell touch CANARY",
    "analysis with a command substituted": ".tran 1n 2n 0 `touch CANARY`",
    "analysis with a variable": ".tran 1n $stop 0 1n",
    "saved vector with a command": ".save v(out) ; shell touch CANARY",
    "saved vector with a command substituted": ".save `touch CANARY`",
    "option with a command substituted": ".options x=`touch CANARY`",
    "initial value with a command substituted": ".ic v(out)=`touch CANARY`",
    "temperature with a command": ".temp 27 ; shell touch CANARY",
    "measure with a command": ".meas tran x find v(out) at=1n ; shell touch CANARY",
    "parameter with a command": ".param x='system(touch CANARY)'",
    "xspice process": 'A1 [out] [q] clk null p\n.model p d_process(process_file="/bin/sh" process_params=["CANARY"])',
    "xspice file source": 'A1 %v([out]) f\n.model f filesource(file="CANARY.inc")',
    "file over two lines": 'B2 out 0 V=pwl(\n+ file\n+ ="CANARY.inc")',
    "compiled model": "N1 out 0 model",
    "carriage return": f"R9 out 0 1\r.control\r{MAKE}\r.endc",
    "form feed": f"R9 out 0 1\x0c.control\x0c{MAKE}",
    "line separator": f"R9 out 0 1\u2028.control\u2028{MAKE}\u2028.endc",
    "no-break space": f"\xa0.control\n{MAKE}\n.endc",
    "null byte": f"R9 out 0 1\x00\n.control\n{MAKE}",
    "second deck after the end": f".end\nsecond\n.control\n{MAKE}\n.endc",
}


def poisoned(payload: str, place: str) -> Deck:
    deck = rc_deck()
    title, rest = deck.text.split("\n", 1)
    text = {
        "title": f"{payload}\n{rest}",
        "first": f"{title}\n{payload}\n{rest}",
        "last": f"{title}\n{rest.rstrip()}\n{payload}\n",
        "analysis": f"{title}\n{rest}".replace(".tran", f"{payload}\n.tran"),
    }[place]
    return replace(deck, text=text)


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_payload_makes_a_file(name: str, tmp_path: Path, engine: Engine) -> None:
    payload = PAYLOADS[name].replace("CANARY", str(tmp_path / "canary"))
    (tmp_path / "canary.inc").write_text(f".control\nshell touch {tmp_path}/canary\n.endc\n")
    for place in ("title", "first", "last", "analysis"):
        deck = poisoned(payload, place)
        for run in (run_deck, engine.run):
            with contextlib.suppress(MemcharError):
                run(deck, 5.0)
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "name", [name for name in PAYLOADS if name.startswith(("control", "executed", "script", "inc"))]
)
def test_the_payload_is_refused_before_ngspice_sees_it(name: str) -> None:
    with pytest.raises(NetlistError, match="remove it"):
        run_deck(poisoned(PAYLOADS[name], "first"))


@pytest.mark.parametrize("name", ["analysis with a second command", "analysis with a command substituted"])
def test_an_analysis_that_is_more_than_numbers_never_becomes_a_command(name: str) -> None:
    """libngspice takes the analysis as a command line, which the shell would see a part of."""
    deck = rc_deck()
    analysis = next(line for line in deck.text.split("\n") if line.startswith(".tran"))
    text = deck.text.replace(analysis, PAYLOADS[name])
    with pytest.raises(NetlistError, match="holds more than numbers"):
        split(text)
    with pytest.raises(NetlistError, match="holds more than numbers"):
        run_deck(replace(deck, text=text))


@pytest.mark.parametrize("name", ["control block", "include"])
def test_ngspice_unguarded_obeys(name: str, tmp_path: Path, ngspice: Ngspice) -> None:
    (tmp_path / "CANARY.inc").write_text(f".control\n{MAKE}\n.endc\n")
    (tmp_path / "deck.cir").write_text(poisoned(PAYLOADS[name], "first").text)
    command = [str(ngspice.path), "-n", "-b", "-r", "out.raw", "deck.cir"]
    subprocess.run(command, cwd=tmp_path, env=child_environment(), capture_output=True, check=False)
    assert (tmp_path / "CANARY").exists()


UNGUARDED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from worker import Library, Request
library = Library(sys.argv[2])
library.run(Request("t\\nV1 out 0 1\\nR1 out 0 1\\n.end", (), "tran 1n 2n 0 1n ; shell touch CANARY", (), (), 9.0))
"""


def test_libngspice_unguarded_obeys(tmp_path: Path) -> None:
    if find_library() is None:
        pytest.skip("MEMCHAR_LIBNGSPICE or MEMCHAR_NGSPICE forbids libngspice")
    folder = Path(__file__).parents[2] / "circuits"
    command = [sys.executable, "-I", "-S", "-c", UNGUARDED, str(folder), find_library() or ""]
    done = subprocess.run(command, cwd=tmp_path, env=child_environment(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "CANARY").exists()
