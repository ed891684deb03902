"""Writes tables in the formats of other tools; `circuits.exports` makes their content."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from memchar.files import write_bytes

if TYPE_CHECKING:
    from circuits.tables import TableSet


def export_tables(tables: TableSet, format_name: str, output: Path) -> list[Path]:
    """Write every table; returns the files written: `output`, or files in the folder `output`.

    Raises
    ------
    InputError
        The format is not known, or the place cannot be written.
    TableError
        The tables lack something that the format needs.
    """
    from circuits.exports.formats import export_files

    written = []
    for name, content in export_files(tables, format_name).items():
        path = output / name if name else output
        write_bytes(path, content.encode() if isinstance(content, str) else content)
        written.append(path)
    return written
