"""Runs one deck in one ngspice process and hands back its waveforms, or says why there are none."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from measurements.errors import SimulationError
from netlists.deck import Deck

from .children import Children
from .ending import ended
from .family import without_measures
from .ngspice import Ngspice, child_environment, find_ngspice
from .rawfile import read_raw
from .selfcontained import require_self_contained
from .verdict import judge_data, judge_log
from .waveforms import Waveforms

DEFAULT_TIMEOUT = 120.0
_LOG_PART = 128 << 10
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
_LITTLE_SPACE = 1 << 20


class SimulationTimeout(SimulationError):
    """The run did not end within its time limit and was killed."""


def run_deck(
    deck: Deck,
    timeout: float = DEFAULT_TIMEOUT,
    *,
    task: str = "deck",
    ngspice: Ngspice | None = None,
    children: Children | None = None,
) -> Waveforms:
    """Run `deck` with `ngspice -n -b -r` in a private temporary folder and judge the run by its log and data.

    No start-up file of the user is read (`-n`), and ngspice uses one OpenMP thread: OMP_THREAD_LIMIT=1 in its
    environment and `-D num_threads=1` on its command line, which sets the same variable as `set
    num_threads=1`. The process leads its own group, which is killed when it ends, at the time-out and on any
    exception.

    Parameters
    ----------
    deck
        Self-contained deck; one that could start a program or read a file is refused.
    timeout
        Wall-clock limit of the run [s].
    task
        Name of the run in error messages.
    ngspice
        Program to use; found by `find_ngspice` by default.
    children
        Registry whose owner may kill the run from another thread.

    Raises
    ------
    ConvergenceError
        The circuit was not solved up to the stop time.
    SimulationTimeout
        The limit was reached.
    SimulationError
        ngspice is missing, refused the deck, was killed, or wrote no whole raw file; or the disk is full.
    NetlistError
        The deck is not self-contained.
    """
    require_self_contained(deck.text, task)
    program = ngspice or find_ngspice()
    with _private_folder(task) as folder:
        (folder / "deck.cir").write_text(without_measures(deck.text), encoding="utf-8")
        exit_status = _run(program, folder, timeout, task, children or Children())
        log = _read_log(folder / "ngspice.log")
        judge_log(log, task)
        waveforms = replace(_read(folder, exit_status, log, task), log=log, ngspice_version=program.version)
    judge_data(waveforms, deck, task)
    return ended(waveforms, deck)


@contextmanager
def _private_folder(task: str) -> Iterator[Path]:
    """A temporary folder; a full disk becomes a SimulationError that names it."""
    where = tempfile.gettempdir()
    try:
        with tempfile.TemporaryDirectory(prefix="memchar-", ignore_cleanup_errors=True) as name:
            yield Path(name)
    except OSError as error:
        if error.errno in _FULL_DISK:
            raise _disk_full(task, where) from error
        raise SimulationError(f"{task}: cannot work in {where} ({error}); set TMPDIR to a writable folder") from error


def _run(program: Ngspice, folder: Path, timeout: float, task: str, children: Children) -> int:
    """Run the deck in `folder` to its end; the exit status (negative: the signal that ended it)."""
    command = [*_dies_with_parent(), str(program.path), "-n", "-b", "-D", "num_threads=1", "-r", "out.raw", "deck.cir"]
    with (folder / "ngspice.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=child_environment(),
            start_new_session=True,
        )
    with children.watched(process, timeout) as child:
        if not child.wait(timeout):
            raise SimulationTimeout(timed_out(task, timeout))
    return process.returncode


@lru_cache(maxsize=1)
def _dies_with_parent() -> tuple[str, ...]:
    """Prefix with which Linux kills the child where this process is killed (`kill -9`) and cannot do it itself."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL") if setpriv and sys.platform == "linux" else ()


def timed_out(task: str, timeout: float) -> str:
    """Message of a run that reached its limit [s]."""
    return f"{task}: killed after {timeout:g} s; raise the time-out or the maximum step"


def _read(folder: Path, exit_status: int, log: str, task: str) -> Waveforms:
    raw = folder / "out.raw"
    try:
        return read_raw(raw)
    except SimulationError as error:
        if shutil.disk_usage(folder).free < _LITTLE_SPACE:
            raise _disk_full(task, str(folder.parent)) from error
        lines = log.strip().splitlines()
        reason = str(error).removeprefix(f"{raw}: ")
        ended = f"was ended by signal {-exit_status}" if exit_status < 0 else f"ended with status {exit_status}"
        last = f"; its last words: {lines[-1].strip()[:120]!r}" if lines else ""
        raise SimulationError(f"{task}: ngspice {ended}: {reason}{last}") from error


def _read_log(path: Path) -> str:
    """The log as text; of a very long one its first and last part."""
    with path.open("rb") as stream:
        head = stream.read(_LOG_PART)
        rest = path.stat().st_size - len(head)
        if rest > _LOG_PART:
            stream.seek(-_LOG_PART, os.SEEK_END)
            head += f"\n... {rest - _LOG_PART} bytes left out ...\n".encode()
        return (head + stream.read(_LOG_PART)).decode("utf-8", "replace")


def _disk_full(task: str, folder: str) -> SimulationError:
    return SimulationError(f"{task}: no space left in {folder}; free some or set TMPDIR to another folder")
