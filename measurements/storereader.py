"""Reads the HDF5 file of `store`; a file made or cut by others is refused, never trusted."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from measurements.errors import InputError
from measurements.heat import ThermalStep
from measurements.records import MeasurementSet
from measurements.seal import read_sealed
from measurements.sweep import Activity, FloatArray, Source, Sweep

FORMAT = "memchar measurements"
FORMAT_VERSION = 1
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
    image = io.BytesIO(read_sealed(path))
    try:
        with h5py.File(image, "r") as file:
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


def _check_format(file: Any, path: Path) -> None:
    found = file.attrs.get("format")
    if found != FORMAT:
        raise InputError(f"format is {found!r}, expected {FORMAT!r}", path=path, hint="make it with `memchar import`")
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
        raise InputError(f"{data.name} is {data.dtype} of shape {data.shape}, expected float64 in one dimension")
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


def _read_heat(group: Any) -> ThermalStep:
    ambient = _number(group, "ambient_temperature")
    if ambient is None:
        raise InputError(f"attribute ambient_temperature of {group.name} is missing")
    return ThermalStep(
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
