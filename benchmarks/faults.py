"""A campaign of injected faults: what must never happen is counted, and the count must stay zero.

    python -m benchmarks.faults [--share 1.0] [--seed 1] [--json PATH]

Faults: ngspice killed at random, worker with libngspice killed at random, parent killed (`kill -9`) and the work
resumed, disk full (a small tmpfs; left out with a message where mounting is not allowed), cache entry truncated, cache
entry altered by one bit, clock set back, deck that never ends, deck that does not converge, measure that fails while
ngspice exits with status 0. What must not happen: a wrong number, a finished point lost, a process left over, a failed
point whose status or message does not name its cause. Numbers are compared bit for bit with undisturbed runs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import xarray as xr

from benchmarks.faultcases import EXPECTED, Charging, Illness, truth
from benchmarks.figures import Figure
from benchmarks.figures import main as print_figures
from circuits.cache import Cache
from circuits.characterize import characterize
from circuits.status import Status

MARK = "MEMCHAR_FAULTS"
CASES = 60
"""Points of each characterization [1]."""
FULL_SIZE = {
    "ngspice killed": 500,
    "worker killed": 500,
    "parent killed": 60,
    "disk full": 20,
    "cache entry truncated": 400,
    "cache entry altered by one bit": 400,
    "clock set back": 40,
    "never ends": 60,
    "does not converge": 100,
    "measure fails": 100,
}
_RESUMABLE = """
import sys
from pathlib import Path
from benchmarks.faultcases import Charging
from circuits.cache import Cache
from circuits.characterize import characterize
characterize([Charging(int(sys.argv[2]), offset=int(sys.argv[3]), time_constants=60.0)], 2,
             lambda done, _: print(done, flush=True), Cache(Path(sys.argv[1])))
"""


@dataclass
class Findings:
    """Faults injected by kind, and what must not have happened, in words."""

    injected: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Everything that must not have happened."""
        return [*self.wrong, *self.lost, *self.orphans, *self.unnamed]


