"""Native workbook of Keithley Clarius (4200A): one sheet a run, with a Settings sheet.

A run sheet has the header Time, AI, AV and calculated columns; the run sheets stand in descending order and are
read in ascending order. `Settings` holds a block per run, from which compliance (of terminal A), purpose (from the
test's name) and date are taken where Clarius filled it in. A summary of cycles (header rows Cycle and Index) gives
a table of figures. Formulas are not computed: a cell that holds one is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from measurements.content import Content
from measurements.errors import InputError
from measurements.readers.clarius import (
    MISSING,
    RUN_COLUMNS,
    RUN_UNITS,
    is_run,
    is_summary,
    run_sweep,
    summary_table,
    third_terminal,
)
from measurements.readers.clariussettings import Settings, read_settings
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.records import Record
from measurements.rows import LARGEST
from measurements.sweep import FloatArray
from measurements.workbook import Cell, Sheets, read_sheets, sheet_titles

_Row = tuple[Cell, ...]


def _recognise(content: Content) -> Recognition | None:
    titles = sheet_titles(content)
    runs = [title for title in titles if re.fullmatch(r"Run\d+", title)]
    if not runs and not {"Calc", "Settings"} <= set(titles):
        return None
    shown = ", ".join([*runs[:2], *(title for title in titles if title in ("Calc", "Settings"))])
    return Recognition(f"a workbook with Clarius' sheets ({shown})")


def _read(content: Content) -> Reading:
    sheets = read_sheets(content)
    settings = read_settings(sheets.get("Settings", []))
    records: list[Record] = []
    origins: list[Origin] = []
    for title in _in_order(sheets):
        rows = sheets[title]
        names = _texts(rows[0]) if rows else []
        if is_run(names):
            record, found = _run(content, title, names, rows, settings)
        elif len(rows) > 1 and is_summary(names, _texts(rows[1])):
            record, found = _summary(content, title, rows)
        else:
            continue
        records.append(record)
        origins += found
    if not records:
        shown = ", ".join(list(sheets)[:6])
        hint = "Clarius workbooks have sheets Run1, Run2, … with the columns Time, AI, AV"
        raise content.error(f"no sheet ({shown}) holds a Clarius run or summary", hint=hint)
    return Reading(tuple(records), tuple(origins))


def _in_order(sheets: Sheets) -> list[str]:
    """Titles by the number of the run, as Clarius writes the last run first."""

    def number(title: str) -> tuple[int, int]:
        match = re.search(r"(\d{1,9})$", title)
        return (0, int(match[1])) if match else (1, 0)

    return sorted(sheets, key=number)


def _texts(row: _Row) -> list[str]:
    """Cells as text up to the last that is not empty."""
    cells = ["" if cell is None else str(cell).strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _run(
    content: Content, title: str, names: list[str], rows: Sequence[_Row], settings: Settings
) -> tuple[Record, tuple[Origin, ...]]:
    place = f"sheet {title}"
    other = third_terminal(names)
    if other is not None:
        message = f"{place}: column {other} is of a third terminal: not a two-terminal device"
        raise content.error(message, 1, "export terminals A and B")
    for name in RUN_COLUMNS:
        if names.count(name) > 1:
            raise content.error(f"{place}: column {name} appears {names.count(name)} times", 1)
    filled = _filled(rows)
    if filled < 2:
        raise content.error(f"{place}: no row after the header", 1)
    columns = {name: _column(content, place, rows[1:filled], names.index(name), name) for name in RUN_COLUMNS}
    back = np.flatnonzero(np.diff(columns["Time"]) < 0)
    if back.size:
        raise content.error(f"{place}: time runs backwards", int(back[0]) + 3)
    facts, comment = settings.of_run(title)
    try:
        return run_sweep(content, names, columns, facts, place=place, comment=comment, first_line=2)
    except InputError as error:
        raise content.error(f"{place}: {error.reason}", error.line, error.hint) from error


def _filled(rows: Sequence[_Row]) -> int:
    """Number of rows up to the last that holds anything."""
    return next((n for n in range(len(rows), 0, -1) if any(cell is not None for cell in rows[n - 1])), 0)


def _column(content: Content, place: str, rows: Sequence[_Row], column: int, name: str) -> FloatArray:
    values = [
        _number(content, row[column] if column < len(row) else None, f"{place}: column {name}", line)
        for line, row in enumerate(rows, start=2)
    ]
    largest = LARGEST[RUN_UNITS[name]]
    for line, value in enumerate(values, start=2):
        if abs(value) > largest:
            message = f"{place}: column {name}: {value:.4g} {RUN_UNITS[name]} is beyond {largest:g}"
            raise content.error(message, line, "is its unit right?")
    return np.array(values, dtype=np.float64)


def _number(content: Content, cell: Cell, column: str, line: int) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        return float(cell)
    if isinstance(cell, str) and cell.startswith("="):
        raise content.error(f"{column} holds a formula {cell[:40]!r}", line, "paste its value instead")
    shown = "an empty cell" if cell is None else repr(cell)[:42]
    raise content.error(f"{column}: expected a finite number, found {shown}", line)


def _summary(content: Content, title: str, rows: Sequence[_Row]) -> tuple[Record, tuple[Origin, ...]]:
    place = f"sheet {title}"
    first, second = _texts(rows[0]), _texts(rows[1])
    if len(first) != len(second):
        raise content.error(f"{place}: {len(second)} quantities under {len(first)} tests", 2)
    filled = _filled(rows)
    if filled < 3:
        raise content.error(f"{place}: no row after the headers", 2)
    values = np.full((filled - 2, len(first)), np.nan)
    for line, row in enumerate(rows[2:filled], start=3):
        for column, cell in enumerate(row[: len(first)]):
            if cell is not None and str(cell).strip() not in MISSING:
                # Clarius writes the index of a cycle as text
                number = (
                    float(cell) if column == 0 and isinstance(cell, str) and re.fullmatch(r"\d{1,9}", cell) else cell
                )
                values[line - 3, column] = _number(content, number, f"{place}: column {second[column]}", line)
    return summary_table(content, first, second, values, place)


READER = Reader(
    name="clarius-xlsx",
    recognises="Keithley Clarius workbook (.xlsx): run sheets with Time, AI, AV, a Settings sheet, or a cycle summary",
    recognise=_recognise,
    read=_read,
)
