"""libngspice in a worker: bit for bit what `ngspice -b` gives, also when altered in place; disposable; no orphan."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from toydecks import (
    ENDLESS,
    FLOATING,
    MISSING_VECTOR,
    NO_SOLUTION,
    UNKNOWN_MODEL,
    UNKNOWN_PARAMETER,
    assert_same,
    rc_deck,
    toy_deck,
)

from circuits import family, session
from circuits.children import Children
from circuits.engine import Engine
from circuits.family import alterations, split
from circuits.ngspice import Ngspice, find_library
from circuits.procedures.column_read import ColumnReadProcedure
from circuits.procedures.neuron_fire import NeuronFireProcedure
from circuits.procedures.neuron_leak import NeuronLeakProcedure
from circuits.runner import SimulationTimeout, run_deck
from circuits.session import LibraryAbsent, LibraryFailed, Session
from devicefit import reference_truth
from measurements.errors import NetlistError, SimulationError
from netlists import Neuron, load_technology
from netlists.deck import Deck

ROOT = Path(__file__).parents[2]


def shipped_decks() -> list[Deck]:
    """Every procedure at points that differ in all that a grid changes; coarse, fine, and back."""
    neuron, technology = Neuron(), load_technology()
    column = ColumnReadProcedure(reference_truth(), rows=12)
    fire, leak = NeuronFireProcedure(neuron, technology), NeuronLeakProcedure(neuron, technology)
    columns = [(1, 2e3, 0.0, 0.4), (1, 6e3, 0.0, 0.4), (1, 6e3, 2e-3, 0.4), (12, 6e3, 2e-3, 0.0), (1, 2e3, 0.0, 1.0)]
    names = ("active_rows", "device_resistance", "row_load", "on_fraction")
    decks = [column.deck(dict(zip(names, values, strict=True))) for values in columns]
    decks += [fire.deck({"initial_voltage": 0.4, "input_current": current}) for current in (2e-5, 1e-4, 5e-5)]
    decks += [leak.deck({"initial_voltage": start, "interval": 5e-8}) for start in (0.2, -0.5)]
    return [step for deck in decks for step in (deck, deck.with_maximum_step(0.5 * deck.maximum_step))]


def test_shipped_decks_give_the_same_bits_as_processes(worker: Session) -> None:
    for number, deck in enumerate(shipped_decks()):
        assert_same(worker.run(deck, 30.0, str(number)), run_deck(deck))


ELEMENTS = ("C2 in out", "L2 out far", "I2 0 far")
SOURCES = """
V1 in 0 PULSE(0 1.0 0 1e-10 1e-10 5e-9 2e-8)
V2 bias 0 0.5
I1 0 out PWL(0 0 1e-9 0 2e-9 1e-5)
V3 wave 0 SIN(0 0.1 1e8)
R1 in out 1000.0
C1 out 0 1e-12
L1 out tail 1e-9
R2 tail bias 330.0
R3 wave out 5000.0
C2 in out 1e-15
L2 out far 1e-15
R4 far 0 50.0
I2 0 far 1e-15
D1 out 0 diode
.model diode d is=1e-14
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("PULSE(0 1.0 0", "PULSE(0 0.3 0"),
        ("V2 bias 0 0.5", "V2 bias 0 -0.123456789"),
        ("2e-9 1e-5", "3.3e-9 -7.654321e-5"),
        ("SIN(0 0.1 1e8", "SIN(0.05 0.2 3.3e8"),
        ("in out 1000.0", "in out 777.7777777"),
        ("out 0 1e-12", "out 0 2.718281828e-12"),
        ("tail 1e-9", "tail 3.14159265e-9"),
        *(
            (f"{element} 1e-15", f"{element} {7.3e-16 * 1.37**number:.9e}")
            for number in range(8)
            for element in ELEMENTS
        ),
    ],
)
def test_a_value_altered_in_place_gives_the_same_bits_as_a_new_circuit(worker: Session, old: str, new: str) -> None:
    before = toy_deck(SOURCES, 2e-8, 1e-10, ("v(out)", "i(v1)"))
    after = replace(before, text=before.text.replace(old, new))
    assert alterations(split(before.text).text, split(after.text).text), "the test must alter"
    first = worker.run(before, 30.0, "before")
    altered = worker.run(after, 30.0, "after")
    assert_same(altered, run_deck(after))
    assert not np.array_equal(altered.vector("v(out)"), first.vector("v(out)"))
    assert_same(worker.run(before, 30.0, "before again"), first)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("R1 a 0 1.0", "R1 b 0 1.0"),
        ("R1 a 0 1.0", "R2 a 0 1.0"),
        ("R1 a 0 1.0", "C1 a 0 1.0"),
        ("R1 a 0 1.0", "R1 a 0 1k"),
        ("R1 a 0 1.0", "R1 a 0 1.0 tc=1"),
        ("R1 a 0 1.0", "R1 a 0 {x}"),
        ("V1 a 0 PWL(0 0 1 1)", "V1 a 0 PWL(0 0 1 1 2 0)"),
        ("V1 a 0 PWL(0 0 1 1)", "V1 a 0 PULSE(0 0 1 1)"),
        ("R9 x 0 5", "R9 x 0 6"),
        (".ic v(a)=1", ".ic v(a)=2"),
        ("M1 a b c d n w=1", "M1 a b c d n w=2"),
        ("R4 a 0 7", "R4 a 0 8"),
        ("title", "other"),
    ],
)
def test_what_cannot_be_altered_is_loaded_anew(old: str, new: str) -> None:
    lines = ("title", "R1 a 0 1.0", "V1 a 0 PWL(0 0 1 1)", ".subckt s x", "R9 x 0 5", ".ends", ".ic v(a)=1")
    lines += ("M1 a b c d n w=1", "R4 a 0 7", "+ tc=2", ".end")
    other = tuple(new if line == old else line for line in lines)
    assert other != lines
    before, after = "\n".join(lines), "\n".join(other)
    assert alterations(before, after) is None
    assert alterations(before, before) == ()
    assert alterations(before, f"{before}\nR7 a 0 1") is None


