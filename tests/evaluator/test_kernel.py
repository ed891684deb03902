"""The event-driven kernel against a plain small-step simulation, closed forms and its own symmetries."""

from __future__ import annotations

import numpy as np
import pytest
import reference
from test_membrane import LAG, comparator, membrane, trip

from evaluator.kernel import Clock, run_threads
from evaluator.layerstate import Layer
from evaluator.pulses import Trains
from evaluator.strobes import Offset, tiles_of_one

WINDOW = 600e-9
KIND = membrane(leak_rate=2e5, dead_time=60e-9, stirs=1e6)._replace(
    comparator=comparator(feel=2e9, coupling=5e-3)._replace(kick=2e-3, keep=0.8),
    later=np.full(1, 0.95), later_kick=np.full(1, 1e-3), tiring=5e-9, resting=200e-9,
)  # fmt: skip


def layer(weights, step, width=5e-9):
    """Ternary weights on 50 uS cells; one pulse lifts a membrane by `step` [V]."""
    weights = np.asarray(weights)
    conductance = 5e-5 * np.sign(weights)
    return Layer(
        conductance=conductance.astype(np.float32), drawn=np.abs(conductance).sum(axis=1),
        slope=step / (5e-5 * width), width=width, delay=0.5e-9,
    )  # fmt: skip


def trains(times, rows, window=WINDOW):
    """Train k [s] is that of pixel value k."""
    offset = np.concatenate([[0], np.cumsum([len(train) for train in times])]).astype(np.int64)
    return Trains(np.concatenate([np.asarray(t, float) for t in times]), offset, np.zeros(rows), window - 5e-9)


def run(
    pixels, times, layers, kind=None, *, window=WINDOW, stop=True, step=0.625e-9, steps=32, threads=1, recorded=500
):
    fanout = np.concatenate([np.count_nonzero(one.conductance, axis=1) for one in layers]).astype(np.int64)
    pixels = np.atleast_2d(np.asarray(pixels, np.uint8))
    return run_threads(
        pixels, trains(times, pixels.shape[1], window), tuple(layers), kind or membrane(leak_rate=2e5),
        fanout, Clock(window, round(window / (step * steps)), (steps,) * len(layers), stop),
        threads=threads, recorded=recorded,
    )  # fmt: skip


def spikes_of(outcome, image=0):
    """Sorted (layer, neuron, time)."""
    kept = ~np.isnan(outcome.spike_time[image])
    return sorted(
        zip(
            outcome.spike_layer[image][kept].tolist(),
            outcome.spike_neuron[image][kept].tolist(),
            outcome.spike_time[image][kept].tolist(),
            strict=True,
        )
    )


def random_case(seed, sizes=(10, 7, 3)):
    """Random ternary layers and random, uneven spike trains."""
    rng = np.random.default_rng(seed)
    layers = [
        layer(rng.choice([-1, 0, 1, 1], (rows, columns)), step, width)
        for rows, columns, step, width in zip(sizes, sizes[1:], (0.09, 0.3), (5e-9, 10e-9), strict=False)
    ]
    times = [np.cumsum(rng.uniform(7e-9, 60e-9, 12)) for _ in range(sizes[0])]
    return np.arange(sizes[0], dtype=np.uint8), times, layers


