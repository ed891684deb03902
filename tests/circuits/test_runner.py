"""One deck through ngspice: numbers by hand, and every fault as its own error."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from rawbytes import raw_bytes
from toydecks import (
    ENDLESS,
    FLOATING,
    MISSING_VECTOR,
    NO_SOLUTION,
    UNKNOWN_MODEL,
    UNKNOWN_PARAMETER,
    rc_answers,
    rc_deck,
    toy_deck,
)

from circuits.measure import evaluate_all
from circuits.ngspice import Ngspice, child_environment
from circuits.runner import SimulationTimeout, run_deck
from measurements.errors import ConvergenceError, NetlistError, SimulationError

Pretend = Callable[[str], Path]


def test_rc_energy_heat_and_delay_agree_with_the_hand_calculation() -> None:
    deck = rc_deck()
    waveforms = run_deck(deck)
    measured = evaluate_all(deck, waveforms)
    for name, answer in rc_answers().items():
        assert measured[name] == pytest.approx(answer, rel=3e-4), name
    assert measured["heat"] == pytest.approx(0.5 * 10e-12, rel=5e-3)  # C*V^2/2, up to the finite rise
    assert waveforms.ngspice_version
    assert "rc" not in waveforms.vectors


def test_measures_agree_with_what_ngspice_prints_itself(ngspice: Ngspice, tmp_path: Path) -> None:
    deck = rc_deck(2e3, 4e-12, 0.7)
    (tmp_path / "deck.cir").write_text(deck.text)
    command = [str(ngspice.path), "-n", "-b", "deck.cir"]
    printed = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env=child_environment(), check=False
    ).stdout
    own = evaluate_all(deck, run_deck(deck))
    for name, value in own.items():
        found = re.search(rf"^{name}\s*=\s*(\S+)", printed, re.MULTILINE)
        assert found is not None, name
        # Both integrate the same points, by slightly different rules: each is held to the answer by hand.
        answer = rc_answers(2e3, 4e-12, 0.7)[name]
        assert value == pytest.approx(answer, rel=3e-5), name
        assert float(found[1]) == pytest.approx(answer, rel=3e-5), name


def test_one_openmp_thread(tmp_path: Path, ngspice: Ngspice) -> None:
    deck = "threads\nV1 b 0 1\nR1 b 0 1\n.tran 1n 2n 0 1n\n.control\necho threads $num_threads\n.endc\n.end\n"
    (tmp_path / "deck.cir").write_text(deck)
    command = [str(ngspice.path), "-n", "-b", "-D", "num_threads=1", "deck.cir"]
    out = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=child_environment(), check=False)
    assert "threads 1" in out.stdout
    assert child_environment()["OMP_THREAD_LIMIT"] == "1"


@pytest.mark.parametrize(
    ("deck", "error", "text"),
    [
        (FLOATING, ConvergenceError, "singular matrix.*node a"),
        (NO_SOLUTION, ConvergenceError, "Timestep too small"),
        (UNKNOWN_MODEL, SimulationError, "nomodel"),
        (UNKNOWN_PARAMETER, SimulationError, "missing"),
        (MISSING_VECTOR, SimulationError, r"did not save v\(nowhere\)"),
    ],
)
def test_a_fault_in_the_deck_is_named(deck: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=rf"(?s)^point 7: .*{text}.*;") as caught:
        run_deck(deck, task="point 7")  # type: ignore[arg-type]
    assert type(caught.value) is error


def test_an_endless_run_is_killed_with_its_group() -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with pytest.raises(SimulationTimeout, match=r"^slow: killed after 0\.3 s; raise"):
        run_deck(ENDLESS, timeout=0.3, task="slow")
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


def test_a_grandchild_dies_with_the_run(pretend: Pretend, tmp_path: Path) -> None:
    pretend(f"sleep 600 & echo $! > {tmp_path}/pid; wait")
    with pytest.raises(SimulationTimeout):
        run_deck(rc_deck(), timeout=0.5)
    assert _gone(int((tmp_path / "pid").read_text()))


def test_a_straggler_dies_although_the_run_ended(pretend: Pretend, tmp_path: Path) -> None:
    pretend(f"sleep 600 & echo $! > {tmp_path}/pid; exit 0")
    with pytest.raises(SimulationError, match="ended with status 0"):
        run_deck(rc_deck())
    assert _gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("last", "value", "text"),
    [
        (0.5, 1.0, "ended at 5e-09 s of 1e-08 s"),
        (1.0, np.nan, r"v\(b\) is not finite"),
        (1.0, np.inf, "not finite"),
    ],
)
def test_status_zero_does_not_make_a_run_good(
    pretend: Pretend, tmp_path: Path, last: float, value: float, text: str
) -> None:
    times = np.linspace(0.0, last * 1e-8, 5)
    (tmp_path / "made.raw").write_bytes(raw_bytes(["time", "v(b)"], np.column_stack([times, np.full(5, value)])))
    pretend(f"cp {tmp_path}/made.raw out.raw; exit 0")
    with pytest.raises(ConvergenceError, match=text):
        run_deck(toy_deck("V1 b 0 1\nR1 b 0 1", 1e-8, 1e-9, ("v(b)",)))


def test_bad_status_does_not_make_a_run_bad(pretend: Pretend, tmp_path: Path) -> None:
    table = np.column_stack([np.linspace(0.0, 1e-8, 5), np.arange(5.0)])
    (tmp_path / "made.raw").write_bytes(raw_bytes(["time", "v(b)"], table))
    pretend(f"cp {tmp_path}/made.raw out.raw; exit 3")
    waveforms = run_deck(toy_deck("V1 b 0 1\nR1 b 0 1", 1e-8, 1e-9, ("v(b)",)))
    assert waveforms.vector("v(b)").tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_no_raw_file_says_how_the_run_ended(pretend: Pretend) -> None:
    pretend("echo some last words; kill -9 $$")
    with pytest.raises(SimulationError, match=r"ended by signal 9.*some last words"):
        run_deck(rc_deck())


def test_a_very_long_log_is_not_kept(pretend: Pretend) -> None:
    pretend("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo 'Error: at the very end'")
    with pytest.raises(SimulationError, match="Error: at the very end"):
        run_deck(rc_deck())


def test_missing_ngspice_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCHAR_NGSPICE", "/nowhere/ngspice")
    with pytest.raises(SimulationError, match=r"/nowhere/ngspice is not a program.*apt-get install ngspice"):
        run_deck(rc_deck())
    monkeypatch.delenv("MEMCHAR_NGSPICE")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SimulationError, match=r"no ngspice on PATH.*apt-get install ngspice"):
        run_deck(rc_deck())


def test_another_program_is_not_taken_for_ngspice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCHAR_NGSPICE", "/bin/true")
    with pytest.raises(SimulationError, match="does not answer like ngspice"):
        run_deck(rc_deck())


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(SimulationError, match=rf"^deck: no space left in {tmp_path}; free some"):
        run_deck(rc_deck())
    assert list(tmp_path.iterdir()) == []


def test_a_deck_with_commands_never_reaches_ngspice(pretend: Pretend, tmp_path: Path) -> None:
    pretend(f"touch {tmp_path}/ran")
    deck = toy_deck("R1 a 0 1\n.control\nshell touch /tmp/x\n.endc", 1e-8, 1e-9, ("v(a)",))
    with pytest.raises(NetlistError, match="line 3"):
        run_deck(deck)
    assert not (tmp_path / "ran").exists()


def test_nothing_is_left_in_the_temporary_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run_deck(rc_deck())
    with pytest.raises(ConvergenceError):
        run_deck(NO_SOLUTION)
    assert list(tmp_path.iterdir()) == []


def _gone(pid: int) -> bool:
    """True once the process is dead (its new parent may reap it a moment later)."""
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False
