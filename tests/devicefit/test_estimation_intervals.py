"""Intervals hold the truth as often as they say, and are open where the data say nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import t

from devicefit.estimation import Estimate, Unknown, bootstrap, estimate, estimate_joint, interval
from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError, InputError

TIME = np.linspace(0.0, 4.0, 25)
DECAY = {"height": 2e-6, "rate": 0.8}


def positive(name: str, start: float, unit: str = "1") -> Unknown:
    return Unknown(name, unit, start, 0.0, math.inf, "log")


def decay(values: Mapping[str, float]) -> FloatArray:
    return np.asarray(values["height"] * np.exp(-values["rate"] * TIME))


def decay_fit(seed: int, known_noise: bool = False) -> Estimate:
    data = decay(DECAY) + 1e-7 * np.random.default_rng(seed).normal(size=TIME.size)
    return estimate(
        lambda v: (decay(v) - data) / 1e-7,
        [positive("height", 1e-6, "A"), positive("rate", 2.0, "1/s")],
        known_noise=known_noise,
    )


def test_profile_of_a_straight_line_is_students_interval() -> None:
    x = np.arange(8.0)
    y = 3.0 + 0.5 * x + np.array([0.1, -0.2, 0.05, 0.3, -0.1, -0.25, 0.2, -0.1])
    linear = [Unknown(n, "1", 1.0, -math.inf, math.inf, "linear") for n in ("a", "b")]
    found = estimate(lambda v: v["a"] + v["b"] * x - y, linear)
    half = t.ppf(0.95, 6) * (found.standard_errors["b"] or math.nan)
    for method in ("wald", "profile"):
        by_method = interval(found, "b", 0.9, method)  # type: ignore[arg-type]
        assert (by_method.lower, by_method.upper) == pytest.approx(
            (found.values["b"] - half, found.values["b"] + half), rel=2e-3
        )
        assert not by_method.open_below
        assert not by_method.open_above


def test_wald_interval_of_a_logarithm_is_a_factor_either_way() -> None:
    found = interval(decay_fit(1), "height", method="wald")
    best = decay_fit(1).values["height"]
    assert found.upper / best == pytest.approx(best / found.lower, rel=1e-9)
    assert found.unit == "A"


@pytest.mark.parametrize("method", ["wald", "profile"])
@pytest.mark.parametrize("known_noise", [False, True])
def test_ninety_five_per_cent_means_it(method: str, known_noise: bool) -> None:
    """Of 120 seeded trials at least 90 % hold the truth, and not all of them."""
    trials = 120 if method == "wald" else 50
    inside = dict.fromkeys(DECAY, 0)
    for seed in range(trials):
        found = decay_fit(seed, known_noise)
        for name, truth in DECAY.items():
            inside[name] += interval(found, name, 0.95, method).contains(truth)  # type: ignore[arg-type]
    assert all(0.9 * trials <= count for count in inside.values()), inside
    assert any(count < trials for count in inside.values())
    narrow = sum(interval(decay_fit(seed, known_noise), "rate", 0.3, "wald").contains(0.8) for seed in range(100))
    assert 15 <= narrow <= 45


def test_bootstrap_agrees_with_the_linearised_error_and_repeats_with_its_seed() -> None:
    found = decay_fit(3)
    drawn = bootstrap(found, 150, seed=4)
    assert (drawn.kind, drawn.failed, drawn.table.shape) == ("residuals", 0, (150, 2))
    for name in DECAY:
        assert drawn.standard_error(name) == pytest.approx(found.standard_errors[name] or 0, rel=0.2)
    np.testing.assert_array_equal(bootstrap(found, 5, seed=4).table, drawn.table[:5])
    assert not np.array_equal(bootstrap(found, 5, seed=5).table, drawn.table[:5])
    cases = bootstrap(found, 150, seed=4, kind="cases")
    assert cases.standard_error("rate") == pytest.approx(found.standard_errors["rate"] or 0, rel=0.35)
    assert interval(found, "rate", method="bootstrap", draws=40, seed=4).contains(found.values["rate"])


def test_drawing_cycles_sees_the_scatter_that_residuals_hide() -> None:
    """Shared rate, but each cycle's true rate differs: only the bootstrap over cycles tells how sure the mean is."""
    rng = np.random.default_rng(6)
    rates = 0.8 * np.exp(0.1 * rng.normal(size=16))
    data = [np.log(decay({"height": 1.0, "rate": rate})) + 0.001 * rng.normal(size=TIME.size) for rate in rates]
    found = estimate_joint(
        lambda group, v: (v["level"] - v["rate"] * TIME - data[group]) / 0.001,
        [positive("rate", 1.0, "1/s")],
        [[Unknown("level", "1", 0.1, -5.0, 5.0, "linear")] for _ in data],
    )
    drawn = bootstrap(found, 60, seed=1)
    assert drawn.kind == "groups"
    assert drawn.names == ("rate",)
    assert drawn.standard_error("rate") == pytest.approx(float(np.std(rates, ddof=1)) / 4, rel=0.3)
    assert drawn.standard_error("rate") > 2 * (found.standard_errors["rate"] or 0)
    with pytest.raises(InputError, match="not followed"):
        drawn.values("level[0]")


def test_a_saturated_parameter_has_a_limit_on_one_side_only() -> None:
    """A rise far faster than the first sample: the data say 'at least', not how much."""
    rng = np.random.default_rng(2)
    data = 1.0 + 0.01 * rng.normal(size=TIME.size)
    data[0] = 0.0
    found = estimate(
        lambda v: (v["height"] * (1.0 - np.exp(-v["rate"] * TIME)) - data) / 0.01,
        [positive("height", 0.7), positive("rate", 30.0, "1/s")],
        known_noise=True,
    )
    at_least = interval(found, "rate")
    assert at_least.open_above
    assert not at_least.open_below
    assert at_least.upper == math.inf
    assert 15.0 < at_least.lower < 60.0


def test_refusals() -> None:
    found = decay_fit(1)
    with pytest.raises(InputError, match="was not varied"):
        interval(found, "height of it")
    with pytest.raises(InputError, match="between 0 and 1"):
        interval(found, "height", 95)
    with pytest.raises(InputError, match="no groups"):
        bootstrap(found, 10, kind="groups")
    idle = estimate(
        lambda v: np.log(decay(v) / decay(DECAY)) + 0.0 * v["idle"] + 0.01 * np.sin(7 * TIME),
        [positive("height", 1e-6), positive("rate", 1.0), positive("idle", 1.0)],
    )
    with pytest.raises(FitError, match="flat"):
        interval(idle, "idle", method="wald")
    both = interval(idle, "idle", method="profile")
    assert (both.open_below, both.open_above, both.lower, both.upper) == (True, True, 0.0, math.inf)


def test_a_better_minimum_met_by_the_profile_is_not_kept_quiet() -> None:
    x = np.linspace(0.0, 4.0, 80)
    found = estimate(
        lambda v: v["height"] * np.sin(v["rate"] * x) - np.sin(7.0 * x),
        [positive("rate", 5.2), positive("height", 0.5)],
    )
    assert found.chi_square > 1.0
    with pytest.raises(FitError, match="better fit"):
        interval(found, "rate", 0.999999)
