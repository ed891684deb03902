"""Evaluation in equal steps against closed forms, against evaluation by events, and its own symmetries."""

from __future__ import annotations

import numpy as np
import pytest
from test_kernel import KIND, WINDOW, layer, random_case, trains, with_offset
from test_membrane import LAG, RATE, THRESHOLD, membrane, trip

from evaluator import IsiEncoder, SpikingNetwork, evaluate
from evaluator.chips import Effects, plan_chips, run_chip, setting_of
from evaluator.chips.effects import ReadNoise
from evaluator.kernel import Clock
from evaluator.prepared import ImageRun, run_batches
from evaluator.timestepped import ramp_neuron, stepped
from measurements.errors import InputError, TableError

STEP = 20e-9


def image_run(times, layers, rows, kind=None, *, window=WINDOW, stop=True, threads=1):
    fanout = np.concatenate([np.count_nonzero(one.conductance, axis=1) for one in layers]).astype(np.int64)
    clock = Clock(window, round(window / STEP), (8,) * len(layers), stop)
    return ImageRun(trains(times, rows, window), tuple(layers), kind or membrane(), fanout, clock, threads=threads)


def both(pixels, times, layers, kind=None, *, step=STEP, **settings):
    """Outcome by events, and in steps."""
    pixels = np.atleast_2d(np.asarray(pixels, np.uint8))
    run = image_run(times, layers, pixels.shape[1], kind, **settings)
    return run(pixels), stepped(run, step)(pixels)


def dense_case(seed, sizes=(40, 24, 6), window=4e-6):
    """Many small pulses, as images send them."""
    rng = np.random.default_rng(seed)
    layers = [
        layer(rng.choice([-1, 0, 1, 1], (rows, columns)), step, width)
        for rows, columns, step, width in zip(sizes, sizes[1:], (0.012, 0.14), (5e-9, 10e-9), strict=False)
    ]
    times = [np.cumsum(rng.uniform(30e-9, 200e-9, 12)) for _ in range(256)]
    pixels = rng.integers(0, 256, (60, sizes[0])).astype(np.uint8)
    return pixels, [one[one < window - 5e-9] for one in times], layers


def test_even_rises_fire_where_the_comparator_s_integral_says():
    """RATE (V - 0.85 V)^3 / (3 s) = 0.9 V, then the lag at s."""
    kind = ramp_neuron(membrane(), STEP)
    volts = kind.foot + np.arange(kind.rise.size) / kind.inverse_cell
    for rise in (1e6, 4e6, 2e7):
        at = np.interp(rise, kind.rise, volts)
        assert at - THRESHOLD == pytest.approx(trip(rise) - THRESHOLD + LAG * rise, rel=0.02)
    assert kind.foot == pytest.approx(THRESHOLD, abs=0.02)
    drawn = np.interp(trip(4e6), volts, kind.beside)
    assert abs(drawn) < 0.02 * 1e-6 * trip(4e6) ** 2 / 2 / 4e6  # its power is that of the membrane


def test_a_steady_input_fires_like_the_closed_form():
    slope = 4e6
    steady = layer(np.ones((1, 1), int), step=slope * 1990e-9, width=1990e-9)
    run = image_run([[1e-9]], [steady], 1, membrane(), window=2e-6, stop=False)
    # all of a pulse acts in the step of its middle: as many short pulses as there are steps make a steady input
    short = layer(np.ones((100, 1), int), step=slope * STEP, width=5e-9)
    spread = image_run([[k * STEP + 5e-9] for k in range(100)], [short], 100, membrane(), window=2e-6, stop=False)
    outcome = stepped(spread, STEP)(np.arange(100, dtype=np.uint8)[None])
    period = trip(slope) / slope + LAG + 110e-9
    assert outcome.first_spike[0, 1] == pytest.approx(trip(slope) / slope + LAG, abs=1.5e-9)
    assert outcome.spikes[0, 1] == run(np.zeros((1, 1), np.uint8)).spikes[0, 1] == int((2e-6 + 110e-9) / period)
    until = 1e-6 * (trip(slope) ** 2 / (2 * slope)) * outcome.spikes[0, 1]
    assert outcome.static[0, 0] == pytest.approx(until, rel=0.15)  # and of the last rise what is left of the window


def test_a_leak_is_exact_in_any_step():
    """The pulse acts at the beginning of its step; what is left of it at the end of the window is exp(-t / tau)."""
    tau = 300e-9
    one = layer(np.ones((1, 1), int), step=0.4, width=5e-9)
    for step in (5e-9, STEP, 60e-9):
        run = image_run([[0.1e-9]], [one], 1, membrane(leak_rate=1 / tau), stop=False)
        found = stepped(run, step)(np.zeros((1, 1), np.uint8)).output_voltage[0, 0]
        assert found == pytest.approx(0.4 * np.exp(-WINDOW / tau), rel=2e-3)


