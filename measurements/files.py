"""Which files an import tries: those named, and those of measurement suffixes in folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

STORES = (".h5", ".hdf5")
"""Endings of the project's own store."""
SUFFIXES = (".csv", ".txt", ".dat", ".tsv", ".xlsx", *STORES)
"""Endings of files in folders that are tried; a file that is named itself is tried whatever its ending."""


@dataclass(frozen=True)
class Refusal:
    """A file that was not taken: its path, the line (None where the whole file is meant), and why.

    `reader` is the one that recognised the file and found a fault in it; None where none did.
    """

    file: str
    line: int | None
    reason: str
    reader: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line is not None else f"{self.file}: {self.reason}"


@dataclass(frozen=True)
class Found:
    """Files to read (each once), refusals of paths that lead nowhere, and files passed over."""

    files: tuple[Path, ...]
    refused: tuple[Refusal, ...]
    not_tried: tuple[str, ...]


def find_files(paths: Iterable[Path | str]) -> Found:
    """Files named, and files with a measurement ending below folders named, in order."""
    files: dict[Path, Path] = {}
    refused: list[Refusal] = []
    not_tried: list[str] = []
    for path in map(Path, paths):
        found = [path]
        if path.is_dir():
            inside = _walk(path, refused)
            found = [file for file in inside if file.suffix.lower() in SUFFIXES]
            not_tried += [str(file) for file in inside if file.suffix.lower() not in SUFFIXES]
            if not found:
                refused.append(Refusal(str(path), None, f"the folder holds no {', '.join(SUFFIXES)} file"))
        for file in found:
            files.setdefault(file.resolve(), file)
    return Found(tuple(files.values()), tuple(refused), tuple(not_tried))


def _walk(folder: Path, refused: list[Refusal]) -> list[Path]:
    """Every file below a folder, sorted; folders that cannot be listed are refusals."""
    files = []

    def unreadable(error: OSError) -> None:
        refused.append(Refusal(str(error.filename), None, f"cannot be listed: {error.strerror}"))

    for root, folders, names in os.walk(folder, onerror=unreadable):
        folders.sort()
        files += [Path(root) / name for name in sorted(names)]
    return files
