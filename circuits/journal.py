"""A journal of finished points: what an interrupted characterization need not simulate again.

One line a point, appended when it is finished: a JSON object with the `record` and the SHA-256 of the
record's canonical text. A last line without its end (the machine stopped while it was written) is cut off;
any other line that does not match its checksum makes the journal unusable, for a number in it may have been
altered.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from measurements.errors import InputError

from .status import Status

FORMAT = 1
MAXIMUM_JOURNAL = 1 << 28


@dataclass(frozen=True)
class PointResult:
    """One finished point: status, quantities (empty unless ok), diagnostics, message and deck key."""

    status: Status
    quantities: Mapping[str, float]
    diagnostics: Mapping[str, float]
    message: str
    deck_key: str


def point_key(*parts: str) -> str:
    """Key of a point: SHA-256 over everything its result depends on (deck keys, procedure, versions).

    >>> point_key("a", "bc") == point_key("ab", "c")
    False
    """
    return hashlib.sha256(json.dumps([FORMAT, *parts]).encode()).hexdigest()


class Journal:
    """Append-only journal at `path`; use it as a context manager. Safe to append to from several threads.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Journal(Path(folder) / "journal.jsonl") as journal:
    ...         journal.append("key", PointResult(Status.OK, {"delay": 1e-9}, {}, "", "deck"))
    ...     with Journal(Path(folder) / "journal.jsonl") as again:
    ...         again.finished["key"].quantities["delay"]
    1e-09
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.finished: dict[str, PointResult] = {}
        self._lock = threading.Lock()
        self._broken = False
        try:
            path.touch()
            if path.stat().st_size > MAXIMUM_JOURNAL:
                raise InputError("is too large for a journal", path=path, hint="name another file")
            whole = self._load(path.read_bytes())
            self._stream = path.open("r+b")
            self._stream.truncate(whole)
            self._stream.seek(whole)
        except OSError as error:
            raise InputError(f"cannot be used as a journal ({error.strerror})", path=path) from error

    def append(self, key: str, result: PointResult) -> None:
        """Add a finished point; it is on its way to the disk when this returns.

        Raises
        ------
        OSError
            The disk is full, say. Not an error of one point but of the batch, which ends: points that cannot be kept
            are not worth simulating.
        """
        line = _line(key, result)
        with self._lock:
            self.finished[key] = result
            try:
                self._stream.write(line)
                self._stream.flush()
            except OSError as error:
                self._broken = True
                raise OSError(error.errno, f"{error.strerror}, journal of finished points", str(self.path)) from error

    def close(self) -> None:
        """Write everything to the disk and close."""
        with self._lock:
            if self._stream.closed:
                return
            if not self._broken:
                self._stream.flush()
                os.fsync(self._stream.fileno())
            # After a failed write, closing tries the same bytes again; that failure is known already.
            with contextlib.suppress(*([OSError] if self._broken else [])):
                self._stream.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _load(self, content: bytes) -> int:
        """Take in the lines of `content`; length of its whole part [bytes]."""
        lines = content.split(b"\n")
        for number, line in enumerate(lines[:-1], start=1):
            try:
                key, result = _parse(line)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise InputError(
                    f"altered or foreign line ({error})",
                    path=self.path,
                    line=number,
                    hint="remove the journal",
                ) from error
            self.finished[key] = result
        return len(content) - len(lines[-1])


def _line(key: str, result: PointResult) -> bytes:
    record = {
        "key": key,
        "status": result.status.meaning,
        "quantities": dict(result.quantities),
        "diagnostics": {name: value for name, value in result.diagnostics.items() if math.isfinite(value)},
        "message": result.message,
        "deck": result.deck_key,
    }
    text = _canonical(record)
    return _canonical({"record": record, "sha256": hashlib.sha256(text.encode()).hexdigest()}).encode() + b"\n"


def _parse(line: bytes) -> tuple[str, PointResult]:
    data = json.loads(line)
    record: dict[str, Any] = data["record"]
    if hashlib.sha256(_canonical(record).encode()).hexdigest() != data["sha256"]:
        raise ValueError("checksum does not match")
    result = PointResult(
        Status[str(record["status"]).upper()],
        {str(name): float(value) for name, value in record["quantities"].items()},
        {str(name): float(value) for name, value in record["diagnostics"].items()},
        str(record["message"]),
        str(record["deck"]),
    )
    return str(record["key"]), result


def _canonical(record: object) -> str:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)
