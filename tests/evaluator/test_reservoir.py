"""Delay loops against closed forms, the readout against the normal equations, and tasks against their definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from circuits.tables import TableSet
from evaluator.reservoir.layers import ReservoirSettings, deep_states, masks, require_forgetting
from evaluator.reservoir.loop import loop_states
from evaluator.reservoir.node import characterized_node, linear_node, mackey_glass_node
from evaluator.reservoir.presets import CHARACTERIZED, IDEAL, preset
from evaluator.reservoir.ridge import fit_ridge, normalised_error
from evaluator.reservoir.tasks import LENGTHS, NAMES, WASHOUT, _mackey_glass_series, mnist_rows, narma10, santa_fe
from evaluator.reservoir.training import train_task
from evaluator.reservoir.tuning import tuned
from measurements.errors import InputError

RANDOM = np.random.default_rng(5)
DRIVE = RANDOM.normal(size=(3, 12, 5))
LINEAR, IDEAL_NODE = linear_node(), mackey_glass_node(2.0)
FAR = 60.0
"""A separation after which nothing of the last virtual node is left."""


def node_tables(scale: float = 1.0) -> TableSet:
    grid = np.linspace(-0.5, 1.5, 81)
    role = {"role": "quantity", "units": "V"}
    data = xr.Dataset(
        {
            "output_voltage": ("input_voltage", scale * np.exp(-(((grid - 0.4) / 0.3) ** 2)), role),
            "time_constant": ("input_voltage", np.full(81, 1e-8), role | {"units": "s"}),
            "status": ("input_voltage", np.zeros(81, dtype=np.int32)),
        },
        {"input_voltage": ("input_voltage", grid, {"units": "V", "scale": "linear"})},
    )
    return TableSet.of({"reservoir_node": data}, {})


def states(drive=DRIVE, node=IDEAL_NODE, **changes):
    return loop_states(drive, node, **({"offset": 0.1, "feedback": 0.7, "separation": 0.8, "delay": 5} | changes))


def test_without_feedback_a_loop_filters_the_bent_drive() -> None:
    """x[m] = a x[m-1] + (1-a) f: scipy's filter; after a long separation nothing but f is left."""
    keep = np.exp(-0.8)
    bent = IDEAL_NODE(0.1 + DRIVE.reshape(3, -1))
    expected = lfilter([1.0 - keep], [1.0, -keep], bent, axis=1).reshape(DRIVE.shape)
    assert states(feedback=0.0) == pytest.approx(expected, rel=1e-12)
    assert states(feedback=0.0, separation=FAR) == pytest.approx(bent.reshape(DRIVE.shape), rel=1e-12)


def test_a_linear_node_is_a_geometric_series() -> None:
    """One node with its own delay: x_k = x_inf (1 - l^k), l = a + (1-a) feedback, x_inf = (offset+d)/(1-feedback)."""
    drive, keep = np.full((1, 30, 1), 0.3), np.exp(-0.5)
    found = states(drive, LINEAR, offset=0.2, feedback=0.6, separation=0.5, delay=1)[0, :, 0]
    rate = keep + (1.0 - keep) * 0.6
    assert found == pytest.approx(1.25 * (1.0 - rate ** np.arange(1, 31)), rel=1e-12)


