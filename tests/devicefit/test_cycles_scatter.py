"""Scatter of readings from their residuals: each component found where it was put."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit.cycles.scatter import OF_RESET, PARTS, Readings, Scatter, likeliest

COUNT = 6000
TRUE = Scatter(np.array([0.01, 0.05, 0.02, 0.03, 0.2, 0.01]), 0.1, (2.0, 0.5))


def readings(true: Scatter) -> Readings:
    generator = np.random.default_rng(5)
    part = generator.integers(0, PARTS, COUNT)
    noise, steepness = 10.0 ** generator.uniform(-6, 0, COUNT), 10.0 ** generator.uniform(-5, 0, COUNT)
    factor = np.where(part >= OF_RESET, true.noise_factors[1], true.noise_factors[0])
    square = (factor * noise) ** 2 + (true.time_doubt * steepness) ** 2 + true.parts[part] ** 2
    residual = np.sqrt(square) * generator.standard_normal(COUNT)
    return Readings(residual, noise, steepness, np.ones(COUNT), part)


def test_every_component_is_found_within_a_tenth() -> None:
    found = likeliest(readings(TRUE), Scatter(np.full(PARTS, 0.1)), 3.0, all_of_it=True)
    assert np.exp(found.logarithms) == pytest.approx(np.exp(TRUE.logarithms), rel=0.1)


def test_one_reading_in_a_hundred_thirty_times_too_far_does_not_double_anything() -> None:
    seen = readings(TRUE)
    seen.residual[::100] *= 30.0  # the root mean square grows to 3.2 times
    found = likeliest(seen, Scatter(np.full(PARTS, 0.1)), 3.0, all_of_it=True)
    ratios = np.exp(found.logarithms - TRUE.logarithms)
    assert np.all((ratios > 0.9) & (ratios < 2.0))


def test_far_from_a_minimum_the_instrument_is_taken_as_stated() -> None:
    found = likeliest(readings(TRUE), Scatter(np.full(PARTS, 0.1), 0.05), 3.0, all_of_it=False)
    assert found.time_doubt == pytest.approx(0.05)
    assert found.noise_factors == pytest.approx((1.0, 1.0))
    assert found.parts[4] == pytest.approx(0.2, rel=0.1)


def test_a_part_of_too_few_readings_keeps_its_start() -> None:
    seen = readings(TRUE)
    few = Readings(*(column[seen.part != 1] for column in vars(seen).values()))
    assert likeliest(few, Scatter(np.full(PARTS, 0.07)), 3.0, all_of_it=True).parts[1] == pytest.approx(0.07)
