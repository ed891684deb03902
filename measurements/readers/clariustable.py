"""Cycle summary that Clarius exported as .csv or .txt: two header rows, quantities that come again.

Layout::

    Cycle,SET_negative#1,SET_negative#1,RESET_positive#1
    Index,ILRS,VSET,ILRS
    1,0.000125,1.4199,0.000124
"""

from __future__ import annotations

import numpy as np

from measurements.content import Content
from measurements.readers.clarius import is_summary, summary_table
from measurements.readers.reader import Reader, Reading, Recognition
from measurements.rows import read_columns


def _headers(content: Content) -> tuple[int, str, list[str], list[str]] | None:
    """Index of the first header, delimiter, and the two header rows."""
    filled = [index for index, line in enumerate(content.text.lines[:50]) if line.strip()]
    if len(filled) < 2 or filled[1] != filled[0] + 1:
        return None
    first, second = content.text.lines[filled[0]], content.text.lines[filled[1]]
    delimiter = "\t" if "\t" in first else ","
    names = [[cell.strip() for cell in line.split(delimiter)] for line in (first, second)]
    return (filled[0], delimiter, names[0], names[1]) if is_summary(*names) else None


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text or (found := _headers(content)) is None:
        return None
    return Recognition(f"lines {found[0] + 1} and {found[0] + 2} are the header rows Cycle and Index of a summary")


def _read(content: Content) -> Reading:
    found = _headers(content)
    if found is None:
        raise content.error("no cycle summary")
    header, delimiter, first, second = found
    if len(first) != len(second):
        raise content.error(f"{len(second)} quantities under {len(first)} tests", header + 2)
    keys = {place: str(place) for place in range(len(first))}
    columns = read_columns(content.text, header + 2, delimiter, first, wanted=keys, gaps=True)
    table, origins = summary_table(
        content, first, second, np.column_stack(list(columns.values())), f"lines {header + 1} and {header + 2}"
    )
    return Reading((table,), origins)


READER = Reader(
    name="clarius-summary",
    recognises="Clarius cycle summary as .csv or .txt: header rows Cycle,… and Index,…",
    recognise=_recognise,
    read=_read,
)
