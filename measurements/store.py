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
from measurements.heat import ThermalStep
from measurements.records import MeasurementSet
from measurements.seal import seal
from measurements.storereader import FORMAT, FORMAT_VERSION, read_store
from measurements.sweep import Sweep

__all__ = ["read_store", "write_store"]

_UNITS = {"time": "s", "voltage": "V", "current": "A", "power": "W", "temperature": "K", "resistance": "ohm"}


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
        sweeps, heat = file.create_group("sweeps"), file.create_group("heat")
        for number, sweep in enumerate(records.sweeps):
            _write_record(
                sweeps.create_group(f"{number:06d}"),
                sweep,
                ("time", "voltage", "current"),
                _sweep_scalars(sweep),
            )
        for number, record in enumerate(records.heat):
            if not isinstance(record, ThermalStep):
                raise InputError("this store holds thermal steps only", path=record.source.file)
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


def _heat_scalars(record: ThermalStep) -> dict[str, str | int | float | None]:
    return {
        "ambient_temperature": record.ambient_temperature,
        "device": record.device,
        "cell": record.cell,
        "temperature_coefficient": record.temperature_coefficient,
        "comment": record.comment,
    }


def _write_record(
    group: Any,
    record: Sweep | ThermalStep,
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
