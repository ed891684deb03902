"""What several formats need of a table: one number in its attributes, rows from rest, a static power."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from circuits.status import Status
from circuits.tables import Axis, Table, TableSet
from measurements.errors import TableError

Array = NDArray[np.float64]
REST = 0.05
"""Largest initial voltage that counts as a neuron at rest [V]."""


def number(table: Table, name: str) -> float:
    """Number in the attributes of a table.

    Raises
    ------
    TableError
        There is none.
    """
    try:
        return float(table.dataset.attrs[name])
    except (KeyError, TypeError, ValueError) as error:
        raise TableError(f"{table.name}: attribute {name!r} with a number is needed; characterize it again") from error


def axis_of(table: Table, name: str) -> Axis:
    """An axis by name."""
    for axis in table.axes:
        if axis.name == name:
            return axis
    raise TableError(f"{table.name}: no axis {name!r}; there are {', '.join(a.name for a in table.axes)}")


def from_rest(fire: Table) -> tuple[Array, dict[str, Array]]:
    """Input currents at which the neuron fires from rest [A], rising, and its quantities there."""
    start = axis_of(fire, "initial_voltage").values
    row = int(np.argmin(np.abs(start)))
    if abs(start[row]) > REST:
        raise TableError(f"{fire.name}: an initial voltage near 0 V is needed, the nearest is {start[row]:g} V")
    line = fire.dataset.isel(initial_voltage=row)
    fired = line["status"].to_numpy() == Status.OK
    if not np.any(fired):
        raise TableError(f"{fire.name}: no point from rest has numbers")
    columns = {name: line[name].to_numpy()[fired] for name in fire.quantities}
    return axis_of(fire, "input_current").values[fired], columns


def rest_power(leak: Table) -> float:
    """Supply power of the neuron at rest [W]: energy over the longest interval from the voltage nearest to 0 V."""
    start = axis_of(leak, "initial_voltage").values
    row = int(np.argmin(np.abs(start)))
    energy = float(leak.dataset["energy"].isel(initial_voltage=row, interval=-1))
    if abs(start[row]) > REST or not np.isfinite(energy):
        raise TableError(f"{leak.name}: a point with a number near 0 V is needed over the longest interval")
    return energy / float(axis_of(leak, "interval").values[-1])


def needed(tables: TableSet, *names: str) -> list[Table]:
    """Tables by name; the set says which one is missing."""
    return [tables[name] for name in names]
