"""Arrays solved by halves: nodal analysis, rows one after the other, and any order of magnitude of wires and ends."""

from __future__ import annotations

import numpy as np
import pytest
from nodal_reference import NodalReference
from numpy.typing import NDArray

from evaluator.crossbar import ArrayWiring, effective, effective_conductance
from evaluator.crossbar.dissection import STACK, dissected_conductance

FloatArray = NDArray[np.float64]
WIRES = [(2.5, 1.5, 100.0, 10.0), (1e-3, 1e-4, 1e-3, 1e-3), (1e3, 1e4, 1.0, 100.0), (10.0, 1e-6, 1e5, 1e-2)]


def cells(rows: int, columns: int, seed: int = 0) -> FloatArray:
    return np.asarray(10.0 ** np.random.default_rng(seed).uniform(-6.5, -3.0, (rows, columns)))


def dissected(given: FloatArray, wiring: ArrayWiring) -> FloatArray:
    rows, columns = given.shape
    return dissected_conductance(
        given, wiring.row_segment, wiring.column_segment, wiring.drivers(rows), wiring.senses(columns)
    )


@pytest.mark.parametrize("wires", WIRES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (1, 9), (9, 1), (13, 7), (2 * STACK + 3, STACK + 1)])
def test_halves_are_the_nodal_solution(shape: tuple[int, int], wires: tuple[float, float, float, float]) -> None:
    given = cells(*shape)
    expected = NodalReference(given, *wires).effective()
    np.testing.assert_allclose(dissected(given, ArrayWiring(*wires)), expected, rtol=1e-9)


def test_every_end_has_its_own_resistance() -> None:
    """Unsymmetric in every way: an exchanged row, column or end would show."""
    given, generator = cells(70, 45), np.random.default_rng(1)
    wiring = ArrayWiring(3.0, 0.7, generator.uniform(0.0, 300.0, 70), generator.uniform(0.0, 50.0, 45))
    np.testing.assert_allclose(dissected(given, wiring), effective._eliminated(given, wiring), rtol=1e-12)


def test_without_resistance_it_is_the_conductance_itself() -> None:
    given = cells(40, 50)
    np.testing.assert_allclose(dissected(given, ArrayWiring()), given, rtol=1e-12)


def test_open_cells_carry_nothing() -> None:
    given = cells(36, 34)
    given[:, 5] = 0.0
    given[20] = 0.0
    wiring = ArrayWiring(1.0, 1.0, 10.0, 10.0)
    found = dissected(given, wiring)
    assert np.all(found[20] == 0.0)
    assert np.all(np.abs(found[:, 5]) < 1e-18)
    np.testing.assert_allclose(found, effective._eliminated(given, wiring), rtol=1e-11, atol=1e-18)


def test_large_arrays_take_this_way_and_floating_ends_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    side = effective.HALVED_FROM
    given, asked = cells(side, side + 5), []

    def seen(*arguments: object) -> FloatArray:
        asked.append(arguments)
        return dissected_conductance(*arguments)

    monkeypatch.setattr(effective, "dissected_conductance", seen)
    wiring = ArrayWiring(1.0, 2.0, 50.0, 5.0)
    found = effective_conductance(given, wiring)
    assert len(asked) == 1
    np.testing.assert_allclose(found, effective._eliminated(given, wiring), rtol=1e-11)
    floating = np.full(side + 5, 5.0)
    floating[7] = np.inf
    assert np.all(effective_conductance(given, ArrayWiring(1.0, 2.0, 50.0, floating))[:, 7] == 0.0)
    effective_conductance(given, ArrayWiring(0.0, 2.0, 50.0, 5.0))
    effective_conductance(given[:-1], wiring)
    assert len(asked) == 1
