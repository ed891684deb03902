"""Reads the HDF5 file of `store`; a file made or cut by others is refused, never trusted."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from measurements.errors import InputError
from measurements.fieldkinds import Kind, RecordField, record_fields
from measurements.records import MeasurementSet, Record, record_classes
from measurements.seal import read_sealed, unseal
from measurements.sweep import FloatArray, Source

FORMAT = "memchar measurements"
FORMAT_VERSION = 2
_FIRST_KINDS = ("sweeps", "heat")
"""Kinds of record in a file of format version 1, each of one class."""
MAXIMUM_POINTS = 50_000_000
"""Longest array read [1]; a file that claims more is refused before memory is taken."""

_UNREADABLE = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError, OverflowError)


def read_store(path: Path) -> MeasurementSet:
    """Read a file written by `write_store`.

    Raises
    ------
    InputError
        Missing, no HDF5, truncated or changed, another format or version, missing or ill-typed members, links
        or data outside the file.
    """
    path = Path(path)
    return _parse(read_sealed(path), path)


def parse_store(content: bytes, path: Path) -> MeasurementSet:
    """As `read_store`, on bytes already read."""
    return _parse(unseal(content, path), path)


def _parse(data: bytes, path: Path) -> MeasurementSet:
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            version = _check_format(file, path)
            found = {kind: tuple(_read_kind(file, kind, version)) for kind in _kinds(file, version)}
    except InputError as error:
        raise InputError(error.reason, path=path, hint=error.hint) from error
    except _UNREADABLE as error:
        raise InputError(
            f"not a readable measurement store: {error}", path=path, hint="make it anew with `memchar import`"
        ) from error
    return MeasurementSet(**found)  # type: ignore[arg-type]


def _check_format(file: Any, path: Path) -> int:
    found = file.attrs.get("format")
    if found != FORMAT:
        raise InputError(f"format is {found!r}, expected {FORMAT!r}", path=path, hint="make it with `memchar import`")
    version = file.attrs.get("format_version")
    if version not in (1, FORMAT_VERSION):
        raise InputError(
            f"format version {version}, this program reads 1 to {FORMAT_VERSION}",
            path=path,
            hint="read it with the memchar that wrote it, or import the instrument files again",
        )
    return int(version)


def _kinds(file: Any, version: int) -> tuple[str, ...]:
    if version == 1:
        return _FIRST_KINDS
    kinds = json.loads(_text(file, "kinds"))
    if not isinstance(kinds, list) or len(set(map(str, kinds))) != len(kinds):
        raise InputError("attribute kinds is no list of different names")
    unknown = [str(kind) for kind in kinds if kind not in record_classes()]
    if unknown:
        raise InputError(f"holds records of the kind {unknown[0]!r}, which this program does not know")
    return tuple(kinds)


def _read_kind(file: Any, kind: str, version: int) -> list[Record]:
    classes = record_classes()[kind]
    named = {record_class.__name__: record_class for record_class in classes}
    records = []
    for group in _members(file, kind):
        name = classes[0].__name__ if version == 1 else _text(group, "record")
        if name not in named:
            raise InputError(f"{group.name} is a {name!r}, expected one of {', '.join(named)}")
        values = {field.name: _read_field(group, field) for field in record_fields(named[name])}
        records.append(named[name](**{key: value for key, value in values.items() if value is not _ABSENT}))
    return records


def _members(file: Any, name: str) -> list[Any]:
    """Groups of records in order; only hard links count, so that a hostile file cannot point elsewhere."""
    parent = _own(file, name, h5py.Group)
    expected = [f"{number:06d}" for number in range(len(parent))]
    if sorted(parent) != expected:
        raise InputError(f"group {name} is not numbered 000000, 000001, …")
    return [_own(parent, key, h5py.Group) for key in expected]


def _own(parent: Any, name: str, kind: type) -> Any:
    link = parent.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise InputError(f"{parent.name}/{name} is missing or a link out of the file")
    member = parent[name]
    if not isinstance(member, kind):
        raise InputError(f"{parent.name}/{name} is not a {kind.__name__}")
    return member


_ABSENT = object()
"""Stands for a field that is not in the file and has a default."""


def _read_field(group: Any, field: RecordField) -> Any:
    if field.kind is Kind.SOURCE:
        return Source(_text(group, "source_file"), _text(group, "source_sha256"))
    present = field.name in (group if field.kind in (Kind.ARRAY, Kind.ARRAYS) else group.attrs)
    if not present and (field.optional or field.has_default):
        return None if field.optional else _ABSENT
    if field.kind is Kind.ARRAY:
        return _array(group, field.name)
    if field.kind is Kind.ARRAYS:
        return _arrays(_own(group, field.name, h5py.Group))
    if field.kind in (Kind.WORDS, Kind.NAMED_WORDS):
        return _words(group, field)
    if field.kind is Kind.TEXT:
        return _word(group, field)
    return _scalar(group, field)


def _array(group: Any, name: str) -> FloatArray:
    data = _own(group, name, h5py.Dataset)
    if data.external is not None or data.is_virtual:
        raise InputError(f"{data.name} lies outside the file")
    if data.dtype != np.dtype("<f8") or data.ndim != 1 or data.size > MAXIMUM_POINTS:
        raise InputError(f"{data.name} is {data.dtype} of shape {data.shape}, expected float64 in one dimension")
    return np.asarray(data[()], dtype=np.float64)


def _arrays(group: Any) -> dict[str, FloatArray]:
    columns: dict[str, FloatArray] = {}
    for number in range(len(group)):
        key = f"{number:06d}"
        values = _array(group, key)
        name = json.loads(_text(group[key], "name"))
        if not isinstance(name, str) or name in columns:
            raise InputError(f"{group.name}/{key} has no name, or that of another")
        columns[name] = values
    return columns


def _text(group: Any, name: str) -> str:
    value = group.attrs.get(name)
    if not isinstance(value, str):
        raise InputError(f"attribute {name} of {group.name} is missing or no text")
    return value


def _word(group: Any, field: RecordField) -> str:
    value = _text(group, field.name)
    if field.words is None:
        return value
    if value not in list(field.words):
        raise InputError(f"{group.name} has the unknown {field.name} {value!r}")
    return field.words(value)


def _words(group: Any, field: RecordField) -> Any:
    value = json.loads(_text(group, field.name))
    items = list(value.items()) if isinstance(value, dict) else [("", item) for item in value]
    expected = dict if field.kind is Kind.NAMED_WORDS else list
    if not isinstance(value, expected) or not all(isinstance(item, str) for _, item in items):
        raise InputError(f"attribute {field.name} of {group.name} is no {field.kind.value}")
    return dict(items) if expected is dict else tuple(value)


def _scalar(group: Any, field: RecordField) -> Any:
    value, name = group.attrs.get(field.name), field.name
    if field.kind is Kind.NUMBER:
        if not isinstance(value, float | np.floating) or not np.isfinite(value):
            raise InputError(f"attribute {name} of {group.name} is not a finite number")
        return float(value)
    if field.kind is Kind.TRUTH and isinstance(value, np.bool_):
        return bool(value)
    if field.kind is Kind.INTEGER and isinstance(value, np.integer):
        return int(value)
    raise InputError(f"attribute {name} of {group.name} is missing or no {field.kind.value}")
