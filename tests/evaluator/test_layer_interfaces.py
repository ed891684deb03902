"""Errors of column interfaces in networks of layers: the dense path's on dense ones, each copy's own in convolutions.

All tables are synthetic.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import test_interface as errors_of
from synthetic_tables import column_table
from test_layer_accounts import NETWORKS, dense, elsewhere, labels, pixels
from test_periphery import driver_table, interface_table, with_tables

from evaluator import Interfaces, Trim, evaluate, simulate
from evaluator.explaining import explain_images
from evaluator.kernel import run_threads
from evaluator.networks import evaluate_layers, explain_layers, layered, simulate_layers
from evaluator.strobes import Offset, tiles_of_one

DRAWN = Interfaces(3, Trim(2e-8, 1e-6, 1 / 16, 0.5))
TILE_ROWS = 4
GAINS = np.array([5.0, 5.2])


@pytest.fixture(scope="module")
def whole(tables):
    """Tiles of four rows, and interfaces that differ by a tenth in gain and by 50 nA in offset."""
    rng = np.random.default_rng(1)
    gains = GAINS * np.exp(rng.normal(0, 0.1, (40, 2)))
    tables_of = errors_of.tables(gains, rng.normal(0, 5e-8, (40, 1)))
    drawn = tables_of["column_interface_mismatch"].dataset
    common = errors_of.errors_table([0.0], [GAINS], [[2e-8, -1e-8, -2e-8]], [0.0, 0.4, 0.8])
    common = common.assign(column_offset=0.05 * common["column_offset"])
    common["column_offset"].attrs = {"role": "quantity"}
    plain = interface_table(4e-3)
    small = column_table().isel(active_rows=[0, 1, 2]).assign_attrs(rows=TILE_ROWS)
    named = {"column_interface_common": common, "column_interface_mismatch": drawn}
    named["column_interface"] = plain.assign(delay=plain["static_power"] / plain["static_power"] * 6e-9)
    named["column_interface"]["delay"].attrs = {"units": "s", "long_name": "delay", "role": "quantity"}
    return with_tables(tables, column_read=small, row_drive=driver_table(), **named)


@pytest.mark.parametrize("interfaces", [Interfaces(), Interfaces(3), DRAWN])
def test_a_dense_network_has_the_dense_paths_errors(interfaces, whole, card):
    network, images = dense(), pixels(30)
    ours = simulate(network, whole, card, images, interfaces=interfaces, clamp=True)
    other = simulate_layers(layered(network), whole, card, images, interfaces=interfaces, clamp=True)
    for one, same in zip(ours.interface_errors, other.interface_errors, strict=True):
        for name, value in vars(one).items():
            np.testing.assert_array_equal(value, getattr(same, name))
    for name in set(ours.outcome._fields) - {"output_spikes", "driven"}:
        np.testing.assert_array_equal(getattr(ours.outcome, name), getattr(other.outcome, name), err_msg=name)
    ideal = simulate(network, whole, card, images)
    assert ours.outcome.fired.any()
    assert np.abs(ours.outcome.decision - ideal.outcome.decision).max() > 5e-9


def test_a_dense_network_has_the_dense_paths_energy_and_trace(whole, card):
    network, images = dense(), pixels(3)
    ours = evaluate(network, whole, card, images, labels(3), interfaces=DRAWN, clamp=True)
    other = evaluate_layers(layered(network), whole, card, images, labels(3), interfaces=DRAWN, clamp=True).total
    assert other.breakdown_J == ours.breakdown_J
    assert other.blocks == ours.blocks
    assert ours.breakdown_J["interface_trim"] > 0
    traces = [
        explain(one, whole, card, images[:1], labels(1), interfaces=DRAWN)[0]
        for explain, one in ((explain_images, network), (explain_layers, layered(network)))
    ]
    assert [line.energy for line in traces[0].lines] == [line.energy for line in traces[1].lines]
    assert set(traces[0].untraced) == set(traces[1].untraced) == {"interface_trim"}
    assert traces[1].total == pytest.approx(traces[1].energy, rel=1e-12)


def spikes(outcome, layer):
    """(neuron, time) of each recorded spike of a layer, by image."""
    found = []
    for times, layers, neurons in zip(outcome.spike_time, outcome.spike_layer, outcome.spike_neuron, strict=True):
        own = np.isfinite(times) & (layers == layer)
        found.append(sorted(zip(neurons[own].tolist(), times[own].tolist(), strict=True)))
    return found


def test_every_copy_of_an_array_is_a_dense_layer_with_interfaces_of_its_own(whole, card):
    """Nine rows in three tiles at each of 36 places, some beyond the edge: strobes of one place touch no other."""
    network, images = NETWORKS["sum"], pixels(12)
    seen = simulate_layers(
        network, whole, card, images, interfaces=Interfaces(3), recorded=2000, readout="rate", clamp=True
    )
    mapped, errors, run = seen.mapped[0], seen.interface_errors[0], seen.run
    assert (mapped.column_tiles, mapped.outputs, mapped.copies) == (3, 4, 36)
    assert errors.offset.shape == (3, 144)
    clock = run.clock._replace(steps=run.clock.steps[:1])
    every, compared = spikes(seen.outcome, 0), 0
    tile = np.arange(9) // TILE_ROWS
    for place in (0, 7, 21, 35):
        neurons = np.arange(4) * 36 + place
        plus, minus = (side[0] for side in (mapped.plus_arrays, mapped.minus_arrays))
        matrix = errors.plus[tile][:, neurons] * plus - errors.minus[tile][:, neurons] * minus
        offset = Offset(
            np.ascontiguousarray(errors.offset[:, neurons]) / seen.neuron.capacitance, run.layers[0].offset.common,
            run.layers[0].offset.start, run.layers[0].offset.inverse_step, errors.strobe, tiles_of_one(9, TILE_ROWS),
        )  # fmt: skip
        alone = run.layers[0]._replace(
            conductance=np.ascontiguousarray(matrix, dtype=np.float32), drawn=np.ones(9), offset=offset
        )
        source = mapped.wiring.source[place]
        gathered = np.where(source >= 0, images[:, source], 0).astype(np.uint8)
        trains = run.trains._replace(row_delay=run.trains.row_delay[source])
        found = run_threads(
            gathered, trains, (alone,), run.membrane, np.ones(9, np.int64), clock, recorded=2000
        )  # fmt: skip
        for image, expected in enumerate(spikes(found, 0)):
            ours = [(int(np.flatnonzero(neurons == n)[0]), t) for n, t in every[image] if n in neurons]
            assert [n for n, _ in ours] == [n for n, _ in expected]
            np.testing.assert_allclose([t for _, t in ours], [t for _, t in expected], rtol=0, atol=1e-13)
            compared += len(ours)
    assert compared > 50


def test_gains_act_on_the_tile_of_each_row_also_where_an_input_drives_two(whole, card):
    """Windows of pooling that overlap: an input drives rows of several tiles of the same column."""
    network = NETWORKS["sum"]
    pool = replace(network.layers[1], stride=(1, 1))
    votes = 0.1 * np.random.default_rng(1).choice([-1, 1], (100, 3))
    wide = replace(network, layers=(network.layers[0], pool, replace(network.layers[2], weights=votes)))
    mapped = simulate_layers(wide, whole, card, pixels(1), clamp=True).mapped[1]
    rng = np.random.default_rng(2)
    gains = rng.uniform(0.5, 1.5, (2, mapped.column_tiles, 3))
    found = mapped.difference(*gains)
    source = mapped.wiring.source[0]
    expected = np.zeros((144, 3))
    for row, origin in enumerate(source):
        up, down = gains[:, row // TILE_ROWS]
        expected[origin] += up * mapped.plus_arrays[0, row] - down * mapped.minus_arrays[0, row]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(mapped.difference(*np.ones_like(gains)), mapped.plus - mapped.minus, atol=1e-18)
    units = mapped.strobes
    strobed = [set(units.unit[low:high]) for low, high in zip(units.first, units.first[1:], strict=False)]
    assert strobed == [set(np.flatnonzero(source == origin) // TILE_ROWS) for origin in range(144)]
    assert max(map(len, strobed)) > 1
    both = (mapped.plus_arrays - mapped.minus_arrays)[0]
    np.testing.assert_allclose(mapped.unequal[5], both[5 * TILE_ROWS : 6 * TILE_ROWS].sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize("name", ["sum", "loop"])
def test_errors_go_to_a_cluster_and_seeds_are_chips(name, whole, card):
    arguments = (NETWORKS[name], whole, card, pixels(20), labels(20))
    here = evaluate_layers(*arguments, interfaces=DRAWN, clamp=True)
    there = evaluate_layers(*arguments, interfaces=DRAWN, clamp=True, batch=6, place=elsewhere)
    assert here.as_json() | {"images_per_second": 0} == there.as_json() | {"images_per_second": 0}
    other = evaluate_layers(*arguments, interfaces=replace(DRAWN, seed=4), clamp=True)
    assert np.any(other.total.latencies != here.total.latencies)
    assert any("drawn with seed 3 act on the spikes" in line for line in here.total.assumed)
    assert here.total.static_J + here.total.dynamic_J == pytest.approx(here.total.energy_per_image_J, rel=1e-9)