def test_many_alterations_are_a_new_circuit() -> None:
    before, after = (
        "\n".join(["t", *(f"R{number} a 0 {value}" for number in range(family.MOST_ALTERATIONS + 1))])
        for value in (1, 2)
    )
    assert alterations(before, after) is None
    fewer = before.rpartition("\n")[0]
    assert len(alterations(fewer, after.rpartition("\n")[0]) or ()) == family.MOST_ALTERATIONS


def test_measures_with_their_continuations_leave_the_circuit() -> None:
    text = "t\nR1 a 0 1\n.meas tran x find\n+ v(a)\n+ at=1\n.MEASURE tran y max v(a)\n.tran 1 2 0 1\n.end\n"
    assert split(text).text == "t\nR1 a 0 1\n.end\n"
    with pytest.raises(NetlistError, match=r"0 lines '\.tran'"):
        split("t\n.end\n")


@pytest.mark.parametrize("bad", [FLOATING, NO_SOLUTION, UNKNOWN_MODEL, UNKNOWN_PARAMETER, MISSING_VECTOR])
def test_a_fault_ends_the_worker_and_the_next_run_is_good(worker: Session, bad: Deck) -> None:
    good = run_deck(rc_deck())
    with pytest.raises(LibraryFailed):
        worker.run(bad, 30.0, "bad")
    assert_same(worker.run(rc_deck(), 30.0, "good"), good)


def test_engine_and_process_give_the_same_failures(ngspice: Ngspice) -> None:
    engine = Engine(ngspice)
    try:
        for bad in (FLOATING, NO_SOLUTION, UNKNOWN_MODEL, UNKNOWN_PARAMETER, MISSING_VECTOR):
            outcomes = []
            for run in (lambda deck: engine.run(deck, 30.0, "x"), lambda deck: run_deck(deck, task="x")):
                with pytest.raises(SimulationError) as caught:
                    run(bad)
                outcomes.append((type(caught.value), str(caught.value)))
            assert outcomes[0] == outcomes[1]
    finally:
        engine.close()


def test_an_endless_run_is_ended_and_named(worker: Session) -> None:
    with pytest.raises(SimulationTimeout, match=r"^slow: killed after 0\.3 s"):
        worker.run(ENDLESS, 0.3, "slow")
    assert_same(worker.run(rc_deck(), 30.0, "good"), run_deck(rc_deck()))


