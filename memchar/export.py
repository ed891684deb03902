"""Writes tables in the formats of other tools; `circuits.exports` makes their content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from measurements.errors import InputError
from memchar.files import write_bytes

if TYPE_CHECKING:
    from circuits.tables import TableSet

MACROMODEL = "spice"
"""The one format that is made above `circuits`: it takes the neuron's behaviour from the evaluator."""


def export_tables(tables: TableSet, format_name: str, output: Path) -> list[Path]:
    """Write every table; returns the files written: `output`, or files in the folder `output`.

    Raises
    ------
    InputError
        The format is not known, or the place cannot be written.
    TableError
        The tables lack something that the format needs.
    """
    from circuits.exports.formats import FORMATS, export_files
    from memchar.macromodel import macromodel_file

    if format_name == MACROMODEL:
        files: Mapping[str, str | bytes] = macromodel_file(tables)
    elif format_name in FORMATS:
        files = export_files(tables, format_name)
    else:
        known = ", ".join([*FORMATS, MACROMODEL])
        raise InputError(f"there is no export format {format_name!r}", hint=f"use {known}")
    written = []
    for name, content in files.items():
        path = output / name if name else output
        write_bytes(path, content.encode() if isinstance(content, str) else content)
        written.append(path)
    return written
