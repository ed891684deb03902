"""Exact arrays against nodal analysis of every node, series circuits, Kirchhoff's laws and ideal wires."""

from __future__ import annotations

import numpy as np
import pytest
from nodal_reference import NodalReference
from numpy.typing import NDArray
from scipy.optimize import brentq

from evaluator.crossbar import ArrayWiring, effective_conductance, solve_array, solve_nonlinear, tiled_conductance
from evaluator.crossbar.noise import noisy_currents
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
WIRES = [(2.5, 2.5, 100.0, 10.0), (1e-3, 1e-4, 1e-3, 1e-3), (1e3, 1e4, 1.0, 100.0), (10.0, 1e-6, 1e5, 1e-2)]


def cells(rows: int, columns: int, seed: int = 0) -> FloatArray:
    return np.asarray(10.0 ** np.random.default_rng(seed).uniform(-6.5, -3.0, (rows, columns)))


@pytest.mark.parametrize("wires", WIRES)
@pytest.mark.parametrize("shape", [(7, 5), (5, 9), (1, 4), (4, 1), (24, 16)])
def test_effective_conductance_is_the_nodal_solution(
    shape: tuple[int, int], wires: tuple[float, float, float, float]
) -> None:
    given = cells(*shape)
    expected = NodalReference(given, *wires).effective()
    np.testing.assert_allclose(effective_conductance(given, ArrayWiring(*wires)), expected, rtol=1e-9)


