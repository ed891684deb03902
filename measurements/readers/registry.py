"""All readers: the project's own in the order they are asked, then those that users install.

A package of the user's adds a reader by an entry point of the group `memchar.readers` that names a `Reader`;
`docs/readers.md` shows how. The project's own specific formats are asked first, then the user's, then the
general ones (any CSV with units in its header), so that a user's format is never taken for a general one.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points

from measurements.readers import (
    clariustable,
    clariustext,
    clariusxlsx,
    easyexpert,
    easyexpertlist,
    heatfile,
    keithley,
    keithleyacs,
    plain,
    pulseramps,
    radar,
    scope,
    statedcolumns,
    storefile,
    timelog,
)
from measurements.readers.reader import Reader

GROUP = "memchar.readers"
"""Entry point group of readers that users install."""

STATED = (statedcolumns.READER,)
"""Asked before all others: they take a file only where the user stated what it holds."""
SPECIFIC = (
    heatfile.READER,
    clariustext.READER,
    keithley.READER,
    clariustable.READER,
    clariusxlsx.READER,
    easyexpert.READER,
    keithleyacs.READER,
    scope.READER,
    easyexpertlist.READER,
    timelog.READER,
    pulseramps.READER,
    radar.READER,
    storefile.READER,
)
GENERAL = (plain.READER,)


@dataclass(frozen=True)
class Installed:
    """Readers of users' packages, and why others of them could not be loaded."""

    readers: tuple[Reader, ...]
    faults: tuple[str, ...]


def installed_readers() -> Installed:
    """Readers that installed packages offer; one that cannot be loaded is named, never fatal."""
    readers: list[Reader] = []
    faults: list[str] = []
    taken = {reader.name for reader in (*STATED, *SPECIFIC, *GENERAL)}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            reader = point.load()
        except Exception as error:  # whatever a package of somebody else's raises on import
            faults.append(f"reader {point.name} ({point.value}) cannot be loaded: {type(error).__name__}: {error}")
            continue
        if not isinstance(reader, Reader):
            faults.append(f"reader {point.name} ({point.value}) is a {type(reader).__name__}, expected a Reader")
        elif reader.name in taken:
            faults.append(f"reader {point.name} ({point.value}) has the name {reader.name!r} of another reader")
        else:
            taken.add(reader.name)
            readers.append(reader)
    return Installed(tuple(readers), tuple(faults))


def all_readers(installed: Installed) -> tuple[Reader, ...]:
    """Every reader in the order they are asked."""
    return (*STATED, *SPECIFIC, *installed.readers, *GENERAL)
