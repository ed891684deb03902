"""Unknowns and combinations that the data do not determine are named in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from devicefit.estimation import Unknown, estimate, identifiability
from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError

VOLTAGE = np.linspace(0.1, 1.0, 40)
NOISE = 0.02 * np.random.default_rng(0).normal(size=VOLTAGE.size)


def positive(name: str, start: float, unit: str = "1") -> Unknown:
    return Unknown(name, unit, start, 0.0, math.inf, "log")


def signed(name: str, start: float) -> Unknown:
    return Unknown(name, "1", start, -math.inf, math.inf, "linear")


def test_a_sinh_in_its_linear_part_tells_only_the_product() -> None:
    """current x sinh(slope x V) with slope x V << 1 is current x slope x V."""
    even = 0.02 * np.where(np.arange(VOLTAGE.size) % 2, 1.0, -1.0)
    data = np.log(1e-5 * np.sinh(0.2 * VOLTAGE)) + even
    found = estimate(
        lambda v: np.log(v["on_current"] * np.sinh(v["on_slope"] * VOLTAGE)) - data,
        [positive("on_current", 2e-5, "A"), positive("on_slope", 0.1, "1/V")],
    )
    judged = identifiability(found)
    assert judged.verdicts["on_current"].status == judged.verdicts["on_slope"].status == "combined"
    assert judged.combinations == ("on_current x on_slope is determined, on_current alone and on_slope alone are not",)
    assert "only in combination with on_slope" in judged.report()
    assert judged.determined == ()


@pytest.mark.parametrize(
    ("combine", "words"),
    [
        (lambda a, b: a / b, "a / b is"),
        (lambda a, b: a * b**2, "a x b^2 is"),
        (lambda a, b: a * math.sqrt(b), "a x b^0.5 is"),
        (lambda a, b: a * b**-0.3, "a / b^0.3 is"),
    ],
)
def test_powers_and_ratios_are_told(combine, words: str) -> None:
    found = estimate(
        lambda v: np.log(combine(v["a"], v["b"]) / 3.0) + v["slope"] * VOLTAGE - NOISE,
        [positive("a", 2.0), positive("b", 1.0), signed("slope", 1.0)],
    )
    (told,) = identifiability(found).combinations
    assert told.startswith(words)


def test_sums_of_linear_unknowns_are_told_in_their_own_units() -> None:
    found = estimate(lambda v: v["a"] + 4.0 * v["b"] - 6.0 + NOISE, [signed("a", 1.0), signed("b", 0.5)])
    (told,) = identifiability(found).combinations
    assert told.startswith("a + 4 b is determined")


def test_three_with_one_combination() -> None:
    found = estimate(
        lambda v: np.log(v["a"] * v["b"] * v["c"] / 3.0) + v["slope"] * VOLTAGE - NOISE - VOLTAGE,
        [positive("a", 2.0), positive("b", 1.0), positive("c", 2.0), signed("slope", 2.0)],
    )
    judged = identifiability(found)
    assert judged.combinations == ("of a, b, c only 1 combination(s) are determined, not each alone",)
    assert judged.determined == ("slope",)


def test_well_determined_fit_says_so_and_weak_ones_are_bounded_by_their_profile() -> None:
    data = np.log(1e-9 * np.sinh(6.0 * VOLTAGE)) + NOISE

    def residual(v: Mapping[str, float]) -> FloatArray:
        return np.asarray(np.log(v["current"] * np.sinh(v["slope"] * VOLTAGE) + v.get("leak", 0.0)) - data)

    plain = [positive("current", 1e-8, "A"), positive("slope", 4.0, "1/V")]
    sure = identifiability(estimate(residual, plain))
    assert sure.determined == ("current", "slope")
    assert sure.report() == "all 2 unknowns are determined within 50%"
    leaky = identifiability(estimate(residual, [*plain, positive("leak", 1e-10, "A")]), profiles=True)
    verdict = leaky.verdicts["leak"]
    assert verdict.status in ("weak", "undetermined")
    assert verdict.limits is not None
    assert verdict.limits.open_below
    assert 1e-12 < verdict.limits.upper < 1e-9
    assert "at most" in verdict.reason
    assert leaky.verdicts["slope"].status == "determined"


def test_flat_and_bound_are_told_apart() -> None:
    found = estimate(
        lambda v: np.log(v["a"]) + v["b"] * VOLTAGE - VOLTAGE - NOISE + 0.0 * v["idle"],
        [positive("a", 2.0), Unknown("b", "1", 0.5, 0.0, 0.8, "linear"), signed("idle", 3.0)],
    )
    verdicts = identifiability(found).verdicts
    assert (verdicts["b"].status, verdicts["idle"].status, verdicts["a"].status) == (
        "at_bound",
        "undetermined",
        "determined",
    )
    assert verdicts["idle"].relative_error is None


def test_an_interrupted_fit_is_not_judged() -> None:
    def residual(v: Mapping[str, float]) -> FloatArray:
        raise KeyboardInterrupt

    with pytest.raises((FitError, KeyboardInterrupt)):
        identifiability(estimate(residual, [positive("a", 1.0)]))
