"""HDF5 file of all measurements of an import; what is written is read back bit for bit.

Layout: attributes `format` and `format_version` at the root; groups `sweeps/000000`, … and `heat/000000`, …
in order, each with one float64 data set per array (attribute `units`) and one attribute per scalar. A field
that is None is absent.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from measurements.errors import InputError
from measurements.heat import HeatRecord
from measurements.records import MeasurementSet
from measurements.sweep import Activity, FloatArray, Source, Sweep

FORMAT = "memchar measurements"
FORMAT_VERSION = 1
MAXIMUM_POINTS = 50_000_000
"""Longest array read [1]; a file that claims more is refused before memory is taken."""

_UNITS = {"time": "s", "voltage": "V", "current": "A", "power": "W", "temperature": "K", "resistance": "ohm"}
_UNREADABLE = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError, OverflowError)


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
        _write_atomically(path, _image(records))
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}",
            path=path,
            hint="free space there or choose another place",
        ) from error


def read_store(path: Path) -> MeasurementSet:
    """Read a file written by `write_store`.

    Raises
    ------
    InputError
        Missing, no HDF5, truncated, another format or version, missing or ill-typed members, links or data
        outside the file.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such file", path=path, hint="make it with `memchar import`")
    try:
        with h5py.File(path, "r") as file:
            _check_format(file, path)
            sweeps = tuple(_read_sweep(group) for group in _members(file, "sweeps"))
            heat = tuple(_read_heat(group) for group in _members(file, "heat"))
    except InputError as error:
        raise InputError(error.reason, path=path, hint=error.hint) from error
    except _UNREADABLE as error:
        raise InputError(
            f"not a readable measurement store: {error}", path=path, hint="make it anew with `memchar import`"
        ) from error
    return MeasurementSet(sweeps, heat)


def _image(records: MeasurementSet) -> bytes:
    with h5py.File("in-memory", "w", driver="core", backing_store=False) as file:
        file.attrs["format"] = FORMAT
        file.attrs["format_version"] = FORMAT_VERSION
        sweeps, heat = file.create_group("sweeps"), file.create_group("heat")
        for number, sweep in enumerate(records.sweeps):
            _write_record(
                sweeps.create_group(f"{number:06d}"),
                sweep,
                ("time", "voltage", "current"),
                _sweep_scalars(sweep),
            )
        for number, record in enumerate(records.heat):
            arrays = ("time", "power", "temperature", "resistance")
            _write_record(heat.create_group(f"{number:06d}"), record, arrays, _heat_scalars(record))
        file.flush()
        return bytes(file.id.get_file_image())


def _sweep_scalars(sweep: Sweep) -> dict[str, str | int | float | None]:
    return {
        "activity": str(sweep.activity),
        "compliance_current": sweep.compliance_current,
        "device": sweep.device,
        "cell": sweep.cell,
        "cycle": sweep.cycle,
        "temperature": sweep.temperature,
        "comment": sweep.comment,
    }


def _heat_scalars(record: HeatRecord) -> dict[str, str | int | float | None]:
    return {
        "ambient_temperature": record.ambient_temperature,
        "device": record.device,
        "cell": record.cell,
        "temperature_coefficient": record.temperature_coefficient,
        "comment": record.comment,
    }


def _write_record(
    group: Any,
    record: Sweep | HeatRecord,
    arrays: tuple[str, ...],
    scalars: dict[str, str | int | float | None],
) -> None:
    for name in arrays:
        values = getattr(record, name)
        if values is not None:
            group.create_dataset(name, data=values, dtype="<f8").attrs["units"] = _UNITS[name]
    source = {"source_file": record.source.file, "source_sha256": record.source.sha256}
    for name, value in {**scalars, **source}.items():
        if isinstance(value, str) and re.search("[\0\ud800-\udfff]", value):
            raise InputError(f"{name} holds a character that HDF5 text cannot hold", path=record.source.file)
        if value is not None:
            group.attrs[name] = value if isinstance(value, str) or name == "cycle" else np.float64(value)


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


def _check_format(file: Any, path: Path) -> None:
    found = file.attrs.get("format")
    if found != FORMAT:
        raise InputError(
            f"format is {found!r}, expected {FORMAT!r}", path=path, hint="make it with `memchar import`"
        )
    version = file.attrs.get("format_version")
    if version != FORMAT_VERSION:
        raise InputError(f"format version {version}, this program reads {FORMAT_VERSION}", path=path)


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


def _array(group: Any, name: str) -> FloatArray:
    data = _own(group, name, h5py.Dataset)
    if data.external is not None or data.is_virtual:
        raise InputError(f"{data.name} lies outside the file")
    if data.dtype != np.dtype("<f8") or data.ndim != 1 or data.size > MAXIMUM_POINTS:
        raise InputError(
            f"{data.name} is {data.dtype} of shape {data.shape}, expected float64 in one dimension"
        )
    return np.asarray(data[()], dtype=np.float64)


def _text(group: Any, name: str) -> str:
    value = group.attrs.get(name)
    if not isinstance(value, str):
        raise InputError(f"attribute {name} of {group.name} is missing or no text")
    return value


def _number(group: Any, name: str) -> float | None:
    value = group.attrs.get(name)
    if value is None:
        return None
    if not isinstance(value, float | np.floating) or not np.isfinite(value):
        raise InputError(f"attribute {name} of {group.name} is not a finite number")
    return float(value)


def _read_sweep(group: Any) -> Sweep:
    activity, cycle = _text(group, "activity"), group.attrs.get("cycle")
    if activity not in list(Activity):
        raise InputError(f"{group.name} has the unknown activity {activity!r}")
    if not isinstance(cycle, np.integer):
        raise InputError(f"attribute cycle of {group.name} is missing or no integer")
    return Sweep(
        time=_array(group, "time"),
        voltage=_array(group, "voltage"),
        current=_array(group, "current"),
        activity=Activity(activity),
        compliance_current=_number(group, "compliance_current"),
        device=_text(group, "device"),
        cell=_text(group, "cell"),
        cycle=int(cycle),
        temperature=_number(group, "temperature"),
        source=Source(_text(group, "source_file"), _text(group, "source_sha256")),
        comment=_text(group, "comment"),
    )


def _read_heat(group: Any) -> HeatRecord:
    ambient = _number(group, "ambient_temperature")
    if ambient is None:
        raise InputError(f"attribute ambient_temperature of {group.name} is missing")
    return HeatRecord(
        time=_array(group, "time"),
        power=_array(group, "power"),
        temperature=_array(group, "temperature"),
        ambient_temperature=ambient,
        device=_text(group, "device"),
        cell=_text(group, "cell"),
        source=Source(_text(group, "source_file"), _text(group, "source_sha256")),
        resistance=_array(group, "resistance") if "resistance" in group else None,
        temperature_coefficient=_number(group, "temperature_coefficient"),
        comment=_text(group, "comment"),
    )
