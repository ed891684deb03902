"""The formats that tables are exported to, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from circuits.tables import TableSet
from measurements.errors import InputError

from .accelergy import accelergy_file
from .liberty import liberty_file
from .plain import csv_files, json_file, parquet_files
from .veriloga import verilog_a_files

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Format:
    """What a format is, in a few words, and what makes its files: content by name, one file under the name ''."""

    summary: str
    files: Callable[[TableSet], Files]


FORMATS: Mapping[str, Format] = {
    "csv": Format("long form, units in the header, a file a table", csv_files),
    "json": Format("one document", json_file),
    "parquet": Format("long form, a file a table (needs fastparquet)", parquet_files),
    "liberty": Format("neuron and columns as cells with timing, power, leakage", liberty_file),
    "accelergy": Format("energy of each action, pJ (YAML, ERT 0.4)", accelergy_file),
    "verilog-a": Format("$table_model module and its data files", verilog_a_files),
}


def export_files(tables: TableSet, format_name: str) -> Files:
    """Content of the files of a format by name; a single file has the name ''.

    Raises
    ------
    InputError
        The format is not known.
    TableError
        The tables lack something that the format needs.
    """
    if format_name not in FORMATS:
        raise InputError(f"there is no export format {format_name!r}", hint=f"use {', '.join(FORMATS)}")
    return FORMATS[format_name].files(tables)
