"""Child processes that never outlive their caller: watched, limited, and killed with their whole group."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import select
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .rawfile import MAXIMUM_FILE

_CPU_MARGIN = 5


class Child:
    """A running process that leads its own process group."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._reaped = False

    @property
    def pid(self) -> int:
        """Process and group id."""
        return self._process.pid

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` [s] for the process to end, without reaping it; True when it ended."""
        try:
            descriptor = os.pidfd_open(self._process.pid)
        except (AttributeError, OSError):  # no pidfd on this system: wait by polling
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
                return True
            return False
        try:
            poller = select.poll()
            poller.register(descriptor, select.POLLIN)
            return bool(poller.poll(math.ceil(timeout * 1000.0)))
        finally:
            os.close(descriptor)

    def kill(self) -> None:
        """Kill the whole process group; it is still reserved because the leader is not reaped yet."""
        with self._lock:
            if not self._reaped:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def finish(self) -> None:
        """Kill what is left of the group and reap the leader."""
        self.kill()
        with self._lock:
            self._process.wait()
            self._reaped = True


class Children:
    """The processes now running; `kill_all` ends them from any thread and lets no further one start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[Child] = set()
        self._closed = False

    @property
    def closed(self) -> bool:
        """True after `kill_all`."""
        return self._closed

    @property
    def running(self) -> tuple[Child, ...]:
        """The processes now held."""
        with self._lock:
            return tuple(self._running)

    @contextmanager
    def watched(self, process: subprocess.Popen[bytes], timeout: float) -> Iterator[Child]:
        """Hold `process` while the block runs; on leaving it, however, the group is dead and reaped.

        The kernel limits (processor time, file size) end the child even where this process is killed itself.
        """
        child = self.adopt(process)
        try:
            _limit(process.pid, timeout)
            yield child
        finally:
            self.dismiss(child)

    def adopt(self, process: subprocess.Popen[bytes]) -> Child:
        """Hold `process` until `dismiss`; it is killed at once where `kill_all` came first."""
        child = Child(process)
        with self._lock:
            self._running.add(child)
            if self._closed:
                child.kill()
        return child

    def dismiss(self, child: Child) -> None:
        """Kill the group of `child`, reap it and forget it."""
        child.finish()
        with self._lock:
            self._running.discard(child)

    def kill_all(self) -> None:
        """Kill every running group; processes started later are killed at once."""
        with self._lock:
            self._closed = True
            for child in self._running:
                child.kill()


def _limit(pid: int, timeout: float) -> None:
    """Set kernel limits on a started process: processor time [s], size of a file, no core dump."""
    if not hasattr(resource, "prlimit"):
        return
    seconds = math.ceil(timeout) + _CPU_MARGIN
    limits = (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, MAXIMUM_FILE),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in limits:
        with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
            resource.prlimit(pid, kind, (value, value))
