"""Tables as netCDF-4 files: a group per operation, flat attributes, written whole, checked on reading.

The root holds the tables of one variant (corner, draw). Those of others stand under `variants/LABEL`, each with the
same groups and attributes as the root.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import h5netcdf
import h5py
import numpy as np
import xarray as xr
from xarray.backends import H5NetCDFStore

from measurements.errors import InputError, TableError

from .quality import with_coverage
from .status import Status

FORMAT_VERSION = 3
READ_VERSIONS = (1, 2, 3)
"""Versions that are read: 2 added coverage and the errors of the last validation, 3 variants (tests/circuits/data)."""
VARIANTS = "variants"
Attributes = Mapping[str, str | int | float]
Variant = tuple[Mapping[str, xr.Dataset], Attributes]
"""Tables of one variant by name, and its attributes."""
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}")
MAXIMUM_CELLS = 10_000_000
MAXIMUM_AXES = 6
_ENGINE: Literal["h5netcdf"] = "h5netcdf"


def write_tables(
    path: str | Path,
    tables: Mapping[str, xr.Dataset],
    attributes: Attributes,
    variants: Mapping[str, Variant] | None = None,
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
    variants
        The same for other corners and draws, by label.

    Raises
    ------
    TableError
        The file cannot be written (no space, no permission); an older one is then still there unchanged.
    """
    target = Path(path)
    groups: dict[str, Variant] = {"": (tables, {**attributes, "format_version": FORMAT_VERSION})}
    groups |= {f"{VARIANTS}/{_label(label, target)}": variant for label, variant in (variants or {}).items()}
    for prefix, (datasets, _) in groups.items():
        for name, dataset in datasets.items():
            if name == VARIANTS:
                raise TableError(f"{target}: a table cannot be named {VARIANTS!r}")
            check_dataset(f"{prefix}/{name}".lstrip("/"), dataset, target)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        # Opened once: to_netcdf would open the file for every group, and look through all of it each time.
        with h5netcdf.File(temporary, "w") as file:
            for prefix, (datasets, flat) in groups.items():
                _dump(xr.Dataset(attrs=flat), file, prefix)
                for name, dataset in datasets.items():
                    _dump(with_coverage(dataset), file, f"{prefix}/{name}".lstrip("/"))
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(target)
    except (OSError, RuntimeError) as error:  # h5py reports a full disk as either
        raise TableError(f"{target}: cannot be written ({error}); free space in {target.parent}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _dump(dataset: xr.Dataset, file: h5netcdf.File, group: str) -> None:
    dataset.dump_to_store(H5NetCDFStore(file, group=group or None, mode="a"))


def read_datasets(path: Path, variant: str | None = None) -> tuple[dict[str, xr.Dataset], dict[str, str | int | float]]:
    """Datasets by group name and the attributes of the file, or of one of its variants; in memory and checked.

    Raises
    ------
    InputError
        There is no such file, or no such variant in it.
    TableError
        The file is not HDF5, is damaged, points to other files, has another format version, or a group is not
        a table.
    """
    survey = read_survey(path)
    label = variant
    if label is not None and label == survey[""].attributes.get("variant"):
        label = None
    prefix = "" if label is None else f"{VARIANTS}/{label}"
    if prefix not in survey:
        known = [str(survey[""].attributes.get("variant", "")), *(key.split("/", 1)[1] for key in survey if key)]
        raise InputError(f"holds no variant {variant!r}", path=path, hint=f"there are {', '.join(filter(None, known))}")
    found = survey[prefix]
    with _damage(path):
        return {name: _read_group(path, f"{prefix}/{name}".lstrip("/")) for name in found.names}, found.attributes


@dataclass(frozen=True)
class Survey:
    """One group of tables in a file: their names, and the group's attributes."""

    names: tuple[str, ...]
    attributes: dict[str, str | int | float]


def read_survey(path: Path) -> dict[str, Survey]:
    """What a file holds, `""` the root and `variants/LABEL` the others; sizes and links are checked, no data read.

    Raises as `read_datasets`.
    """
    if not path.is_file():
        raise InputError("no such table file", path=path, hint="make it with 'memchar characterize'")
    with _damage(path), h5py.File(path, "r") as file:
        version = _plain(file.attrs.get("format_version"))
        if version not in READ_VERSIONS:
            readable = " or ".join(map(str, READ_VERSIONS))
            raise TableError(f"{path}: format_version {readable} is needed, found {version}; make the file again")
        has_variants = VARIANTS in file and version not in (1, 2)
        found = {"": _survey(file, path, besides=VARIANTS if has_variants else None)}
        for label in file[VARIANTS] if has_variants else ():
            group = _group(_group(file, VARIANTS, path), label, path)
            found[f"{VARIANTS}/{_label(label, path)}"] = _survey(group, path)
        return found


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
    if scale not in ("linear", "log", "category") or (scale == "log" and values[0] <= 0.0):
        raise TableError(f"{path}: {name}: axis {axis!r} cannot have the scale {scale!r}; make the file again")


def _survey(group: h5py.Group, path: Path, besides: str | None = None) -> Survey:
    """Names of the tables in a group, all but `besides`, and its attributes."""
    attributes = {key: _plain(group.attrs[key]) for key in group.attrs if not key.startswith("_")}
    names = []
    for name in group:
        item = _group(group, name, path)
        if item is not None and name != besides:
            _check_storage(item, path)
            names.append(name)
    if not names:
        raise TableError(f"{path}: {group.name} holds no table; make it with 'memchar characterize'")
    return Survey(tuple(names), attributes)


def _group(parent: h5py.Group, name: str, path: Path) -> h5py.Group | None:
    """The group of a name; None for what is no group."""
    if not isinstance(parent.get(name, getlink=True), h5py.HardLink):
        raise TableError(f"{path}: {name} is a link, not a group; make the file again")
    return parent[name] if isinstance(parent[name], h5py.Group) else None


def _label(label: str, path: Path) -> str:
    """A variant's label, which is part of a group's name."""
    if not _LABEL.fullmatch(label):
        raise TableError(f"{path}: {label[:100]!r} cannot be the label of a variant")
    return label


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """A damaged file can raise nearly anything out of h5py, h5netcdf and xarray."""
    try:
        yield
    except TableError:
        raise
    except Exception as error:
        raise TableError(
            f"{path}: cannot be read as tables ({error}); make it again with 'memchar characterize'"
        ) from error


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
