"""Interpolation against functions known everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicHermiteSpline

from circuits.interpolation import Interpolant, interpolate
from circuits.slopes import TOLERANCE

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


def _cells(axes: list[np.ndarray], seed: int, count: int = 400) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.uniform(axis[0], axis[-1], count) for axis in axes]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([(6,), (5, 4), (4, 3, 4)]))
def test_values_stay_within_the_corners_of_their_cell(seed: int, shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(seed)
    axes = [np.cumsum(random.uniform(0.1, 2.0, count)) for count in shape]
    values = random.normal(size=shape) * 10.0 ** random.uniform(-3, 3, shape)
    points = _cells(axes, seed)
    found = interpolate(axes, values, points)
    cells = [np.clip(np.searchsorted(a, p, side="right") - 1, 0, len(a) - 2) for a, p in zip(axes, points, strict=True)]
    corners = np.stack(
        [values[tuple(c + o for c, o in zip(cells, offset, strict=True))] for offset in np.ndindex(*(2,) * len(shape))]
    )
    room = 1e-9 * np.abs(corners).max(axis=0) + (TOLERANCE * np.ptp(corners, axis=0) if len(shape) > 1 else 0.0)
    assert np.all(found <= corners.max(axis=0) + room)
    assert np.all(found >= corners.min(axis=0) - room)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([(6,), (5, 4), (4, 3, 4)]))
def test_functions_of_one_sign_keep_it_strictly(seed: int, shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(seed)
    axes = [np.cumsum(random.uniform(0.1, 2.0, count)) for count in shape]
    values = np.where(random.uniform(size=shape) < 0.3, 0.0, random.uniform(size=shape) ** 8)
    found = interpolate(axes, values, _cells(axes, seed))
    assert np.all(found >= -1e-11 * values.max())
    assert np.any(found > 0.0) == np.any(values > 0.0)
    assert np.all(interpolate(axes, -values, _cells(axes, seed)) <= 1e-11 * values.max())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([(5, 4), (4, 3, 4)]))
def test_functions_that_rise_along_an_axis_rise_along_it_everywhere(seed: int, shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(seed)
    axes = [np.cumsum(random.uniform(0.1, 2.0, count)) for count in shape]
    steps = random.uniform(0.0, 1.0, shape) ** 8  # flat stretches beside steep ones
    values = np.cumsum(steps, axis=1) + random.normal(size=(shape[0], 1, *shape[2:]))
    points = _cells(axes, seed, 40)
    line = np.linspace(axes[1][0], axes[1][-1], 60)
    spread = [np.repeat(column, line.size) for column in points]
    spread[1] = np.tile(line, 40)
    found = interpolate(axes, values, spread).reshape(40, line.size)
    assert np.all(np.diff(found, axis=1) >= -TOLERANCE * np.ptp(values))
    edges = [np.full(60, axes[0][0]), line, *(np.full(60, axis[-1]) for axis in axes[2:])]  # strictly, on the grid
    assert np.all(np.diff(interpolate(axes, values, edges)) >= -1e-12 * np.ptp(values))
    assert np.ptp(found) > 0.0


def test_gradients_are_those_of_the_function_on_every_scale() -> None:
    axes = [np.logspace(-3, 0, 6), np.linspace(-1.0, 2.0, 5)]
    grid = np.meshgrid(*axes, indexing="ij")
    values = grid[0] ** 1.5 * np.exp(0.3 * grid[1] + 0.1 * grid[1] ** 2)
    function = Interpolant(axes, values, (True, False), exponential=True)
    points = [np.array([2.7e-3, 0.03, 0.4]), np.array([-0.7, 0.31, 1.9])]
    found, gradient = function.gradient(points)
    assert np.array_equal(found, function(points)[0])
    for number, step in enumerate((1e-6 * points[0], np.full(3, 1e-6))):
        up, down = ([p + sign * step if k == number else p for k, p in enumerate(points)] for sign in (1.0, -1.0))
        np.testing.assert_allclose(gradient[:, number], (function(up)[0] - function(down)[0]) / (2 * step), rtol=1e-6)
    np.testing.assert_allclose(gradient[:, 0], 1.5 * found / points[0], rtol=1e-9)


def test_values_and_gradients_are_continuous_across_the_cells() -> None:
    random = np.random.default_rng(5)
    values = random.normal(size=(5, 3, 4))
    axes = [X, Y, np.array([0.0, 1.0, 4.0, 5.0])]
    function = Interpolant(axes, values)
    inner, other = random.uniform(Y[0], Y[-1], 50), random.uniform(0.0, 5.0, 50)
    sides = [function.gradient([np.full(50, 1.5 + side), inner, other]) for side in (-1e-9, 1e-9)]
    np.testing.assert_allclose(sides[0][0], sides[1][0], atol=1e-7)
    np.testing.assert_allclose(sides[0][1], sides[1][1], atol=1e-6)


@pytest.mark.parametrize("dimensions", [1, 2, 4, 5])
def test_every_number_of_axes(dimensions: int) -> None:
    axes = [np.array([0.0, 1.0, 2.5]) + number for number in range(dimensions)]
    grid = np.meshgrid(*axes, indexing="ij")
    values = sum((number + 1.0) * g for number, g in enumerate(grid)) + np.prod(grid, axis=0)
    points = _cells(axes, 7)
    expected = sum((number + 1.0) * p for number, p in enumerate(points)) + np.prod(points, axis=0)
    np.testing.assert_allclose(interpolate(axes, values, points), expected, rtol=1e-12)


def test_points_outside_are_flagged_and_take_the_edge() -> None:
    function = Interpolant([np.array([1.0, 10.0])], np.array([2.0, 3.0]), (True,))
    values, flags = function([np.array([1.0, 10.0, 10.0 * (1 + 1e-14), 11.0, 0.5, -3.0, np.nan])])
    assert values[:6].tolist() == pytest.approx([2.0, 3.0, 3.0, 3.0, 2.0, 2.0])
    assert flags.tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert function.gradient([np.array([11.0])])[1].tolist() == [[0.0]]


def test_the_missing_neighbour_of_a_cell_does_not_move_its_values() -> None:
    grid = np.meshgrid(X, Y, indexing="ij")
    values = 2.0 * grid[0] - grid[1]
    values[4, 2] = np.nan
    inside = [np.array([4.0, 3.0, 5.0, 4.0]), np.array([-0.5, 1.0, 0.0, 1.0])]
    found = interpolate([X, Y], values, inside)
    assert found[:3].tolist() == pytest.approx([8.5, 5.0, 10.0])
    assert np.isnan(found[3])
