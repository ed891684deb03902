"""Turns files and folders into one `MeasurementSet`; what cannot be read is listed, never lost."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from measurements.errors import InputError
from measurements.heat import HeatRecord
from measurements.heatcsv import is_heat, parse_heat
from measurements.keithley import is_keithley, parse_keithley
from measurements.records import MeasurementSet
from measurements.sweep import Activity, Sweep
from measurements.sweepname import parse_name
from measurements.textfile import read_text


@dataclass(frozen=True)
class Refusal:
    """A file that was not taken: its path, the line (None where the whole file is meant), and why."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line is not None else f"{self.file}: {self.reason}"


@dataclass(frozen=True)
class Import:
    """What an import gave: each file tried is in `records` or in `refused`.

    `not_tried` names the files of walked folders that do not end in .csv.
    """

    records: MeasurementSet
    refused: tuple[Refusal, ...]
    not_tried: tuple[str, ...] = ()


def import_files(paths: Iterable[Path | str]) -> Import:
    """Read every file named, and every ``*.csv`` below every folder named; layouts are found by content.

    Sweeps are sorted by device and cell and, within a cell, by the time stamp in the file name (then
    compliance current, then file name); files without a stamp follow in the order given. `cycle` numbers the
    sweeps of one cell and activity in that order. A file given twice is read once; a copy under another name
    is refused.
    """
    files, refused, not_tried = _expand(paths)
    sweeps: list[tuple[str, Sweep]] = []
    heat: list[HeatRecord] = []
    taken: dict[str, Path] = {}
    for path in files:
        try:
            record = read_measurement(path)
            if record.source.sha256 in taken:
                raise InputError(f"same bytes as {taken[record.source.sha256]}", path=path)
        except InputError as error:
            reason = f"{error.reason}; {error.hint}" if error.hint else error.reason
            refused.append(Refusal(str(path), error.line, reason))
            continue
        taken[record.source.sha256] = path
        if isinstance(record, Sweep):
            name = parse_name(path.name)
            sweeps.append(("~" if name is None else name.stamp, record))
        else:
            heat.append(record)
    return Import(MeasurementSet(_number(sweeps), tuple(heat)), tuple(refused), tuple(not_tried))


def read_measurement(path: Path) -> Sweep | HeatRecord:
    """Read one file of any supported layout, recognised by its content.

    Raises
    ------
    InputError
        No supported layout fits, or the file of a known layout is faulty.
    """
    text = read_text(path)
    if is_heat(text):
        return parse_heat(text)
    if is_keithley(text):
        return parse_keithley(text)
    first = next(index for index, line in enumerate(text.lines) if line.strip())
    raise text.error(
        f"no supported layout starts with {text.lines[first].strip()[:60]!r}",
        first + 1,
        "supported: Keithley 4200A CSV (Time,AI,AV columns) and heat CSV ('time [s],power [W],…')",
    )


def _expand(paths: Iterable[Path | str]) -> tuple[list[Path], list[Refusal], list[str]]:
    """Files to read (each once), refusals of paths that lead nowhere, and files passed over."""
    files: dict[Path, Path] = {}
    refused: list[Refusal] = []
    not_tried: list[str] = []
    for path in map(Path, paths):
        found = [path]
        if path.is_dir():
            inside = _walk(path, refused)
            found = [file for file in inside if file.suffix.lower() == ".csv"]
            not_tried += [str(file) for file in inside if file.suffix.lower() != ".csv"]
            if not found:
                refused.append(Refusal(str(path), None, "the folder holds no .csv file"))
        for file in found:
            files.setdefault(file.resolve(), file)
    return list(files.values()), refused, not_tried


def _walk(folder: Path, refused: list[Refusal]) -> list[Path]:
    """Every file below a folder, sorted; folders that cannot be listed are refusals."""
    files = []

    def unreadable(error: OSError) -> None:
        refused.append(Refusal(str(error.filename), None, f"cannot be listed: {error.strerror}"))

    for root, folders, names in os.walk(folder, onerror=unreadable):
        folders.sort()
        files += [Path(root) / name for name in sorted(names)]
    return files


def _number(stamped: list[tuple[str, Sweep]]) -> tuple[Sweep, ...]:
    """Sort by cell and time, and count the sweeps of each cell and activity."""

    def order(item: tuple[int, tuple[str, Sweep]]) -> tuple[str, str, str, float, str]:
        place, (stamp, sweep) = item
        limit = 0.0 if sweep.compliance_current is None else sweep.compliance_current
        last = f"{place:09d}" if stamp == "~" else sweep.source.file
        return sweep.device, sweep.cell, stamp, 0.0 if stamp == "~" else limit, last

    counts: dict[tuple[str, str, Activity], int] = {}
    numbered = []
    for _, (_, sweep) in sorted(enumerate(stamped), key=order):
        key = (sweep.device, sweep.cell, sweep.activity)
        counts[key] = counts.get(key, 0) + 1
        numbered.append(replace(sweep, cycle=counts[key] - 1))
    return tuple(numbered)
