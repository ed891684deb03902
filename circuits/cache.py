"""A folder of finished points, by the content of what was simulated: nothing in it is simulated again.

A point's key is a SHA-256 over everything its numbers depend on (`point_key`), so the folder may be shared by any
number of characterizations, processes and machines; an interrupted or extended one goes on where it was. An entry is a
small file of its own. It is written beside its place and renamed into it, so that no reader ever sees half of one, and
two processes that finish the same point write the same bytes. Each carries the SHA-256 of its content: one that was cut
short or altered is dropped, and the point simulated again. Times of files and clocks mean nothing here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from measurements.errors import InputError

from .result import Measured
from .status import Status

FORMAT = 2
_LARGEST_ENTRY = 1 << 20


def point_key(*parts: str) -> str:
    """Key of a point: SHA-256 over everything its result depends on (deck keys, procedure, versions).

    >>> point_key("a", "bc") == point_key("ab", "c")
    False
    """
    return hashlib.sha256(json.dumps([FORMAT, *parts]).encode()).hexdigest()


class Cache:
    """The folder `folder`, made where it is missing. Safe to use from several threads and processes.

    Parameters
    ----------
    folder
        Where the entries are.
    read
        False to simulate every point again; the entries are then written anew.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Cache(Path(folder)).put("0f" * 32, Measured({"delay": 1e-9}, {"delay": 1e-9}, 0.0))
    ...     Cache(Path(folder)).get("0f" * 32).after
    {'delay': 1e-09}
    """

    def __init__(self, folder: Path, *, read: bool = True) -> None:
        self.folder, self._read = folder, read
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot be used as a cache folder ({error.strerror})", path=folder) from error

    def get(self, key: str) -> Measured | None:
        """The entry of `key`; None where there is none that is whole."""
        path = self._path(key)
        if not self._read:
            return None
        try:
            with path.open("rb") as stream:
                content = stream.read(_LARGEST_ENTRY + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", path=path) from error
        try:
            return _parse(content, key)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return None

    def put(self, key: str, measured: Measured) -> None:
        """Keep a finished point; it survives the end of this process when this returns.

        Raises
        ------
        OSError
            The disk is full, say. Not an error of one point but of the batch, which ends: points that cannot be kept
            are not worth simulating.
        """
        path = self._path(key)
        draft = path.with_name(f".{key}.{secrets.token_hex(8)}")
        try:
            content = _content(key, measured)
            try:
                draft.write_bytes(content)
            except FileNotFoundError:
                path.parent.mkdir(exist_ok=True)
                draft.write_bytes(content)
            draft.replace(path)
        except BaseException as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            if not isinstance(error, OSError):
                raise
            raise OSError(error.errno, f"{error.strerror}, cache of finished points", str(self.folder)) from error

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def _content(key: str, measured: Measured) -> bytes:
    record = {
        "key": key,
        "before": _plain(measured.before),
        "after": _plain(measured.after),
        "closure_error": float(measured.closure_error),
        "failure": None if measured.failure is None else measured.failure.meaning,
        "message": measured.message,
    }
    body = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body + b"\n"


def _plain(quantities: Mapping[str, float] | None) -> dict[str, float] | None:
    return None if quantities is None else {name: float(value) for name, value in quantities.items()}


def _parse(content: bytes, key: str) -> Measured:
    """The point in an entry; ValueError and the like where it is not whole."""
    checksum, body, rest = content.split(b"\n")
    if rest or hashlib.sha256(body).hexdigest().encode() != checksum:
        raise ValueError("checksum does not match")
    record: dict[str, Any] = json.loads(body)
    if record["key"] != key:
        raise ValueError("entry of another point")
    failure = record["failure"]
    return Measured(
        record["before"],
        record["after"],
        record["closure_error"],
        None if failure is None else Status[failure.upper()],
        record["message"],
    )
