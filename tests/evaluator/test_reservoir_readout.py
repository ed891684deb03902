"""Weights in memristors: digits, what variation adds, and readouts that are trained for it."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.reservoir.baseline import echo_state_network, has_reservoirpy, santa_fe_of_reservoirpy
from evaluator.reservoir.layers import ReservoirSettings
from evaluator.reservoir.memristors import CellPairs, map_readout, weight_disturbance
from evaluator.reservoir.node import mackey_glass_node
from evaluator.reservoir.ridge import LinearReadout
from evaluator.reservoir.tasks import narma10
from evaluator.reservoir.training import train_task
from evaluator.reservoir.variation import mapped_readout, variation_curve
from measurements.errors import InputError

RANDOM = np.random.default_rng(8)
STATES = RANDOM.normal(size=(400, 30)) + 0.5
READOUT = LinearReadout(RANDOM.normal(size=(30, 2)), np.array([0.3, -1.0]), 1e-6)


@pytest.mark.parametrize(("levels", "slices"), [(2, 8), (16, 2), (200, 1), (3, 4)])
@pytest.mark.parametrize("off", [0.0, 2e-5])
def test_weights_come_back_within_half_a_step(levels: int, slices: int, off: float) -> None:
    pairs = CellPairs(1e-4, off, levels, slices)
    mapped = map_readout(READOUT, pairs, STATES, READOUT(STATES))
    step = np.max(np.abs(mapped.weights)) / pairs.steps
    kept = np.abs(READOUT.weights) <= np.max(np.abs(mapped.weights))
    assert np.max(np.abs(mapped.weights - READOUT.weights)[kept]) <= 0.5001 * step
    assert mapped.plus.shape == mapped.minus.shape == (slices, 30, 2)
    for cells in (mapped.plus, mapped.minus):
        assert cells.min() >= off
        assert cells.max() <= 1e-4 * (1 + 1e-12)
    assert np.all(np.minimum(mapped.plus, mapped.minus) == off)
    most = 0.5001 * step * np.abs(STATES - mapped.centre).sum(axis=1, keepdims=True)
    if kept.all():
        assert np.all(np.abs(mapped(STATES) - READOUT(STATES)) <= most)
    assert np.all(kept) == (pairs.steps > 79)


def test_variation_adds_what_the_law_says() -> None:
    """Over many chips: mean error 0, variance sum w^2 (x-c)^2 (exp(s^2)-1) where one cell of a pair conducts."""
    mapped = map_readout(READOUT, CellPairs(1e-4, 0.0, 4096, 1), STATES, READOUT(STATES))
    row = STATES[:1] - mapped.centre
    chips = [mapped.varied(0.4, np.random.default_rng(k))(STATES[:1])[0] for k in range(3000)]
    error = np.array(chips) - mapped(STATES[:1])[0]
    expected = np.expm1(0.16) * (row[0] ** 2) @ mapped.weights**2
    assert error.var(axis=0) == pytest.approx(expected, rel=0.12)
    assert np.all(np.abs(error.mean(axis=0)) < 4.0 * np.sqrt(expected / 3000))
    mean = weight_disturbance(0.4, STATES)
    assert mean == pytest.approx(np.expm1(0.16) * np.mean((STATES - STATES.mean()) ** 2, axis=0), rel=1e-12)
    assert mapped.varied(0.0, RANDOM) is mapped


@pytest.mark.parametrize("variation", [-0.1, 3.5, np.nan])
def test_impossible_variations_are_refused(variation: float) -> None:
    mapped = map_readout(READOUT, CellPairs(1e-4, 0.0), STATES, READOUT(STATES))
    with pytest.raises(InputError, match="a resistance variation of"):
        mapped.varied(variation, RANDOM)


@pytest.mark.parametrize("wrong", [(1e-5, 1e-4), (np.inf, 0.0), (1e-4, -1e-6)])
def test_cells_that_hold_nothing_are_refused(wrong: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="hold no weight"):
        CellPairs(*wrong)
    with pytest.raises(InputError, match="1 to 16 digits"):
        CellPairs(1e-4, 0.0, 2, 17)


def test_a_readout_trained_for_the_variation_bears_it() -> None:
    task = narma10(1)
    settings = ReservoirSettings(30, feedback=0.8, input_scaling=0.06, separation=2.0, noise=4e-4)
    trained = train_task(task, mackey_glass_node(2.0), settings)
    pairs = CellPairs(1e-4, 0.0)
    curve = variation_curve(trained, pairs, (0.0, 0.1, 0.5), 4, 1)
    assert curve[0].plain == curve[0].prepared
    assert curve[0].plain_deviation == 0.0
    assert curve[0].plain == pytest.approx(trained.test_error, rel=0.3)
    assert curve[2].plain > 2.0 * curve[1].plain > 2.0 * curve[0].plain
    assert curve[1].prepared < 1.1 * curve[1].plain
    assert curve[2].prepared < 0.6 * curve[2].plain
    assert all(curve[0].plain < point.prepared < 1.0 for point in curve[1:])
    assert curve == variation_curve(trained, pairs, (0.0, 0.1, 0.5), 4, 1)
    assert mapped_readout(trained, pairs).plus.shape == (8, 30, 1)
    for wrong in (((-0.1,), 4), ((0.1,), 1)):
        with pytest.raises(InputError):
            variation_curve(trained, pairs, *wrong, 1)


def test_the_baseline_is_of_equal_size_on_the_same_split() -> None:
    if not has_reservoirpy():
        pytest.skip("reservoirpy is not installed")
    task = narma10(1)
    found = echo_state_network(task, 20, 1)
    assert found.trained.rows.shape == (task.inputs.shape[1], 20)
    assert 0.3 < found.trained.test_error < 0.95
    series, source = santa_fe_of_reservoirpy()
    assert series.size > 9000
    assert source.startswith("reservoirpy")
    assert series[:5].tolist() == [86.0, 141.0, 95.0, 41.0, 22.0]


def test_without_reservoirpy_it_is_said(monkeypatch) -> None:
    monkeypatch.setattr("evaluator.reservoir.baseline.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"reservoirpy is not installed"):
        echo_state_network(narma10(1), 20, 1)
    with pytest.raises(InputError, match=r"Santa Fe.*--series"):
        santa_fe_of_reservoirpy()
