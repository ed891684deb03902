"""Weights land on the right cells, and gains give the steps that were asked for."""

from __future__ import annotations

import numpy as np
import pytest
import synthetic_tables as ideal

from devicefit import off_resistance, on_resistance
from evaluator import NeuronBehaviour, SpikingNetwork, interface_gains, map_network
from evaluator.mapping import (
    column_behaviours,
    kernel_layers,
    on_resistances,
    pulse_widths,
)
from measurements.errors import InputError, TableError

WEIGHTS = (np.array([[1, -1, 0], [0, 0, 1]], np.int8), np.array([[1, 0], [-1, 1], [0, 1]], np.int8))


@pytest.fixture(scope="module")
def network():
    return SpikingNetwork(WEIGHTS, (0.1, 0.25))


@pytest.fixture(scope="module")
def columns(network, card, tables):
    return column_behaviours(network, card, tables)


def test_small_signal_resistances(card):
    assert on_resistance(card) == pytest.approx(600.0)
    assert off_resistance(card) == pytest.approx(1e8, rel=1e-4)


def test_signs_choose_the_column(network, card, columns):
    first = map_network(network, card, columns)[0]
    on = first.plus > 1e-6
    np.testing.assert_array_equal(on, WEIGHTS[0] == 1)
    np.testing.assert_array_equal(first.minus > 1e-6, WEIGHTS[0] == -1)
    assert first.plus[0, 2] == pytest.approx(1e-8, rel=0.1)
    assert first.fanout.tolist() == [2, 1]
    assert first.cells == 12


def test_row_load_is_of_the_other_cells(network, card, columns):
    """Row 0 holds two on cells: each sees the other; row 1 holds one, which sees only off cells."""
    first = map_network(network, card, columns)[0]
    other = 1 / (600 + 20e3)
    share = np.array([1, 1]) / 98
    expected = ideal.cell(600.0, np.array([other, 0.0]), share) * ideal.attenuation(4)
    assert [first.plus[0, 0], first.plus[1, 2]] == pytest.approx(list(expected), rel=1e-3)


def test_rows_are_cut_into_tiles_of_the_table_s_rows(card):
    """Wires of 5 ohm: a cell sees those of its own tile only, so three arrays of 98, 98 and 4 rows give the same."""
    data = ideal.column_table()
    data.attrs["wire_segment_resistance"] = 5.0
    tables = ideal.ideal_tables(column_read=data)
    weights = np.ones((200, 2), np.int8)
    parts = [
        map_network(one, card, column_behaviours(one, card, tables))[0].plus
        for one in (SpikingNetwork((part,), (0.1,)) for part in (weights, weights[:98], weights[196:]))
    ]
    np.testing.assert_allclose(parts[0][:98], parts[1], rtol=1e-9)
    np.testing.assert_allclose(parts[0][98:196], parts[1], rtol=1e-9)
    np.testing.assert_allclose(parts[0][196:], parts[2], rtol=1e-9)
    assert parts[0][0, 0] < 0.99 * parts[0][196, 0]


def test_spread_is_seeded_and_has_the_card_s_width():
    card = ideal.ideal_card(on_resistance=ideal.resistance_spread(p10=540.0, median=600.0, p90=750.0))
    drawn = on_resistances(card, (300, 100), 7)
    np.testing.assert_array_equal(drawn, on_resistances(card, (300, 100), 7))
    assert not np.array_equal(drawn, on_resistances(card, (300, 100), 8))
    assert np.median(drawn) == pytest.approx(600.0, rel=0.01)
    low, high = np.percentile(drawn, [10, 90])
    assert (high - 500) / (low - 500) == pytest.approx(250 / 40, rel=0.1)


def test_spread_needs_a_measured_spread(card):
    with pytest.raises(InputError, match="spread of on_resistance"):
        on_resistances(card, (2, 2), 1)


def test_gain_gives_the_pulse_step(network, card, tables, columns):
    """One pulse through a +1 weight lifts the membrane by the step of the threshold, here to the row load's
    spread.
    """
    neuron = NeuronBehaviour.from_tables(tables)
    gains = interface_gains(network, card, neuron, columns)
    widths = pulse_widths(network, neuron)
    assert widths == pytest.approx((5e-9, ideal.WIDTH))
    layers = kernel_layers(map_network(network, card, columns), gains, widths, neuron, columns)
    for layer, step in zip(layers, network.pulse_steps, strict=True):
        cell = layer.conductance.max()
        rise = layer.slope * cell * layer.width
        assert rise == pytest.approx(step * neuron.threshold, rel=0.01)
    twice = SpikingNetwork(WEIGHTS, (0.2, 0.25))
    assert interface_gains(twice, card, neuron, columns)[0] == pytest.approx(2 * gains[0])


def test_mapping_needs_its_range(network, card):
    data = ideal.column_table().isel(device_resistance=slice(8, None))
    with pytest.raises(TableError, match="device_resistance"):
        column_behaviours(network, card, ideal.ideal_tables(column_read=data))
