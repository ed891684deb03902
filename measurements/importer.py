"""Turns files and folders into one `MeasurementSet`; what cannot be read is listed, never lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from measurements.content import NO_FACTS, ZIP, Content, read_content
from measurements.errors import InputError
from measurements.facts import FactRule, FileFacts, facts_of
from measurements.files import STORES, Refusal, find_files
from measurements.ordering import in_order
from measurements.plausibility import polarity_hints
from measurements.readers.reader import Origin, Reader, Reading
from measurements.readers.registry import Installed, all_readers, installed_readers
from measurements.records import MeasurementSet, Record, set_of

_NUMBER = re.compile(r"[+-]?(\d+(?:[.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class FileExplanation:
    """What was read from one file: by which reader, why it took the file, and where the facts came from."""

    file: str
    reader: str
    reason: str
    records: tuple[Record, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Import:
    """What an import gave: each file tried is in `explained` or in `refused`.

    `not_tried` names the files of walked folders whose names end in nothing that a reader takes; `hints` say
    what looks odd in the whole (a polarity); `faults` name readers of users' packages that do not work.
    """

    records: MeasurementSet
    refused: tuple[Refusal, ...]
    not_tried: tuple[str, ...] = ()
    explained: tuple[FileExplanation, ...] = ()
    hints: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def import_files(
    paths: Iterable[Path | str], rules: Sequence[FactRule] = (), installed: Installed | None = None
) -> Import:
    """Read every file named, and every measurement file below every folder named; formats are found by content.

    Stores are read after all other files, so that what an instrument file gives goes before what an older import
    made of it. Sweeps are sorted by device and cell and, within a cell, by the moment they were taken (then compliance
    current, then file name); those without one follow in the order given. `cycle` numbers the sweeps of one
    cell and activity in that order. A file given twice is read once; a copy under another name is refused.

    Parameters
    ----------
    paths
        Files and folders.
    rules
        What the user states about files (`facts`).
    installed
        Readers of users' packages; those of the installed ones if None.
    """
    installed = installed_readers() if installed is None else installed
    readers = all_readers(installed)
    found = find_files(paths)
    refused, faults = list(found.refused), list(installed.faults)
    explained: list[FileExplanation] = []
    taken: dict[str, str] = {}
    for path in sorted(found.files, key=_is_store):
        reader = None
        try:
            content = read_content(path, facts_of(path, rules))
            if content.source.sha256 in taken:
                raise InputError(f"same bytes as {taken[content.source.sha256]}", path=path)
            reader, reason = _recognised(content, readers, faults)
            records, origins = _only_new(_reading(reader, content), content, taken)
        except InputError as error:
            why = f"{error.reason}; {error.hint}" if error.hint else error.reason
            refused.append(Refusal(str(path), error.line, why, None if reader is None else reader.name))
            continue
        for digest in {content.source.sha256, *(record.source.sha256 for record in records)}:
            taken[digest] = str(path)
        explained.append(FileExplanation(str(path), reader.name, reason, records, origins))
    records = in_order([record for file in explained for record in file.records])
    return Import(
        records=set_of(records),
        refused=tuple(refused),
        not_tried=found.not_tried,
        explained=tuple(explained),
        hints=polarity_hints(records),
        faults=tuple(dict.fromkeys(faults)),
    )


def read_measurement(path: Path, facts: FileFacts = NO_FACTS) -> tuple[Record, ...]:
    """The records of one file of any supported format, recognised by its content.

    Raises
    ------
    InputError
        No reader takes the file, or the file of a known format is faulty.
    """
    content = read_content(path, facts)
    reader, _ = _recognised(content, all_readers(installed_readers()), [])
    return _reading(reader, content).records


def _is_store(path: Path) -> bool:
    return path.suffix.lower() in STORES


def _recognised(content: Content, readers: Sequence[Reader], faults: list[str]) -> tuple[Reader, str]:
    """The first reader that takes the file, and why; one that fails otherwise than by saying no is a fault."""
    for reader in readers:
        try:
            recognition = reader.recognise(content)
        except InputError:
            raise
        except Exception as error:  # a reader of somebody else's must not break the import
            faults.append(f"reader {reader.name} failed to look at {content.path}: {_named(error)}")
            continue
        if recognition is not None:
            return reader, recognition.reason
    raise _unknown(content)


def _reading(reader: Reader, content: Content) -> Reading:
    try:
        reading = reader.read(content)
    except InputError:
        raise
    except Exception as error:
        raise content.error(
            f"reader {reader.name} failed: {_named(error)}", hint="tell its author, with the file"
        ) from error
    if not isinstance(reading, Reading) or not reading.records:
        raise content.error(f"reader {reader.name} gave no record", hint="tell its author, with the file")
    return reading


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _only_new(
    reading: Reading, content: Content, taken: dict[str, str]
) -> tuple[tuple[Record, ...], tuple[Origin, ...]]:
    """Without the records that came from files already taken: a store may hold what is given beside it."""
    new = tuple(record for record in reading.records if record.source.sha256 not in taken)
    left_out = len(reading.records) - len(new)
    if not new:
        raise content.error("every record in it is already taken from other files")
    if not left_out:
        return new, reading.origins
    return new, (*reading.origins, Origin("records left out", str(left_out), "already taken from other files"))


def _unknown(content: Content) -> InputError:
    """Why no reader takes the file, as far as its first lines say."""
    hint = "memchar import --help names the formats, docs/readers.md how each is recognised and how to add one's own"
    if content.starts(ZIP):
        message = "a zip archive or workbook without the sheets of Clarius"
        return content.error(message, hint="save the sheet as CSV with units in its header, such as 'voltage [V]'")
    if not content.is_text:
        return content.error("a binary file that no reader knows", hint=hint)
    filled = [index for index, line in enumerate(content.text.lines) if line.strip()][:2]
    first, *second = [re.split("[,;\t]", content.text.lines[index].strip()) for index in filled]
    number, shown = filled[0] + 1, content.text.lines[filled[0]].strip()[:60]
    stating = 'columns = ["voltage [V]", …] in a facts file'
    if all(_NUMBER.fullmatch(cell.strip()) for cell in first):
        message = f"no supported layout starts with {shown!r}: numbers without a header, nothing says what they are"
        return content.error(message, number, f"state {stating}")
    if second and len(second[0]) == len(first) and all(_NUMBER.fullmatch(cell.strip()) for cell in second[0]):
        message = f"no supported layout starts with {shown!r}: columns of numbers without units"
        return content.error(message, number, f"write units into the header, such as 'voltage [V]', or state {stating}")
    return content.error(f"no supported layout starts with {shown!r}", number, hint)
