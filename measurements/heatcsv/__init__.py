"""Heat measurements as CSV, one record a file; `docs/heat_csv.md` describes the five layouts.

The header line decides which layout a file has (`is_heat`, `parse_heat`); `heat_text` writes any heat record.
`step` holds the thermal step response; `layouts` describes the other four as data and `layout` reads them.
"""

from __future__ import annotations

from pathlib import Path

from measurements.heat import HeatRecord, ThermalStep
from measurements.heatcsv.layouts import LAYOUTS, parse_rows, rows_text
from measurements.heatcsv.preamble import header_line
from measurements.heatcsv.step import RESISTANCE_HEADER, TEMPERATURE_HEADER, is_step, parse_step, step_text
from measurements.textfile import TextFile, read_text

HEADERS = (TEMPERATURE_HEADER, RESISTANCE_HEADER, *(layout.header for layout in LAYOUTS))


def read_heat(path: Path) -> HeatRecord:
    """Read one heat measurement, its layout recognised by its header.

    Raises
    ------
    InputError
        With file and line: no heat header, missing metadata, a row of wrong length, a cell that is not a
        finite number or is out of bounds, an unknown word, too few rows.
    """
    return parse_heat(read_text(path))


def is_heat(text: TextFile) -> bool:
    """Whether the first line that is neither blank nor metadata starts like one of the heat headers."""
    return is_step(text) or any(layout.matches(text) for layout in LAYOUTS)


def parse_heat(text: TextFile) -> HeatRecord:
    """As `read_heat`, on lines already read."""
    if is_step(text):
        return parse_step(text)
    for layout in LAYOUTS:
        if layout.matches(text):
            return parse_rows(text, layout)
    header = header_line(text)
    line = None if header is None else header + 1
    raise text.error("not a heat header", line, "expected one of: " + "; ".join(f"'{header}'" for header in HEADERS))


def heat_text(record: HeatRecord) -> str:
    """The record as text in its layout; reading it back gives every field but the source exactly.

    Raises
    ------
    InputError
        A name, word or comment that cannot stand in the file, or resistance without a temperature coefficient.
    """
    return step_text(record) if isinstance(record, ThermalStep) else rows_text(record)


__all__ = ["HEADERS", "heat_text", "is_heat", "parse_heat", "read_heat"]
