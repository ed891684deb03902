"""Batches: order, typed failures, interruption, nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from toydecks import ENDLESS, FLOATING, rc_answers, rc_deck

from benchmarks.memory import growth
from circuits.engine import Engine
from circuits.measure import MeasureError, evaluate_all
from circuits.ngspice import Ngspice
from circuits.outcome import Failure
from circuits.parallel import Interrupted, run_decks, run_tasks
from circuits.runner import SimulationTimeout
from circuits.status import Status
from circuits.waveforms import Waveforms
from measurements.errors import ConvergenceError, MemcharError, NetlistError, SimulationError

ROOT = Path(__file__).parents[2]


def test_results_stand_in_the_order_of_the_decks() -> None:
    values = [(1e3, 10e-12), (4e3, 1e-12), (500.0, 20e-12), (2e3, 2e-12)]
    decks = [rc_deck(*value) for value in values]
    seen: list[tuple[int, int]] = []
    results = run_decks(decks, jobs=3, progress=lambda done, total: seen.append((done, total)))
    for deck, value, result in zip(decks, values, results, strict=True):
        assert isinstance(result, Waveforms)
        assert evaluate_all(deck, result)["delay"] == pytest.approx(rc_answers(*value)["delay"], rel=1e-3)
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_failure_does_not_disturb_the_others() -> None:
    good, floating, endless = run_decks([rc_deck(), FLOATING, ENDLESS], jobs=2, timeout=0.7)
    assert isinstance(good, Waveforms)
    assert isinstance(floating, Failure)
    assert floating.status is Status.NOT_CONVERGED
    assert floating.message.startswith("deck 2 of 3: ")
    assert isinstance(endless, Failure)
    assert endless.status is Status.TIMED_OUT


def test_the_same_deck_at_once_gives_the_same_bits() -> None:
    results = run_decks([rc_deck()] * 4, jobs=4)
    first, *others = [result.vector("v(out)").tobytes() for result in results if isinstance(result, Waveforms)]
    assert len(others) == 3
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConvergenceError("x"), Status.NOT_CONVERGED),
        (SimulationTimeout("x"), Status.TIMED_OUT),
        (MeasureError("x"), Status.MEASURE_FAILED),
        (SimulationError("x"), Status.SIMULATOR_ERROR),
        (NetlistError("x"), Status.SIMULATOR_ERROR),
    ],
)
def test_every_error_of_ours_has_a_status(error: MemcharError, status: Status) -> None:
    def task(_: Engine) -> int:
        raise error

    assert run_tasks([task], 1) == (Failure(status, "x"),)


def test_a_bug_is_not_hidden() -> None:
    def task(_: Engine) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_tasks([task, task], 2)


def test_interruption_kills_children_and_keeps_what_is_finished() -> None:
    def interrupt(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with pytest.raises(Interrupted) as caught:
        run_decks([rc_deck(), rc_deck(), *[ENDLESS] * 6], jobs=2, timeout=100.0, progress=interrupt)
    assert set(caught.value.finished) == {0, 1}
    assert all(isinstance(result, Waveforms) for result in caught.value.finished.values())
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


SCRIPT = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from pathlib import Path
from toydecks import ToyRC
from circuits.cache import Cache
from circuits.characterize import characterize
from circuits.parallel import Interrupted
try:
    characterize([ToyRC()], 2, lambda done, total: print(done, flush=True), Cache(Path(sys.argv[3])))
except Interrupted as error:
    print("interrupted", error.count, flush=True)
    sys.exit(7)
"""


def test_ctrl_c_on_the_whole_program(pretend: Callable[[str], Path], tmp_path: Path, ngspice: Ngspice) -> None:
    """After two points the simulator hangs; SIGINT then ends everything, with two points in the cache."""
    turns = " || ".join(f"mkdir {tmp_path}/turn{number} 2>/dev/null" for number in range(4))
    pretend(f'{turns} || exec sleep 600\nexec {ngspice.path} "$@"')
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", SCRIPT, str(ROOT), str(Path(__file__).parent), str(cache)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "1"
        _wait_for_sleepers(process.pid)
        children = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(30) == 7
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
    finished = int(rest.split("interrupted ")[1])
    assert finished >= 1
    assert len(list(cache.glob("*/*.json"))) == finished
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)


def _wait_for_sleepers(pid: int) -> None:
    """Until both jobs hang."""
    for _ in range(1000):
        if sum(child.name() == "sleep" for child in psutil.Process(pid).children(recursive=True)) == 2:
            return
        time.sleep(0.01)
    pytest.fail("the simulators never hung")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory of this process from /proc")
def test_many_decks_take_no_memory() -> None:
    """The short form of `make memory`; 10 kB a point kept by mistake would show."""
    grown, _ = growth(1200)
    assert grown < 5e6
