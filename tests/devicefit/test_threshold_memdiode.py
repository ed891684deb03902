"""Equations of the model: limits, continuation, solution of the series resistance, rates by definition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicefit.card import DeviceCard
from devicefit.models.static import off_resistance, on_resistance
from devicefit.numerics import BOLTZMANN, bounded_exp, bounded_exp_slope, bounded_sinh, bounded_sinh_slope
from devicefit.synthesis import reference_truth
from devicefit.threshold_memdiode import (
    current,
    internal_voltage,
    parameter_vector,
    rates,
)
from measurements.errors import InputError

TRUTH = reference_truth()
VOLTAGES = np.linspace(-3.0, 4.0, 29)


def changed(**values: float) -> DeviceCard:
    """The truth with other values."""
    new = {name: replace(TRUTH.parameters[name], value=value) for name, value in values.items()}
    return replace(TRUTH, parameters={**TRUTH.parameters, **new})


def test_without_series_resistance_each_state_limit_is_its_own_sinh() -> None:
    bare = changed(series_resistance=0.0)
    on = 1.0e-3 * np.sinh(2.0 * VOLTAGES)
    off = 5e-9 * np.sinh(1.5 * VOLTAGES)
    np.testing.assert_allclose(current(bare, VOLTAGES, 1.0), on, rtol=1e-13)
    np.testing.assert_allclose(current(bare, VOLTAGES, 0.0), off, rtol=1e-13)
    np.testing.assert_allclose(current(bare, VOLTAGES, 0.25), 0.25 * on + 0.75 * off, rtol=1e-12)


def test_vanishing_series_resistance_is_a_smooth_limit() -> None:
    np.testing.assert_allclose(
        current(changed(series_resistance=1e-9), VOLTAGES, 0.5),
        current(changed(series_resistance=0.0), VOLTAGES, 0.5),
        rtol=1e-5,
    )


@given(
    voltage=st.floats(-20, 20),
    fraction=st.floats(0, 1),
    resistance=st.floats(1e-3, 1e7),
    slope=st.floats(0.01, 40),
    prefactor=st.floats(1e-12, 1.0),
)
def test_kirchhoff_holds_behind_any_series_resistance(
    voltage: float, fraction: float, resistance: float, slope: float, prefactor: float
) -> None:
    card = changed(series_resistance=resistance, on_slope=slope, on_current=prefactor)
    inside = float(internal_voltage(card, voltage, fraction))
    through = float(current(card, voltage, fraction))
    assert voltage == pytest.approx(inside + resistance * through, rel=1e-9, abs=1e-12)
    assert 0 <= inside * np.sign(voltage) <= abs(voltage)


def test_small_signal_resistances_are_slopes_of_the_current_at_zero() -> None:
    step = 1e-6
    assert step / float(current(TRUTH, step, 1.0)) == pytest.approx(on_resistance(TRUTH), rel=1e-6)
    resting = 1.0 / (1.0 + np.exp(TRUTH.value("state_limit")))
    assert step / float(current(TRUTH, step, resting)) == pytest.approx(off_resistance(TRUTH), rel=1e-6)
    assert on_resistance(TRUTH) == pytest.approx(120.0 + 1 / (1.0e-3 * 2.0), rel=1e-6)


@pytest.mark.parametrize(("value", "slope"), [(bounded_exp, bounded_exp_slope), (bounded_sinh, bounded_sinh_slope)])
def test_continuation_joins_value_and_slope_and_is_linear_beyond(value, slope) -> None:  # type: ignore[no-untyped-def]
    assert value(45.0 + 1e-9) == pytest.approx(value(45.0), rel=1e-8)
    assert slope(45.0 + 1e-9) == pytest.approx(slope(45.0 - 1e-9), rel=1e-8)
    assert value(47.0) - value(46.0) == pytest.approx(value(1000.0) - value(999.0), rel=1e-9)
    assert value(1.0) == pytest.approx(np.exp(1.0) if value is bounded_exp else np.sinh(1.0), rel=1e-15)


def test_sinh_is_odd_beyond_its_limit() -> None:
    assert bounded_sinh(-50.0) == -bounded_sinh(50.0)


def test_rates_are_one_at_the_thresholds_and_follow_slope_and_arrhenius() -> None:
    ambient = 300.0
    at_set = rates(TRUTH, 2.6, ambient)
    at_reset = rates(TRUTH, -0.9, ambient)
    assert float(at_set[0]) == pytest.approx(1.0, rel=1e-12)
    assert float(at_reset[1]) == pytest.approx(1.0, rel=1e-12)
    assert float(rates(TRUTH, 2.7, ambient)[0]) == pytest.approx(np.exp(12.0 * 0.1), rel=1e-9)
    assert float(rates(TRUTH, -1.0, ambient)[1]) == pytest.approx(np.exp(35.0 * 0.1), rel=1e-9)
    hot = float(rates(TRUTH, -0.9, 350.0)[1])
    assert hot == pytest.approx(np.exp(1.0 / BOLTZMANN * (1 / 300 - 1 / 350)), rel=1e-9)


def test_vector_keeps_the_order_of_the_parameters() -> None:
    vector = parameter_vector(TRUTH)
    assert vector[0] == 1.0e-3
    assert vector[4] == 120.0
    assert vector[5] == 2.6
    assert vector[7] == 0.9
    assert vector[13] == 5e-13


def test_unusable_cards_and_states_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="model is 'vteam'"):
        parameter_vector(replace(TRUTH, model="vteam"))
    with pytest.raises(InputError, match="reset_slope is nan"):
        parameter_vector(changed(reset_slope=float("nan")))
    with pytest.raises(InputError, match="on_current is 0"):
        parameter_vector(changed(on_current=0.0))
    lacking = {name: value for name, value in TRUTH.parameters.items() if name != "off_slope"}
    with pytest.raises(InputError, match="no parameter 'off_slope'"):
        parameter_vector(replace(TRUTH, parameters=lacking))
    with pytest.raises(InputError, match="outside 0"):
        current(TRUTH, 1.0, 1.5)
