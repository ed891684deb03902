"""Tables as netCDF-4 files: a group per operation, flat attributes, written whole, checked on reading."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
import xarray as xr

from measurements.errors import InputError, TableError

from .quality import with_coverage
from .status import Status

FORMAT_VERSION = 2
READ_VERSIONS = (1, 2)
"""Versions that are read: 2 added coverage and the errors of the last validation; see tests/circuits/data."""
MAXIMUM_CELLS = 10_000_000
MAXIMUM_AXES = 6
_ENGINE: Literal["h5netcdf"] = "h5netcdf"


def write_tables(
    path: str | Path, tables: Mapping[str, xr.Dataset], attributes: Mapping[str, str | int | float]
) -> None:
    """Write `tables` as groups of one netCDF-4 file at `path`; the file appears whole or not at all.

    Parameters
    ----------
    path
        File to make or replace.
    tables
        Datasets by group name, as `characterize` gives them.
    attributes
        Provenance, flat; `format_version` is added, and to each table its number of points and coverage.

    Raises
    ------
    TableError
        The file cannot be written (no space, no permission); an older one is then still there unchanged.
    """
    target = Path(path)
    for name, dataset in tables.items():
        check_dataset(name, dataset, target)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        root = xr.Dataset(attrs={**attributes, "format_version": FORMAT_VERSION})
        root.to_netcdf(temporary, mode="w", engine=_ENGINE)
        for name, dataset in tables.items():
            with_coverage(dataset).to_netcdf(temporary, mode="a", engine=_ENGINE, group=name)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(target)
    except (OSError, RuntimeError) as error:  # h5py reports a full disk as either
        raise TableError(f"{target}: cannot be written ({error}); free space in {target.parent}") from error
    finally:
        temporary.unlink(missing_ok=True)


def read_datasets(path: Path) -> tuple[dict[str, xr.Dataset], dict[str, str | int | float]]:
    """Datasets by group name and the attributes of the file, all in memory and checked.

    Raises
    ------
    InputError
        There is no such file.
    TableError
        The file is not HDF5, is damaged, points to other files, has another format version, or a group is not
        a table.
    """
    if not path.is_file():
        raise InputError("no such table file", path=path, hint="make it with 'memchar characterize'")
    try:
        names, attributes = _survey(path)
        return {name: _read_group(path, name) for name in names}, attributes
    except TableError:
        raise
    except Exception as error:  # a damaged file can raise nearly anything out of h5py, h5netcdf and xarray
        raise TableError(
            f"{path}: cannot be read as tables ({error}); make it again with 'memchar characterize'"
        ) from error


def check_dataset(name: str, dataset: xr.Dataset, path: Path) -> None:
    """Raise TableError unless `dataset` has axes, a status, and numbers exactly where the status is ok."""
    if "status" not in dataset.data_vars or not np.issubdtype(dataset["status"].dtype, np.integer):
        raise TableError(f"{path}: {name}: an integer variable 'status' is needed; make the file again")
    status = dataset["status"]
    if not 1 <= status.ndim <= MAXIMUM_AXES or 0 in status.shape:
        raise TableError(f"{path}: {name}: 1 to {MAXIMUM_AXES} axes with points are needed, found {status.shape}")
    for axis in status.dims:
        _check_axis(name, dataset, str(axis), path)
    codes = status.to_numpy()
    if not np.isin(codes, [flag.value for flag in Status]).all():
        raise TableError(f"{path}: {name}: status has values that no flag means; made by a newer memchar?")
    for label, variable in dataset.data_vars.items():
        if variable.attrs.get("role") != "quantity":
            continue
        if variable.dims != status.dims or variable.dtype != np.float64:
            raise TableError(f"{path}: {name}: {label} is not float64 over {status.dims}; make the file again")
        if not np.array_equal(np.isfinite(variable.to_numpy()), codes == Status.OK):
            raise TableError(
                f"{path}: {name}: {label} must have a number exactly where status is ok; make the file again"
            )


def _check_axis(name: str, dataset: xr.Dataset, axis: str, path: Path) -> None:
    if axis not in dataset.coords:
        raise TableError(f"{path}: {name}: axis {axis!r} has no values; make the file again")
    values = np.asarray(dataset[axis].to_numpy(), dtype=float)
    if not np.all(np.isfinite(values)) or np.any(np.diff(values) <= 0.0):
        raise TableError(f"{path}: {name}: values of axis {axis!r} must be finite and increasing; make the file again")
    scale = dataset[axis].attrs.get("scale", "linear")
    if scale not in ("linear", "log") or (scale == "log" and values[0] <= 0.0):
        raise TableError(f"{path}: {name}: axis {axis!r} cannot have the scale {scale!r}; make the file again")


def _survey(path: Path) -> tuple[list[str], dict[str, str | int | float]]:
    """Names of the groups and attributes of the root; looks at sizes and links, reads no data."""
    with h5py.File(path, "r") as file:
        attributes = {key: _plain(file.attrs[key]) for key in file.attrs if not key.startswith("_")}
        version = attributes.get("format_version")
        if version not in READ_VERSIONS:
            readable = " or ".join(map(str, READ_VERSIONS))
            raise TableError(f"{path}: format_version {readable} is needed, found {version}; make the file again")
        names = []
        for name in file:
            if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                raise TableError(f"{path}: {name} is a link, not a group; make the file again")
            if isinstance(file[name], h5py.Group):
                _check_storage(file[name], path)
                names.append(name)
    if not names:
        raise TableError(f"{path}: holds no table; make it with 'memchar characterize'")
    return names, attributes


def _check_storage(group: h5py.Group, path: Path) -> None:
    for name in group:
        where = f"{path}: {group.name[1:]}/{name}"
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise TableError(f"{where} is a link; tables hold their data themselves")
        item = group[name]
        if not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
            raise TableError(f"{where} does not hold its data itself; make the file again")
        if item.size is None or item.size > MAXIMUM_CELLS:
            raise TableError(f"{where} has {item.size} cells, at most {MAXIMUM_CELLS} are read")


def _read_group(path: Path, name: str) -> xr.Dataset:
    with xr.open_dataset(path, engine=_ENGINE, group=name, decode_times=False) as opened:
        dataset = opened.load()
    check_dataset(name, dataset, path)
    return dataset


def _plain(value: object) -> str | int | float:
    """Attribute value as a Python scalar; text for anything that is not one number."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.size == 1):
        item = value.item()
        return item if isinstance(item, (str, int, float)) else str(item)
    return str(value)
