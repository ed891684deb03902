"""Cross-talk between cells: symmetry, energy balance, single-line limits, and the transient network against it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse.linalg import splu

from devicefit.heat import (
    Array,
    Electrode,
    Layer,
    Material,
    Substrate,
    coupling,
    fin_of,
    heat_history,
    heat_network,
    parse_electrode,
)
from devicefit.heat.coupling import arm_conductances, conduction_network, coupling_from
from measurements.errors import InputError


@pytest.fixture(params=[False, True], ids=["oxidised", "insulated"])
def array(request: pytest.FixtureRequest) -> Array:
    """Three by four, close together, with unlike lines, so that a transposed index cannot pass."""
    return Array(
        3,
        4,
        parse_electrode("Cu150", 2e-6),
        parse_electrode("Pt50/Ti20", 3e-6),
        8e-6,
        12e-6,
        substrate=Substrate(insulated=request.param),
    )


def test_matrix_is_symmetric_positive_and_balanced(array: Array) -> None:
    network = conduction_network(array)
    assert abs(network.matrix - network.matrix.T).max() == 0.0
    found = coupling(array)
    np.testing.assert_allclose(found.sink, 1.0, rtol=1e-10)  # every watt reaches wafer or pads
    assert np.all(found.lines > 0)
    assert np.all(np.linalg.eigvalsh(found.lines) > 0)
    np.testing.assert_array_equal(found.total, found.total.T)
    weights = network.weights
    np.testing.assert_allclose(found.lines, weights.T @ splu(network.matrix).solve(weights), rtol=1e-10)


def test_one_column_is_a_column_of_the_whole(array: Array) -> None:
    whole = coupling(array).total
    for cell in (0, array.cell(1, 2)):
        np.testing.assert_allclose(coupling_from(array, cell), whole[:, cell], rtol=1e-10)


def test_arms_of_a_cell_carry_its_heat(array: Array) -> None:
    """1/(arms + the crossing's own loss) is the crossing's rise, and the two lines rank as they conduct."""
    lines = coupling(array).lines
    loss = fin_of(array.inert, array.substrate).loss * array.active.width
    for cell in (array.cell(0, 0), array.cell(1, 2)):
        active, inert = arm_conductances(array, cell)
        assert active > inert > 0
        assert 1 / (active + inert + loss) == pytest.approx(lines[cell, cell], rel=0.02)


def test_superposition_and_two_cells_swapped(array: Array) -> None:
    lines = coupling(array).lines
    first, second = array.cell(0, 1), array.cell(2, 3)
    network = conduction_network(array)
    heat = 2e-3 * network.weights[:, first] + 5e-3 * network.weights[:, second]
    rise = network.weights.T @ splu(network.matrix).solve(heat)
    np.testing.assert_allclose(rise, 2e-3 * lines[:, first] + 5e-3 * lines[:, second], rtol=1e-10)
    assert lines[first, second] == lines[second, first]


def test_active_lines_reach_further_than_inert_ones(array: Array) -> None:
    lines = coupling(array).lines
    corner = array.cell(0, 0)
    assert lines[corner, array.cell(0, 1)] > 2 * lines[corner, array.cell(1, 0)]
    along = [lines[corner, array.cell(0, n)] for n in range(4)]
    assert np.all(np.diff(along) < 0)
    assert lines[corner, array.cell(1, 1)] > 0  # no line shared: through intermediate cells


def test_one_line_of_cells_is_a_fin() -> None:
    """A single active line whose crossings lead nowhere: neighbours fall as the fin solution says."""
    nothing = Material("nothing", 1e-15, 1.0, "assumed")
    array = Array(
        1,
        3,
        parse_electrode("Cu150", 2e-6),
        Electrode((Layer(nothing, 1e-9),), 1e-9),
        10e-6,
        15e-6,
        oxide=nothing,
    )
    lines = coupling(array).lines
    fin = fin_of(array.active, array.substrate)
    own, transfer = fin.section(10e-6 - 1e-9)
    pad = fin.input_conductance(15e-6 - 0.5e-9)
    assert lines[0, 1] / lines[1, 1] == pytest.approx(-transfer / (own + pad), rel=1e-9)
    assert 1 / lines[1, 1] == pytest.approx(2 * (own - transfer**2 / (own + pad)), rel=1e-9)


def test_wafer_couples_as_a_half_space() -> None:
    array = Array(2, 2, parse_electrode("Cu150", 1e-6), parse_electrode("Pt50", 1e-6), 100e-6, 100e-6)
    wafer = coupling(array).wafer
    assert wafer[0, 1] == pytest.approx(1 / (2 * np.pi * 148 * 100e-6), rel=1e-12)
    assert wafer[0, 3] == pytest.approx(wafer[0, 1] / np.sqrt(2), rel=1e-12)
    assert np.all(np.diag(wafer) == 0)
    assert not np.any(coupling(replace(array, substrate=Substrate(insulated=True))).wafer)


def test_pieces_converge_to_the_exact_sections(array: Array) -> None:
    exact = coupling(array).lines
    errors = []
    for pieces in (10, 20, 40):
        network = heat_network(array, pieces)
        assert abs(network.conductance - network.conductance.T).max() < 1e-18
        found = network.weights.T @ splu(network.conductance).solve(network.weights)
        errors.append(float(np.max(np.abs(found / exact - 1))))
    if array.substrate.insulated:
        assert errors[0] < 1e-9  # without loss the pieces are exact
    else:
        assert errors[2] < 1e-2
        assert errors[1] < 0.3 * errors[0]  # second order
        assert errors[2] < 0.3 * errors[1]


def test_heating_keeps_its_energy_and_ends_at_the_steady_state(array: Array) -> None:
    network = heat_network(array, 40)
    slow = network.slowest_time_constant
    power = np.zeros((200, 12))
    power[:, array.cell(1, 2)] = 3e-3
    history = heat_history(network, power, slow / 10, 200)
    given = 3e-3 * history.time
    np.testing.assert_allclose(history.stored + history.given, given, rtol=1e-9)
    steady = 3e-3 * coupling(array).lines[:, array.cell(1, 2)]
    np.testing.assert_allclose(history.rise[-1], steady, rtol=3e-3)


def test_cooling_ends_with_the_slowest_time_constant() -> None:
    lines = parse_electrode("Cu150", 2e-6), parse_electrode("Pt50", 2e-6)
    array = Array(2, 2, *lines, 8e-6, 12e-6, substrate=Substrate(insulated=True))
    network = heat_network(array, 20)
    slow = network.slowest_time_constant
    power = np.zeros((4000, 4))
    power[:100] = 1e-3
    history = heat_history(network, power, slow / 400, 4000)
    tail = np.log(history.rise[2000:, 0])
    slope = np.polyfit(history.time[2000:], tail, 1)[0]
    assert -1 / slope == pytest.approx(slow, rel=5e-3)
    line = 1.2e-5 + 4e-6
    assert 0.1 * line**2 / 1.1e-4 < slow < 10 * line**2 / 2.5e-5  # between the diffusion times of Cu and Pt


def test_a_single_lump_warms_exponentially() -> None:
    """Very short lines: the crossing is all there is; C and G by hand."""
    lines = parse_electrode("Cu150", 10e-6), parse_electrode("Pt50", 10e-6)
    array = Array(1, 1, *lines, 11e-6, 1.0, substrate=Substrate(insulated=True))
    network = heat_network(array, 1)
    held = 10e-6**2 * (3.45e6 * 150e-9 + 2.85e6 * 50e-9)
    history = heat_history(network, np.full((50, 1), 1e-3), 1e-8, 50)
    assert history.rise[-1, 0] == pytest.approx(1e-3 * 5e-7 / held, rel=0.02)


def test_bad_geometry_and_power_are_refused(array: Array) -> None:
    with pytest.raises(InputError, match="pitch"):
        replace(array, pitch=1e-6)
    with pytest.raises(InputError, match="no cell"):
        array.cell(3, 0)
    with pytest.raises(InputError, match="pieces"):
        heat_network(array, 0)
    with pytest.raises(InputError, match="shape"):
        heat_history(heat_network(array, 1), np.zeros((5, 3)), 1e-9, 5)