def with_offset(one, seed, common, tile_rows, strobe=19e-9, size=4e5):
    """A layer whose interfaces have offsets of both signs, and a common one [V/s] that falls with the membrane."""
    rows, neurons = one.conductance.shape
    slopes = size * np.random.default_rng(seed).standard_normal((-(-rows // tile_rows), neurons))
    units = tiles_of_one(rows, tile_rows)
    return one._replace(offset=Offset(slopes, np.array([common, -common]), 0.0, 1.0, strobe, units))


@pytest.mark.parametrize(("common", "tile_rows"), [(0.0, 4), (3e5, 100)])
def test_offsets_act_while_their_tile_is_strobed(common, tile_rows):
    pixels, times, layers = random_case(3)  # of 2, a membrane stalls at the threshold and leaves the time open
    layers = [with_offset(one, place, common, tile_rows) for place, one in enumerate(layers)]
    found = spikes_of(run(pixels, times, layers, KIND, stop=False))
    expected, *_ = reference.simulate(pixels, trains(times, len(pixels)), layers, KIND, WINDOW, step=50e-12)
    expected = sorted((k, neuron, time) for time, k, neuron in expected)
    assert [item[:2] for item in found] == [item[:2] for item in expected]
    np.testing.assert_allclose([t for *_, t in found], [t for *_, t in expected], atol=0.6e-9, rtol=0)
    ideal = spikes_of(run(pixels, times, random_case(3)[2], KIND, stop=False))
    assert max(abs(a[2] - b[2]) for a, b in zip(found, ideal, strict=False)) > 5e-9


def test_an_offset_lifts_by_the_time_that_the_strobe_is_open():
    # two pulses 10 ns apart strobe one tile for 10 + 19 ns, the third another tile; no cell is on
    silent = layer(np.zeros((6, 1)), 0.1)
    slopes = np.array([[1e6], [2e6]])
    one = silent._replace(offset=Offset(slopes, np.zeros(2), 0.0, 1.0, 19e-9, tiles_of_one(6, 4)))
    times = [np.array([100e-9]), np.array([110e-9]), np.array([]), np.array([]), np.array([300e-9]), np.array([])]
    outcome = run(np.arange(6), times, [one], membrane(leak_rate=0.0), stop=False)
    assert outcome.output_voltage[0, 0] == pytest.approx(29e-9 * 1e6 + 19e-9 * 2e6, rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_spike_times_and_energies_match_small_steps(seed):
    pixels, times, layers = random_case(seed)
    outcome = run(pixels, times, layers, KIND, stop=False)
    expected, charge, static = reference.simulate(pixels, trains(times, len(pixels)), layers, KIND, WINDOW, step=50e-12)
    found = spikes_of(outcome)
    expected = sorted((k, neuron, time) for time, k, neuron in expected)
    assert len(found) >= 8
    assert {k for k, _, _ in found} == {0, 1}
    assert [item[:2] for item in found] == [item[:2] for item in expected]
    np.testing.assert_allclose([t for *_, t in found], [t for *_, t in expected], atol=0.3e-9, rtol=0)
    np.testing.assert_allclose(outcome.charge[0], charge, rtol=2e-3)
    np.testing.assert_allclose(outcome.static[0], static, rtol=0.025)


@pytest.mark.parametrize(("step", "steps"), [(0.625e-9, 16), (0.625e-9, 64), (0.3125e-9, 64), (0.15625e-9, 1)])
def test_shorter_steps_and_other_slices_change_nothing_that_matters(step, steps):
    """Median below 0.2 ns, all within 1 ns."""
    moved = []
    for seed in (1, 2, 3, 4):
        pixels, times, layers = random_case(seed)
        usual = spikes_of(run(pixels, times, layers, KIND, stop=False))
        other = spikes_of(run(pixels, times, layers, KIND, stop=False, step=step, steps=steps))
        assert [item[:2] for item in usual] == [item[:2] for item in other]
        moved += [abs(a[2] - b[2]) for a, b in zip(usual, other, strict=True)]
    assert len(moved) > 40
    assert np.median(moved) < 0.2e-9
    assert max(moved) < 1e-9


def test_rate_under_steady_input():
    """Pulses as long as their interval make a constant current: ramp + comparator delay + dead time."""
    slope = 4e6
    weights = np.ones((1, 1), int)
    steady = layer(weights, step=slope * 1990e-9, width=1990e-9)
    kind = membrane(dead_time=110e-9)
    found = run([0], [[1e-9]], [steady], kind, window=2e-6, stop=False)
    times = np.array([time for *_, time in spikes_of(found)])
    assert times[0] == pytest.approx(1.5e-9 + trip(slope) / slope + LAG, rel=2e-3)
    np.testing.assert_allclose(np.diff(times), trip(slope) / slope + LAG + 110e-9, rtol=2e-3)
    assert times.size == 6


def test_first_spike_ends_the_image():
    pixels, times, layers = random_case(3)
    whole, first = (run(pixels, times, layers, stop=stop) for stop in (False, True))
    output = min(time for k, _, time in spikes_of(whole) if k == 1)
    assert first.decision[0] == pytest.approx(output, abs=1e-15)
    assert first.winner[0] == whole.winner[0]
    assert first.spikes[0, 2] == 1
    before = [time for k, _, time in spikes_of(whole) if k == 0 and time <= output]
    assert first.spikes[0, 1] == len(before)
    assert 0 < first.static[0].sum() < whole.static[0].sum()


def test_permuting_rows_changes_nothing_and_permuting_neurons_permutes():
    pixels, times, layers = random_case(5)
    base = run(pixels, times, layers, stop=False)
    order = np.random.default_rng(0).permutation(len(pixels))
    one = layers[0]._replace(conductance=np.ascontiguousarray(layers[0].conductance[order]))
    one = one._replace(drawn=layers[0].drawn[order])
    moved = run(pixels[order], times, [one, layers[1]], stop=False)
    assert [item[:2] for item in spikes_of(moved)] == [item[:2] for item in spikes_of(base)]
    np.testing.assert_allclose([t for *_, t in spikes_of(moved)], [t for *_, t in spikes_of(base)], rtol=1e-9)
    flipped = layers[1].conductance[:, [2, 1, 0]]
    turned = run(pixels, times, [layers[0], layers[1]._replace(conductance=np.ascontiguousarray(flipped))], stop=False)
    assert turned.winner[0] == 2 - base.winner[0]


def test_swapping_two_rows_of_weights_is_seen():
    pixels, times, layers = random_case(1)
    base = spikes_of(run(pixels, times, layers, stop=False))
    swapped = layers[0].conductance.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    assert spikes_of(run(pixels, times, [layers[0]._replace(conductance=swapped), layers[1]], stop=False)) != base


def test_batch_and_threads_change_no_bit():
    _, times, layers = random_case(4)
    pixels = np.random.default_rng(8).integers(0, 10, (130, 10)).astype(np.uint8)
    together = run(pixels, times, layers)
    threaded = run(pixels, times, layers, threads=2)
    alone = [run(one, times, layers) for one in pixels]
    for name in together._fields:
        whole = getattr(together, name)
        np.testing.assert_array_equal(whole, getattr(threaded, name), err_msg=name)
        np.testing.assert_array_equal(whole, np.concatenate([getattr(one, name) for one in alone]), err_msg=name)
    assert len(set(together.decision.tolist())) > 20


def test_zero_weights_never_spike():
    times = [np.arange(1, 20) * 20e-9] * 10
    outcome = run(np.zeros(10), times, [layer(np.zeros((10, 4)), 0.5), layer(np.zeros((4, 2)), 0.5)])
    assert not outcome.fired[0]
    assert outcome.decision[0] == WINDOW
    assert outcome.spikes[0].tolist() == [190, 0, 0]
    assert outcome.events[0].tolist() == [0, 0]
    assert outcome.charge[0].tolist() == [0.0, 0.0]


def test_without_output_spike_the_highest_membrane_wins():
    weights = np.array([[0, 1, 0]])
    outcome = run([0], [[10e-9, 30e-9]], [layer(weights, 0.1)])
    assert (outcome.fired[0], outcome.winner[0], outcome.decision[0]) == (False, 1, WINDOW)


def test_one_and_three_layers():
    times = [np.arange(1, 25) * 20e-9] * 4
    single = run(np.zeros(4), times, [layer(np.ones((4, 2)), 0.1)])
    assert single.fired[0]
    deep = run(np.zeros(4), times, [layer(np.ones((n, m)), s) for n, m, s in ((4, 5, 0.1), (5, 3, 0.3), (3, 2, 0.5))])
    assert deep.fired[0]
    assert deep.decision[0] > single.decision[0]
    assert (deep.spikes[0] > 0).all()


def test_look_ups_above_the_grid_are_counted():
    outcome = run([0], [[10e-9]], [layer(np.ones((1, 1)), 30.0)])
    assert outcome.outside[0, 0] > 0
    assert run([0], [[10e-9]], [layer(np.ones((1, 1)), 1.0)]).outside[0, 0] == 0


def test_decided_images_count_events_only_to_the_decision():
    times = [np.arange(1, 25) * 20e-9]
    outcome = run([0], times, [layer(np.ones((1, 2)), 0.3)])
    began = np.sum(np.array(times[0]) <= outcome.decision[0])
    assert outcome.spikes[0].tolist() == [began, 1]
    assert outcome.events[0].tolist() == [2 * began]
    assert began < 24


def test_what_is_drawn_at_once_is_counted_whole():
    """1 J a spike, or a waking up, and none else: whole numbers, also in the slice of the decision."""
    pixels, times, layers = random_case(3)
    still = membrane(dead_time=60e-9)._replace(power=np.zeros(3001))
    dark = still._replace(comparator=still.comparator._replace(power=0.0 * still.comparator.power))
    for stop in (True, False):
        bursts = run(pixels, times, layers, dark._replace(burst=1.0), stop=stop)
        woken = run(pixels, times, layers, dark._replace(recovery=1.0), stop=stop)
        ended = [time for k, _, time in spikes_of(bursts) if k == 0 and time <= bursts.decision[0]]
        assert bursts.static[0, 0] == (len(ended) if stop else bursts.spikes[0, 1])
        assert bursts.static[0, 1] == bursts.spikes[0, 2] > 0
        assert 0 < woken.static[0, 0] <= bursts.static[0, 0]
        assert woken.static[0, 0] == int(woken.static[0, 0])
