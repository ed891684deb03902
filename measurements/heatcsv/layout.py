"""A heat layout as data: its metadata keys and its columns; one reader and one writer serve all of them.

A column of numbers carries its unit in the header; a column of words has none. A word with a comma stands in
double quotes, as in every CSV.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from measurements.errors import InputError
from measurements.heatcsv.preamble import Preamble, header_line, preamble_lines, read_preamble
from measurements.sweep import FloatArray
from measurements.textfile import TextFile, parse_number


@dataclass(frozen=True)
class Column:
    """One column: name, unit (None for words, `1` for counts), words allowed (None: any), lower bound."""

    name: str
    unit: str | None = None
    words: tuple[str, ...] | None = None
    bound: Literal["positive", "not negative", "zero or one"] = "positive"

    @property
    def header(self) -> str:
        """What stands in the header line.

        >>> Column("distance", "m").header
        'distance [m]'
        """
        return self.name if self.unit is None else f"{self.name} [{self.unit}]"


@dataclass(frozen=True)
class Fact:
    """One metadata key: name and unit (None for text)."""

    name: str
    unit: str | None = None

    @property
    def key(self) -> str:
        """What stands before the colon."""
        return self.name if self.unit is None else f"{self.name} [{self.unit}]"


@dataclass(frozen=True)
class Layout:
    """A layout: the name people call it by, its facts, columns, and the fewest rows that make sense."""

    title: str
    facts: tuple[Fact, ...]
    columns: tuple[Column, ...]
    fewest_rows: int = 1

    @property
    def keys(self) -> tuple[str, ...]:
        """The metadata keys, in the order they are written."""
        return tuple(fact.key for fact in self.facts)

    @property
    def header(self) -> str:
        """The header line."""
        return ",".join(column.header for column in self.columns)

    def matches(self, text: TextFile) -> bool:
        """Whether the first line that is neither blank nor comment starts with this layout's first two columns."""
        index = header_line(text)
        if index is None:
            return False
        found = [name.strip() for name in text.lines[index].split(",")]
        return found[:2] == [column.header for column in self.columns[:2]]


def read_layout(text: TextFile, layout: Layout) -> tuple[Preamble, dict[str, FloatArray | tuple[str, ...]]]:
    """Metadata and columns by name.

    Raises
    ------
    InputError
        With file and line: another header, a row of wrong length, a broken quote, a cell that is not a finite
        number or breaks the column's bound, an unknown word, too few rows.
    """
    header = header_line(text)
    if header is None or [name.strip() for name in text.lines[header].split(",")] != layout.header.split(","):
        line = None if header is None else header + 1
        raise text.error(f"not the header of {layout.title}", line, f"expected '{layout.header}'")
    rows: list[list[str | float]] = []
    for index in range(header + 1, len(text.lines)):
        if not text.lines[index].strip() and not any(later.strip() for later in text.lines[index:]):
            break
        rows.append(_row(text, index, layout))
    if len(rows) < layout.fewest_rows:
        raise text.error(f"{len(rows)} rows after the header, {layout.fewest_rows} or more are needed", header + 1)
    values: dict[str, FloatArray | tuple[str, ...]] = {}
    for place, column in enumerate(layout.columns):
        cells = [row[place] for row in rows]
        if column.unit is None:
            values[column.name] = tuple(str(cell) for cell in cells)
        else:
            values[column.name] = np.array(cells, dtype=np.float64)
    return read_preamble(text, header, layout.keys), values


def write_layout(
    layout: Layout,
    facts: Mapping[str, str | float],
    columns: Mapping[str, FloatArray | Sequence[str]],
    comment: str,
    file: str,
) -> str:
    """Text that `read_layout` reads back exactly.

    Raises
    ------
    InputError
        A word or comment that cannot stand in one line of text.
    """
    values = {fact.key: repr(float(facts[fact.name])) if fact.unit else str(facts[fact.name]) for fact in layout.facts}
    lines = [*preamble_lines(values, comment, layout.keys, file), layout.header]
    cells = []
    for column in layout.columns:
        given = columns[column.name]
        cells.append([str(word) for word in given] if column.unit is None else [repr(float(x)) for x in given])
    for row in zip(*cells, strict=True):
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="").writerow(row)
        line = buffer.getvalue()
        if any(mark in line for mark in "\0\r\n\ufeff"):
            raise InputError(f"{line[:40]!r} cannot stand in a row", path=file)
        lines.append(line)
    return "\n".join([*lines, ""])


def _row(text: TextFile, index: int, layout: Layout) -> list[str | float]:
    try:
        cells = next(csv.reader([text.lines[index]], strict=True))
    except (csv.Error, StopIteration) as error:
        raise text.error(f"the row cannot be split into cells: {error or 'it is blank'}", index + 1) from error
    if len(cells) != len(layout.columns):
        raise text.error(f"the row has {len(cells)} cells, the header {len(layout.columns)}", index + 1)
    return [_cell(cell, column, text, index) for cell, column in zip(cells, layout.columns, strict=True)]


def _cell(cell: str, column: Column, text: TextFile, index: int) -> str | float:
    if column.unit is None:
        word = cell.strip()
        if not word or (column.words is not None and word not in column.words):
            expected = "a word" if column.words is None else f"one of {', '.join(column.words)}"
            raise text.error(f"column {column.header}: expected {expected}, found {word[:40]!r}", index + 1)
        return word
    value = parse_number(cell, column.header, text, index + 1)
    if column.bound == "zero or one":
        if value not in (0.0, 1.0):
            raise text.error(f"{column.header} is {value}, expected 0 or 1", index + 1)
    elif value < 0 or (column.bound == "positive" and value == 0):
        wanted = "above zero" if column.bound == "positive" else "zero or more"
        raise text.error(f"{column.header} is {value}, expected {wanted}", index + 1)
    return value
