"""Tables for other tools: CSV in long form with units in the header, and JSON."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measurements import InputError
from memchar.files import write_json, write_text

if TYPE_CHECKING:
    from circuits.tables import Table, TableSet


def export_tables(tables: TableSet, format_name: str, output: Path) -> list[Path]:
    """Write every table; returns the files written.

    Raises
    ------
    InputError
        The format is not known, or the place cannot be written.
    """
    if format_name == "csv":
        paths = [output / f"{name}.csv" for name in tables]
        for path, table in zip(paths, tables.values(), strict=True):
            write_text(path, table_csv(table))
        return paths
    if format_name == "json":
        write_json(output, {name: table_json(table) for name, table in tables.items()})
        return [output]
    raise InputError(f"there is no export format {format_name!r}", hint="use csv or json")


def table_csv(table: Table) -> str:
    """One line a point: axes, quantities, status. A number that does not exist is an empty field."""
    from circuits.status import Status

    data = table.dataset
    axes, quantities = [axis.name for axis in table.axes], list(table.quantities)
    frame = data[[*quantities, "status"]].stack(point=axes)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(f"{name} [{data[name].attrs['units']}]" for name in [*axes, *quantities]), "status"])
    columns = [frame[name].to_numpy() for name in [*axes, *quantities]]
    for *values, status in zip(*columns, frame["status"].to_numpy(), strict=True):
        writer.writerow([*("" if math.isnan(v) else repr(float(v)) for v in values), Status(int(status)).meaning])
    return text.getvalue()


def table_json(table: Table) -> dict[str, Any]:
    """Axes, quantities as nested lists (null where there is no number), units, status by name and provenance."""
    from circuits.status import Status

    data = table.dataset
    return {
        "axes": {a.name: {"unit": a.unit, "scale": a.scale, "values": a.values.tolist()} for a in table.axes},
        "quantities": {
            name: {"unit": table.unit(name), "values": _nullable(data[name].to_numpy().tolist())}
            for name in table.quantities
        },
        "status": _named(data["status"].to_numpy().tolist(), {s.value: s.meaning for s in Status}),
        "provenance": {str(key): str(value) for key, value in data.attrs.items()},
    }


def _nullable(values: Any) -> Any:
    if isinstance(values, list):
        return [_nullable(value) for value in values]
    return None if math.isnan(values) else values


def _named(codes: Any, names: dict[int, str]) -> Any:
    return [_named(code, names) for code in codes] if isinstance(codes, list) else names[codes]
