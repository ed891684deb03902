"""A checksum at the end of a file, so that damage is found before a parser meets it.

The HDF5 library ignores bytes after the end of its data, so a sealed file stays readable by every HDF5 tool;
but some damaged files send the library into an endless loop, so an unsealed or changed one is never handed to
it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from measurements.errors import InputError

MARK = b"\nmemchar sha256 "
_LENGTH = len(MARK) + 64 + 1


def seal(data: bytes) -> bytes:
    """The data with the line `memchar sha256 …` after it.

    >>> seal(b"abc")[3:23]
    b'\\nmemchar sha256 ba78'
    """
    return data + MARK + hashlib.sha256(data).hexdigest().encode() + b"\n"


def read_sealed(path: Path) -> bytes:
    """The data of a sealed file, checked.

    Raises
    ------
    InputError
        The file cannot be read, has no seal (another format, or truncated), or was changed after it was
        sealed.
    """
    try:
        if not path.is_file():
            raise InputError("no such file", path=path, hint="make it with `memchar import`")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
    return unseal(content, path)


def unseal(content: bytes, path: Path) -> bytes:
    """As `read_sealed`, on bytes already read."""
    data, line = content[:-_LENGTH], content[-_LENGTH:]
    if not line.startswith(MARK):
        raise InputError(
            "no checksum at the end: not a measurement store, or truncated",
            path=path,
            hint="make it with `memchar import`",
        )
    if seal(data) != content:
        raise InputError(
            "damaged or changed since it was written: the checksum differs",
            path=path,
            hint="make it anew with `memchar import`",
        )
    return data
