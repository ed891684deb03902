"""A text file as lines, after the checks that every reader needs."""

from __future__ import annotations

import codecs
import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from measurements.errors import InputError
from measurements.sweep import Source

MAXIMUM_BYTES = 32 * 1024 * 1024
"""Largest file taken [byte]; a 4200A sweep of 100 points has about 10 kB."""
MAXIMUM_LINE = 65_536
"""Longest line taken [character]."""

_NUMBER = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)

_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class TextFile:
    """Decoded lines of a file; `lines[0]` is line 1. Line ends may be LF, CR LF or CR, mixed."""

    path: Path
    lines: tuple[str, ...]
    source: Source
    ends_with_newline: bool

    def error(self, message: str, line: int | None = None, hint: str | None = None) -> InputError:
        """An `InputError` that names this file and `line` (counted from 1)."""
        return InputError(message, path=self.path, line=line, hint=hint)


def read_text(path: Path) -> TextFile:
    """Read a text file of bounded size.

    Raises
    ------
    InputError
        Missing, unreadable, or larger than `MAXIMUM_BYTES`; and what `decode_text` raises.
    """
    data = read_bytes(path)
    printable = path.name.encode("utf-8", "backslashreplace").decode()  # a name need not be UTF-8
    return decode_text(data, path, Source(printable, hashlib.sha256(data).hexdigest()))


def decode_text(data: bytes, path: Path, source: Source) -> TextFile:
    """Lines of UTF-8 bytes, with or without byte-order marks, or of UTF-16 bytes with one.

    Raises
    ------
    InputError
        Empty, a line longer than `MAXIMUM_LINE`, NUL bytes (binary, or UTF-16 without a byte-order mark), or
        bytes that are not UTF-8.
    """
    text = _decode(data, path).removeprefix("\ufeff")
    lines = tuple(line.removeprefix("\ufeff") for line in re.split("\r\n|\n|\r", text))
    if not any(line.strip() for line in lines):
        raise InputError("the file is empty", path=path)
    for number, line in enumerate(lines, start=1):
        if len(line) > MAXIMUM_LINE:
            raise InputError(
                f"the line has {len(line)} characters, at most {MAXIMUM_LINE} are taken",
                path=path,
                line=number,
            )
    return TextFile(path, lines, source, text.endswith(("\n", "\r")))


class _Names(Protocol):
    """Whatever can say which file an error is in."""

    def error(self, message: str, line: int | None = None, hint: str | None = None) -> InputError: ...


def parse_number(cell: str, column: str, text: _Names, line: int | None) -> float:
    """One finite decimal number; engineering notation such as ``23.1922E-3`` is taken.

    Raises
    ------
    InputError
        The cell is empty, no number (``#REF``, ``nan``), or too large for a float.
    """
    stripped = cell.strip()
    if _NUMBER.fullmatch(stripped) is None:
        shown = repr(stripped[:40]) if stripped else "an empty cell"
        hint = "export with decimal points" if _COMMA.fullmatch(stripped) else None
        raise text.error(f"column {column}: expected a finite number, found {shown}", line, hint)
    value = float(stripped)
    if not math.isfinite(value):
        raise text.error(f"column {column}: {stripped[:40]!r} is too large for a number", line)
    return value


def read_bytes(path: Path, larger: Mapping[bytes, int] | None = None) -> bytes:
    """The bytes of a file of at most `MAXIMUM_BYTES`, or of the size that `larger` gives for its first bytes.

    Raises
    ------
    InputError
        Missing, unreadable, or too large.
    """
    try:
        if not path.is_file():
            raise InputError("not a regular file" if path.exists() else "no such file", path=path)
        with path.open("rb") as stream:
            data = stream.read(8)
            limit = next((size for start, size in (larger or {}).items() if data == start), MAXIMUM_BYTES)
            data += stream.read(limit + 1 - len(data))
    except (OSError, ValueError) as error:  # ValueError: NUL in the path itself
        raise InputError(f"cannot be read: {error}", path=path) from error
    if len(data) > limit:
        raise InputError(f"larger than {limit} bytes", path=path, hint="split it, one sweep a file")
    return data


def _decode(data: bytes, path: Path) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_utf16(data, path)
    nul = data.find(b"\0")
    if nul >= 0:
        raise InputError(
            "NUL byte: not a text file, or UTF-16 without a byte-order mark",
            path=path,
            line=_line_of(data, nul),
            hint="save it as UTF-8 CSV",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            path=path,
            line=_line_of(data, error.start),
            hint="save it as UTF-8 CSV",
        ) from error


def _decode_utf16(data: bytes, path: Path) -> str:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise InputError(f"not the UTF-16 it claims to be: {error.reason}", path=path) from error
    if "\0" in text:
        raise InputError("NUL character: not a text file", path=path, line=text[: text.index("\0")].count("\n") + 1)
    return text


def _line_of(data: bytes, offset: int) -> int:
    return len(re.findall(b"\r\n|\n|\r", data[:offset])) + 1
