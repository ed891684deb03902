"""A file as a reader gets it: bytes, lines where it is text, and what the user stated about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from measurements.errors import InputError
from measurements.facts import FileFacts
from measurements.sweep import Source
from measurements.textfile import TextFile, decode_text, read_bytes

ZIP = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"
MAXIMUM_STORE = 1024 * 1024 * 1024
"""Largest HDF5 store taken [byte]; every other file is bounded by `textfile.MAXIMUM_BYTES`."""

NO_FACTS = FileFacts()


@dataclass(frozen=True)
class Content:
    """Bytes of one file; readers look at `starts`, `is_text` and `text`, never at the name, to recognise it."""

    path: Path
    data: bytes
    source: Source
    facts: FileFacts = NO_FACTS

    def starts(self, signature: bytes) -> bool:
        """Whether the file begins with these bytes."""
        return self.data.startswith(signature)

    @property
    def is_text(self) -> bool:
        """Whether the file is neither a zip archive (.xlsx) nor HDF5."""
        return not (self.starts(ZIP) or self.starts(HDF5))

    @cached_property
    def text(self) -> TextFile:
        """The decoded lines.

        Raises
        ------
        InputError
            The bytes are no text.
        """
        return decode_text(self.data, self.path, self.source)

    def error(self, message: str, line: int | None = None, hint: str | None = None) -> InputError:
        """An `InputError` that names this file and `line` (counted from 1)."""
        return InputError(message, path=self.path, line=line, hint=hint)


def read_content(path: Path, facts: FileFacts = NO_FACTS) -> Content:
    """Read a file of bounded size.

    Raises
    ------
    InputError
        Missing, unreadable, or too large.
    """
    data = read_bytes(path, larger={HDF5: MAXIMUM_STORE})
    printable = path.name.encode("utf-8", "backslashreplace").decode()  # a name need not be UTF-8
    return Content(path, data, Source(printable, hashlib.sha256(data).hexdigest()), facts)