@pytest.mark.parametrize("seed", [1, 2])
def test_steps_agree_with_events(seed):
    """60 images of a random network, most of them close calls: most decisions the same, means of these within 3 %."""
    pixels, times, layers = dense_case(seed)
    event, step = both(pixels, times, layers, KIND, window=4e-6)
    decided = event.fired & step.fired
    assert decided.mean() > 0.9
    assert event.spikes[:, 1].mean() > 10
    assert np.mean(event.winner == step.winner) > 0.8  # one in six by chance
    same = decided & (event.winner == step.winner)
    missed = step.decision[same] - event.decision[same]
    assert abs(missed.mean()) < 0.02 * event.decision[same].mean()
    for name in ("charge", "static", "spikes", "events"):
        found, expected = (getattr(one, name)[same].sum(axis=0) for one in (step, event))
        np.testing.assert_allclose(found, expected, rtol=0.03, err_msg=name)


def test_halving_the_step_changes_ever_less():
    pixels, times, layers = dense_case(3)
    run = image_run(times, layers, pixels.shape[1], KIND, window=4e-6)
    found = [stepped(run, step)(pixels) for step in (40e-9, 20e-9, 10e-9, 5e-9, 2.5e-9)]
    fine = found[-1]
    energy = [abs(one.static.sum() / fine.static.sum() - 1) for one in found[:-1]]
    moved = [np.median(np.abs(one.decision - fine.decision)) for one in found[:-1]]
    assert moved[0] > moved[1] > moved[2] > moved[3] > 0
    assert moved[1] < 0.01 * fine.decision.mean()
    assert energy[1] < 0.02
    assert energy[3] < energy[0]


def test_charge_of_a_silent_window_is_exact():
    """Every pulse through every cell, and P(0 V) of every neuron for the whole window."""
    times = [np.arange(1, 20) * 20e-9] * 10
    weights = np.zeros((10, 4))
    silent = layer(weights, 0.5)._replace(drawn=np.full(10, 3e-5))
    kind = membrane()._replace(power=np.full(3001, 2e-7))
    _, outcome = both(np.zeros(10), times, [silent, layer(np.zeros((4, 2)), 0.5)], kind)
    assert outcome.spikes[0].tolist() == [190, 0, 0]
    assert outcome.charge[0, 0] == pytest.approx(190 * 3e-5 * 5e-9, rel=1e-12)
    np.testing.assert_allclose(outcome.static[0], [4 * 2e-7 * WINDOW, 2 * 2e-7 * WINDOW], rtol=1e-6)
    assert (outcome.fired[0], outcome.decision[0]) == (False, pytest.approx(WINDOW))


def test_counts_end_with_the_decision():
    pixels, times, layers = dense_case(4)
    _, outcome = both(pixels, times, layers, KIND, window=4e-6)
    late = trains(times, pixels.shape[1], 4e-6).last_start
    for image in range(len(pixels)):
        until = min(outcome.decision[image], late)
        counts = [np.sum(times[value] <= until) for value in pixels[image]]
        assert outcome.spikes[image, 0] == sum(counts)
        fanout = np.count_nonzero(layers[0].conductance, axis=1)
        assert outcome.events[image, 0] == np.dot(counts, fanout)
    assert (outcome.spikes[outcome.fired, 2] == 1).all()


def test_batch_and_threads_change_no_bit():
    pixels, times, layers = dense_case(1)
    run = stepped(image_run(times, layers, pixels.shape[1], KIND, window=4e-6, threads=2), STEP)
    together, one = run(pixels), run.on_one_thread()
    assert (run.threads, one.threads) == (2, 1)
    batches = run_batches(one, pixels, batch=7)
    for name in together._fields:
        np.testing.assert_array_equal(getattr(together, name), getattr(batches, name), err_msg=name)
    assert len(set(together.decision.tolist())) > 20


def test_permuting_neurons_permutes_outputs():
    pixels, times, layers = dense_case(1)
    base = both(pixels, times, layers, KIND, window=4e-6)[1]
    order = np.random.default_rng(0).permutation(6)
    turned = layers[1]._replace(conductance=np.ascontiguousarray(layers[1].conductance[:, order]))
    moved = both(pixels, times, [layers[0], turned], KIND, window=4e-6)[1]
    assert order[moved.winner].tolist() == base.winner.tolist()
    assert len(set(base.winner.tolist())) > 2


