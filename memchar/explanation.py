"""What `memchar import` says: counts, refusals, hints, and on demand why each file was read as it was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from measurements import FileExplanation, Import
    from measurements.records import Record


def import_document(imported: Import, output: Path, *, explain: bool) -> dict[str, Any]:
    """The import as a JSON document; with `explain`, `files` holds each file's recognition and origins."""
    records = imported.records
    document: dict[str, Any] = {
        "store": str(output),
        "sweeps": len(records.sweeps),
        "heat_records": len(records.heat),
        "pulse_trains": len(records.pulses),
        "read_series": len(records.reads),
        "tables": len(records.tables),
        "cells": len(records.devices_and_cells()),
        "refused": [{"file": r.file, "line": r.line, "reason": r.reason, "reader": r.reader} for r in imported.refused],
        "not_tried": list(imported.not_tried),
        "hints": list(imported.hints),
        "reader_faults": list(imported.faults),
    }
    if explain:
        document["files"] = [_file_document(file) for file in imported.explained]
    return document


def explanation_lines(imported: Import, output: Path, *, explain: bool) -> list[str]:
    """The same for people."""
    records = imported.records
    counts = [(len(records.sweeps), "sweeps"), (len(records.heat), "heat records")]
    more = [(len(records.pulses), "pulse trains"), (len(records.reads), "read series"), (len(records.tables), "tables")]
    counts += [(number, name) for number, name in more if number]
    listed = ", ".join(f"{number} {name}" for number, name in counts)
    found = " and ".join(listed.rsplit(", ", 1))
    lines = [f"{found} of {len(records.devices_and_cells())} cells -> {output}"]
    if explain:
        for file in imported.explained:
            lines += _file_lines(file)
    for refusal in imported.refused:
        known = f" (recognised as {refusal.reader})" if explain and refusal.reader is not None else ""
        lines.append(f"refused {refusal}{known}")
    if imported.not_tried:
        lines.append(f"not tried: {len(imported.not_tried)} files of other endings, such as {imported.not_tried[0]}")
    lines += [f"hint: {hint}" for hint in imported.hints]
    lines += [f"fault: {fault}" for fault in imported.faults]
    return lines


def _file_document(file: FileExplanation) -> dict[str, Any]:
    return {
        "file": file.file,
        "reader": file.reader,
        "reason": file.reason,
        "records": dict(Counter(type(record).__name__ for record in file.records)),
        "origins": [{"fact": o.fact, "value": o.value, "from": o.place, "inferred": o.inferred} for o in file.origins],
        "inferred": list(dict.fromkeys(note for record in file.records for note in _notes(record))),
    }


def _file_lines(file: FileExplanation) -> list[str]:
    counts = Counter(type(record).__name__ for record in file.records)
    shown = ", ".join(f"{number} {name}" for name, number in counts.items())
    lines = [f"{file.file}: {file.reader}, {shown}", f"  because {file.reason}"]
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for origin in file.origins:
        alike.setdefault((origin.fact, origin.value, origin.inferred), []).append(origin.place)
    for (fact, value, inferred), places in alike.items():
        more = f" and {len(places) - 1} places more" if len(places) > 1 else ""
        lines.append(f"  {fact}: {value} ({'inferred:' if inferred else 'from'} {places[0]}{more})")
    notes = dict.fromkeys(note for record in file.records for note in _notes(record))
    return [*lines, *(f"  note {note}" for note in notes)]


def _notes(record: Record) -> list[str]:
    """Lines in square brackets of the comment: what the reader inferred."""
    lines = record.comment.split("\n")
    return [line for line in lines if line.startswith("[") and line.endswith("]")]
