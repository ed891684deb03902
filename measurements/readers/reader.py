"""What a reader is: a name, a test whether a file is his, and a function from content to records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from measurements.content import Content
from measurements.records import Record


@dataclass(frozen=True)
class Recognition:
    """Why a reader takes a file for his, in words for people."""

    reason: str


@dataclass(frozen=True)
class Origin:
    """Where a fact of the records came from.

    Parameters
    ----------
    fact, value
        Such as `compliance_current` and `2e-05 A`.
    place
        Such as `line 3`, `file name`, `sheet Settings, row 31`, `stated by the user`.
    inferred
        Whether the file does not say so and the reader concluded it.
    """

    fact: str
    value: str
    place: str
    inferred: bool = False


@dataclass(frozen=True)
class Reading:
    """Records of one file in the order they were taken, and where their facts came from."""

    records: tuple[Record, ...]
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True)
class Reader:
    """A file format.

    Parameters
    ----------
    name
        Short, such as `keithley-4200a`; unique among readers.
    recognises
        What the format is, in one line for people.
    recognise
        Looks at the content and says why the file is this reader's, or None. It must be quick and take no
        offence at files of other formats.
    read
        Gives the records, or raises `InputError` with line and reason.
    """

    name: str
    recognises: str
    recognise: Callable[[Content], Recognition | None]
    read: Callable[[Content], Reading]
