"""A worker process with libngspice, as its parent sees it: decks in, waveforms out, replaced when in doubt."""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import IO, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from measurements.errors import NetlistError, SimulationError
from netlists.deck import Deck

from .children import Child, Children
from .ending import ended, pauses
from .family import Circuit, alterations, split
from .ngspice import Ngspice, child_environment
from .runner import SimulationTimeout, timed_out
from .verdict import judge_data, judge_log
from .waveforms import Waveforms
from .worker import GAVE_UP, Reply, Request, receive, send

RUNS_OF_A_WORKER = 500
"""Runs after which a worker is replaced; one grows by about 1 MB in 1000 runs, and costs 50 ms to start [1]."""
_START_LIMIT = 30.0
_GRACE = 2.0
_KEPT_FILE = 64 << 20
_STARTUP = Path(__file__).with_name("startup")
"""Where a worker starts: libngspice reads the `.spiceinit` there, which is empty, instead of the user's."""
_WORKER = Path(__file__).with_name("worker.py")


class LibraryAbsent(SimulationError):
    """There is no libngspice of the program's version; no later run will find one either."""


class LibraryFailed(SimulationError):
    """The library gave no result that can be trusted; a process of its own has the last word on the deck."""


class Session:
    """Runs decks in one worker process at a time; use it from one thread, and close it.

    Parameters
    ----------
    library
        libngspice, as the dynamic linker takes it.
    ngspice
        The program whose version the library must have.
    children
        Registry whose owner may kill the worker from another thread.
    """

    def __init__(self, library: str, ngspice: Ngspice, children: Children) -> None:
        self._library, self._ngspice, self._children = library, ngspice, children
        self._process: subprocess.Popen[bytes] | None = None
        self._child: Child | None = None
        self._file: BinaryIO | None = None
        self._loaded: Circuit | None = None
        self._runs = 0
        self.seconds = 0.0
        """Processor time spent inside the library so far [s]."""

    def run(self, deck: Deck, timeout: float, task: str) -> Waveforms:
        """Run `deck`, which is known to be self-contained, and judge it by its log and data.

        Raises
        ------
        SimulationTimeout
            The limit was reached; the worker is dead.
        LibraryAbsent
            The library is missing or of another version than the program.
        LibraryFailed
            Anything else was wrong, with the deck or the worker, which is dead.
        """
        try:
            waveforms = ended(self._answer(deck, timeout, task), deck)
            judge_log(waveforms.log, task)
            judge_data(waveforms, deck, task)
        except (SimulationTimeout, LibraryAbsent):
            self.close()
            raise
        except (SimulationError, NetlistError, OSError, ValueError, EOFError) as error:
            self.close()
            raise LibraryFailed(f"{task}: {error}") from error
        except BaseException:
            self.close()
            raise
        self._runs += 1
        if self._runs >= RUNS_OF_A_WORKER:
            self.close()
        return waveforms

    def close(self) -> None:
        """Kill the worker; the next run starts another."""
        process, child, file = self._process, self._child, self._file
        self._process = self._child = self._file = self._loaded = None
        self._runs = 0
        if child is not None:
            self._children.dismiss(child)
        for stream in (file, *((process.stdin, process.stdout) if process is not None else ())):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _answer(self, deck: Deck, timeout: float, task: str) -> Waveforms:
        wanted = split(deck.text)
        process = self._process or self._start()
        commands = None if self._loaded is None else alterations(self._loaded.text, wanted.text)
        circuit = wanted.text if commands is None else None
        self._loaded = wanted
        saved = tuple(map(str.lower, deck.saved))
        send(
            _descriptor(process.stdin), Request(circuit, commands or (), wanted.analysis, pauses(deck), saved, timeout)
        )
        self._wait(process, timeout, task)
        message = receive(cast("BinaryIO", process.stdout))
        if message is None:
            raise self._death(process, timeout, task)
        reply = Reply(*message)  # type: ignore[misc]
        self.seconds += reply.seconds
        vectors = np.empty((len(reply.names), reply.points))
        _read_whole(_descriptor(self._file), vectors)
        if "time" not in reply.names or reply.points < 2:
            judge_log(reply.log, task)
            raise SimulationError(f"{task}: ngspice computed nothing")
        named = dict(zip(reply.names, vectors, strict=True))
        del named["time"]
        return Waveforms(vectors[0], MappingProxyType(named), reply.log, self._ngspice.version, vectors)

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a worker and take its word that it has the version asked for."""
        self._file = _file_in_memory()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_WORKER), self._library, str(self._file.fileno())],
            cwd=_STARTUP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(),
            start_new_session=True,
            pass_fds=(self._file.fileno(),),
        )
        self._process, self._child = process, self._children.adopt(process)
        self._wait(process, _START_LIMIT, "libngspice")
        version = receive(cast("BinaryIO", process.stdout))
        if version != self._ngspice.version:
            raise LibraryAbsent(f"{self._library} is of version {version or '?'}, the program {self._ngspice.version}")
        return process

    def _wait(self, process: subprocess.Popen[bytes], timeout: float, task: str) -> None:
        """Until the worker answers or ends; the kernel ends it at its limit, this a little later."""
        poller = select.poll()
        poller.register(_descriptor(process.stdout), select.POLLIN)
        if not poller.poll(math.ceil((timeout + _GRACE) * 1000.0)):
            raise SimulationTimeout(timed_out(task, timeout))

    def _death(self, process: subprocess.Popen[bytes], timeout: float, task: str) -> SimulationError:
        """Why the worker ended without an answer."""
        self.close()
        if process.returncode == -signal.SIGALRM:
            return SimulationTimeout(timed_out(task, timeout))
        if process.returncode == GAVE_UP:
            return SimulationError("libngspice gave up")
        return SimulationError(f"the worker ended with status {process.returncode}")


def _file_in_memory() -> BinaryIO:
    """Where a worker puts its vectors; a nameless file of the temporary folder where the system has none in memory."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("memchar-vectors"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


def _read_whole(file: int, target: NDArray[np.float64]) -> None:
    """Fill an array from the start of a file, and give the memory of an uncommonly large one back."""
    part, offset = target.reshape(-1).view(np.uint8).data, 0
    while offset < target.nbytes:
        got = os.preadv(file, [part[offset:]], offset)
        if not got:
            raise EOFError(f"the worker stored {offset} of {target.nbytes} bytes")
        offset += got
    if target.nbytes > _KEPT_FILE:
        os.truncate(file, 0)


def _descriptor(stream: IO[bytes] | None) -> int:
    """File descriptor of a pipe or file of a worker."""
    if stream is None:
        raise ValueError("the worker is not running")
    return stream.fileno()
