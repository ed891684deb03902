"""Look-up tables of what one operation costs. Nothing here can start a simulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from measurements.errors import TableError

from .interpolation import EDGE, Interpolant, cell_index
from .quality import Validation, coverage, validation_of
from .status import Status
from .tablefile import FORMAT_VERSION, read_datasets, read_survey, write_tables

__all__ = ["FORMAT_VERSION", "Axis", "Lookup", "Table", "TableSet", "read_tables", "read_variants", "write_tables"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Axis:
    """A named axis: increasing grid `values` in `unit`, interpolated on a `linear` or `log` scale.

    Nothing lies between the values of the scale `category`.
    """

    name: str
    values: Array
    unit: str
    scale: str

    def transformed(self, values: Array) -> Array:
        """Values on the scale of the axis."""
        return np.log(values) if self.scale == "log" else values


@dataclass(frozen=True, eq=False)
class Lookup:
    """Interpolated `values` and, element by element, whether the point was `clamped` to the range."""

    values: Array
    clamped: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Table:
    """One operation's table: an xarray Dataset with named axes, quantities, `status` and provenance
    attributes.

    `dataset` may be used as it is by any xarray or HDF5 tool; `lookup` interpolates in it.
    """

    name: str
    dataset: xr.Dataset
    _interpolants: dict[str, Interpolant] = field(default_factory=dict, repr=False)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """Axes in the order of the dimensions."""
        data = self.dataset
        return tuple(
            Axis(
                str(name),
                data[name].to_numpy().astype(float),
                str(data[name].attrs.get("units", "1")),
                str(data[name].attrs.get("scale", "linear")),
            )
            for name in data["status"].dims
        )

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """Names of the variables that can be looked up."""
        return tuple(str(name) for name, data in self.dataset.data_vars.items() if data.attrs.get("role") == "quantity")

    def status_counts(self) -> dict[str, int]:
        """Number of points of each status that occurs, by its meaning."""
        codes = self.dataset["status"].to_numpy()
        found = {status.meaning: int(np.sum(codes == status.value)) for status in Status}
        return {meaning: count for meaning, count in found.items() if count}

    @property
    def coverage(self) -> float:
        """Share of the points whose simulation gave an answer [1]."""
        return coverage(self.dataset)

    def validation(self, quantity: str) -> Validation | None:
        """Errors that the last validation found for a quantity, as the file has them; None where there was none."""
        return validation_of(self.dataset, self._known(quantity))

    def unit(self, quantity: str) -> str:
        """SI unit of a quantity."""
        return str(self.dataset[self._known(quantity)].attrs.get("units", "1"))

    def lookup(self, quantity: str, at: Mapping[str, ArrayLike], *, clamp: bool = False) -> Lookup:
        """Interpolate `quantity` at many points.

        Every axis and every quantity is taken on the scale that its attribute `scale` names (a quantity with
        a value that is not positive always on the linear one); see `interpolation.Interpolant` for the
        method.

        Parameters
        ----------
        quantity
            One of `quantities`.
        at
            Value of every axis by name, in the unit of the axis; scalars and arrays are broadcast.
        clamp
            Move points outside the range to its edge and flag them, instead of raising.

        Returns
        -------
        Lookup
            Values in the unit of the quantity, and flags, of the broadcast shape.

        Raises
        ------
        TableError
            Unknown quantity or axis, an axis left out, a value that is not finite, outside the range or none of a
            category's (which `clamp` does not move), or a point that rests on a table point without a number (the
            message names its status).
        """
        interpolant = self._interpolant(self._known(quantity))
        points, shape = self._points(at)
        values, flags = interpolant(points)
        if np.any(flags):
            self._check_inside(points, flags, clamp=clamp)
        if np.any(np.isnan(values)):
            raise self._missing(quantity, points, int(np.flatnonzero(np.isnan(values))[0]))
        return Lookup(values.reshape(shape), (flags != 0).reshape(shape))

    def gradient(self, quantity: str, at: Mapping[str, ArrayLike]) -> tuple[Array, dict[str, Array]]:
        """Values of `quantity` at many points inside the table, and its derivative by each axis.

        The derivatives are those of the interpolated function itself, in the unit of the quantity over that of the
        axis, of the broadcast shape; by a category there is none. Arguments and errors are those of `lookup`.
        """
        interpolant = self._interpolant(self._known(quantity))
        points, shape = self._points(at)
        self._check_inside(points, interpolant(points)[1], clamp=False)
        values, gradient = interpolant.gradient(points)
        if np.any(np.isnan(values)):
            raise self._missing(quantity, points, int(np.flatnonzero(np.isnan(values))[0]))
        continuous = ((number, axis) for number, axis in enumerate(self.axes) if axis.scale != "category")
        by_axis = {axis.name: gradient[:, number].reshape(shape) for number, axis in continuous}
        return values.reshape(shape), by_axis

    def _known(self, quantity: str) -> str:
        if quantity not in self.quantities:
            raise TableError(f"{self.name}: no quantity {quantity!r}; there are {', '.join(self.quantities)}")
        return quantity

    def is_logarithmic(self, quantity: str) -> bool:
        """Whether a quantity is interpolated on its logarithm: its scale says so, and all its values are positive."""
        data = self.dataset[self._known(quantity)]
        values = data.to_numpy()
        return data.attrs.get("scale") == "log" and bool(np.all(values[np.isfinite(values)] > 0.0))

    def on_scale(self, quantity: str) -> tuple[Array, bool]:
        """Tabulated values, as logarithms where the quantity is interpolated on them, and whether they are."""
        logarithmic = self.is_logarithmic(quantity)
        values = self.dataset[quantity].transpose(*(axis.name for axis in self.axes)).to_numpy()
        return (np.log(values) if logarithmic else values), logarithmic

    def _interpolant(self, quantity: str) -> Interpolant:
        """The interpolated function, on the logarithm of a quantity whose scale is log."""
        if quantity not in self._interpolants:
            values = self.dataset[quantity].transpose(*(axis.name for axis in self.axes)).to_numpy()
            scales = [axis.scale == "log" for axis in self.axes]
            grid = [axis.values for axis in self.axes]
            self._interpolants[quantity] = Interpolant(grid, values, scales, self.is_logarithmic(quantity))
        return self._interpolants[quantity]

    def _points(self, at: Mapping[str, ArrayLike]) -> tuple[list[Array], tuple[int, ...]]:
        """Flattened positions on each axis, those of categories among their values, and the broadcast shape."""
        names = [axis.name for axis in self.axes]
        if set(at) != set(names):
            raise TableError(f"{self.name}: values of the axes {', '.join(names)} are needed; got {', '.join(at)}")
        try:
            columns = np.broadcast_arrays(*(np.asarray(at[name], dtype=float) for name in names))
        except ValueError as error:
            raise TableError(f"{self.name}: axis values cannot be broadcast together ({error})") from error
        for axis, column in zip(self.axes, columns, strict=True):
            if axis.scale == "category" and not np.all(np.isin(column, axis.values)):
                raise self._no_category(axis, float(column[~np.isin(column, axis.values)].flat[0]))
        return [column.ravel() for column in columns], columns[0].shape

    def _check_inside(self, points: list[Array], flags: NDArray[np.uint8], *, clamp: bool) -> None:
        """Raise for the first point outside the range, or, with `clamp`, for the first that is no number at all."""
        wrong = flags != 0
        for axis, column in zip(self.axes, points, strict=True):
            there = column[wrong]
            inside = np.clip(there, axis.values[0], axis.values[-1])
            outside = np.isnan(there) if clamp else ~(np.abs(there - inside) <= EDGE * np.abs(inside))
            if np.any(outside):
                raise self._outside(axis, float(there[outside][0]))

    def _outside(self, axis: Axis, value: float) -> TableError:
        return TableError(
            f"{self.name}: {axis.name} = {value:g} {axis.unit} is outside the table,"
            f" {axis.values[0]:g} to {axis.values[-1]:g}; characterize a wider range or allow clamping"
        )

    def _no_category(self, axis: Axis, value: float) -> TableError:
        known = ", ".join(f"{known:g}" for known in axis.values)
        return TableError(f"{self.name}: {axis.name} = {value:g} {axis.unit} is none of {known}; nothing lies between")

    def _missing(self, quantity: str, points: list[Array], index: int) -> TableError:
        """Error naming the statuses at the corners of the cell around a point."""
        status = self.dataset["status"].to_numpy()
        cell = []
        for axis, column in zip(self.axes, points, strict=True):
            low = int(cell_index(axis.values, column[index : index + 1])[0])
            cell.append(slice(low, low + 2))
        found = sorted({Status(int(code)).meaning for code in status[tuple(cell)].ravel() if code != Status.OK})
        place = ", ".join(f"{a.name} = {column[index]:g} {a.unit}" for a, column in zip(self.axes, points, strict=True))
        return TableError(
            f"{self.name}: no {quantity} at {place}: a table point there is {', '.join(found) or 'empty'}"
        )


@dataclass(frozen=True, eq=False)
class TableSet(Mapping[str, Table]):
    """Tables of one characterization by name, and the attributes of the file."""

    tables: Mapping[str, Table]
    attributes: Mapping[str, str | int | float]

    def __getitem__(self, name: str) -> Table:
        try:
            return self.tables[name]
        except KeyError:
            raise TableError(f"no table {name!r}; there are {', '.join(self.tables) or 'none'}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    @classmethod
    def of(cls, datasets: Mapping[str, xr.Dataset], attributes: Mapping[str, str | int | float]) -> TableSet:
        """Tables made of datasets that are in memory."""
        return cls({name: Table(name, dataset) for name, dataset in datasets.items()}, dict(attributes))


def read_tables(path: str | Path, variant: str | None = None) -> TableSet:
    """Tables of a file that `write_tables` made, checked: of the variant of that label, or of the first for None.

    `tablefile.read_datasets` lists the errors.
    """
    datasets, attributes = read_datasets(Path(path), variant)
    return TableSet.of(datasets, attributes)


def read_variants(path: str | Path) -> dict[str, dict[str, str | int | float]]:
    """Attributes of every variant in a file by label, the first one first: seeds, coverage, worst validation error.

    Empty for tables that were made without a plan.
    """
    found = [survey.attributes for survey in read_survey(Path(path)).values()]
    return {str(attributes["variant"]): attributes for attributes in found if "variant" in attributes}
