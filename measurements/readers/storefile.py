"""The project's own HDF5 store: importing one merges its records with the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from measurements.content import HDF5, NO_FACTS, Content
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.records import Record
from measurements.storereader import FORMAT, parse_store
from measurements.sweep import Sweep
from measurements.sweepname import parse_name


def _recognise(content: Content) -> Recognition | None:
    if content.starts(HDF5) and FORMAT.encode() in content.data:
        return Recognition(f"an HDF5 file that says '{FORMAT}'")
    return None


def _read(content: Content) -> Reading:
    records = tuple(_dated(record) for record in parse_store(content.data, content.path).records)
    if not records:
        raise content.error("the store holds no record")
    if content.facts.swap_polarity:
        hint = "import the instrument files again, or leave the store out"
        raise content.error("polarity is swapped only where instrument files are read", hint=hint)
    counts = Counter(type(record).__name__ for record in records)
    origins = [Origin("records", f"{number} {name}", "the store") for name, number in counts.items()]
    if content.facts != NO_FACTS:
        origins.append(Origin("left out", "what the user states", "records of a store keep their facts"))
    return Reading(records, tuple(origins))


def _dated(record: Record) -> Record:
    """Stores of the first format version have no date, but the name of the source file may."""
    if not isinstance(record, Sweep) or record.taken:
        return record
    name = parse_name(record.source.file)
    return record if name is None else replace(record, taken=name.taken)


READER = Reader(
    name="memchar-store",
    recognises="HDF5 store written by memchar import",
    recognise=_recognise,
    read=_read,
)
