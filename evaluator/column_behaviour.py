"""A crossbar column as the kernel needs it, derived from the table `column_read` and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import Table, TableSet
from evaluator.crossbar import ArrayWiring, effective_conductance
from evaluator.table_points import axis, layer_table, number, values

FloatArray = NDArray[np.float64]
ROWS_OF_REFERENCE = 4
"""Fewest active rows whose mean stands for cells anywhere along the wire: a single row of the table sits at
one place.
"""
DIMENSIONS = ("active_rows", "device_resistance", "row_load", "on_fraction")


@dataclass(frozen=True, eq=False)
class ColumnBehaviour:
    """Arrays of columns of `rows` cells, and the energy of read pulses on them.

    Wire, sense, driver and select resistance [ohm] are those that the table was characterized with; an array of them is
    linear and solved exactly (`evaluator.crossbar`). `array_error` is the largest relative difference between the
    charges of that solution and those that ngspice gave for the table's columns [1].

    Energy drawn from the rows is V * charge * `energy_ratio`: energy / (V charge) at the reference number of active
    rows; `energy_spread` is its largest relative departure from that over the table. `delay` [s] of the sense current
    is the median there. `on_fraction` is the mean share of a column's cells that are on. Pulses of another width than
    the table's carry charge and energy in proportion to their width.
    """

    table: Table
    read_voltage: float
    pulse_width: float
    select_resistance: float
    wire_resistance: float
    sense_resistance: float
    driver_resistance: float
    rows: int
    reference_rows: float
    on_fraction: float
    array_error: float
    energy_ratio: float
    energy_spread: float
    delay: float

    @classmethod
    def from_tables(
        cls, tables: TableSet, on_resistance: float, off_resistance: float, on_fraction: float, layer: int = 0
    ) -> ColumnBehaviour:
        """Behaviour in `tables` around cells of `on_resistance` [ohm], of which a share `on_fraction` [1] is
        on and the others of `off_resistance` [ohm], in a layer counted from 0.

        Raises
        ------
        TableError
            The table, one of its attributes or a needed point is missing, or the resistance is outside its
            range.
        """
        table = layer_table(tables, "column_read", layer)
        voltage, width, select, rows = (
            number(table, name) for name in ("read_voltage", "pulse_width", "select_resistance", "rows")
        )
        wire, sense, driver = (
            number(table, name) for name in ("wire_segment_resistance", "sense_resistance", "driver_resistance")
        )
        active = axis(table, "active_rows")
        reference = float(min((count for count in active if count >= ROWS_OF_REFERENCE), default=active[-1]))
        at = {
            "active_rows": active[active >= reference],
            "device_resistance": on_resistance,
            "row_load": axis(table, "row_load")[0],
            "on_fraction": on_fraction,
        }
        ratio = table.lookup("energy", at).values / (voltage * table.lookup("charge", at).values)
        made = cls(
            table=table,
            read_voltage=voltage,
            pulse_width=width,
            select_resistance=select,
            wire_resistance=wire,
            sense_resistance=sense,
            driver_resistance=driver,
            rows=round(rows),
            reference_rows=reference,
            on_fraction=on_fraction,
            array_error=0.0,
            energy_ratio=float(ratio[0]),
            energy_spread=float(np.max(np.abs(ratio / ratio[0] - 1))),
            delay=float(np.median(table.lookup("delay", at).values)),
        )
        return replace(made, array_error=_array_error(made, on_resistance, off_resistance))

    @property
    def wiring(self) -> ArrayWiring:
        """Resistances around the cells: drivers, column wires (the last segment leads to the sense resistor), sense."""
        return ArrayWiring(
            column_segment=self.wire_resistance,
            driver_resistance=self.driver_resistance,
            sense_resistance=self.wire_resistance + self.sense_resistance,
        )

    def nominal_cell(self, on_resistance: float, row_load: float) -> float:
        """Conductance [S] of a cell that is on, on a row loaded with `row_load` [S], by the table.

        Raises
        ------
        TableError
            Resistance or load lie outside the table.
        """
        at = {
            "active_rows": self.reference_rows,
            "device_resistance": on_resistance,
            "row_load": round(row_load, LOAD_DIGITS),
            "on_fraction": self.on_fraction,
        }
        charge = float(self.table.lookup("charge", at).values)
        return charge / (self.reference_rows * self.read_voltage * self.pulse_width)


LOAD_DIGITS = 9
"""Decimals of a row load [S] that are looked up."""


def _array_error(column: ColumnBehaviour, on_resistance: float, off_resistance: float) -> float:
    """Largest relative difference from the table's charges at the device resistance nearest to `on_resistance` [1].

    Rows without load are compared.
    """
    table, series = column.table, column.driver_resistance + column.select_resistance
    ohms = axis(table, "device_resistance")
    nearest = int(np.argmin(np.abs(np.log(ohms / on_resistance))))
    charges = values(table, "charge", DIMENSIONS)[:, nearest] / (column.read_voltage * column.pulse_width)
    active = 1.0 / (ohms[nearest] + column.select_resistance)
    load = axis(table, "row_load")[0]
    worst = 0.0
    for i, count in enumerate(axis(table, "active_rows")):
        read = ((2 * np.arange(round(count)) + 1) * column.rows / (2 * count)).astype(int)
        for k, share in enumerate(axis(table, "on_fraction")):
            idle = share / (series + on_resistance) + (1.0 - share) / (series + off_resistance)
            cells = np.full((column.rows, 1), 1.0 / (1.0 / idle - column.driver_resistance))
            cells[read] = active
            if load == 0.0 and np.isfinite(charges[i, 0, k]):
                found = float(effective_conductance(cells, column.wiring)[read].sum())
                worst = max(worst, abs(found / charges[i, 0, k] - 1.0))
    return worst
