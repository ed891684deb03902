"""Lines: exact on exact data, honest intervals with white and correlated noise."""

from __future__ import annotations

import numpy as np
import pytest

from measurements.errors import FitError
from measurements.lines import fit_line, lag_correlation, robust_slope

X = np.linspace(0.0, 2.0, 40)


def red_noise(random: np.random.Generator, size: int, correlation: float) -> np.ndarray:
    noise = random.normal(0, 1, size)
    for place in range(1, size):
        noise[place] += correlation * noise[place - 1]
    return noise


def test_exact_line() -> None:
    line = fit_line(X, 3.0 - 0.5 * X, ("V", "V/s"), "m")
    assert line.slope.value == pytest.approx(-0.5)
    assert line.at(4.0, "V", "m").value == pytest.approx(1.0)


@pytest.mark.parametrize(("correlation", "least"), [(0.0, 0.93), (0.5, 0.90)])
def test_slope_interval_covers(correlation: float, least: float) -> None:
    random = np.random.default_rng(2)
    x = np.linspace(0, 1, 150)
    inside, seen = 0, 0
    for _ in range(300):
        y = 2 * x + 0.3 * red_noise(random, x.size, correlation)
        slope = fit_line(x, y, ("1", "1"), "m").slope
        inside += slope.low <= 2.0 <= slope.high
        seen += slope.low <= 0.0 <= slope.high
    assert inside / 300 >= least
    assert seen / 300 < 0.2  # a flat line is not within them


def test_extrapolation_grows() -> None:
    random = np.random.default_rng(1)
    line = fit_line(X, X + random.normal(0, 0.1, X.size), ("V", "V/s"), "m")
    near, far = line.at(1.0, "V", "m"), line.at(10.0, "V", "m")
    assert far.high - far.low > 10 * (near.high - near.low)
    point = line.at(1.0, "V", "m", single=True)
    assert point.high - point.low > 3 * (near.high - near.low)


def test_correlation_of_white_noise_counts_as_none() -> None:
    random = np.random.default_rng(0)
    found = [lag_correlation(random.normal(0, 1, 100)) for _ in range(100)]
    assert np.mean(np.array(found) == 0) > 0.9
    assert lag_correlation(red_noise(random, 5000, 0.7)) == pytest.approx(0.7, abs=0.05)


def test_robust_slope_ignores_outliers_and_covers() -> None:
    random = np.random.default_rng(3)
    inside = 0
    for _ in range(300):
        y = 0.2 * np.arange(30.0) + random.normal(0, 1, 30)
        y[random.integers(0, 30, 3)] += 40
        slope = robust_slope(np.arange(30.0), y, "V", "m")
        inside += slope.low <= 0.2 <= slope.high
    assert inside / 300 >= 0.9


def test_too_few_points() -> None:
    with pytest.raises(FitError):
        fit_line(X[:2], X[:2], ("1", "1"), "m")
    with pytest.raises(FitError, match="six"):
        robust_slope(X[:5], X[:5], "1", "m")


def test_thousands_of_points_are_grouped() -> None:
    random = np.random.default_rng(11)
    x = np.arange(20_000.0)
    slope = robust_slope(x, 0.01 * x + random.normal(0, 5, x.size), "V", "m")
    assert slope.low <= 0.01 <= slope.high
    assert slope.high - slope.low < 1e-4
    assert "over 20000" in slope.method
