"""Errors of column interfaces: what the tables say, how they are drawn, trimmed, and what they do to a layer."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from circuits.tables import TableSet
from evaluator.interface import Interfaces, Trim, acting_errors, interface_errors, trim_power, trimmed, with_errors
from evaluator.layerstate import Layer
from evaluator.mapping import MappedLayer
from measurements.errors import InputError, TableError

RNG = np.random.default_rng(4)
PLUS, MINUS = RNG.uniform(0, 1e-6, (2, 7, 500))
MAPPED = MappedLayer(PLUS, MINUS, 4, np.full(7, 500))
DRAWS = 400


def errors_table(draws, gains, offsets, volts):
    """Gains (draws, 2) of the plus and the minus side, offsets (draws, volts) [A]."""
    axes = {"draw": draws, "sign": [-1.0, 1.0], "membrane_voltage": volts}
    gains = np.asarray(gains, float)
    charge = np.stack([-gains[:, 1], gains[:, 0]], axis=1)[:, :, None] * np.ones(len(volts))
    offset = np.asarray(offsets, float)[:, None, :] * np.ones((1, 2, 1))
    data = {"charge_gain": charge, "offset_current": offset, "column_offset": np.full(charge.shape, -2e-3)}
    data["status"] = np.zeros(charge.shape, np.int64)
    attributes = {"rest_conductance": 1e-4, "interface_strobe_width": 30e-9}
    named = {key: (tuple(axes), value, {"role": "quantity"}) for key, value in data.items()}
    return xr.Dataset(named, coords=axes, attrs=attributes)


def tables(gains=None, offsets=None):
    plain = xr.Dataset(
        {
            "delay": (("sign",), np.array([4e-9, 8e-9])),
            "status": (("sign",), np.zeros(2, np.int64)),
        }, coords={"sign": [-1.0, 1.0]},
    )  # fmt: skip
    rng = np.random.default_rng(1)
    if gains is None:
        gains = np.array([0.8, 1.0]) * np.exp(rng.normal(0, [0.3, 0.1], (DRAWS, 2)))
    if offsets is None:
        offsets = -2e-7 + rng.normal(0, 5e-7, (DRAWS, 1))
    common = errors_table([0.0], [[0.8, 1.0]], [[3e-7, -2e-7, -2e-7]], [0.0, 0.4, 0.8])
    drawn = errors_table(np.arange(1.0, len(gains) + 1), gains, offsets, [0.5])
    read = xr.Dataset({"status": ((), 0)}, attrs={"sense_resistance": 500.0})
    named = {
        "column_read": read,
        "column_interface": plain,
        "column_interface_common": common,
        "column_interface_mismatch": drawn,
    }
    return TableSet.of(named, {})


def test_as_designed_the_sides_differ_and_columns_at_rest_leak():
    found = interface_errors(tables(), 0, 0.9, MAPPED)
    # 500 ohm before 0.1 mS take 5 %, which the crossbar's equations know of
    assert found.plus.shape == (2, 500)
    np.testing.assert_allclose(found.plus, 0.8 * 1.05 / 0.9)
    np.testing.assert_allclose(found.minus, 1.0 * 1.05 / 0.9)
    np.testing.assert_allclose(found.offset[0], 0.9 * 2e-3 * (PLUS - MINUS)[:4].sum(axis=0), rtol=1e-9)
    assert np.interp(0.2, found.voltage, found.common) == pytest.approx(0.5e-7)
    assert (found.delay, found.strobe, found.trimming) == (pytest.approx(6e-9), 30e-9, 0.0)


def test_draws_have_the_spread_of_the_table_and_the_seed_names_them():
    found = interface_errors(tables(), 0, 0.9, MAPPED, seed=3)
    systematic = interface_errors(tables(), 0, 0.9, MAPPED)
    assert np.std(np.log(found.plus)) == pytest.approx(0.3, rel=0.12)
    assert np.std(np.log(found.minus)) == pytest.approx(0.1, rel=0.12)
    assert np.std(found.offset - systematic.offset) == pytest.approx(5e-7, rel=0.12)
    assert np.mean(found.offset - systematic.offset) == pytest.approx(0.0, abs=1e-7)
    np.testing.assert_array_equal(interface_errors(tables(), 0, 0.9, MAPPED, seed=3).offset, found.offset)
    assert not np.array_equal(interface_errors(tables(), 1, 0.9, MAPPED, seed=3).offset, found.offset)


def test_a_trim_leaves_half_a_step_within_its_range():
    found = interface_errors(tables(), 0, 0.9, MAPPED, seed=3)
    left = trimmed(found, Trim(2e-8, 1e-6, 1 / 16, 0.5))
    total, before = left.offset - 2e-7, found.offset - 2e-7
    within = np.abs(before) < 1e-6
    assert within.mean() > 0.8
    assert np.abs(total[within]).max() <= 1.0001e-8
    np.testing.assert_allclose(total[~within], before[~within] - 1e-6 * np.sign(before[~within]))
    near = np.abs(found.minus / found.plus - 1.0) < 0.5
    assert near.mean() > 0.6
    assert np.abs(left.plus - left.minus)[near].max() <= 0.5 * (1 / 16) * found.plus[near].max()
    np.testing.assert_array_equal(left.minus, found.minus)
    assert left.trimming == pytest.approx(np.minimum(np.abs(before), 1e-6).sum(), rel=1e-2)
    assert trim_power((left, left), Trim()) == pytest.approx(2 * 1.8 * left.trimming)
    same = trimmed(found, Trim())
    np.testing.assert_array_equal(same.offset, found.offset)


def test_a_layer_gets_gains_offsets_and_delay_in_place():
    errors = interface_errors(tables(), 0, 0.9, MAPPED, seed=3)
    layer = Layer((PLUS - MINUS).astype(np.float32), np.ones(7), 2.0, 5e-9, 1e-9)
    found = with_errors(layer, errors, MAPPED, 0.25e-12)
    assert found.conductance[5, 17] == pytest.approx(
        errors.plus[1, 17] * PLUS[5, 17] - errors.minus[1, 17] * MINUS[5, 17], rel=1e-5
    )
    assert found.offset.slope[1, 17] == pytest.approx(errors.offset[1, 17] / 0.25e-12)
    assert found.offset.common[0] == pytest.approx(3e-7 / 0.25e-12)
    assert (found.delay, found.offset.strobe) == (pytest.approx(7e-9), 30e-9)
    assert found.offset.strobed.unit.tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_what_the_tables_cannot_give_is_refused():
    gains = np.ones((DRAWS, 2))
    gains[7, 1] = -0.1
    with pytest.raises(TableError, match="1 of 400 interfaces have no gain"):
        interface_errors(tables(gains=gains), 0, 0.9, MAPPED, seed=3)
    with pytest.raises(TableError, match="8 draws without a failed point"):
        interface_errors(tables(np.ones((5, 2)), np.zeros((5, 1))), 0, 0.9, MAPPED, seed=3)
    bare = TableSet({"column_interface": tables()["column_interface"]}, {})
    with pytest.raises(TableError, match="column_interface_common"):
        acting_errors(bare, (0.9,), (MAPPED,), Interfaces())
    for wrong in ((1e-8, 0.0), (2e-6, 1e-6), (-1e-8, 1e-6)):
        with pytest.raises(InputError, match="trim by steps"):
            Trim(*wrong)
    with pytest.raises(InputError, match="whole gain"):
        Trim(gain_step=0.1, gain_range=1.0)
