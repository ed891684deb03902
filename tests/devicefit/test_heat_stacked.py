"""Arrays of one and two layers with heat: energy balance, symmetry, limits, and what reading and programming do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from devicefit.heat import (
    Array,
    Electrode,
    Layer,
    Material,
    Stack,
    Substrate,
    assumed_degradation,
    coupling,
    fin_of,
    parse_electrode,
    programming_heat,
    read_heat,
    stack_coupling,
)
from devicefit.heat.degradation import rate
from devicefit.heat.filament import constriction
from measurements.errors import InputError

RADIUS = 5e-9


def array(**changed):
    """Two by three, close together, with unlike lines, so that a transposed index cannot pass."""
    given = Array(2, 3, parse_electrode("Cu150", 2e-6), parse_electrode("Pt50/Ti20", 3e-6), 8e-6, 12e-6)
    return replace(given, **changed)


STACKS = [
    Stack(array(), 1),
    Stack(array()),
    Stack(array(), shared_lines=True),
    Stack(array(substrate=Substrate(insulated=True))),
]


@pytest.mark.parametrize("stack", STACKS, ids=["one", "separate", "shared", "insulated"])
def test_all_heat_reaches_the_sinks_and_cells_warm_each_other_alike(stack):
    found = stack_coupling(stack)
    np.testing.assert_allclose(found.sink, 1.0, rtol=1e-9)
    np.testing.assert_array_equal(found.total, found.total.T)
    assert np.all(np.linalg.eigvalsh(found.lines) > 0)
    power = np.random.default_rng(1).uniform(0, 1e-3, stack.shape)
    reading = read_heat(found, power, 1.0, RADIUS, assumed_degradation())
    assert reading.given == pytest.approx(power.sum(), rel=1e-9)


def test_one_layer_is_the_array_alone():
    whole, alone = stack_coupling(Stack(array(), 1)), coupling(array())
    np.testing.assert_array_equal(whole.lines, alone.lines)
    np.testing.assert_array_equal(whole.wafer, alone.wafer)


def test_a_dielectric_that_does_not_conduct_leaves_the_lower_layer_alone():
    apart = Stack(array(), dielectric=Material("vacuum", 1e-9, 1.0, "assumed"))
    found = stack_coupling(apart).lines
    np.testing.assert_allclose(found[:6, :6], coupling(array()).lines, rtol=1e-6)
    assert np.abs(found[:6, 6:]).max() < 1e-6 * found[:6, :6].min()


def test_one_crossing_above_another_is_three_resistors():
    """Lines that lead nowhere: the upper cell's heat goes through the dielectric and the lower cell to the wafer."""
    copper, tiny = Material("copper", 385.0, 1.0, "assumed"), 1e-12
    line = Electrode((Layer(replace(copper, conductivity=tiny), 100e-9),), 2e-6)
    single = Array(1, 1, line, line, 8e-6, 12e-6)
    stack = Stack(single, gap=300e-9)
    found = stack_coupling(stack).lines
    loss = fin_of(line, single.substrate).loss * 2e-6
    ends = 2 * np.sqrt(2e-6 * 100e-9 * tiny * fin_of(line, single.substrate).loss)  # fins that take next to nothing
    oxide = 25e-9 / (1.0 * 4e-12)
    down = 1.0 / (loss + 2 * ends)
    # half of a filament's heat enters either electrode, and temperature is their mean
    assert found[0, 0] == pytest.approx(down + 0.25 * oxide, rel=1e-3)
    assert found[1, 0] == pytest.approx(down + 0.5 * oxide, rel=1e-3)
    assert found[1, 1] == pytest.approx(down + oxide + 300e-9 / (1.4 * 4e-12) + 0.25 * oxide, rel=1e-3)


def test_a_second_layer_is_hotter_and_the_nearer_the_more_it_warms():
    near, far = (stack_coupling(Stack(array(), gap=gap)).total for gap in (50e-9, 500e-9))
    assert np.all(np.diag(near)[6:] > np.diag(near)[:6])
    assert near[6, 0] > 2 * near[6, 1]  # straight above against a pitch aside
    assert np.diag(far)[6] > np.diag(near)[6]
    assert near[6, 0] > far[6, 0]


def test_programming_is_the_sum_of_its_pulses():
    found = stack_coupling(Stack(array(), gap=100e-9))
    model = assumed_degradation()
    result = programming_heat(found, 20e-3, 1e-3, RADIUS, model)
    victim, dose = 4, 0.0
    rises = []
    for aggressor in range(12):
        if aggressor != victim:
            rises.append(20e-3 * found.total[victim, aggressor])
            dose += float(rate(model, 300.0 + rises[-1])) * 1e-3
    assert result.kept.ravel()[victim] == pytest.approx(np.exp(-dose), rel=1e-12)
    assert result.worst_rise.ravel()[victim] == pytest.approx(max(rises))
    assert result.other_layer_rise.ravel()[victim] == pytest.approx(20e-3 * found.total[victim, 6:].max())
    own = 20e-3 * (found.total[victim, victim] + constriction(array(), RADIUS))
    assert result.own_rise.ravel()[victim] == pytest.approx(own)
    assert result.duration == pytest.approx(12e-3)


def test_reading_adds_the_own_filament_and_keeps_less():
    found = stack_coupling(Stack(array()))
    power = np.zeros((2, 2, 3))
    power[1, 0, 2] = 5e-3
    result = read_heat(found, power, 10.0, RADIUS, assumed_degradation())
    assert result.rise[0, 1, 1] == pytest.approx(5e-3 * found.total[4, 8])
    assert result.filament_rise[1, 0, 2] - result.rise[1, 0, 2] == pytest.approx(5e-3 * constriction(array(), RADIUS))
    assert np.all(result.kept < result.kept_cold)
    assert result.kept[1, 0, 2] == result.kept.min()


def test_what_makes_no_stack_is_refused():
    for wrong in ({"layers": 3}, {"gap": 0.0}, {"array": array(rows=40, columns=40)}):
        with pytest.raises(InputError):
            Stack(**({"array": array()} | wrong))
    found = stack_coupling(Stack(array(), 1))
    with pytest.raises(InputError, match="shape"):
        read_heat(found, np.zeros((2, 2, 3)), 1.0, RADIUS, assumed_degradation())
    with pytest.raises(InputError, match="below zero"):
        read_heat(found, np.full((1, 2, 3), -1.0), 1.0, RADIUS, assumed_degradation())
    with pytest.raises(InputError, match="above zero"):
        programming_heat(found, 0.0, 1e-6, RADIUS, assumed_degradation())
