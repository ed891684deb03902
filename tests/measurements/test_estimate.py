"""Intervals against their definition and their coverage over seeded trials."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from measurements.errors import FitError
from measurements.estimate import (
    Bound,
    Estimate,
    bound_estimate,
    centre_estimate,
    log_estimate,
    mean_estimate,
    median_estimate,
    negated,
    normal_estimate,
    proportion_estimate,
    step_estimate,
)

TRIALS = 400


def coverage(truth: float, make: Callable[[np.random.Generator], Estimate]) -> float:
    random = np.random.default_rng(5)
    estimates = [make(random) for _ in range(TRIALS)]
    return float(np.mean([one.low <= truth <= one.high for one in estimates]))


def test_normal_interval_uses_student() -> None:
    few, many = normal_estimate(2.0, 0.1, "V", "m", 4), normal_estimate(2.0, 0.1, "V", "m")
    assert few.high == pytest.approx(2.0 + 2.7764451 * 0.1)
    assert many.low == pytest.approx(2.0 - 1.9599640 * 0.1)


def test_log_interval_is_even_in_the_logarithm() -> None:
    one = log_estimate(10.0, 0.5, "ohm", "m")
    assert one.high / 10.0 == pytest.approx(10.0 / one.low)
    assert one.standard_error == pytest.approx(5.0)


def test_step_holds_every_place_in_it() -> None:
    assert coverage(0.3, lambda random: _stepped(0.3, float(random.uniform(0, 0.1)))) == 1.0
    assert step_estimate(2.0, 1.9, "V", "m").standard_error == pytest.approx(0.1 / math.sqrt(12))


def _stepped(truth: float, start: float) -> Estimate:
    grid = start + 0.1 * np.arange(-10, 10)
    place = int(np.searchsorted(grid, truth))
    return step_estimate(float(grid[place - 1]), float(grid[place]), "V", "step")


def test_mean_and_median_intervals_cover_the_truth() -> None:
    assert coverage(3.0, lambda random: mean_estimate(random.normal(3, 1, 5), "V", "m")) > 0.92
    assert coverage(0.0, lambda random: median_estimate(random.standard_cauchy(15), "V", "m")) > 0.93
    shifted = coverage(3.3, lambda random: mean_estimate(random.normal(3, 1, 60), "V", "m"))
    assert shifted < 0.5  # a tenth off is seen with 60 values


def test_centre_depends_on_the_number() -> None:
    values = [Estimate(v, "V", math.nan, math.nan, "m") for v in (1.0, 2.0, 4.0, 5.0, 6.0, 30.0)]
    assert centre_estimate(values[:1], "sweeps") is values[0]
    assert centre_estimate(values[3:5], "sweeps", either_sign=True).value == 5.5
    assert centre_estimate(values[:2], "sweeps").value == pytest.approx(2**0.5)  # far apart: in the logarithm
    few = centre_estimate([negated(one) for one in values[:3]], "sweeps")
    assert few.value == pytest.approx(-2.0)
    assert few.low < few.value < few.high < 0
    assert centre_estimate(values, "sweeps").value == 4.5
    with pytest.raises(FitError, match="no value"):
        centre_estimate([], "sweeps")


def test_two_readings_of_a_positive_quantity_have_a_positive_interval() -> None:
    pair = [normal_estimate(value, 0.1, "ohm", "m") for value in (100.0, 120.0)]
    found = centre_estimate(pair, "sweeps")
    assert 0.0 < found.low < 100.0 < found.value < 120.0 < found.high
    assert found.value == pytest.approx(math.sqrt(100.0 * 120.0))
    close = [normal_estimate(value, 0.1, "ohm", "m") for value in (100.0, 101.0)]
    assert centre_estimate(close, "sweeps").value == pytest.approx(100.5)  # Student's interval stays above zero
    assert centre_estimate(pair, "sweeps", either_sign=True).low < 0.0  # an offset may be nought
    signs = [normal_estimate(value, 0.1, "V", "m") for value in (-1.0, 2.0)]
    assert centre_estimate(signs, "sweeps").low < 0.0


def test_few_values_have_no_median_interval() -> None:
    assert math.isnan(median_estimate([1.0, 2.0, 3.0], "V", "m").low)
    six = median_estimate([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "V", "m")
    assert (six.low, six.high) == (1.0, 6.0)


def test_bounds_are_open_on_one_side() -> None:
    least = bound_estimate(7e7, Bound.AT_LEAST, "ohm", "floor")
    assert (least.low, least.high, least.determined) == (7e7, math.inf, False)
    assert bound_estimate(1.0, Bound.AT_MOST, "ohm", "m").low == -math.inf


def test_negated_swaps_the_ends() -> None:
    one = negated(Estimate(2.0, "V", 1.0, 4.0, "m"))
    assert (one.value, one.low, one.high) == (-2.0, -4.0, -1.0)


def test_proportion_of_none_failed_is_still_uncertain() -> None:
    share = proportion_estimate(20, 20, "m")
    assert (share.value, share.high) == (1.0, 1.0)
    assert share.low == pytest.approx(0.025 ** (1 / 20))
    with pytest.raises(FitError):
        proportion_estimate(0, 0, "m")
