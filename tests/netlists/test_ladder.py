import numpy as np
from handmade import close, make_card
from scipy.optimize import root

from netlists import ColumnRead, Wire
from netlists.ladder import settled_sense_current


def test_ideal_wires_add_the_cells(linear_card) -> None:
    """With next to no wire the current is the parallel sum of the branches over the sense resistor."""
    spec = ColumnRead(10, 10, 700.0, 0.0, linear_card, sense_resistance=1e-3, wire=Wire(segment_resistance=1e-9))
    assert settled_sense_current(spec) == close(10 * 0.1 / (100 + 700 + 20e3), rel=1e-6)


def test_ladder_against_a_general_nonlinear_solution() -> None:
    """All nodes of a strongly curved column, found by a root finder from Kirchhoff's law alone."""
    card = make_card(on_slope=6.0, series_resistance=0.0)
    spec = ColumnRead(
        6,
        4,
        3000.0,
        1e-3,
        card,
        read_voltage=0.25,
        select_resistance=500.0,
        wire=Wire(segment_resistance=40.0),
    )
    g1, g3, g5 = spec.polynomial

    def excess(nodes: np.ndarray) -> np.ndarray:
        column, row, middle = nodes[:7], nodes[7:11], nodes[11:]
        device = row - middle
        current = g1 * device + g3 * device**3 + g5 * device**5
        out = np.zeros(15)
        wire = np.diff(column) / 40.0
        out[:6] += wire
        out[1:7] -= wire
        out[6] -= column[6] / 10.0
        for k, i in enumerate(spec.active):
            out[i] += (middle[k] - column[i]) / 500.0
            out[7 + k] = (0.25 - row[k]) / 100.0 - row[k] * 1e-3 - current[k]
            out[11 + k] = current[k] - (middle[k] - column[i]) / 500.0
        for i in set(range(6)) - set(spec.active):
            out[i] -= column[i] / spec.idle_resistance
        return out * 1e4

    solution = root(excess, np.full(15, 0.1), tol=1e-13)
    assert np.abs(excess(solution.x)).max() < 1e-8
    assert settled_sense_current(spec) == close(solution.x[6] / 10.0, rel=1e-7)
