"""Plain arrays out of tables, with failed points refused by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from circuits.status import Status
from circuits.tables import Table, TableSet
from measurements.errors import TableError

FloatArray = NDArray[np.float64]


def layer_table(tables: TableSet, name: str, layer: int) -> Table:
    """The table of a circuit in a layer (from 0): its own, as `column_read_2` for the second, or else that of all.

    Raises
    ------
    TableError
        There is neither.
    """
    own = f"{name}_{layer + 1}"
    return tables[own if own in tables else name]


def axis(table: Table, name: str) -> FloatArray:
    """Grid of an axis, increasing, in its SI unit."""
    for candidate in table.axes:
        if candidate.name == name:
            return candidate.values
    raise TableError(f"{table.name}: no axis {name!r}; there are {', '.join(item.name for item in table.axes)}")


def values(table: Table, name: str, dimensions: tuple[str, ...]) -> FloatArray:
    """Tabulated values of a quantity with its axes in the order `dimensions`; NaN where a point failed."""
    if name not in table.quantities:
        raise TableError(f"{table.name}: no quantity {name!r}; there are {', '.join(table.quantities)}")
    data = table.dataset[name]
    if set(data.dims) != set(dimensions):
        raise TableError(
            f"{table.name}: {name} must have the axes {', '.join(dimensions)}, found {', '.join(map(str, data.dims))}"
        )
    return np.asarray(data.transpose(*dimensions).to_numpy(), dtype=float)


def status(table: Table, dimensions: tuple[str, ...]) -> NDArray[np.int64]:
    """Status codes with the axes in the order `dimensions`."""
    return np.asarray(table.dataset["status"].transpose(*dimensions).to_numpy(), dtype=np.int64)


def require(table: Table, found: NDArray[np.int64], what: str, allowed: tuple[Status, ...] = (Status.OK,)) -> None:
    """Raise where a needed point has a status that is not `allowed`."""
    bad = [code for code in np.unique(found) if code not in [int(item) for item in allowed]]
    if bad:
        names = ", ".join(Status(int(code)).meaning for code in bad)
        raise TableError(f"{table.name}: {what} is needed, but points of it are {names}; characterize them again")


def number(table: Table, name: str) -> float:
    """Number in the attributes of the table's dataset."""
    try:
        return float(table.dataset.attrs[name])
    except (KeyError, TypeError, ValueError) as error:
        raise TableError(f"{table.name}: attribute {name!r} with a number is needed") from error
