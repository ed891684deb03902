"""Spread over cycles by restricted likelihood, and the degrees of freedom that few cycles leave."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit.cycles.cyclespread import LIMITS, degrees_of_freedom, likeliest_spreads

CYCLES = 6


def linear(own: np.ndarray, noise: float, tau: float) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """One reading of each cycle's own value, its tie to the centre, and one reading of another parameter."""
    count = own.size
    readings = np.column_stack([np.eye(count), np.zeros((count, 2))]) / noise
    ties = np.column_stack([np.eye(count), -np.ones(count), np.zeros(count)]) / tau
    other = np.zeros((1, count + 2))
    other[0, -1] = 10.0
    matrix = np.concatenate([readings, ties, other])
    residual = np.concatenate([-own / noise, np.zeros(count + 1)])
    return matrix, residual, {"voltage": np.arange(count, 2 * count)}


def spread(own: np.ndarray, noise: float, tau: float = 0.1) -> float:
    return likeliest_spreads(*linear(own, noise, tau), {"voltage": tau}, {"voltage": 1.0})["voltage"]


def test_where_own_values_are_known_the_spread_is_that_of_the_formula():
    own = np.random.default_rng(1).normal(0.0, 0.2, CYCLES)
    square = float(np.sum((own - own.mean()) ** 2))
    assert spread(own, 1e-6) == pytest.approx(np.sqrt(square / (CYCLES - 2)), rel=1e-3)
    assert spread(own, 1e-6, tau=0.9) == pytest.approx(spread(own, 1e-6, tau=0.002), rel=1e-3)


def test_own_values_that_readings_hardly_tell_do_not_pull_the_spread_to_zero():
    """It is kept off zero by about a standard error, so that it is found rather too large than too small."""
    generator, found = np.random.default_rng(2), []
    for _ in range(60):
        own = generator.normal(0.0, 0.02, CYCLES) + generator.normal(0.0, 0.02, CYCLES)
        found.append(spread(own, 0.02, tau=0.003))
        assert spread(own, 0.02, tau=0.05) == pytest.approx(found[-1], rel=1e-3)
    assert min(found) > 5.0 * LIMITS[0]
    assert 0.02 < np.median(found) < 0.035


def test_intervals_of_a_mean_over_cycles_take_students_t_of_one_less():
    matrix, _, ties = linear(np.zeros(CYCLES), 1e-6, 0.1)
    centre, other = degrees_of_freedom(matrix, ties, [CYCLES, CYCLES + 1])
    assert centre == pytest.approx(CYCLES - 1, rel=1e-4)
    assert other > 1e5


def test_readings_as_coarse_as_the_spread_leave_fewer_degrees_of_freedom_to_its_share():
    matrix, _, ties = linear(np.zeros(CYCLES), 0.1, 0.1)
    # half of the centre's variance comes through the ties, which are known with (n - 1)/2: nu = (n - 1)/2 * 4
    assert degrees_of_freedom(matrix, ties, [CYCLES])[0] == pytest.approx(2.0 * (CYCLES - 1), rel=1e-4)