class Campaign:
    """Injects faults of every kind into characterizations in `folder` and keeps the findings."""

    def __init__(self, folder: Path, seed: int, cases: int) -> None:
        self.folder, self.random, self.findings = folder, random.Random(seed), Findings()
        self.cases = cases
        self._truths: dict[tuple[int, float], dict[int, dict[str, float]]] = {}

    def run(self, share: float) -> Findings:
        """All kinds, `share` of the full size each."""
        kinds: dict[str, Callable[[str, int], None]] = {
            "cache entry truncated": self.cache_damaged,
            "cache entry altered by one bit": self.cache_damaged,
            "ngspice killed": self.killed,
            "worker killed": self.killed,
            "clock set back": self.clock_set_back,
            **dict.fromkeys(EXPECTED, self.ill_deck),
            "disk full": self.disk_full,
            "parent killed": self.parent_killed,
        }
        for kind, inject in kinds.items():
            wanted = max(1, round(share * FULL_SIZE[kind]))
            inject(kind, wanted)
            self._no_process_left(kind)
            counts = f"{self.findings.injected[kind]} injected, {len(self.findings.faults)} findings so far"
            print(f"{kind}: {counts}", file=sys.stderr, flush=True)
        return self.findings

    def killed(self, kind: str, wanted: int) -> None:
        """Simulators die at random; every number is right or missing with a named cause, and the rest is resumed."""
        worker = kind == "worker killed"
        with _environment(MEMCHAR_LIBNGSPICE=None if worker else ""):
            while self.findings.injected[kind] < wanted:
                procedure = self._procedure(time_constants=100.0)
                cache = Cache(self._fresh("killed"))
                pattern = "worker.py" if worker else "ngspice\0-n"
                with self._killer(kind, pattern, wanted):
                    table = characterize([procedure], 2, cache=cache)["charging"]
                self._check(kind, procedure, table, {Status.SIMULATOR_ERROR: "signal"})
                again = characterize([procedure], 2, cache=cache)["charging"]
                self._check(f"{kind}, resumed", procedure, again, {})

    def parent_killed(self, kind: str, wanted: int) -> None:
        """The whole program dies at a random moment; nothing of it survives, every finished point does."""
        for turn in range(wanted):
            procedure = self._procedure(offset=97 * turn, time_constants=60.0)
            folder = self._fresh("parent")
            command = [sys.executable, "-c", _RESUMABLE, str(folder), str(self.cases), str(procedure.offset)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                stream = process.stdout
                last = 0
                stop_at = self.random.randrange(1, self.cases)
                for line in stream or ():
                    last = int(line)
                    if last >= stop_at:
                        time.sleep(0.02 * self.random.random())
                        break
                process.send_signal(signal.SIGKILL)
                rest = (stream.read() if stream else "").split()
            finished = int(rest[-1]) if rest else last
            self.findings.injected[kind] += 1
            kept = len(list(folder.glob("*/*.json")))
            if kept < finished:
                self.findings.lost.append(f"{kind}: {finished} points were finished, {kept} kept")
            table = characterize([procedure], 2, cache=Cache(folder))["charging"]
            self._check(kind, procedure, table, {})

    def disk_full(self, kind: str, wanted: int) -> None:
        """The cache's disk is full: the batch ends with its name, what was finished is kept, a resume completes it."""
        for turn in range(wanted):
            procedure = self._procedure(offset=53 * turn)
            folder = self._fresh("disk")
            size = 4096 * self.random.randrange(self.cases // 6, self.cases)
            if not _mount(folder, size):
                self.findings.left_out.append(f"{kind}: mounting a tmpfs is not allowed here")
                return
            try:
                self._fill(kind, procedure, folder / "cache")
                subprocess.run(["mount", "-o", "remount,size=16m", str(folder)], check=True)
                table = characterize([procedure], 2, cache=Cache(folder / "cache"))["charging"]
            finally:
                subprocess.run(["umount", "-l", str(folder)], check=True)
            self._check(kind, procedure, table, {})

    def cache_damaged(self, kind: str, wanted: int) -> None:
        """Entries are cut or altered; each is recomputed, none believed."""
        procedure = self._procedure()
        cache = Cache(self._fresh("cache"))
        characterize([procedure], 2, cache=cache)
        while self.findings.injected[kind] < wanted:
            entries = sorted(cache.folder.glob("*/*.json"))
            for entry in self.random.sample(entries, min(len(entries) // 2, wanted - self.findings.injected[kind])):
                content = bytearray(entry.read_bytes())
                if kind == "cache entry truncated":
                    del content[self.random.randrange(len(content)) :]
                else:
                    bit = self.random.randrange(8 * len(content))
                    content[bit // 8] ^= 1 << bit % 8
                entry.write_bytes(content)
                self.findings.injected[kind] += 1
            self._check(kind, procedure, characterize([procedure], 2, cache=cache)["charging"], {})

    def clock_set_back(self, kind: str, wanted: int) -> None:
        """Time runs backwards and files come from the future; nothing finished is lost for it."""
        procedure = self._procedure()
        cache = Cache(self._fresh("clock"))
        characterize([procedure], 2, cache=cache)
        for turn in range(wanted):
            entries = sorted(cache.folder.glob("*/*.json"))
            for entry in entries:
                stamp = self.random.uniform(0.0, 4e9)
                os.utime(entry, (stamp, stamp))
            self.random.choice(entries).unlink()
            before = {entry: entry.stat().st_mtime for entry in cache.folder.glob("*/*.json")}
            with mock.patch("time.time", lambda turn=turn: 1e6 - turn):
                table = characterize([procedure], 2, cache=cache)["charging"]
            self.findings.injected[kind] += 1
            if any(entry.stat().st_mtime != stamp for entry, stamp in before.items()):
                self.findings.lost.append(f"{kind}: a kept point was simulated again")
            self._check(kind, procedure, table, {})

    def ill_deck(self, kind: str, wanted: int) -> None:
        """Some decks cannot give a number; each says so, the others are untouched, with the library and without."""
        turn = 0
        while self.findings.injected[kind] < wanted:
            turn += 1
            chosen = self.random.sample(range(self.cases), min(6, wanted - self.findings.injected[kind]))
            illness: Illness = kind  # type: ignore[assignment]
            procedure = Charging(self.cases, dict.fromkeys(chosen, illness))
            with _environment(MEMCHAR_LIBNGSPICE="" if turn % 2 else None):
                table = characterize([procedure], 2, timeout=0.4 if kind == "never ends" else 20.0)["charging"]
            self.findings.injected[kind] += len(chosen)
            status, word = EXPECTED[kind]
            for case in chosen:
                if int(table["status"][case]) != status:
                    self.findings.unnamed.append(f"{kind}: case {case} is {Status(int(table['status'][case])).meaning}")
            self._check(kind, procedure, table, {status: word, Status.TIMED_OUT: "killed after"})

    def _procedure(self, offset: int = 0, time_constants: float = 6.0) -> Charging:
        return Charging(self.cases, offset=offset, time_constants=time_constants)

    def _fresh(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=name, dir=self.folder))

    def _check(self, kind: str, procedure: Charging, table: xr.Dataset, allowed: dict[Status, str]) -> None:
        """Every case has the true number, or a status in `allowed` and a message with its name and the word there."""
        key = procedure.offset, procedure.time_constants
        if key not in self._truths:
            with _environment(MEMCHAR_LIBNGSPICE=""):
                self._truths[key] = truth(Charging(self.cases, {}, procedure.offset, procedure.time_constants))
        messages = str(table.attrs["failures"]).split("\n")
        for case in range(procedure.count):
            status = Status(int(table["status"][case]))
            if status is Status.OK:
                found = {name: float(table[name][case]) for name in ("energy", "delay")}
                if case in procedure.ill or found != self._truths[key][case]:
                    self.findings.wrong.append(f"{kind}: case {case}: {found}, true {self._truths[key].get(case)}")
                continue
            said = [line for line in messages if line.startswith(f"charging case={case}:")]
            if status not in allowed or not said or allowed[status] not in said[0]:
                self.findings.unnamed.append(f"{kind}: case {case} is {status.meaning}: {said}")
            if any(float(table[name][case]) == float(table[name][case]) for name in ("energy", "delay")):
                self.findings.wrong.append(f"{kind}: case {case} is {status.meaning} and has a number")

    def _fill(self, kind: str, procedure: Charging, folder: Path) -> None:
        """Characterize onto a disk that is too small."""
        seen = 0

        def count(done: int, _: int) -> None:
            nonlocal seen
            seen = done

        try:
            characterize([procedure], 2, count, Cache(folder))
        except OSError as error:
            self.findings.injected[kind] += 1
            if "No space left on device" not in str(error) or str(folder) not in str(error):
                self.findings.unnamed.append(f"{kind}: {error}")
        whole = [path for path in folder.glob("*/*.json") if Cache(folder).get(path.stem) is not None]
        if len(whole) < seen:
            self.findings.lost.append(f"{kind}: {seen} points were finished, {len(whole)} kept")

    @contextmanager
    def _killer(self, kind: str, pattern: str, wanted: int) -> Iterator[None]:
        """While the block runs, kill processes of ours whose command line holds `pattern`, at random moments."""
        done = threading.Event()

        def kill() -> None:
            while not done.wait(0.005 + 0.025 * self.random.random()):
                victims = [pid for pid in _children() if pattern in _command(pid)]
                if victims and self.findings.injected[kind] < wanted:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(self.random.choice(victims), signal.SIGKILL)
                        self.findings.injected[kind] += 1

        thread = threading.Thread(target=kill)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _no_process_left(self, kind: str) -> None:
        deadline = time.monotonic() + 10.0
        while (left := list(_descendants())) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.findings.orphans += [f"{kind}: {command!r}" for _, command in left]


def _children() -> Iterator[int]:
    """Processes that threads of this one have started."""
    for listed in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from map(int, listed.read_text().split())


def _command(pid: int) -> str:
    """Command line of a process, its parts divided by null bytes; empty where it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    return ""


def _descendants() -> Iterator[tuple[int, str]]:
    """Processes that carry our mark in their environment, wherever they hang now, and their command lines."""
    mark = f"{MARK}={os.environ[MARK]}".encode()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name), _command(int(folder.name))


@contextmanager
def _environment(**values: str | None) -> Iterator[None]:
    """Environment variables for the time of the block; None takes one away."""
    with mock.patch.dict(os.environ):
        for name, value in values.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        yield


def _mount(folder: Path, size: int) -> bool:
    """Mount a tmpfs of `size` bytes; False where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def campaign(share: float, seed: int, cases: int = CASES) -> Findings:
    """A campaign of `share` of the full size."""
    with _environment(**{MARK: secrets.token_hex(8)}), tempfile.TemporaryDirectory() as folder:
        return Campaign(Path(folder), seed, cases).run(share)


def measure(share: float, seed: int) -> list[Figure]:
    """The findings as figures; each thing that went wrong is printed first."""
    start = time.monotonic()
    findings = campaign(share, seed)
    for line in [*findings.left_out, *findings.faults]:
        print(line, file=sys.stderr)
    injected = [Figure(f"faults: {kind}", count, "1") for kind, count in findings.injected.items()]
    return [
        *injected,
        Figure("faults, all", findings.injected.total(), "1"),
        Figure("wrong numbers", len(findings.wrong), "1"),
        Figure("finished points lost", len(findings.lost), "1"),
        Figure("processes left over", len(findings.orphans), "1"),
        Figure("failed points without their cause", len(findings.unnamed), "1"),
        Figure("wall time", time.monotonic() - start, "s"),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    known, sys.argv[1:] = parser.parse_known_args()
    print_figures("fault campaign", lambda: measure(known.share, known.seed))
