"""Arrays without selectors in ngspice against the exact solvers of `evaluator.crossbar`."""

from __future__ import annotations

import numpy as np
import pytest

from circuits.engine import Engine
from circuits.ngspice import find_ngspice
from circuits.procedures.cell_read import CellReadProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from devicefit.synthesis import reference_truth
from evaluator.crossbar import ArrayWiring, solve_array, solve_nonlinear
from measurements.errors import NetlistError
from netlists.memorycolumn import MemoryColumn
from netlists.memristor import read_polynomial
from netlists.sneak import sneak_deck
from netlists.technology import load_technology


@pytest.fixture(scope="module")
def engine():
    engine = Engine(find_ngspice(), use_library=False)
    yield engine
    engine.close()


@pytest.mark.parametrize("scheme", ["grounded", "floating"])
def test_sneak_currents_are_those_of_the_exact_solver(scheme, engine) -> None:
    """Cell (1, 2) is off and the others on: with floating rows a sneak current flows in its place."""
    cells = np.full((4, 5), 1.0 / 610.0)
    cells[1, 2] = 1e-8
    cells[3, 0] = 1e-4  # no symmetry
    wiring = {"row_segment": 3.0, "column_segment": 2.0, "sense_resistance": 10.0}
    deck = sneak_deck(cells, 1, scheme=scheme, driver_resistance=67.0, **wiring)
    waves = engine.run(deck)
    drivers = np.array([67.0 if i == 1 or scheme == "grounded" else np.inf for i in range(4)])
    sources = np.array([0.0, 0.1, 0.0, 0.0])
    exact = solve_array(cells, sources, ArrayWiring(driver_resistance=drivers, **wiring))
    for j in range(5):
        assert waves.at(f"i(vsense{j})", 0.5e-9) == pytest.approx(exact.column_current[j], rel=1e-4)
        for i in range(4):
            assert waves.at(f"v(r{i}_{j})", 0.5e-9) == pytest.approx(exact.row_voltage[i, j], rel=1e-4)
            assert waves.at(f"v(c{i}_{j})", 0.5e-9) == pytest.approx(exact.column_voltage[i, j], rel=1e-4)
    alone = 0.1 * cells[1, 2]
    sneak = waves.at("i(vsense2)", 0.5e-9)
    assert sneak > 100.0 * alone if scheme == "floating" else 0.0 < sneak < 0.1 * waves.at("i(vsense1)", 0.5e-9)


@pytest.mark.parametrize(("rows", "state"), [(8, 1.0), (64, 1.0), (64, 0.1)])
def test_a_column_without_selectors_gives_what_the_nonlinear_solver_says(rows, state, engine) -> None:
    card = reference_truth()
    procedure = CellReadProcedure(MemoryColumn("selectorless", card), load_technology())
    result = simulate_point(procedure, {"state": state, "rows": float(rows), "select_voltage": 0.0}, engine)
    assert result.status is Status.OK, result.message
    g1, g3, g5 = np.array([read_polynomial(card, state if k == 0 else 1.0) for k in range(rows)]).T[:, :, None]

    def curve(volts):
        return g1 * volts + g3 * volts**3 + g5 * volts**5, g1 + 3 * g3 * volts**2 + 5 * g5 * volts**4

    sources = np.zeros(rows)
    sources[0] = 0.1
    wiring = ArrayWiring(column_segment=2.5, sense_resistance=12.5)  # the last cell is a segment before the sense
    exact = solve_nonlinear(curve, sources, 1, wiring)
    assert result.quantities["current"] == pytest.approx(exact.column_current[0], rel=1e-4)
    lost = 1.0 - exact.column_current[0] / exact.row_current[0]
    assert result.quantities["lost_share"] == pytest.approx(lost, rel=1e-4)


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(NetlistError, match="above 0 S"):
        sneak_deck(np.zeros((2, 2)), 0)
    with pytest.raises(NetlistError, match="row 2 of 2"):
        sneak_deck(np.ones((2, 2)), 2)
    with pytest.raises(NetlistError, match="row_segment"):
        sneak_deck(np.ones((2, 2)), 0, row_segment=0.0)
