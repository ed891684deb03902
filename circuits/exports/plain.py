"""Tables in long form with units in the header (CSV, Parquet) and as one JSON document."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from circuits.status import Status
from circuits.tables import Table, TableSet
from measurements.errors import InputError


def csv_files(tables: TableSet) -> dict[str, str]:
    """One file a table: a line a point, a number that does not exist as an empty field."""
    return {f"{name}.csv": table_csv(table) for name, table in tables.items()}


def json_file(tables: TableSet) -> dict[str, str]:
    """One document with every table."""
    return {"": json.dumps({name: table_json(table) for name, table in tables.items()}, indent=2) + "\n"}


def parquet_files(tables: TableSet) -> dict[str, bytes]:
    """One Parquet file a table: the columns of the CSV; provenance, units and scales in the file's metadata.

    Raises
    ------
    InputError
        The package fastparquet is not installed.
    """
    if importlib.util.find_spec("fastparquet") is None:
        raise InputError("Parquet needs the package fastparquet", hint="python -m pip install 'memchar[parquet]'")
    return {f"{name}.parquet": _parquet(table) for name, table in tables.items()}


def long_form(table: Table) -> dict[str, NDArray[Any]]:
    """Columns `name [unit]` of axes and quantities, and `status`, a row for each point, first axis slowest."""
    data = table.dataset
    names = [axis.name for axis in table.axes]
    mesh = np.meshgrid(*(axis.values for axis in table.axes), indexing="ij")
    columns: dict[str, NDArray[Any]] = {
        f"{axis.name} [{axis.unit}]": place.ravel() for axis, place in zip(table.axes, mesh, strict=True)
    }
    for name in table.quantities:
        columns[f"{name} [{table.unit(name)}]"] = data[name].transpose(*names).to_numpy().ravel()
    meanings = {flag.value: flag.meaning for flag in Status}
    codes = data["status"].transpose(*names).to_numpy().ravel()
    columns["status"] = np.array([meanings[int(code)] for code in codes], dtype=object)
    return columns


def table_csv(table: Table) -> str:
    """One line a point: axes, quantities, status. A number that does not exist is an empty field."""
    columns = long_form(table)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for *values, status in zip(*columns.values(), strict=True):
        writer.writerow([*("" if math.isnan(value) else repr(float(value)) for value in values), status])
    return text.getvalue()


def table_json(table: Table) -> dict[str, Any]:
    """Axes, quantities as nested lists (null where there is no number), units, status by name and provenance."""
    data = table.dataset
    return {
        "axes": {a.name: {"unit": a.unit, "scale": a.scale, "values": a.values.tolist()} for a in table.axes},
        "quantities": {
            name: {"unit": table.unit(name), "values": _nullable(data[name].to_numpy().tolist())}
            for name in table.quantities
        },
        "status": _named(data["status"].to_numpy().tolist(), {s.value: s.meaning for s in Status}),
        "coverage": table.coverage,
        "provenance": {str(key): str(value) for key, value in data.attrs.items()},
    }


def _parquet(table: Table) -> bytes:
    import pandas as pd
    from fastparquet import write

    scales = {axis.name: axis.scale for axis in table.axes}
    units = {name: table.unit(name) for name in table.quantities} | {axis.name: axis.unit for axis in table.axes}
    metadata = {str(key): str(value) for key, value in table.dataset.attrs.items()}
    metadata |= {"axes": json.dumps(scales), "units": json.dumps(units), "coverage": repr(table.coverage)}
    with tempfile.TemporaryDirectory() as folder:  # the library writes to paths only
        path = Path(folder) / "table.parquet"
        frame = pd.DataFrame(long_form(table))
        write(str(path), frame, write_index=False, custom_metadata=metadata, object_encoding={"status": "utf8"})
        return path.read_bytes()


def _nullable(values: Any) -> Any:
    if isinstance(values, list):
        return [_nullable(value) for value in values]
    return None if math.isnan(values) else values


def _named(codes: Any, names: dict[int, str]) -> Any:
    return [_named(code, names) for code in codes] if isinstance(codes, list) else names[codes]
