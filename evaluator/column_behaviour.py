"""A crossbar column as the kernel needs it, derived from the table `column_read` and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from circuits.tables import Table, TableSet
from evaluator.table_points import axis
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
ROWS_OF_REFERENCE = 4
"""Fewest active rows whose mean stands for cells anywhere along the wire: a single row of the table sits at
one place.
"""

LOAD_DIGITS = 9
"""Decimals of a row load [S] that are looked up: cells that differ by less than a nanosiemens share one
look-up.
"""


@dataclass(frozen=True, eq=False)
class ColumnBehaviour:
    """Charge and energy of read pulses on a column of `rows` cells.

        conductance of one cell [S]     G(R, row_load, on_fraction) = charge / (n V w)
        current of a tile's column [A]  V S (b0 + b1 S + b2 S^2 + b3 S^3),  S = sum of active G
        energy drawn from the rows [J]  V * charge * energy_ratio

    n is the reference number of active rows. `on_fraction` is the share of a column's cells that are on:
    while idle they take part of its current away. `loss` = (b0, b1, b2, b3) is fitted, at the nominal on
    resistance, no row load and the given mean share, to the charges over active rows; `loss_error` is its
    largest relative miss. `energy_ratio` is energy / (V charge) at the reference number of active rows: above
    1, since part of the current that rows give leaves through idle cells; `energy_spread` is its largest
    relative departure from that over the table. `delay` [s] of the sense current is the median there. Pulses
    of another width than the table's carry charge and energy in proportion to their width.
    """

    table: Table
    read_voltage: float
    pulse_width: float
    select_resistance: float
    rows: int
    reference_rows: float
    on_fraction: float
    largest_conductance: float
    loss: FloatArray
    loss_error: float
    energy_ratio: float
    energy_spread: float
    delay: float

    @classmethod
    def from_tables(cls, tables: TableSet, on_resistance: float, on_fraction: float) -> ColumnBehaviour:
        """Behaviour in `tables` around cells of `on_resistance` [ohm], of which a share `on_fraction` [1] is
        on.

        Raises
        ------
        TableError
            The table, one of its attributes or a needed point is missing, or the resistance is outside its
            range.
        """
        table = tables["column_read"]
        voltage, width, select, rows = (
            _attribute(table, name) for name in ("read_voltage", "pulse_width", "select_resistance", "rows")
        )
        active = axis(table, "active_rows")
        reference = float(min((count for count in active if count >= ROWS_OF_REFERENCE), default=active[-1]))
        used = active[active >= reference]
        at = {
            "active_rows": used,
            "device_resistance": on_resistance,
            "row_load": axis(table, "row_load")[0],
            "on_fraction": on_fraction,
        }
        charge = table.lookup("charge", at).values
        per_cell = charge / (used * voltage * width)
        conductance = used * per_cell[0]
        loss, loss_error = _loss(conductance, per_cell / per_cell[0])
        ratio = table.lookup("energy", at).values / (voltage * charge)
        return cls(
            table=table,
            read_voltage=voltage,
            pulse_width=width,
            select_resistance=select,
            rows=round(rows),
            reference_rows=reference,
            on_fraction=on_fraction,
            largest_conductance=float(conductance[-1]),
            loss=loss,
            loss_error=loss_error,
            energy_ratio=float(ratio[0]),
            energy_spread=float(np.max(np.abs(ratio / ratio[0] - 1))),
            delay=float(np.median(table.lookup("delay", at).values)),
        )

    def conductance(
        self,
        device_resistance: FloatArray,
        row_load: FloatArray,
        on_fraction: FloatArray,
        *,
        clamp: bool = False,
    ) -> tuple[FloatArray, int]:
        """Conductance [S] of cells with `device_resistance` [ohm] whose row carries `row_load` [S] besides.

        `on_fraction` [1] is the share of the cells on each one's column that are on; all three broadcast.

        Beyond the highest resistance of the table it falls as 1 / (R + select resistance): there neither wire
        nor driver takes a share of the voltage. With `clamp` a resistance below or a row load outside the
        table is moved to its edge; the number of cells for which that was done comes second.

        Raises
        ------
        TableError
            A resistance below or a row load outside the table, without `clamp`.
        """
        highest = float(axis(self.table, "device_resistance")[-1])
        within = np.minimum(device_resistance, highest)
        distinct, which = _distinct(within, np.round(row_load, LOAD_DIGITS), on_fraction)
        at: dict[str, ArrayLike] = {
            "active_rows": self.reference_rows,
            "device_resistance": distinct[0],
            "row_load": distinct[1],
            "on_fraction": distinct[2],
        }
        found = self.table.lookup("charge", at, clamp=clamp)
        seen = found.values[which] / (self.reference_rows * self.read_voltage * self.pulse_width)
        seen *= (within + self.select_resistance) / (device_resistance + self.select_resistance)
        return seen, int(np.count_nonzero(found.clamped[which]))


def _distinct(*columns: FloatArray) -> tuple[list[FloatArray], NDArray[np.intp]]:
    """Distinct combinations of broadcast columns, and for each element of the broadcast shape which one it
    is.
    """
    full = np.broadcast_arrays(*columns)
    key = np.zeros(full[0].size, dtype=np.int64)
    for column in full:
        values, index = np.unique(column.ravel(), return_inverse=True)
        key = key * values.size + index
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return [column.ravel()[first] for column in full], which.reshape(full[0].shape)


def _loss(conductance: FloatArray, attenuation: FloatArray) -> tuple[FloatArray, float]:
    """Polynomial (b0, b1, b2, b3) of attenuation in conductance [S], and its largest relative miss."""
    scaled = conductance / conductance[-1]
    degree = min(3, conductance.size - 1)
    fitted = np.polynomial.Polynomial.fit(scaled, attenuation, degree, domain=[0.0, 1.0], window=[0.0, 1.0])
    missed = float(np.max(np.abs(fitted(scaled) / attenuation - 1)))
    powers = np.zeros(4)
    powers[: degree + 1] = fitted.coef
    return powers / conductance[-1] ** np.arange(4), missed


def _attribute(table: Table, name: str) -> float:
    """Number in the attributes of the table's dataset."""
    try:
        return float(table.dataset.attrs[name])
    except (KeyError, TypeError, ValueError) as error:
        raise TableError(f"{table.name}: attribute {name!r} with a number is needed") from error
