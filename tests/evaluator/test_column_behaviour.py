"""The column that made the ideal table comes back out of it."""

from __future__ import annotations

import numpy as np
import pytest
import synthetic_tables as ideal

from circuits.tables import TableSet
from evaluator import ColumnBehaviour
from evaluator.crossbar import effective_conductance
from measurements.errors import TableError

ON, SHARE = 600.0, 0.3


@pytest.fixture(scope="module")
def column(tables):
    return ColumnBehaviour.from_tables(tables, ON, 1e8, SHARE)


def test_scalars(column):
    assert (column.read_voltage, column.pulse_width, column.select_resistance, column.rows) == (
        0.1,
        5e-9,
        20e3,
        98,
    )
    assert column.energy_ratio == pytest.approx(ideal.ENERGY_RATIO)
    assert column.delay == pytest.approx(1e-12)
    assert column.energy_spread < 1e-9
    assert column.array_error < 1e-6


@pytest.mark.parametrize("load", [0.0, 3e-3])
def test_nominal_cell(column, load):
    assert column.nominal_cell(ON, load) == pytest.approx(ideal.cell(ON, load, SHARE), rel=0.01)


def test_nominal_cell_outside_the_table_is_refused(column):
    with pytest.raises(TableError, match="device_resistance = 100 ohm is outside"):
        column.nominal_cell(100.0, 0.0)


def test_wiring_is_that_of_the_table(column):
    found = effective_conductance(np.array([[1e-3]]), column.wiring)
    assert found[0, 0] == pytest.approx(1 / (1000 + ideal.DRIVER + ideal.SENSE + ideal.WIRE), rel=1e-12)


def test_charges_that_another_wire_gave_are_seen():
    data = ideal.column_table()
    data.attrs["wire_segment_resistance"] = 20.0
    other = ColumnBehaviour.from_tables(ideal.ideal_tables(column_read=data), ON, 1e8, SHARE)
    assert other.array_error > 0.02


@pytest.mark.parametrize("name", ["rows", "sense_resistance"])
def test_an_attribute_that_is_missing_is_named(name):
    data = ideal.column_table()
    del data.attrs[name]
    with pytest.raises(TableError, match=name):
        ColumnBehaviour.from_tables(ideal.ideal_tables(column_read=data), ON, 1e8, SHARE)


def test_a_layer_has_its_own_columns_where_the_tables_hold_them():
    data = ideal.column_table()
    data.attrs["sense_resistance"] = 2 * ideal.SENSE
    plain = {name: table.dataset for name, table in ideal.ideal_tables().items()}
    both = TableSet.of(plain | {"column_read_2": data}, {})
    first, second, third = (ColumnBehaviour.from_tables(both, ON, 1e8, SHARE, layer) for layer in range(3))
    assert second.sense_resistance == 2 * ideal.SENSE
    assert first.sense_resistance == third.sense_resistance == ideal.SENSE
