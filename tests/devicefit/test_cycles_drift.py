"""Drift from cycle to cycle told from scatter, and cycles predicted from their neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit.cycles.drift import find_drift, predicted


def walk(seed: int, count: int, reach: float, scatter: float) -> np.ndarray:
    """Unit-variance values with the covariance of the model."""
    generator = np.random.default_rng(seed)
    keep, value, found = np.exp(-1.0 / reach), generator.normal(), []
    for _ in range(count):
        found.append(value)
        value = keep * value + np.sqrt(1.0 - keep**2) * generator.normal()
    return np.sqrt(1.0 - scatter) * np.array(found) + np.sqrt(scatter) * generator.normal(size=count)


def test_a_drift_is_found_and_told_from_scatter() -> None:
    found = find_drift(range(60), walk(1, 60, 10.0, 0.1).tolist())
    assert found.scatter <= 0.3
    assert 4.0 <= found.reach <= 32.0
    seen = [find_drift(range(60), walk(seed, 60, 10.0, 1.0).tolist()).scatter for seed in range(20)]
    assert seen.count(1.0) >= 17  # chance looks like a drift now and then


def test_left_out_cycles_of_a_drift_are_predicted_better_than_by_the_median() -> None:
    drifting, plain = [], []
    for seed in range(10):
        values = walk(seed, 60, 12.0, 0.05)
        held = np.arange(0, 60, 3)
        known = np.setdiff1d(np.arange(60), held)
        likely = predicted(known.tolist(), values[known].tolist(), held.tolist())
        drifting.append(np.abs(likely - values[held]).mean())
        plain.append(np.abs(np.median(values[known]) - values[held]).mean())
    assert np.mean(drifting) < 0.6 * np.mean(plain)


def test_without_a_drift_the_prediction_is_the_median() -> None:
    values = np.random.default_rng(4).normal(3.0, 1.0, 31)
    assert predicted(range(31), values.tolist(), [100, 5]) == pytest.approx([np.median(values)] * 2)
    assert predicted([0, 9], [1.0, 2.0], [4]) == pytest.approx([1.5])


def test_one_wild_cycle_does_not_carry_its_neighbours_away() -> None:
    values = np.linspace(0.0, 1.0, 41)
    wild = values.copy()
    wild[20] = 100.0
    assert predicted(range(41), wild.tolist(), [21])[0] == pytest.approx(0.525, abs=0.3)
    assert predicted(range(41), values.tolist(), [40.5])[0] == pytest.approx(1.0, abs=0.05)


def test_a_state_that_is_seen_twice_tells_its_other_value() -> None:
    generator = np.random.default_rng(7)
    states = generator.normal(size=60)
    places = [float(place) for place in range(60) for _ in range(2)]
    seen = np.repeat(states, 2) + 0.05 * generator.normal(size=120) + 0.02 * np.array(places)
    found = find_drift(places, seen.tolist())
    assert found.kept >= 0.9
    known = [place for place in range(120) if place % 6 != 3]  # the second value of every third state is not known
    likely = predicted([places[k] for k in known], seen[known].tolist(), [places[k] for k in range(3, 120, 6)])
    assert np.abs(likely - seen[3::6]).mean() < 0.3 * np.abs(np.median(seen) - seen[3::6]).mean()
