"""Weights on levels: exact where they are on levels, the best step elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.networks import Dense, Recurrent
from evaluator.networks.quantise import quantise
from measurements.errors import InputError


def test_weights_on_levels_stay_to_the_bit():
    signs = np.random.default_rng(0).integers(-1, 2, (40, 7))
    found = quantise(Dense(0.0273 * signs), 1)
    assert (found.step, found.error) == (0.0273, 0.0)
    np.testing.assert_array_equal(found.signs, signs)


def test_the_step_is_the_best_of_a_fine_search():
    weights = np.random.default_rng(1).normal(size=(50, 20))
    for levels in (1, 3):
        found = quantise(Dense(weights), levels)
        tried = []
        for step in np.linspace(0.02, 2.5, 2000):
            missed = weights - step * np.clip(np.rint(weights / step), -levels, levels)
            tried.append(np.linalg.norm(missed) / np.linalg.norm(weights))
        assert found.error <= min(tried) * 1.002
        stated = np.linalg.norm(weights - found.step * found.signs) / np.linalg.norm(weights)
        assert found.error == pytest.approx(stated)
    assert 0.4 < quantise(Dense(weights), 1).error < 0.5
    assert found.error < 0.3


def test_recurrent_weights_share_the_step():
    rng = np.random.default_rng(2)
    found = quantise(Recurrent(0.5 * rng.integers(-2, 3, (9, 4)), 0.5 * rng.integers(-2, 3, (4, 4)), 1e-8), 2)
    assert found.step == pytest.approx(0.5)
    assert found.back is not None
    assert np.abs(found.back).max() == 2


def test_zeros_leave_no_step():
    with pytest.raises(InputError, match="all weights of a layer are zero"):
        quantise(Dense(np.zeros((2, 2))), 1)
