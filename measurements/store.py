"""HDF5 file of all measurements of an import; what is written is read back bit for bit.

Layout: attributes `format`, `format_version` and `kinds` (JSON list) at the root; one group per kind of record
(`sweeps`, `heat`, `pulses`, `reads`, `tables`) with members `000000`, `000001`, … in order. A member has the
attribute `record` (name of its class), one float64 data set per array (attribute `units`), one attribute per
scalar, JSON text for lists of words, and a group of data sets for named arrays. A field that is None is absent.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from measurements.errors import InputError
from measurements.fieldkinds import UNITS, Kind, RecordField, record_fields
from measurements.records import MeasurementSet, Record, record_classes
from measurements.seal import seal
from measurements.storereader import FORMAT, FORMAT_VERSION, read_store
from measurements.sweep import FloatArray

__all__ = ["read_store", "write_store"]


def write_store(path: Path, records: MeasurementSet) -> None:
    """Write all records; the file appears complete or not at all.

    The file is built in memory, written beside `path` under another name, and moved over it.

    Raises
    ------
    InputError
        The file cannot be written (no folder, no permission, disk full), or a text
        holds a NUL or a lone surrogate.
        What stood at `path` before is then untouched.
    """
    path = Path(path)
    try:
        _write_atomically(path, seal(_image(records)))
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}",
            path=path,
            hint="free space there or choose another place",
        ) from error


def _image(records: MeasurementSet) -> bytes:
    with h5py.File("in-memory", "w", driver="core", backing_store=False) as file:
        file.attrs["format"] = FORMAT
        file.attrs["format_version"] = FORMAT_VERSION
        file.attrs["kinds"] = json.dumps(list(record_classes()))
        for kind in record_classes():
            group = file.create_group(kind)
            for number, record in enumerate(getattr(records, kind)):
                _write_record(group.create_group(f"{number:06d}"), record)
        file.flush()
        return bytes(file.id.get_file_image())


def _write_record(group: Any, record: Record) -> None:
    record_class: type = type(record)
    group.attrs["record"] = record_class.__name__
    for field in record_fields(record_class):
        value = getattr(record, field.name)
        if value is not None:
            _write_field(group, field, value, record)


def _write_field(group: Any, field: RecordField, value: Any, record: Record) -> None:
    name, units = field.name, getattr(record, "units", {})
    if field.kind is Kind.ARRAY:
        _write_array(group, name, value, UNITS.get(name))
    elif field.kind is Kind.ARRAYS:
        _write_arrays(group.create_group(name), value, units)
    elif field.kind in (Kind.WORDS, Kind.NAMED_WORDS):
        group.attrs[name] = json.dumps(dict(value) if field.kind is Kind.NAMED_WORDS else list(value))
    elif field.kind is Kind.SOURCE:
        _write_text(group, "source_file", value.file, record)
        _write_text(group, "source_sha256", value.sha256, record)
    elif field.kind is Kind.TEXT:
        _write_text(group, name, str(value), record)
    elif field.kind is Kind.NUMBER:
        group.attrs[name] = np.float64(value)
    else:
        group.attrs[name] = np.bool_(value) if field.kind is Kind.TRUTH else np.int64(value)


def _write_array(group: Any, name: str, values: FloatArray, unit: str | None) -> Any:
    data = group.create_dataset(name, data=values, dtype="<f8")
    if unit is not None:
        data.attrs["units"] = unit
    return data


def _write_arrays(group: Any, columns: Mapping[str, FloatArray], units: Mapping[str, str]) -> None:
    """Named arrays under numbers, since a name may hold what no HDF5 path can."""
    for number, (name, values) in enumerate(columns.items()):
        _write_array(group, f"{number:06d}", values, units.get(name)).attrs["name"] = json.dumps(name)


def _write_text(group: Any, name: str, value: str, record: Record) -> None:
    if re.search("[\0\ud800-\udfff]", value):
        raise InputError(f"{name} holds a character that HDF5 text cannot hold", path=record.source.file)
    group.attrs[name] = value


def _write_atomically(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    """The process's file mode mask; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
