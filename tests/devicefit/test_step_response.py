"""Thermal fit: recovery, piecewise-exact response, honest failure."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit.heat.step_response import assumed_heat, fit_heat, heat_response
from measurements.errors import FitError
from measurements.heat import ThermalStep
from measurements.records import MeasurementSet
from measurements.sweep import Source


def record(time: np.ndarray, power: np.ndarray, temperature: np.ndarray) -> ThermalStep:
    return ThermalStep(time, power, temperature, 300.0, "d", "c", Source("heat.csv", "0" * 64))


def blank(power: np.ndarray, step: float = 2e-9) -> ThermalStep:
    return record(np.arange(power.size) * step, power, np.full(power.size, 300.0))


def test_response_to_a_step_and_its_end_is_exact() -> None:
    power = np.where(np.arange(100) < 50, 2e-3, 0.0)
    temperature = heat_response(blank(power), 6e4, 5e-13)
    time = np.arange(100) * 2e-9
    rise = 120.0 * (1 - np.exp(-np.minimum(time, 1e-7) / 3e-8))
    expected = 300 + rise * np.exp(-np.maximum(time - 1e-7, 0) / 3e-8)
    np.testing.assert_allclose(temperature, expected, rtol=1e-12)


def test_truth_lies_in_the_95_percent_interval(synthetic_records: MeasurementSet) -> None:
    fit = fit_heat(synthetic_records.heat)
    for parameter, truth in ((fit.resistance, 6e4), (fit.capacitance, 5e-13)):
        assert parameter.origin == "fitted"
        assert parameter.standard_error is not None
        assert abs(parameter.value - truth) < 1.96 * parameter.standard_error
        assert 0 < parameter.standard_error < 0.01 * truth
    assert fit.rms_error == pytest.approx(0.5, rel=0.15)


def test_errors_cover_the_truth_as_often_as_they_say() -> None:
    generator = np.random.default_rng(3)
    power = np.repeat([1e-3, 3e-3], 60)
    clean = heat_response(blank(power), 4e4, 7e-13)
    inside = 0
    for _ in range(60):
        base = blank(power)
        noisy = record(np.array(base.time), power, clean + generator.normal(0, 1.0, power.size))
        parameter = fit_heat([noisy]).resistance
        assert parameter.standard_error is not None
        inside += abs(parameter.value - 4e4) < parameter.standard_error
    assert 30 <= inside <= 52  # 41 expected of 60 for one standard deviation


def test_two_records_of_a_cell_are_fitted_together() -> None:
    power = np.full(80, 1e-3)
    exact = [record(np.arange(80) * d, power, heat_response(blank(power, d), 5e4, 1e-12)) for d in (1e-9, 5e-9)]
    fit = fit_heat(exact)
    assert fit.resistance.value == pytest.approx(5e4, rel=1e-6)
    assert fit.capacitance.value == pytest.approx(1e-12, rel=1e-6)


def test_unresolved_rise_leaves_the_capacitance_assumed() -> None:
    generator = np.random.default_rng(1)
    power = np.full(30, 1e-3)
    slow = record(np.arange(30) * 1e-3, power, np.r_[300.0, np.full(29, 360.0)] + generator.normal(0, 0.3, 30))
    fit = fit_heat([slow])
    assert fit.resistance.value == pytest.approx(6e4, rel=0.01)
    assert fit.capacitance.origin == "assumed"


def test_records_without_information_are_refused() -> None:
    with pytest.raises(FitError, match="no heat record"):
        fit_heat([])
    with pytest.raises(FitError, match=r"heat\.csv: the power is never above zero"):
        fit_heat([blank(np.zeros(20))])
    with pytest.raises(FitError, match="does not rise"):
        fit_heat([record(np.arange(20.0), np.full(20, 1e-3), np.full(20, 299.0))])


def test_assumed_values_follow_their_formula_and_say_so() -> None:
    heat = assumed_heat()
    assert heat.resistance.value == pytest.approx(1 / (4 * 1e-8 * 457), rel=1e-12)
    assert heat.capacitance.value == pytest.approx(np.pi * 1e-16 * 25e-9 * 3.45e6, rel=1e-12)
    assert {heat.resistance.origin, heat.capacitance.origin} == {"assumed"}
    assert heat.resistance.standard_error is None
    assert "no heat record" in heat.resistance.note
