"""A table whose columns the user states in a facts file: lists without header, headers without units.

`columns = ["resistance [ohm]"]` names each column from the left, with its unit; a first line that holds no
numbers is then a header and is passed over.
"""

from __future__ import annotations

from measurements.content import Content
from measurements.readers.reader import Reader, Reading, Recognition
from measurements.tablerecord import parse_header, read_table

_DELIMITERS = ("\t", ";", ",")


def _recognise(content: Content) -> Recognition | None:
    columns = content.facts.columns
    if columns is None or not content.is_text:
        return None
    return Recognition(f"the user states its columns: {', '.join(columns)}")


def _read(content: Content) -> Reading:
    text = content.text
    filled = [index for index, line in enumerate(text.lines) if line.strip()]
    header = parse_header(content.facts.columns or (), content, None)
    line = text.lines[filled[0]]
    delimiter = max(_DELIMITERS, key=line.count)
    first = filled[0] if _is_number(line.split(delimiter)[0]) else filled[0] + 1
    if first >= len(text.lines):
        raise content.error("no row after the header", filled[0] + 1)
    return read_table(content, header, first, delimiter, {}, "")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


READER = Reader(
    name="stated-columns",
    recognises="any delimited table whose columns and units a facts file states",
    recognise=_recognise,
    read=_read,
)