def test_three_layers_and_look_ups_above_the_grid():
    times = [np.arange(1, 25) * 20e-9] * 4
    deep = [layer(np.ones((n, m)), s) for n, m, s in ((4, 5, 0.1), (5, 3, 0.3), (3, 2, 0.5))]
    event, step = both(np.zeros(4), times, deep)
    assert step.fired[0]
    assert step.decision[0] == pytest.approx(event.decision[0], abs=STEP)
    assert step.outside.sum() == 0
    assert both([0], [[10e-9]], [layer(np.ones((1, 1)), 30.0)])[1].outside[0, 0] > 0


def test_what_steps_cannot_do_is_refused():
    pixels, times, layers = random_case(3)
    run = image_run(times, layers, pixels.size)
    wrong = (7e-9, 0.0, -5e-9, 1.0, 1e-6 * WINDOW)
    for step, said in (*((one, "divide the window") for one in wrong), (200e-9, "dead time")):
        with pytest.raises(InputError, match=said):
            stepped(run, step)
    with pytest.raises(InputError, match="events"):
        stepped(image_run(times, [with_offset(one, 1, 0.0, 4) for one in layers], pixels.size), STEP)
    with pytest.raises(InputError, match="do not fit the pixels"):
        stepped(run, STEP)(np.zeros((1, pixels.size + 1), np.uint8))
    with pytest.raises(InputError, match="fanouts do not fit"):
        stepped(image_run(times, layers[:1] + layers[:1], pixels.size), STEP)
    calm = membrane()
    level = calm._replace(comparator=calm.comparator._replace(rate=-np.abs(calm.comparator.rate)))
    with pytest.raises(TableError, match="event by event"):
        stepped(image_run(times, layers, pixels.size, level), STEP)


def test_read_noise_has_the_variance_of_all_pulses():
    """Eight reads of 10 %: the deviation of a membrane is sqrt(8) times that of one read."""
    one = layer(np.ones((8, 1500), int), step=0.02)
    noisy = one._replace(deviation=np.full((8, 1500), 5e-6, np.float32), seed=5)
    times = [[50e-9 + 30e-9 * k] for k in range(8)]
    event, step = both(np.arange(8), times, [noisy], membrane(), stop=False)
    for outcome in (event, step):
        assert outcome.output_voltage.mean() == pytest.approx(8 * 0.02, rel=0.01)
        assert outcome.output_voltage.std() == pytest.approx(np.sqrt(8) * 0.002, rel=0.05)
    again = both(np.arange(8), times, [noisy], membrane(), stop=False)[1]
    np.testing.assert_array_equal(again.output_voltage, step.output_voltage)


@pytest.fixture(scope="module")
def network():
    first = np.array([[1, -1], [1, -1], [-1, 1], [-1, 1]], np.int8)
    return SpikingNetwork((first, np.eye(2, dtype=np.int8)), (0.15, 0.4), IsiEncoder(phases=2))


PATTERNS = np.array([[255, 255, 0, 0], [0, 0, 255, 255], [255, 200, 0, 0], [0, 0, 180, 255]], np.uint8)
LABELS = np.array([0, 1, 0, 1])


def test_an_evaluation_in_steps_says_so(network, tables, card):
    event = evaluate(network, tables, card, PATTERNS, LABELS)
    found = evaluate(network, tables, card, PATTERNS, LABELS, time_step=10e-9)
    assert found.predictions.tolist() == event.predictions.tolist()
    assert found.latency_per_image_s == pytest.approx(event.latency_per_image_s, rel=0.03)
    assert found.energy_per_image_J == pytest.approx(event.energy_per_image_J, rel=0.05)
    assert any("equal steps of 1e-08 s" in line for line in found.assumed)
    assert not any("equal steps" in line for line in event.assumed)


def test_chips_run_in_steps_too(network, tables, card):
    effects = Effects(read_noise=ReadNoise(0.05))
    works = plan_chips(effects, 1, 0)
    by_events, in_steps = (
        setting_of(network, tables, card, effects, PATTERNS, LABELS, seed=2, time_step=step) for step in (None, 10e-9)
    )
    event, step = run_chip(by_events, works[1]), run_chip(in_steps, works[1])
    assert step.accuracy == event.accuracy == 1.0
    assert step.energy_per_image_J == pytest.approx(event.energy_per_image_J, rel=0.05)
    assert step.energy_per_image_J != event.energy_per_image_J


def test_the_rate_is_the_tables():
    """RATE enters the closed forms above as a number: the comparator under test has it."""
    kind = membrane().comparator
    row = round((THRESHOLD + 0.1 - kind.start) * kind.inverse_step)
    assert kind.rate[row, 60] == pytest.approx(RATE * 0.01, rel=1e-6)
