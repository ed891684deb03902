"""Delimited rows of numbers under known columns, read strictly: every fault has its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from measurements.sweep import FloatArray
from measurements.textfile import TextFile, parse_number

_EXPONENT = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?(\d+))?", re.ASCII)
_LEAST_ROWS = 4
"""Rows [1] from which the way numbers are written can be told."""
_GROWTH = 100.0
"""Growth [1] over all numbers before above which one without exponent has lost it."""

LARGEST = {"s": 1e12, "V": 1e4, "A": 100.0}
"""Largest magnitudes taken; more is a wrong unit or a broken file."""


def read_columns(
    text: TextFile,
    first: int,
    delimiter: str,
    names: Sequence[str],
    *,
    wanted: Mapping[int, str],
    gaps: bool = False,
) -> dict[str, FloatArray]:
    """The wanted columns of the rows from the line at index `first` to the end.

    Parameters
    ----------
    delimiter
        Between cells.
    names
        All columns, so that a row of another length is found; a trailing delimiter counts as an empty column.
    wanted
        Index of each column to read and the key it is given; the others may hold anything.
    gaps
        Whether an empty cell or `#REF` is NaN; it is an error otherwise.

    Raises
    ------
    InputError
        With the line: a row of wrong length, an empty line between rows, a cell that is no finite number, or no
        row.
    """
    rows = []
    for index in range(first, len(text.lines)):
        line = text.lines[index]
        if not line.strip():
            if any(later.strip() for later in text.lines[index + 1 :]):
                raise text.error("an empty line between the rows", index + 1, "one table a file")
            break
        cells = line.split(delimiter)
        if len(cells) != len(names):
            hint = (
                "decimal commas? export with decimal points" if delimiter == "," and len(cells) > len(names) else None
            )
            raise text.error(f"the row has {len(cells)} cells, the header {len(names)}", index + 1, hint)
        rows.append([_number(cells[place], key, text, index + 1, gaps) for place, key in wanted.items()])
    if not rows:
        raise text.error("no row after the header", max(first, 1))
    refuse_cut(text, [line.split(delimiter)[-1] for line in text.lines[first : first + len(rows)]], first + len(rows))
    table = np.array(rows, dtype=np.float64)
    return {key: table[:, place] for place, key in enumerate(wanted.values())}


def refuse_cut(text: TextFile, cells: Sequence[str], last_line: int) -> None:
    """Refuse a file without final line end whose last number lost its exponent or a digit of it.

    `4.5e-06` cut to `4.5e-0` or `4.5` is still a number, but of another size; the last cells of the rows before
    (`cells`) show how it should have been written.

    Raises
    ------
    InputError
        With the last line.
    """
    if text.ends_with_newline or len(cells) < _LEAST_ROWS:
        return
    *before, last = (_EXPONENT.fullmatch(cell.strip()) for cell in cells)
    digits = [len(match[2]) for match in before if match is not None and match[2]]
    if last is None or 2 * len(digits) < len(before):
        return
    largest = max(abs(float(match[0])) for match in before if match is not None)
    grown = abs(float(last[0])) > _GROWTH * largest > 0
    if len(last[2] or "") < min(digits) and (last[2] or grown):
        raise text.error(f"the last number {cells[-1].strip()!r} looks cut off", last_line, "copy the file again")


def refuse_beyond(text: TextFile, values: FloatArray, name: str, unit: str, first: int) -> None:
    """Refuse magnitudes that no memristor measurement has; `first` is the line of the first value.

    Raises
    ------
    InputError
        With the line of the first such value.
    """
    beyond = np.flatnonzero(np.abs(values) > LARGEST.get(unit, np.inf))
    if beyond.size:
        value = f"column {name}: {values[beyond[0]]:.4g} {unit} is beyond {LARGEST[unit]:g} {unit}"
        raise text.error(value, first + int(beyond[0]), "is its unit right?")


def refuse_backwards(text: TextFile, time: FloatArray, first: int) -> None:
    """Refuse time that decreases; `first` is the line of the first value.

    Raises
    ------
    InputError
        With the line of the first value that is below the one before.
    """
    back = np.flatnonzero(np.diff(time) < 0)
    if back.size:
        raise text.error("time runs backwards", first + int(back[0]) + 1)


def _number(cell: str, key: str, text: TextFile, line: int, gaps: bool) -> float:
    if gaps and cell.strip() in ("", "#REF"):
        return float("nan")
    return parse_number(cell, key, text, line)
