"""McNemar's test against counts by hand and against its distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from evaluator.paired import paired
from measurements.errors import InputError


def decided(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    counts = [both, first, second, neither]
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


def test_against_the_binomial_law() -> None:
    found = paired(*decided(900, 30, 15, 55))
    assert (found.only_first, found.only_second) == (30, 15)
    assert found.ahead == pytest.approx(0.015)
    assert found.p_value == pytest.approx(2 * binom.cdf(15, 45, 0.5))
    assert found.error == pytest.approx(np.std(np.repeat([1.0, 0.0, -1.0], [30, 955, 15])) / np.sqrt(1000))


def test_the_order_turns_the_sign_alone() -> None:
    first, second = decided(80, 12, 3, 5)
    one, other = paired(first, second), paired(second, first)
    assert one.ahead == -other.ahead > 0
    assert one.p_value == other.p_value < 0.05


def test_no_difference_is_no_evidence() -> None:
    same = np.array([True, False, True])
    assert paired(same, same).p_value == 1.0
    assert paired(same, same).error == 0.0


def test_other_images_are_refused() -> None:
    with pytest.raises(InputError, match="the same images"):
        paired(np.array([True]), np.array([True, False]))
