"""One libngspice in one disposable process: a script that needs nothing but the standard library.

The parent starts it with `python -I -S worker.py LIBRARY VECTORS`, so a new one costs about 50 ms and imports nothing
of ours. It answers requests on its standard input, one at a time, and puts vectors into the open file VECTORS. The
library's return codes mean nothing (0 on every fault tried with ngspice 39), so it passes no judgement: it sends the
vectors and every line that was printed.

- It ends at once when its parent ends, however: a thread watches the pipe, also while ngspice computes.
- A run beyond its time limit is ended by the kernel (SIGALRM), also where the parent is dead.
- When ngspice wants to end its process (an undefined parameter, for one), the process ends with `GAVE_UP`.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import re
import select
import signal
import struct
import sys
import threading
import time
from typing import BinaryIO, NamedTuple

GAVE_UP = 81
"""Exit status of a worker whose library asked to end."""
LENGTH = struct.Struct("<Q")
KEPT_LOG = 1 << 17
_VECTORS_AT_ONCE = 512
_PAUSED = b"simulation interrupted"
_REAL = 1
_PRINTED = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)
_ENDED = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_bool, ctypes.c_bool, ctypes.c_int, ctypes.c_void_p)


class Request(NamedTuple):
    """What a worker does next.

    `circuit` replaces the loaded one where it is given; `commands` then change it; `analysis` runs it within
    `timeout` [s] up to the last of a list of conditions, which are met in turn, or to its end. Of the lists in `pauses`
    the first holds whose first condition is not met by the operating point. Only vectors named in `saved` (lower case,
    as in a raw file) come back.
    """

    circuit: str | None
    commands: tuple[str, ...]
    analysis: str
    pauses: tuple[tuple[str, ...], ...]
    saved: tuple[str, ...]
    timeout: float


class Reply(NamedTuple):
    """`points` numbers of each of `names` are at the start of the file of vectors, as raw float64.

    `plot` is where ngspice has them, `seconds` the processor time it took, to clear the run before included [s].
    """

    plot: str
    seconds: float
    points: int
    names: tuple[str, ...]
    log: str


class _Vector(ctypes.Structure):
    """The head of ngspice's `vector_info`."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("kind", ctypes.c_int),
        ("flags", ctypes.c_short),
        ("real", ctypes.c_void_p),
        ("complex", ctypes.c_void_p),
        ("length", ctypes.c_int),
    )


