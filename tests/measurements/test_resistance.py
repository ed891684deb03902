"""Resistances: intervals that hold, limits left out, bounds below the noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from measurements import Activity, Criteria, Import, Sweep, analyse_sweep
from measurements.estimate import Bound
from measurements.ramp import outward_ramps
from measurements.resistance import Resistance, low_voltage_resistance, slope_resistance, window_resistance

VOLTAGE = np.arange(0.0, 0.5, 0.02)


def test_interval_covers() -> None:
    random = np.random.default_rng(4)
    inside = seen = 0
    for _ in range(300):
        found = slope_resistance(VOLTAGE, VOLTAGE / 610 + 5e-6 * random.normal(size=VOLTAGE.size) + 1e-6, Criteria())
        assert found is not None
        estimate = found.estimate()
        inside += estimate.low <= 610.0 <= estimate.high
        seen += estimate.low <= 1.15 * 610.0 <= estimate.high
    assert inside / 300 >= 0.9
    assert seen / 300 < 0.1


def test_points_in_limit_do_not_enter(make_sweep: Callable[..., Sweep]) -> None:
    """An `observe` file: 0.1 V over the limit is no resistance."""
    current = np.minimum(VOLTAGE / 610.0, 1e-4)  # limit from 0.061 V on
    sweep = make_sweep(VOLTAGE, current, Activity.SET, compliance_current=1e-4)
    (ramp,) = outward_ramps(sweep, Criteria())
    assert ramp.limited[VOLTAGE > 0.07].all()
    assert low_voltage_resistance(ramp, VOLTAGE.size, Criteria()) is None
    wide = make_sweep(VOLTAGE, np.minimum(VOLTAGE / 610.0, 2e-4), Activity.RESET, compliance_current=2e-4)
    (ramp,) = outward_ramps(wide, Criteria())
    found = low_voltage_resistance(ramp, VOLTAGE.size, Criteria())
    assert found is not None
    assert found.value == pytest.approx(610.0)


def test_hidden_slope_is_a_bound_that_holds() -> None:
    random = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        found = window_resistance(VOLTAGE, VOLTAGE / 1e10 + 1e-10 * random.normal(size=VOLTAGE.size), Criteria())
        assert found is not None
        held += (found.is_bound and found.value <= 1e10) or not found.is_bound
    assert held / 200 > 0.95
    plain = window_resistance(VOLTAGE, VOLTAGE / 1e6, Criteria())
    assert plain is not None
    assert (plain.value, plain.is_bound) == (pytest.approx(1e6), False)


def test_estimate_of_bounds_and_of_two_points() -> None:
    assert Resistance(7e7, None, is_bound=True).estimate().bound is Bound.AT_LEAST
    assert np.isnan(Resistance(610.0, None, points=2).estimate().low)


def test_measured_on_resistances_are_known_to_a_few_percent(real_import: Import) -> None:
    errors = [
        event.on_resistance.standard_error / event.on_resistance.value
        for sweep in real_import.records.sweeps
        for event in analyse_sweep(sweep)
        if event.on_resistance is not None and event.on_resistance.standard_error is not None
    ]
    assert len(errors) > 150
    assert np.median(errors) < 0.05
