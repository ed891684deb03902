"""Chips: what effects do to cells against counts by hand; same seed, same chip; intervals."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import synthetic_tables as ideal

from devicefit.estimation.laws import Distribution
from devicefit.estimation.population import CycleLevel, DeviceLevel, Population, PopulationQuantity
from devicefit.heat import Array, parse_electrode
from devicefit.heat.degradation import BOLTZMANN
from evaluator import IsiEncoder, SpikingNetwork, evaluate, simulate
from evaluator.chips import (
    Drift,
    Effects,
    ReadNoise,
    StuckCells,
    ThermalDisturb,
    distribution,
    plan_chips,
    run_chip,
    run_chips,
    setting_of,
    spreads_of,
    wilson,
)
from evaluator.chips.cells import cell_law
from evaluator.chips.chip import draw_chip
from evaluator.chips.disturb import coupling_window, lost_share
from evaluator.layercells import DenseCells
from evaluator.mapping import column_behaviours
from measurements.errors import InputError, TableError

PATTERNS = np.array([[255, 255, 0, 0], [0, 0, 255, 255], [255, 200, 0, 0], [0, 0, 180, 255]], np.uint8)
LABELS = np.array([0, 1, 0, 1])
FIRST = np.array([[1, -1], [1, -1], [-1, 1], [-1, 1]], np.int8)
NETWORK = SpikingNetwork((FIRST, np.eye(2, dtype=np.int8)), (0.15, 0.4), IsiEncoder(phases=2))
WIDE = SpikingNetwork((np.tile(FIRST, (50, 40)),), (0.15,))


@pytest.fixture(scope="module")
def spread_card():
    return ideal.ideal_card(on_resistance=ideal.resistance_spread(p10=550.0, median=600.0, p90=1500.0))


def window(**changes):
    array = Array(5, 5, parse_electrode("Cu150", 1e-6), parse_electrode("Pt50/Ti20", 1e-6), 2e-6, 20e-6)
    given = {"write_power": 5e-3, "write_time": 1e-6, "reading_time": 0.0, "ambient_temperature": 300.0, "rate": 1e3,
             "activation_energy": 0.6}  # fmt: skip
    return ThermalDisturb(array, **given | changes)


def chip_of(effects, tables, card, network=WIDE, number=0, seed=1, heat=None):
    law = cell_law(card, device_spread=effects.device_spread, cycle_spread=effects.cycle_spread, seed=seed)
    cells = [DenseCells(matrix) for matrix in network.weights]
    return draw_chip(cells, column_behaviours(network, card, tables), law, effects, heat, seed, number)


def test_no_effect_is_the_nominal_chip(tables, card):
    chip = chip_of(Effects(), tables, card, NETWORK)
    nominal = simulate(NETWORK, tables, card, PATTERNS).mapped
    for mine, theirs in zip(chip.mapped, nominal, strict=True):
        np.testing.assert_array_equal(mine.plus, theirs.plus)
        np.testing.assert_array_equal(mine.minus, theirs.minus)
    assert chip.changed == 0.0
    assert chip.deviations == ()


def test_drift_against_its_law(tables, card):
    """Half of the part beyond the series resistance of 500 ohm is gone, or that part has doubled."""
    before = chip_of(Effects(), tables, card).mapped[0]
    for exponent, part in ((-1.0, 50.0), (1.0, 200.0)):
        after = chip_of(Effects(drift=Drift(exponent, 0.0, 2.0)), tables, card).mapped[0]
        on = WIDE.weights[0] > 0
        ratio = (after.plus / before.plus)[on]
        np.testing.assert_allclose(ratio, (600.0 + ideal.SELECT) / (500.0 + part + ideal.SELECT), rtol=2e-3)


def test_drift_of_cells_scatters(tables, card):
    tall = SpikingNetwork((np.tile(FIRST, (250, 1)),), (0.15,))
    chips = [
        chip_of(Effects(drift=Drift(0.0, nu, 10.0)), tables, card, tall).mapped[0].plus[tall.weights[0] > 0]
        for nu in (0.0, 0.3)
    ]
    part = (600.0 + ideal.SELECT) * chips[0] / chips[1] - ideal.SELECT - 500.0
    assert np.log10(part / 100.0).std() == pytest.approx(0.3, rel=0.1)


def test_stuck_cells_have_the_stated_share_and_other_cells_stay(tables, card):
    chip = chip_of(Effects(stuck_cells=StuckCells(0.02, 0.05)), tables, card)
    weights = np.hstack([WIDE.weights[0], -WIDE.weights[0]])
    seen = np.hstack([chip.mapped[0].plus, chip.mapped[0].minus])
    conducts = seen > 1e-6
    turned_on = np.mean(conducts[weights <= 0])
    turned_off = np.mean(~conducts[weights > 0])
    assert turned_on == pytest.approx(0.02, rel=0.15)
    assert turned_off == pytest.approx(0.05, rel=0.15)
    assert chip.changed == pytest.approx(np.mean(conducts != (weights > 0)))


def test_read_noise_is_that_of_the_cell_behind_its_selector(tables, card):
    chip = chip_of(Effects(read_noise=ReadNoise(0.1)), tables, card)
    on = WIDE.weights[0] != 0
    seen = np.where(WIDE.weights[0] > 0, chip.mapped[0].plus, chip.mapped[0].minus)
    expected = 0.1 * 600.0 / (600.0 + ideal.SELECT) * seen
    np.testing.assert_allclose(chip.deviations[0][on], expected[on], rtol=1e-2)


def test_heat_of_one_later_neighbour_against_the_law(tables, card):
    del tables, card
    effect = window()
    rise = coupling_window(effect)
    on = np.zeros((6, 6), bool)
    on[2, 2] = on[2, 3] = True
    share = lost_share(effect, rise, on, np.zeros((6, 6)), 6)
    kelvin = 300.0 + rise[2, 3] * effect.write_power
    rate = effect.rate * np.exp(-effect.activation_energy / BOLTZMANN * (1 / kelvin - 1 / 400.0))
    assert share[2, 2] == pytest.approx(1 - np.exp(-rate * effect.write_time), rel=1e-6)
    assert share[2, 3] < 1e-12, "it is written last"
    assert rise[2, 3] > rise[2, 4] > 0


def test_heat_stays_within_its_tile_and_reading_heats_too():
    effect = window(write_power=0.0, reading_time=1.0)
    rise = coupling_window(effect)
    power = np.zeros((8, 3))
    power[0, 1] = 1e-2
    share = lost_share(effect, rise, np.zeros((8, 3), bool), power, 4)
    assert share[0, 1] > share[1, 1] > share[2, 1]
    ambient = -np.expm1(-effect.rate * np.exp(-effect.activation_energy / BOLTZMANN * (1 / 300.0 - 1 / 400.0)))
    np.testing.assert_allclose(share[3:], ambient, rtol=1e-6, err_msg="a window of five reaches two cells")
    assert share[2, 1] > 1.001 * ambient


def population(deviation=0.5, cycle=None):
    law = Distribution("lognormal", {"median": 1e-2, "log_deviation": deviation})
    device = DeviceLevel(8, 1e-2, 1e-3, 9e-3, 1.1e-2, deviation, 0.3, 0.9, 1e-3, law, ())
    level = None if cycle is None else CycleLevel(
        40, cycle, 0.1, 0.4, Distribution("lognormal", {"median": 1.0, "log_deviation": cycle}))  # fmt: skip
    quantity = PopulationQuantity("on_current", "A", "log", device, level)
    return Population(tuple("abcdefgh"), (quantity,), (), np.eye(0 if cycle is None else 1))


def test_devices_and_cycles_of_a_population_add_their_variances():
    """ln of the part beyond the series resistance scatters as on_current does."""
    cases = ((True, False, 0.5), (False, True, 0.3), (True, True, np.hypot(0.5, 0.3)))
    card = replace(ideal.ideal_card(), population=population(0.5, 0.3))
    assert set(spreads_of(card)) == {"device_spread", "cycle_spread"}
    for device, cycle, expected in cases:
        law = cell_law(card, device_spread=device, cycle_spread=cycle, seed=3)
        on, _ = law.draw((100, 100), np.random.default_rng(1))
        assert np.log(on - 500.0).std() == pytest.approx(expected, rel=0.06)
        assert np.median(on) == pytest.approx(600.0, rel=0.02)


def test_a_card_is_not_asked_for_what_it_does_not_know(card, spread_card):
    assert spreads_of(card) == {}
    assert "20 cycles" in spreads_of(spread_card)["cycle_spread"]
    with pytest.raises(InputError, match="no spread from device to device"):
        cell_law(card, device_spread=True, cycle_spread=False, seed=1)
    with pytest.raises(InputError, match="no spread of on_resistance"):
        cell_law(card, device_spread=False, cycle_spread=True, seed=1)


EVERYTHING = Effects(
    cycle_spread=True, read_noise=ReadNoise(0.05), drift=Drift(0.02, 0.01, 1e6), stuck_cells=StuckCells(0.01, 0.01),
    thermal_disturb=window(reading_time=10.0),
)  # fmt: skip


def test_chips_are_reproducible_and_differ(tables, spread_card):
    setting = setting_of(NETWORK, tables, spread_card, EVERYTHING, PATTERNS, LABELS, seed=4, clamp=True)
    works = plan_chips(EVERYTHING, 3, 1)
    assert [work.group for work in works[:4]] == ["none", "all", "all", "all"]
    assert {work.group for work in works[4:]} == set(EVERYTHING.names)
    found = list(run_chips(setting, works))
    assert found[0].energy_per_image_J == evaluate(NETWORK, tables, spread_card, PATTERNS, LABELS).energy_per_image_J
    again = setting_of(NETWORK, tables, spread_card, EVERYTHING, PATTERNS, LABELS, seed=4, clamp=True, threads=2,
                       batch=1)  # fmt: skip
    sent = pickle.loads(pickle.dumps(again))
    assert [run_chip(sent, work) for work in works[::-1]] == found[::-1]
    assert len({chip.energy_per_image_J for chip in found[:4]}) == 4
    other = replace(setting, seed=5)
    assert run_chip(other, works[1]) != found[1]


def test_a_chip_that_leaves_the_tables_is_named(spread_card):
    data = ideal.comparator_table()
    narrow = ideal.ideal_tables(
        neuron_comparator=data.isel(membrane_voltage=data["membrane_voltage"].to_numpy() < 1.25)
    )
    fast = replace(NETWORK, pulse_steps=(4.0, 4.0))
    effects = Effects(cycle_spread=True)
    setting = setting_of(fast, narrow, spread_card, effects, PATTERNS, LABELS, seed=1)
    with pytest.raises(TableError, match=r"chip 0 \(all\): neuron_comparator"):
        run_chip(setting, plan_chips(effects, 1, 0)[1])


def test_wilson_against_published_values_and_at_the_ends():
    """Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<857: 81 of 263, 15 of 148, 0 of 20, 29 of 29."""
    for successes, trials, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = wilson(successes / trials, trials)
        assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
    assert wilson(1.0, 29).low == pytest.approx(0.8830, abs=1e-4)


def test_distribution_over_chips():
    found = distribution([1.0, 2.0, 3.0, 4.0])
    assert (found.mean, found.median) == (2.5, 2.5)
    assert found.standard_deviation == pytest.approx(1.2909944)
    half = 3.1824463 * 1.2909944 / 2
    assert (found.interval.low, found.interval.high) == (pytest.approx(2.5 - half), pytest.approx(2.5 + half))
    assert distribution([1.0]).interval is None


@pytest.mark.parametrize(("made", "message"), [
    (lambda: ReadNoise(-0.1), "read_noise.relative"),
    (lambda: Drift(0.1, 0.0, 0.0), "drift.age"),
    (lambda: StuckCells(0.6, 0.6), "on \\+ off"),
    (lambda: window(rate=-1.0), "thermal_disturb.rate"),
])  # fmt: skip
def test_effects_out_of_range_are_refused(made, message):
    with pytest.raises(InputError, match=message):
        made()
