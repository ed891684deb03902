"""Arrays, operations, latency and energy of networks: the published table out of the general account, and by hand."""

from __future__ import annotations

import dataclasses

import pytest
import synthetic_tables as ideal

from evaluator.mixedprecision import NETWORKS, LayerShape, NetworkShape, Tile, TileCost, account, published_cost
from evaluator.mixedprecision.owncost import crossbar_energy, mean_conductance, module_cost, table_cost
from evaluator.mixedprecision.published import TABLE, simulator_module
from evaluator.mixedprecision.tileaccount import balanced_copies, row_arrays
from measurements.errors import InputError

SMALL = NetworkShape("small", (LayerShape("conv", 3, 4, 3, 100), LayerShape("side", 3, 4, 1, 25, beside=True),
                               LayerShape("next", 4, 5, 3, 25), LayerShape("fc", 125, 10)))  # fmt: skip
COST = TileCost(Tile(32, 8), 1e-9, 1e-6, "made up")


@pytest.mark.parametrize("row", TABLE, ids=[row.network for row in TABLE])
def test_the_published_table_follows_from_the_unit_energies(row):
    made = account(NETWORKS[row.network](), published_cost(row.tile))
    counts = ("arrays", "operations", "tile_operations")
    assert [getattr(made, name) for name in counts] == [getattr(row, name) for name in counts]
    assert made.devices == pytest.approx(row.devices, rel=0.01)
    assert made.flops == pytest.approx(row.flops, rel=0.01)
    figures = ("plain_latency", "pipelined_latency", "energy", "copied_latency")
    for name in figures[:3] if row.network == "lenet" else figures:
        assert getattr(made, name) == pytest.approx(getattr(row, name), rel=0.02), name
    # LeNet's copied latency is printed with one digit: 0.05 ms
    assert f"{1e3 * made.copied_latency:.2f}" == f"{1e3 * row.copied_latency:.2f}"
    # the paper has two copies of the first layer in one array of 256x64, whose columns one copy fills
    assert made.arrays_with_copies == pytest.approx(row.arrays_with_copies, rel=0.025)


def test_arrays_and_latencies_by_hand():
    made = account(SMALL, COST, {"conv": 4})
    # 3 channels of 9 rows in 32 rows and 4 weights in 8 columns: one array; 4 channels: 3 + 1; 125 rows: 4 by 3
    assert [layer.arrays for layer in made.layers] == [1, 1, 4, 12]
    assert made.tile_operations == 100 + 25 + 4 * 25 + 12
    assert made.energy == pytest.approx(237e-9)
    assert made.plain_latency == pytest.approx(151e-6)
    assert made.pipelined_latency == pytest.approx(102e-6)  # three stages: the projection works beside them
    assert made.copied_latency == pytest.approx(27e-6)
    assert made.arrays_with_copies == 18 + 3  # one copy fills 27 of 32 rows: no second beside it


def test_small_layers_share_an_array_on_its_diagonal():
    layers = (LayerShape("conv", 1, 2, 2, 64), LayerShape("fc", 9, 4))
    made = account(NetworkShape("tiny", layers), TileCost(Tile(16, 12), 1.0, 1.0, ""), {"conv": 8})
    assert made.layers[0].arrays_with_copies == 3  # four blocks of rows, but three of columns, in each


def test_copies_even_out_the_slowest_layers():
    assert balanced_copies(SMALL) == {"conv": 4}
    assert balanced_copies(NetworkShape("one", (LayerShape("conv", 1, 1, 3, 7),))) == {}
    with pytest.raises(InputError, match=r"layer 'other'.*conv, fc, next, side"):
        account(SMALL, COST, {"other": 2})
    with pytest.raises(InputError, match="0 copies"):
        account(SMALL, COST, {"conv": 0})


def test_kernels_lie_in_one_array_where_they_can():
    assert row_arrays(LayerShape("conv", 512, 1, 3), Tile(256, 64)) == 19  # 28 channels each, not 256 rows each
    assert row_arrays(LayerShape("conv", 2, 1, 5), Tile(16, 64)) == 4


@pytest.mark.parametrize("change", [{"channels": 0}, {"outputs": 0}, {"kernel": 0}, {"positions": 0}])
def test_a_layer_without_size_is_refused(change):
    with pytest.raises(InputError, match="at least 1"):
        dataclasses.replace(LayerShape("conv", 1, 1), **change)


def test_an_own_crossbar_replaces_the_published_one_alone():
    tile = Tile(256, 64)
    settings = simulator_module()
    assert module_cost(settings, tile).energy == pytest.approx(published_cost(tile).energy, rel=1e-12)
    double = dataclasses.replace(settings, lowest_conductance=20e-6, highest_conductance=140e-6)
    more = module_cost(double, tile).energy - published_cost(tile).energy
    assert more == pytest.approx(crossbar_energy(tile, 0.1, mean_conductance(settings)))
    # 4,096 cells of 25 uS at 0.1 V for 40 of 80 ns, against "less than 2 %" in the paper
    assert crossbar_energy(Tile(), 0.1, 25e-6) == pytest.approx(4096 * 0.01 * 25e-6 * 40e-9)
    assert crossbar_energy(Tile(), 0.1, mean_conductance(settings)) < 0.02 * published_cost(Tile()).energy
    with pytest.raises(InputError, match="no published energy"):
        published_cost(Tile(128, 128))


def test_a_crossbar_of_tables_costs_what_its_columns_cost(tables, card):
    made = table_cost(tables, card, Tile())
    on, off = ideal.ENERGY_RATIO * float(ideal.cell(600.0, 0.0, 0.0)), 1 / (1e8 + ideal.SELECT)
    cells = 4096 * ideal.READ_VOLTAGE**2 * 0.5 * (on + off) * 40e-9
    published = crossbar_energy(Tile(), 0.1, mean_conductance(simulator_module()))
    assert made.energy - published_cost(Tile()).energy == pytest.approx(cells - published, rel=0.01)
    assert made.time == published_cost(Tile()).time
    assert "column_read" in made.origin
