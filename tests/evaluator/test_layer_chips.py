"""Chips of networks of layers: the dense path's on dense ones, every copy of an array with cells of its own.

All tables are synthetic.
"""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import synthetic_tables as ideal
from test_chips import EVERYTHING, window
from test_layer_accounts import NETWORKS, dense, labels, pixels
from test_periphery import driver_table, with_tables

from evaluator.chips import Effects, ReadNoise, StuckCells, plan_chips, run_chip, run_chips, setting_of
from evaluator.chips.cells import cell_law
from evaluator.chips.chip import draw_chip
from evaluator.networks import evaluate_layers, layered
from evaluator.networks.evaluation import prepare_layers

MANY = replace(EVERYTHING, thermal_disturb=window(reading_time=0.05))


@pytest.fixture(scope="module")
def spread_card():
    return ideal.ideal_card(on_resistance=ideal.resistance_spread(p10=550.0, median=600.0, p90=1500.0))


@pytest.fixture(scope="module")
def whole(tables):
    return with_tables(tables, row_drive=driver_table())


def chip_of(network, effects, tables, card, seed=1):
    prepared = prepare_layers(network, tables, card)
    law = cell_law(card, device_spread=False, cycle_spread=effects.cycle_spread, seed=seed)
    return prepared, draw_chip(prepared.cells, prepared.columns, law, effects, None, seed, 0)


def test_a_dense_network_has_the_dense_paths_chips(whole, spread_card):
    found = []
    for network in (dense(), layered(dense())):
        setting = setting_of(
            network, whole, spread_card, MANY, pixels(6), labels(6), seed=4, readout="rate", clamp=True
        )
        found.append(list(run_chips(setting, plan_chips(MANY, 2, 1))))
    assert found[0] == found[1]
    assert len({chip.energy_per_image_J for chip in found[0]}) > 4
    assert 0 < next(chip.changed for chip in found[0] if chip.group == "thermal_disturb") < 0.3


@pytest.mark.parametrize("name", ["sum", "loop"])
def test_the_nominal_chip_is_the_evaluation_and_seeds_are_chips(name, whole, spread_card):
    network, images = NETWORKS[name], pixels(6)
    setting = setting_of(network, whole, spread_card, MANY, images, labels(6), seed=4, clamp=True)
    works = plan_chips(MANY, 2, 0)
    found = list(run_chips(setting, works))
    total = evaluate_layers(network, whole, spread_card, images, labels(6)).total
    assert found[0].energy_per_image_J == total.energy_per_image_J
    assert found[0].accuracy == total.accuracy
    assert [run_chip(pickle.loads(pickle.dumps(setting)), work) for work in works[::-1]] == found[::-1]
    assert len({chip.energy_per_image_J for chip in found}) == 3
    assert run_chip(replace(setting, seed=5), works[1]) != found[1]


def test_copies_are_drawn_each_for_itself(whole, spread_card):
    _, chip = chip_of(NETWORKS["sum"], Effects(cycle_spread=True), whole, spread_card)
    arrays = chip.mapped[0].plus_arrays
    assert arrays.shape == (36, 9, 4)
    on = arrays[0] > 1e-6
    assert np.unique(arrays[:, on]).size == 36 * on.sum() > 36
    _, plain = chip_of(NETWORKS["sum"], Effects(), whole, spread_card)
    np.testing.assert_array_equal(plain.mapped[0].plus_arrays[0], plain.mapped[0].plus_arrays[35])


def test_cells_that_are_stuck_are_so_in_the_share_that_was_given(whole, spread_card):
    _, chip = chip_of(NETWORKS["sum"], Effects(stuck_cells=StuckCells(0.0, 0.2)), whole, spread_card)
    _, plain = chip_of(NETWORKS["sum"], Effects(), whole, spread_card)
    sides = [np.concatenate([one.mapped[0].plus_arrays, one.mapped[0].minus_arrays]) for one in (chip, plain)]
    was_on = sides[1] > 1e-6
    lost = was_on & (sides[0] < 1e-6)
    assert lost.sum() / was_on.sum() == pytest.approx(0.2, abs=0.03)
    assert not np.array_equal(lost[0], lost[1])


def test_noise_of_the_cells_of_a_weight_adds_in_its_square(whole, spread_card):
    """Two levels, a row for each input: the variance of a weight is that of all its four cells."""
    relative = 0.05
    prepared, chip = chip_of(NETWORKS["loop"], Effects(read_noise=ReadNoise(relative)), whole, spread_card)
    layer, mapped = prepared.cells[0], chip.mapped[0]
    size = np.abs(layer.wiring.signs).astype(float)
    assert set(np.unique(size)) == {1, 2}
    one = 1.0 / (600.0 + ideal.SELECT)
    expected = relative * 600.0 / (600.0 + ideal.SELECT) * one * np.sqrt(size)
    np.testing.assert_allclose(chip.deviations[0], expected, rtol=0.03)
    assert chip.deviations[0].shape == mapped.plus.shape


def test_heat_of_reading_counts_the_drivers_of_all_copies(whole, spread_card):
    effects = Effects(thermal_disturb=window(reading_time=10.0))
    setting = setting_of(NETWORKS["sum"], whole, spread_card, effects, pixels(6), labels(6), seed=1, clamp=True)
    total = evaluate_layers(NETWORKS["sum"], whole, spread_card, pixels(6), labels(6))
    drivers = 4 * 4 + 16 * 6 + 16 * 9  # corners, edges and middle of a 6x6 map padded by one
    expected = total.row_pulses[0] / drivers * 5e-9 / total.total.latency_per_image_s
    assert setting.heat.duty[0] == pytest.approx(expected, rel=1e-9)