@pytest.mark.parametrize("delay", [1, 5, 6, 9])
def test_an_impulse_returns_after_the_delay(delay: int) -> None:
    drive = np.zeros((1, 12, 5))
    drive[0, 0, 2] = 1.0
    found = states(drive, LINEAR, offset=0.0, feedback=0.5, separation=FAR, delay=delay).ravel()
    expected = np.zeros(60)
    for turn in range((59 - 2) // delay + 1):
        expected[2 + turn * delay] = 0.5**turn
    assert found == pytest.approx(expected, abs=1e-15)


def test_nothing_in_nothing_out_and_history_is_the_past() -> None:
    assert not states(np.zeros((1, 4, 5)), offset=0.0).any()
    first = states(np.zeros((1, 1, 5)), LINEAR, offset=0.0, feedback=0.5, separation=FAR, history=2.0)
    assert first == pytest.approx(1.0, rel=1e-12)


def test_samples_are_apart_and_equal_runs_are_equal() -> None:
    order = [2, 0, 1]
    assert np.array_equal(states(DRIVE[order]), states()[order])
    assert np.array_equal(states(), states())
    assert not np.array_equal(states(DRIVE[:1])[0], states(DRIVE[1:2])[0])


def test_noise_has_the_deviation_that_is_asked_for() -> None:
    quiet = ReservoirSettings(40, feedback=0.0, input_scaling=0.0, separation=0.3, seed=2)
    noisy = deep_states(np.zeros((1, 600, 1)), replace(quiet, noise=0.02), LINEAR, (slice(None), slice(None)))
    assert noisy[0, 50:].std() == pytest.approx(0.02, rel=0.03)


def test_a_table_is_followed_and_not_left() -> None:
    node = characterized_node(node_tables())
    grid = np.linspace(-0.4, 1.4, 37).reshape(1, 1, -1)
    found = states(grid, node, offset=0.0, feedback=0.0, separation=FAR)
    assert found == pytest.approx(np.exp(-(((grid - 0.4) / 0.3) ** 2)), rel=2e-3)
    assert node.time_constant == 1e-8
    with pytest.raises(InputError, match=r"feedback 0\.7 diverges at step 0.*-0\.5 to 1\.5 V.*lower the feedback"):
        states(np.full((1, 2, 3), 1.6), node)


@pytest.mark.parametrize("change", [{"delay": 0}, {"separation": 0.0}, {"separation": np.nan}, {"feedback": np.inf}])
def test_impossible_loops_are_refused(change) -> None:
    with pytest.raises(InputError, match="a loop with"):
        states(**change)


def test_a_linear_loop_above_one_diverges() -> None:
    with pytest.raises(InputError, match=r"feedback 3 diverges.*lower the feedback"):
        states(np.ones((1, 4000, 5)), LINEAR, feedback=3.0, separation=FAR)


def test_a_reservoir_that_keeps_its_past_is_refused() -> None:
    """u/(1+u^2) with a feedback of 3 has two stable outputs beside 0."""
    task, kept = narma10(1), ReservoirSettings(10, feedback=3.0, input_scaling=0.0, separation=FAR)
    with pytest.raises(InputError, match="does not forget its past: feedback 3"):
        require_forgetting(task.inputs, kept, IDEAL_NODE, WASHOUT)
    driven = replace(kept, feedback=0.5, input_scaling=0.1)
    assert require_forgetting(task.inputs, driven, IDEAL_NODE, WASHOUT) < 1e-6


def test_loops_in_cascade() -> None:
    """The first loop is the same alone; the second sees it through its own mask, standardised on the training part."""
    one = ReservoirSettings(6, feedback=0.4, input_scaling=0.2, offset=0.1, separation=1.0, seed=3)
    inputs, part = RANDOM.normal(size=(1, 50, 2)), (slice(None), slice(10, 30))
    alone = deep_states(inputs, one, IDEAL_NODE, part)
    both = deep_states(inputs, replace(one, depth=2), IDEAL_NODE, part)
    assert both.shape == (1, 50, 12)
    assert np.array_equal(both[:, :, :6], alone)
    seen = alone[part]
    drive = 0.2 * masks(replace(one, depth=2), 2)[1] * (alone - seen.mean()) / seen.std()
    expected = loop_states(drive, IDEAL_NODE, offset=0.1, feedback=0.4, separation=1.0, delay=7)
    assert both[:, :, 6:] == pytest.approx(expected, rel=1e-12)
    other = deep_states(inputs, replace(one, seed=4), IDEAL_NODE, part)
    assert not np.allclose(other, alone)


def test_masks_and_settings() -> None:
    binary = masks(ReservoirSettings(500, depth=2), 4)
    assert set(np.unique(2.0 * binary[0])) == {-1.0, 1.0}
    assert np.abs(binary[1].mean()) < 0.15
    uniform = masks(ReservoirSettings(500, mask="uniform"), 1)[0]
    assert 0.9 < uniform.max() <= 1.0
    for wrong in ({"nodes": 0}, {"depth": 5}, {"noise": -1.0}, {"input_scaling": np.nan}, {"mask": "triangle"}):
        with pytest.raises(InputError):
            ReservoirSettings(**wrong)


def test_ridge_solves_the_normal_equations() -> None:
    rows = RANDOM.normal(size=(300, 8)) * np.linspace(0.1, 2.0, 8) + 3.0
    wanted = RANDOM.normal(size=(300, 2)) + rows[:, :2]
    added = np.linspace(0.0, 0.5, 8)
    penalties = (1e-6, 0.05)
    for disturbance in (None, added):
        centred = rows - rows.mean(axis=0)
        gram = centred.T @ centred + (0.0 if disturbance is None else np.diag(300 * disturbance))
        largest = np.linalg.eigvalsh(gram)[-1]
        for readout in fit_ridge(rows, wanted, penalties, disturbance):
            system = gram + readout.penalty * largest * np.eye(8)
            expected = np.linalg.solve(system, centred.T @ (wanted - wanted.mean(axis=0)))
            assert readout.weights == pytest.approx(expected, rel=1e-9)
            assert readout(rows).mean(axis=0) == pytest.approx(wanted.mean(axis=0), rel=1e-12)
    for wrong in (
        (rows[:1], wanted[:1], (1.0,)),
        (rows, wanted[:5], (1.0,)),
        (rows, wanted, (0.0,)),
        (rows * np.nan, wanted, (1.0,)),
    ):
        with pytest.raises(InputError):
            fit_ridge(*wrong)


def test_normalised_error_of_a_constant_guess_is_one() -> None:
    wanted = RANDOM.normal(size=(1000, 1))
    assert normalised_error(np.full((1000, 1), wanted.mean()), wanted) == pytest.approx(1.0, rel=1e-12)
    assert normalised_error(wanted, wanted) == 0.0


def test_narma10_follows_its_recursion() -> None:
    task = narma10(3)
    u, y = task.inputs[0, :, 0], np.concatenate([[0.0], task.targets[:, 0]])
    assert u.min() >= 0.0
    assert 0.45 < u.max() <= 0.5
    for k in (9, 200, 4000):
        past = sum(y[k - i] for i in range(10))
        assert y[k + 1] == pytest.approx(0.3 * y[k] + 0.05 * y[k] * past + 1.5 * u[k] * u[k - 9] + 0.1, rel=1e-12)
    assert (task.training.start, task.test.stop) == (WASHOUT, WASHOUT + sum(LENGTHS["narma10"]))
    assert task.validation.start == task.training.stop
    assert task.test.start == task.validation.stop


def test_the_mackey_glass_series_in_closed_form() -> None:
    """At its fixed point 1 it stays; from a constant past c it is exponential for one delay."""
    assert _mackey_glass_series(np.ones(171), 400, 0.1) == pytest.approx(1.0, rel=1e-14)
    found = _mackey_glass_series(np.full(171, 0.5), 170, 0.1)
    rest = 0.2 * 0.5 / (1.0 + 0.5**10) / 0.1
    time = 0.1 * np.arange(1, 171)
    assert found[:170] == pytest.approx(rest + (0.5 - rest) * np.exp(-0.1 * time), rel=1e-7)


def test_series_and_images_as_tasks() -> None:
    laser = RANDOM.uniform(0.0, 255.0, 5000)
    task = santa_fe(laser, "here")
    assert np.array_equal(task.targets[:-1, 0], task.inputs[0, 1:, 0])
    with pytest.raises(InputError, match="4201 finite values or more"):
        santa_fe(laser[:100], "here")
    images = RANDOM.integers(0, 256, (20, 28, 28)).astype(np.uint8)
    labels = np.arange(20) % 10
    rows = mnist_rows(images[:15], labels[:15], images[15:], labels[15:])
    assert rows.inputs[17, 3] == pytest.approx(images[17, 3] / 255.0, rel=1e-12)
    assert (rows.training.stop, rows.validation.stop, rows.test.stop) == (12, 15, 20)
    assert np.argmax(rows.targets, axis=1).tolist() == labels.tolist()
    seen = rows.rows(np.arange(20 * 28 * 2.0).reshape(20, 28, 2))
    assert seen.shape == (20, 14)
    assert seen[0, :4].tolist() == [6.0, 7.0, 14.0, 15.0]


def test_the_ideal_node_learns_narma10_and_a_search_betters_a_bad_start() -> None:
    task, small = narma10(1), ReservoirSettings(40)
    trained = train_task(task, IDEAL_NODE, preset("narma10", IDEAL_NODE, small))
    assert trained.test_error < 0.45
    bad = replace(small, separation=0.01, feedback=0.0, input_scaling=1.0)
    found, error = tuned(task, IDEAL_NODE, bad, 32, 1)
    assert error < 0.8 * train_task(task, IDEAL_NODE, bad).validation_error
    assert found.nodes == 40


def test_every_task_has_kept_settings() -> None:
    assert set(IDEAL) == set(CHARACTERIZED) == {(name, noisy) for name in NAMES for noisy in (False, True)}


def test_nodes_that_are_not_there_are_refused() -> None:
    with pytest.raises(InputError, match=r"no reservoir_node.*examples/deep_dfr\.toml"):
        characterized_node(TableSet.of({}, {}))
    with pytest.raises(InputError, match="exponent"):
        mackey_glass_node(0.5)