class Library:
    """libngspice in this process; only one thread may use it."""

    def __init__(self, path: str) -> None:
        self._lines: list[bytes] = []
        self._length = 0
        self._library = ctypes.CDLL(path)
        self._printed, self._ended = _PRINTED(self._on_line), _ENDED(_give_up)  # kept: ngspice holds their addresses
        self._library.ngGet_Vec_Info.restype = ctypes.POINTER(_Vector)
        self._library.ngSpice_CurPlot.restype = ctypes.c_char_p
        self._library.ngSpice_Init(self._printed, None, self._ended, None, None, None, None)
        # The environment variable alone does not hold: the system's start-up file may set a number of threads.
        self._command("set num_threads=1")
        self._command("set noinit")  # the node voltages at t = 0 need not be printed
        self._command("version")
        self.version = (re.findall(r"ngspice-([0-9][\w.+-]*)", self._log()) or [""])[0]
        self._loaded = False
        self._clearing = 0.0

    def run(self, request: Request) -> tuple[Reply, list[bytes]]:
        """Run; the vectors are copies of those of ngspice, which `clear` gives back."""
        self._lines, self._length = [], 0
        start = time.process_time()
        signal.setitimer(signal.ITIMER_REAL, request.timeout)
        if request.circuit is not None:
            self._load(request.circuit)
        for command in request.commands:
            self._command(command)
        self._analyse(request.analysis, request.pauses)
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        seconds = time.process_time() - start + self._clearing
        plot = self._library.ngSpice_CurPlot() or b""
        wanted = ("time", *request.saved) if plot.startswith(b"tran") else ()
        found = {name: values for name in wanted if (values := self._vector(plot, name)) is not None}
        size = len(found.get("time", b""))
        named = {name: values for name, values in found.items() if len(values) == size}
        reply = Reply(plot.decode("utf-8", "replace"), seconds, size // 8, tuple(named), self._log())
        return reply, list(named.values())

    def clear(self) -> None:
        """Give the vectors of the last run back to ngspice."""
        start = time.process_time()
        self._command("destroy all")
        self._clearing = time.process_time() - start

    def _load(self, circuit: str) -> None:
        if self._loaded:
            self._command("remcirc")  # without it every circuit stays in memory
        lines = [line.encode() for line in circuit.split("\n") if line]
        self._library.ngSpice_Circ((ctypes.c_char_p * (len(lines) + 1))(*lines, None))
        self._loaded = True

    def _analyse(self, analysis: str, pauses: tuple[tuple[str, ...], ...]) -> None:
        """Run `analysis` to the last pause of the list that holds, or to its end where one is not reached."""
        for conditions in pauses:
            if self._paused(analysis, conditions):
                return
            self.clear()
        self._command(analysis)

    def _paused(self, analysis: str, conditions: tuple[str, ...]) -> bool:
        """Run to the last pause; False where the operating point met the first condition, at which it ended.

        Resumed from there, ngspice would give other last digits than in a whole run.
        """
        command = analysis
        for condition in conditions:
            said = len(self._lines)
            self._command(f"stop when {condition}")
            self._command(command)
            self._command("delete all")
            command = "resume"
            if self._points() == 1:
                return False
            if not any(_PAUSED in line for line in self._lines[said:]):
                break
        return True

    def _points(self) -> int:
        """Time points of the running plot."""
        vector = self._library.ngGet_Vec_Info(b"time")
        return vector.contents.length if vector else 0

    def _vector(self, plot: bytes, name: str) -> bytes | None:
        """A real vector by the name it has in a raw file, which ngspice understands too."""
        vector = self._library.ngGet_Vec_Info(plot + b"." + name.encode())
        if not vector:
            return None
        head = vector.contents
        return ctypes.string_at(head.real, 8 * head.length) if head.flags & _REAL and head.real else None

    def _command(self, text: str) -> None:
        self._library.ngSpice_Command(text.encode())

    def _on_line(self, line: bytes | None, _number: int, _user: object) -> int:
        """Keep a printed line; of a very long log the beginning and the end."""
        text = line or b""
        self._length += len(text)
        self._lines.append(text)
        if self._length > 2 * KEPT_LOG:
            keep = len(self._lines) // 4
            self._lines = [*self._lines[:keep], b"... lines left out ...", *self._lines[-keep:]]
            self._length = sum(map(len, self._lines))
        return 0

    def _log(self) -> str:
        text = b"\n".join(line.removeprefix(b"stdout ").removeprefix(b"stderr ") for line in self._lines)
        return text.decode("utf-8", "replace")


def _give_up(*_: object) -> int:
    os._exit(GAVE_UP)


def send(stream: int, message: Request | Reply | str) -> None:
    """Write one message to a file descriptor."""
    body = pickle.dumps(message if isinstance(message, str) else tuple(message))
    part = memoryview(LENGTH.pack(len(body)) + body)
    while part:
        part = part[os.write(stream, part) :]


def store(file: int, vectors: list[bytes]) -> None:
    """Write vectors one after the other to the start of a file: through a pipe they cost a millisecond."""
    offset = 0
    for first in range(0, len(vectors), _VECTORS_AT_ONCE):
        some = vectors[first : first + _VECTORS_AT_ONCE]
        written = os.pwritev(file, some, offset)
        while written < sum(len(vector) for vector in some):
            rest = b"".join(some)[written:]
            written += os.pwrite(file, rest, offset + written)
        offset += written


def receive(stream: BinaryIO) -> object:
    """The next message; None where the other side has ended."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    body = stream.read(LENGTH.unpack(head)[0])
    return pickle.loads(body)


def _leave_with_parent() -> None:
    poller = select.poll()
    poller.register(0, 0)  # only the hang-up
    poller.poll()
    os._exit(0)


def main() -> None:
    """Answer requests until the standard input ends."""
    answers = os.dup(1)
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 1)  # what the library prints itself must not get among the answers
    os.dup2(silence, 2)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    library, file = Library(sys.argv[1]), int(sys.argv[2])
    send(answers, library.version)
    with os.fdopen(0, "rb", closefd=False) as requests:
        while (message := receive(requests)) is not None:
            reply, vectors = library.run(Request(*message))  # type: ignore[misc]
            store(file, vectors)
            send(answers, reply)
            library.clear()


if __name__ == "__main__":
    main()