@pytest.mark.parametrize("wires", WIRES)
def test_solved_nodes_are_the_nodal_solution(wires: tuple[float, float, float, float]) -> None:
    given, sources = cells(9, 6), np.linspace(-0.2, 0.3, 9)
    row, column = NodalReference(given, *wires).voltages(sources)
    solved = solve_array(given, sources, ArrayWiring(*wires))
    np.testing.assert_allclose(solved.row_voltage, row, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(solved.column_voltage, column, rtol=1e-9, atol=1e-12)


def test_currents_and_power_balance() -> None:
    given, sources = cells(12, 8), np.linspace(0.1, 0.2, 12)
    wiring = ArrayWiring(2.5, 5.0, 100.0, 10.0)
    solved = solve_array(given, sources, wiring)
    assert solved.row_current.sum() == pytest.approx(solved.column_current.sum(), rel=1e-10)
    np.testing.assert_allclose(solved.column_current, sources @ effective_conductance(given, wiring), rtol=1e-10)
    delivered = float(np.sum(solved.row_current * sources))
    rows, columns = np.diff(solved.row_voltage, axis=1), np.diff(solved.column_voltage, axis=0)
    wires = np.sum(rows**2) / 2.5 + np.sum(columns**2) / 5.0
    ends = np.sum(solved.row_current**2) * 100.0 + np.sum(solved.column_current**2) * 10.0
    assert solved.cell_power.sum() + wires + ends == pytest.approx(delivered, rel=1e-9)


def test_without_wires_it_is_the_conductance_itself() -> None:
    given = cells(30, 20)
    np.testing.assert_allclose(effective_conductance(given, ArrayWiring()), given, rtol=1e-12)
    np.testing.assert_allclose(solve_array(given, np.ones(30), ArrayWiring()).cell_voltage, 1.0, rtol=1e-12)


def test_one_cell_is_a_series_circuit() -> None:
    found = effective_conductance([[1e-3]], ArrayWiring(7.0, 9.0, 500.0, 300.0))
    assert found[0, 0] == pytest.approx(1.0 / 1800.0, rel=1e-14)


def test_vanishing_wires_join_none() -> None:
    given = cells(6, 5)
    thin = effective_conductance(given, ArrayWiring(1e-9, 1e-9, 50.0, 20.0))
    np.testing.assert_allclose(thin, effective_conductance(given, ArrayWiring(0.0, 0.0, 50.0, 20.0)), rtol=1e-10)


def test_sneak_path_through_floating_lines() -> None:
    """Two by two, one cell open: the current takes the other three in series through a floating row and column."""
    given = np.array([[0.0, 1e-3], [1e-3, 1e-3]])
    wiring = ArrayWiring(driver_resistance=[0.0, np.inf], sense_resistance=[0.0, np.inf])
    found = effective_conductance(given, wiring)
    np.testing.assert_allclose(found[0, 0], 1e-3 / 3.0, rtol=1e-12)
    assert not found[[1, 0], [0, 1]].any()
    solved = solve_array(given, [1.0, 0.0], wiring)
    np.testing.assert_allclose(solved.cell_voltage, [[1.0, 1 / 3], [1 / 3, -1 / 3]], rtol=1e-12)


def test_large_layers_are_sums_over_tiles() -> None:
    given, wiring = cells(10, 7), ArrayWiring(3.0, 4.0, np.arange(10.0), np.arange(7.0))
    found = tiled_conductance(given, wiring, 4, 3)
    part = ArrayWiring(3.0, 4.0, np.arange(4.0, 8.0), np.arange(3.0, 6.0))
    np.testing.assert_array_equal(found[4:8, 3:6], effective_conductance(given[4:8, 3:6], part))
    np.testing.assert_array_equal(tiled_conductance(given, wiring, 10, 7), effective_conductance(given, wiring))


def test_rows_can_be_renamed_where_wires_have_no_length() -> None:
    given, order = cells(8, 4), np.random.default_rng(1).permutation(8)
    wiring = ArrayWiring(2.0, 0.0, 10.0, 5.0)
    np.testing.assert_allclose(
        effective_conductance(given[order], wiring), effective_conductance(given, wiring)[order], rtol=1e-12
    )


def sinh_cells(given: FloatArray, scale: float):  # type: ignore[no-untyped-def]
    def curve(voltage: FloatArray) -> tuple[FloatArray, FloatArray]:
        return given * scale * np.sinh(voltage / scale), given * np.cosh(voltage / scale)

    return curve


@pytest.mark.parametrize("wires", WIRES)
@pytest.mark.parametrize("scale", [1.0, 0.1, 0.03])
def test_nonlinear_cells_meet_kirchhoff(wires: tuple[float, float, float, float], scale: float) -> None:
    given, sources = cells(11, 7), np.linspace(-1.0, 1.5, 11)
    curve = sinh_cells(given, scale)
    solved = solve_nonlinear(curve, sources, 7, ArrayWiring(*wires))
    chord = solved.cell_current / solved.cell_voltage  # linear cells that carry the same currents
    row, column = NodalReference(chord, *wires).voltages(sources)
    np.testing.assert_allclose(solved.cell_voltage, row - column, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(solved.column_current, column[-1] / wires[3], rtol=1e-8)


def test_nonlinear_cell_is_a_series_circuit() -> None:
    solved = solve_nonlinear(sinh_cells(np.array([[1e-3]]), 0.05), [0.8], 1, ArrayWiring(0, 0, 1e3, 2e3))
    expected = brentq(lambda v: 1e-3 * 0.05 * np.sinh(v / 0.05) - (0.8 - v) / 3e3, 0.0, 0.8, xtol=1e-15)
    assert solved.cell_voltage[0, 0] == pytest.approx(expected, rel=1e-10)


def test_linear_cells_need_no_newton() -> None:
    given, wiring = cells(6, 6), ArrayWiring(2.0, 2.0, 10.0, 10.0)
    found = solve_nonlinear(lambda v: (given * v, given), np.ones(6), 6, wiring)
    np.testing.assert_allclose(found.column_current, solve_array(given, np.ones(6), wiring).column_current, rtol=1e-11)


@pytest.mark.parametrize(
    ("given", "message"), [([[-1e-3]], "row 0, column 0"), ([[np.nan]], "row 0, column 0"), ([1e-3], "shape")]
)
def test_bad_cells_are_named(given: list[list[float]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        effective_conductance(given, ArrayWiring())


def test_bad_wiring_is_named() -> None:
    with pytest.raises(InputError, match="row_segment"):
        ArrayWiring(row_segment=-1.0)
    with pytest.raises(InputError, match="driver_resistance has shape"):
        effective_conductance(cells(3, 2), ArrayWiring(driver_resistance=[1.0, 2.0]))
    with pytest.raises(InputError, match="slope -1"):
        solve_nonlinear(lambda v: (-v, -np.ones_like(v)), [1.0], 1, ArrayWiring(0, 0, 1, 1))


def test_noise_drawn_at_the_outputs_is_that_of_the_cells() -> None:
    """Means, variances, covariances and the fourth moment of draws cell by cell."""
    given, count = cells(12, 3), 40_000
    deviation, rng = 0.1 * given, np.random.default_rng(5)
    read = np.full((count, 12), np.linspace(-0.1, 0.2, 12))
    found = noisy_currents(read, given, deviation, rng)
    drawn = np.einsum("i,kij->kj", read[0], given + deviation * rng.standard_normal((count, 12, 3)))
    exact = np.sqrt((read[0] ** 2) @ deviation**2)
    for sample in (found, drawn):
        scaled = (sample - read[0] @ given) / exact
        np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=5.0 / np.sqrt(count))
        np.testing.assert_allclose(np.cov(scaled.T), np.eye(3), atol=0.04)
        np.testing.assert_allclose((scaled**4).mean(axis=0), 3.0, atol=0.25)
    np.testing.assert_array_equal(noisy_currents(read, given, 0.0 * deviation, rng), read @ given)


def test_noise_is_fresh_at_every_read() -> None:
    given = cells(4, 2)
    found = noisy_currents(np.ones((2, 4)), given, 0.1 * given, np.random.default_rng(0))
    assert not np.isclose(found[0], found[1], rtol=1e-6).any()
