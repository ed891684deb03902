"""The isothermal switching law: re-derivation, limits, and its fit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from devicefit.card import Parameter
from devicefit.heat import IsothermalLaw, fit_isothermal, off_power, on_power, surface_temperature
from devicefit.heat.synthesis import HEAT_TRUTH, SINKS, stack_switching, synthetic_law
from measurements.errors import FitError, InputError
from measurements.heat import StackSwitching

EXAMPLE = IsothermalLaw(145.3 / 30e-9, 6.25e5, 10e-9, 1650.0, 10e-9)  # Tc, kE, smax of doi 10.1002/adma.201306182
CRITICAL = Parameter(HEAT_TRUTH["critical_temperature"], "K", "assumed")


def test_on_and_off_powers_hold_the_surface_at_the_critical_temperature() -> None:
    resistance = np.array([40.0, 200.0, 5e3])
    radius = np.sqrt(EXAMPLE.oxide_thickness / (EXAMPLE.saturated_conductivity * np.pi * resistance))
    voltage = np.sqrt(on_power(EXAMPLE, resistance) * resistance)
    np.testing.assert_allclose(surface_temperature(EXAMPLE, 6.25e5, radius, voltage), 1650.0, rtol=1e-12)
    resistance = np.array([5.0, 50.0, 100.0])
    conductivity = EXAMPLE.oxide_thickness / (np.pi * EXAMPLE.saturated_radius**2 * resistance)
    voltage = np.sqrt(off_power(EXAMPLE, resistance) * resistance)
    np.testing.assert_allclose(surface_temperature(EXAMPLE, conductivity, 10e-9, voltage), 1650.0, rtol=1e-12)


def test_published_combinations() -> None:
    k, s, r, t, d, e = 145.3, 6.25e5, 10e-9, 1650.0, 10e-9, 30e-9
    lorenz = 2.44e-8
    assert EXAMPLE.on_scale == pytest.approx(2 * k * d / (s * e) * 1350, rel=1e-12)
    assert EXAMPLE.off_scale == pytest.approx(8 * d**2 * lorenz * t / r**2 * 1350, rel=1e-12)
    assert EXAMPLE.minimum_resistance == pytest.approx(k / (4 * math.pi * s**2 * lorenz * t * e), rel=1e-12)
    assert EXAMPLE.maximum_resistance == pytest.approx(4 * d**2 * lorenz * t * e / (math.pi * r**4 * k), rel=1e-12)


def test_three_free_quantities_not_four() -> None:
    ratio = math.sqrt(EXAMPLE.maximum_resistance / EXAMPLE.minimum_resistance)
    assert EXAMPLE.off_scale == pytest.approx(EXAMPLE.on_scale * ratio, rel=1e-12)
    names = ("sink", "saturated_conductivity", "saturated_radius", "critical_temperature")
    figures = ("on_scale", "off_scale", "minimum_resistance", "maximum_resistance")
    slopes = np.empty((4, 4))
    for column, name in enumerate(names):
        shifted = replace(EXAMPLE, **{name: getattr(EXAMPLE, name) * (1 + 1e-6)})
        slopes[:, column] = [math.log(getattr(shifted, f) / getattr(EXAMPLE, f)) / 1e-6 for f in figures]
    singular = np.linalg.svd(slopes, compute_uv=False)
    assert singular[3] < 1e-4 < 0.5 < singular[2]


def test_powers_diverge_at_their_limits_and_scale_with_the_sink() -> None:
    low, high = EXAMPLE.minimum_resistance, EXAMPLE.maximum_resistance
    assert on_power(EXAMPLE, 1.001 * low) > 100 * on_power(EXAMPLE, 2 * low)
    assert off_power(EXAMPLE, 0.999 * high) > 100 * off_power(EXAMPLE, 0.1 * high)
    better = replace(EXAMPLE, sink=2 * EXAMPLE.sink)
    assert on_power(better, 1e6) == pytest.approx(2 * on_power(EXAMPLE, 1e6), rel=1e-4)
    for power, value in ((on_power, low), (off_power, high), (off_power, 0.0)):
        with pytest.raises(InputError):
            power(EXAMPLE, value)
    with pytest.raises(InputError):
        replace(EXAMPLE, critical_temperature=300.0)


def test_fit_covers_the_truth_in_95_percent_of_trials() -> None:
    inside: dict[str, int] = {}
    trials = 40
    for seed in range(trials):
        record = stack_switching("d", np.random.default_rng(seed), "synthetic")
        fit = fit_isothermal(record, HEAT_TRUTH["oxide_thickness"], CRITICAL)
        found = {
            "saturated_conductivity": fit.saturated_conductivity,
            "saturated_radius": fit.saturated_radius,
            **fit.sink,
        }
        for name, parameter in found.items():
            assert parameter.standard_error is not None
            truth = SINKS.get(name) or HEAT_TRUTH[name]
            assert parameter.standard_error < 0.03 * truth
            inside[name] = inside.get(name, 0) + (abs(parameter.value - truth) < 1.96 * parameter.standard_error)
    assert all(count >= 0.85 * trials for count in inside.values()), inside  # 34 of 40, 38 expected
    assert sum(inside.values()) >= 0.9 * trials * len(inside)


def test_fit_says_what_it_cannot_tell() -> None:
    record = stack_switching("d", np.random.default_rng(1), "synthetic")
    fit = fit_isothermal(record, HEAT_TRUTH["oxide_thickness"], CRITICAL)
    assert fit.undetermined == ("critical_temperature",)
    assert fit.critical_temperature.origin == "assumed"
    assert fit.chi_square is not None
    assert 0.4 < fit.chi_square < 1.8
    other = fit_isothermal(record, HEAT_TRUTH["oxide_thickness"], replace(CRITICAL, value=1300.0))
    assert other.chi_square == pytest.approx(fit.chi_square, rel=1e-4)  # any Tc fits as well
    assert other.sink["Pt50/Ti20"].value != pytest.approx(fit.sink["Pt50/Ti20"].value, rel=0.05)
    law, truth = fit.law("Rh50/Cr20"), synthetic_law("Rh50/Cr20")
    assert law.minimum_resistance == pytest.approx(truth.minimum_resistance, rel=0.05)


def test_records_without_enough_are_refused() -> None:
    record = stack_switching("d", np.random.default_rng(1), "synthetic")
    on = np.array([kind == "on" for kind in record.operation])
    with pytest.raises(FitError, match="on and off"):
        fit_isothermal(_rows(record, on), 25e-9, CRITICAL)
    with pytest.raises(FitError, match="row 0"):
        fit_isothermal(replace(record, spread=np.zeros(record.count.size)), 25e-9, CRITICAL)
    with pytest.raises(FitError, match="events"):
        fit_isothermal(replace(record, count=np.full(record.count.size, 2.0)), 25e-9, CRITICAL)
    few = np.isin(np.arange(record.count.size), (0, 6))
    with pytest.raises(FitError, match="2 rows for 3"):
        fit_isothermal(_rows(record, few), 25e-9, CRITICAL)


def _rows(record: StackSwitching, kept: np.ndarray) -> StackSwitching:
    arrays = ("line_width", "resistance", "switching_power", "spread", "count")
    words = {name: tuple(np.array(getattr(record, name))[kept]) for name in ("electrode", "operation")}
    return replace(record, **words, **{name: getattr(record, name)[kept] for name in arrays})
