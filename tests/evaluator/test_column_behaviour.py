"""The column that made the ideal table comes back out of it."""

from __future__ import annotations

import numpy as np
import pytest
import synthetic_tables as ideal

from evaluator import ColumnBehaviour
from measurements.errors import TableError

ON, SHARE = 600.0, 0.3


@pytest.fixture(scope="module")
def column(tables):
    return ColumnBehaviour.from_tables(tables, ON, SHARE)


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
    assert column.loss_error < 1e-3


@pytest.mark.parametrize(("resistance", "load", "share"), [(600.0, 0.0, 0.0), (1500.0, 1e-3, 0.5), (5e7, 3e-3, 1.0)])
def test_conductance_of_one_cell(column, resistance, load, share):
    found, clamped = column.conductance(np.array([resistance]), np.array([load]), np.array([share]))
    expected = ideal.cell(resistance, load, share) * ideal.attenuation(column.reference_rows)
    assert found == pytest.approx(expected, rel=0.01)
    assert clamped == 0


def test_current_of_many_active_cells(column):
    """S (b0 + b1 S + ...) with S the sum of single cells gives the table's charge back, on and off its grid."""
    single = float(column.conductance(np.array([ON]), np.array([0.0]), np.array([SHARE]))[0][0])
    for active, rel in ((4, 1e-3), (40, 1e-3), (98, 1e-3), (60, 5e-3)):
        total = active * single
        passed = total * np.polyval(column.loss[::-1], total)
        assert passed == pytest.approx(active * ideal.cell(ON, 0.0, SHARE) * ideal.attenuation(active), rel=rel)


def test_far_beyond_the_table_conductance_falls_with_resistance(column):
    found, _ = column.conductance(np.array([1e8, 1e9]), np.zeros(2), np.zeros(2))
    assert found[0] / found[1] == pytest.approx((1e9 + 20e3) / (1e8 + 20e3))


def test_each_cell_gets_its_own_look_up(column):
    rng = np.random.default_rng(4)
    resistance, load = rng.choice([400.0, 600.0, 1e8], (30, 8)), rng.uniform(0, 4e-3, (30, 1))
    share = rng.choice([0.1, 0.6], (1, 8))
    found, _ = column.conductance(resistance, load, share)
    expected = ideal.cell(resistance, load, share) * ideal.attenuation(column.reference_rows)
    np.testing.assert_allclose(found, expected, rtol=0.01)
    assert np.ptp(found[:, 0]) > 0


def test_outside_raises_or_is_counted(column):
    resistance = np.array([[100.0, 600.0], [600.0, 100.0]])
    with pytest.raises(TableError, match="device_resistance = 100 ohm is outside"):
        column.conductance(resistance, np.zeros(1), np.zeros(1))
    found, clamped = column.conductance(resistance, np.zeros(1), np.zeros(1), clamp=True)
    assert clamped == 2
    assert np.all(np.isfinite(found))
    with pytest.raises(TableError, match="row_load"):
        column.conductance(np.array([600.0]), np.array([1.0]), np.zeros(1))


def test_nan_raises(column):
    with pytest.raises(TableError):
        column.conductance(np.array([np.nan]), np.zeros(1), np.zeros(1))


def test_a_missing_attribute_is_named():
    data = ideal.column_table()
    del data.attrs["read_voltage"]
    with pytest.raises(TableError, match="'read_voltage'"):
        ColumnBehaviour.from_tables(ideal.ideal_tables(column_read=data), ON, SHARE)