def test_a_worker_killed_while_it_runs_loses_no_deck(ngspice: Ngspice) -> None:
    engine = Engine(ngspice)
    engine.run(rc_deck())
    deck = toy_deck("V1 b 0 SIN(0 1 1g)\nR1 b c 1k\nC1 c 0 1p", 2e-6, 1e-11, ("v(c)",))
    killed: list[int] = []

    def kill() -> None:
        for child in psutil.Process().children(recursive=True):
            if "worker.py" in " ".join(child.cmdline()):
                killed.append(child.pid)
                child.kill()

    timer = threading.Timer(0.05, kill)
    timer.start()
    waveforms = engine.run(deck)
    timer.join()
    engine.close()
    assert killed
    assert_same(waveforms, run_deck(deck))


def test_workers_are_replaced_and_leave_nothing(
    worker: Session, monkeypatch: pytest.MonkeyPatch, children: Children
) -> None:
    monkeypatch.setattr(session, "RUNS_OF_A_WORKER", 3)
    pids = set()
    for _ in range(9):
        worker.run(rc_deck(), 30.0, "x")
        pids |= {child.pid for child in psutil.Process().children() if "worker.py" in " ".join(child.cmdline())}
    assert len(pids) >= 3
    worker.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_another_version_of_the_library_is_not_used(ngspice: Ngspice, children: Children) -> None:
    other = Session(find_library() or "libngspice.so.0", replace(ngspice, version="38"), children)
    with pytest.raises(LibraryAbsent):
        other.run(rc_deck(), 30.0, "x")
    engine = Engine(replace(ngspice, version="38"))
    assert engine.run(rc_deck()).ngspice_version == "38"  # by the process path
    assert engine._library is None
    engine.close()


def test_without_a_library_decks_run_in_processes(ngspice: Ngspice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCHAR_LIBNGSPICE", "/nowhere/libngspice.so")
    engine = Engine(ngspice)
    assert_same(engine.run(rc_deck()), run_deck(rc_deck()))
    engine.close()
    monkeypatch.setenv("MEMCHAR_LIBNGSPICE", "")
    assert find_library() is None
    monkeypatch.delenv("MEMCHAR_LIBNGSPICE")
    monkeypatch.setenv("MEMCHAR_NGSPICE", "/opt/ngspice")
    assert find_library() is None


def test_one_thread_and_no_start_up_file_of_the_user(worker: Session, tmp_path: Path) -> None:
    """libngspice reads `.spiceinit` of the folder it starts in, and only without one that in the home folder."""
    startup = ROOT / "circuits" / "startup" / ".spiceinit"
    assert all(line.startswith("*") for line in startup.read_text().splitlines())
    (process,) = [child for child in psutil.Process().children() if "worker.py" in " ".join(child.cmdline())]
    assert process.cwd() == str(startup.parent)
    assert process.environ()["OMP_THREAD_LIMIT"] == "1"
    run = worker.run(toy_deck("V1 b 0 1\nR1 b 0 1", 1e-8, 1e-9, ("v(b)",)), 30.0, "x")
    assert run.vector("v(b)").tolist() == [1.0] * len(run.time)
    assert process.num_threads() == 2  # ngspice, and the one that watches the parent


ORPHAN = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from toydecks import ENDLESS, rc_deck
from circuits.engine import Engine
from circuits.ngspice import find_ngspice
from circuits.runner import run_deck
if sys.argv[3] == "library":
    engine = Engine(find_ngspice())
    engine.run(rc_deck())
    print("ready", flush=True)
    engine.run(ENDLESS, 600.0)
print("ready", flush=True)
run_deck(ENDLESS, 600.0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="relies on the parent-death signal of Linux")
@pytest.mark.parametrize("way", ["library", "process"])
def test_nothing_survives_a_parent_that_is_killed(way: str) -> None:
    command = [sys.executable, "-c", ORPHAN, str(ROOT), str(Path(__file__).parent), way]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        children = _running_children(process.pid)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive


def _running_children(pid: int) -> list[psutil.Process]:
    """The simulators of a process, once one of them has used processor time of its own."""
    for _ in range(500):
        children = psutil.Process(pid).children(recursive=True)
        if children and all(child.name() != "setpriv" and sum(child.cpu_times()[:2]) > 0.2 for child in children):
            return children
        time.sleep(0.02)
    pytest.fail(f"no simulator of {pid} ran")
