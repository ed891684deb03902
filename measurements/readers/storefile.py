"""The project's own HDF5 store: importing one merges its records with the others."""

from __future__ import annotations

from measurements.content import HDF5, Content
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.storereader import FORMAT, parse_store


def _recognise(content: Content) -> Recognition | None:
    if content.starts(HDF5) and FORMAT.encode() in content.data:
        return Recognition(f"an HDF5 file that says '{FORMAT}'")
    return None


def _read(content: Content) -> Reading:
    records = parse_store(content.data, content.path).records
    if not records:
        raise content.error("the store holds no record")
    return Reading(records, (Origin("records", str(len(records)), "the store"),))


READER = Reader(
    name="memchar-store",
    recognises="HDF5 store written by memchar import",
    recognise=_recognise,
    read=_read,
)
