"""Interpolation against functions known everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicHermiteSpline

from circuits.interpolation import interpolate

X = np.array([0.0, 1.0, 1.5, 3.0, 5.0])
Y = np.array([-1.0, 0.0, 2.0])
Z = np.array([2.0, 7.0])


def test_unsymmetric_multilinear_function_is_exact_between_the_points() -> None:
    grid = np.meshgrid(X, Y, Z, indexing="ij")
    values = 3.0 * grid[0] - 7.0 * grid[1] + 0.5 * grid[2]
    random = np.random.default_rng(1)
    points = [random.uniform(axis[0], axis[-1], 200) for axis in (X, Y, Z)]
    expected = 3.0 * points[0] - 7.0 * points[1] + 0.5 * points[2]
    np.testing.assert_allclose(interpolate([X, Y, Z], values, points), expected, rtol=1e-12, atol=1e-12)


def test_grid_points_give_the_tabulated_values_bit_for_bit() -> None:
    values = np.random.default_rng(2).normal(size=(5, 3))
    points = [axis.ravel() for axis in np.meshgrid(X, Y, indexing="ij")]
    assert interpolate([X, Y], values, points).tobytes() == values.ravel().tobytes()


def test_one_axis_is_the_limited_parabolic_hermite_spline() -> None:
    values = np.exp(0.4 * X)  # convex and monotone: no slope is limited
    h, d = np.diff(X), np.diff(values) / np.diff(X)
    slopes = np.empty(5)
    slopes[1:-1] = (h[:-1] * d[1:] + h[1:] * d[:-1]) / (h[:-1] + h[1:])
    slopes[0] = ((2 * h[0] + h[1]) * d[0] - h[0] * d[1]) / (h[0] + h[1])
    slopes[-1] = ((2 * h[-1] + h[-2]) * d[-1] - h[-1] * d[-2]) / (h[-1] + h[-2])
    at = np.linspace(0.0, 5.0, 101)
    np.testing.assert_allclose(interpolate([X], values, [at]), CubicHermiteSpline(X, values, slopes)(at), rtol=1e-12)


def test_third_order_convergence_on_a_smooth_function() -> None:
    at = np.linspace(0.1, 1.9, 400)
    errors = []
    for count in (9, 17, 33):
        axis = np.linspace(0.0, 2.0, count)
        errors.append(np.abs(interpolate([axis], np.exp(axis), [at]) - np.exp(at)).max())
    assert errors[0] / errors[1] > 6.0
    assert errors[1] / errors[2] > 6.0
    assert errors[2] < 1e-4


@settings(max_examples=60)
@given(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=8))
def test_monotone_data_give_a_monotone_curve(steps: list[float]) -> None:
    axis = np.cumsum(np.linspace(1.0, 2.0, len(steps)))
    values = np.cumsum(steps)
    curve = interpolate([axis], values, [np.linspace(axis[0], axis[-1], 500)])
    assert np.all(np.diff(curve) >= -1e-12 * (1.0 + values[-1]))


def test_missing_values_spoil_only_the_cells_they_touch() -> None:
    values = X.copy()
    values[-1] = np.nan
    result = interpolate([X], values, [np.array([0.5, 2.9, 3.0, 3.1, 5.0])])
    assert result[:3].tolist() == pytest.approx([0.5, 2.9, 3.0])
    assert np.isnan(result[3:]).all()


def test_an_axis_of_one_point_takes_its_value() -> None:
    assert interpolate([np.array([4.0])], np.array([7.0]), [np.array([4.0])]).tolist() == [7.0]
