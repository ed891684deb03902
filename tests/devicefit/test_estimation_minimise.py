"""The fit call: values and error bars against known truth, blocks, bounds, what is not determined, interrupts."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from devicefit.estimation import Estimate, Unknown, estimate, estimate_joint
from devicefit.estimation.derivatives import assemble, jacobians
from devicefit.estimation.problem import Evaluation
from devicefit.estimation.unknowns import FloatArray, coordinates
from measurements.errors import FitError, InputError

VOLTAGE = np.linspace(0.05, 1.0, 60)
TRUTH = {"current": 2e-9, "slope": 6.0}


def positive(name: str, start: float, unit: str = "1") -> Unknown:
    return Unknown(name, unit, start, 0.0, math.inf, "log")


def signed(name: str, start: float, unit: str = "1") -> Unknown:
    return Unknown(name, unit, start, -math.inf, math.inf, "linear")


def sinh_current(values: Mapping[str, float]) -> FloatArray:
    return np.asarray(values["current"] * np.sinh(values["slope"] * VOLTAGE))


def noisy(seed: int, deviation: float = 0.03) -> FloatArray:
    return np.asarray(sinh_current(TRUTH) * np.exp(deviation * np.random.default_rng(seed).normal(size=VOLTAGE.size)))


def fit_sinh(data: FloatArray, **options: object) -> Estimate:
    return estimate(
        lambda v: np.log(sinh_current(v) / data),
        [positive("current", 1e-8, "A"), positive("slope", 3.0, "1/V")],
        **options,  # type: ignore[arg-type]
    )


def test_a_straight_line_has_the_textbook_values_and_errors() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 5.0, 8.0])
    y = np.array([1.1, 2.9, 5.2, 6.8, 11.3, 16.7])
    found = estimate(lambda v: v["a"] + v["b"] * x - y, [signed("a", 0.1), signed("b", 1.0)])
    design = np.vstack([np.ones(6), x]).T
    exact, chi_square = np.linalg.lstsq(design, y)[:2]
    covariance = np.linalg.inv(design.T @ design) * float(chi_square[0]) / 4
    assert [found.values[n] for n in "ab"] == pytest.approx(exact.tolist(), rel=1e-9)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-8)
    assert found.standard_errors["b"] == pytest.approx(math.sqrt(covariance[1, 1]), rel=1e-8)
    assert found.correlations[0, 1] == pytest.approx(
        covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1]), rel=1e-8
    )
    assert (found.degrees_of_freedom, found.success, dict(found.undetermined)) == (4, True, {})
    assert found.chi_square == pytest.approx(float(chi_square[0]), rel=1e-9)


def test_known_noise_takes_the_deviations_at_their_word() -> None:
    scaled, trusted = fit_sinh(noisy(1)), fit_sinh(noisy(1), known_noise=True)
    ratio = math.sqrt(scaled.reduced_chi_square or math.nan)
    for name in TRUTH:
        assert scaled.standard_errors[name] == pytest.approx(ratio * (trusted.standard_errors[name] or 0), rel=1e-9)


def test_errors_of_a_logarithm_are_relative_and_those_of_the_value_follow() -> None:
    found = fit_sinh(noisy(2))
    for name in TRUTH:
        assert found.standard_errors[name] == pytest.approx(
            found.values[name] * (found.fitted_errors[name] or 0), rel=1e-9
        )
        assert found.values[name] == pytest.approx(TRUTH[name], rel=0.1)


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e9])
def test_units_do_not_change_a_digit(scale: float) -> None:
    """A current in nanoampere or in ampere, fitted on linear residuals with an offset."""
    data = noisy(3) + 4e-10

    def fit(unit: float) -> Estimate:
        return estimate(
            lambda v: v["current"] * np.sinh(v["slope"] * VOLTAGE) + v["offset"] - data * unit,
            [positive("current", 1e-8 * unit), positive("slope", 4.0), signed("offset", 1e-10 * unit)],
        )

    plain, other = fit(1.0), fit(scale)
    for name, factor in (("current", scale), ("slope", 1.0), ("offset", scale)):
        error = factor * (plain.standard_errors[name] or 0.0)
        assert other.values[name] == pytest.approx(factor * plain.values[name], abs=1e-5 * error)
        assert other.standard_errors[name] == pytest.approx(error, rel=1e-5)


def test_a_given_jacobian_gives_the_same_answer_with_fewer_evaluations() -> None:
    data = noisy(4)

    def slopes(v: Mapping[str, float]) -> FloatArray:
        return np.stack([np.full(60, 1 / v["current"]), VOLTAGE / np.tanh(v["slope"] * VOLTAGE)], axis=1)

    by_differences, given = fit_sinh(data), fit_sinh(data, jacobian=slopes)
    np.testing.assert_allclose(given.covariance, by_differences.covariance, rtol=1e-6)
    assert given.evaluations < by_differences.evaluations * 2 / 3  # differences keep those of the last point
    with pytest.raises(FitError, match=r"shape \(2, 60\), expected \(60, 2\)"):
        fit_sinh(data, jacobian=lambda v: slopes(v).T)


def test_what_the_data_do_not_tell_is_named_and_has_no_error_bar() -> None:
    data = noisy(5)
    found = estimate(
        lambda v: np.log(v["first"] * v["second"] * np.sinh(v["slope"] * VOLTAGE) / data) + 0.0 * v["idle"],
        [positive("first", 1e-4), positive("second", 1e-4), positive("slope", 3.0), signed("idle", 2.0)],
    )
    assert found.determined == ("slope",)
    assert found.standard_errors["slope"] == pytest.approx(fit_sinh(data).standard_errors["slope"] or 0, rel=1e-4)
    assert found.standard_errors["idle"] is None
    assert found.undetermined["idle"].startswith("flat")
    assert found.undetermined["first"] == "only in combination with second"
    assert found.values["first"] * found.values["second"] == pytest.approx(fit_sinh(data).values["current"], rel=1e-6)


def test_a_bound_that_holds_is_reported_and_the_others_keep_their_bars() -> None:
    data = noisy(6)
    held = Unknown("slope", "1/V", 3.0, 1.0, 5.0, "log")
    found = estimate(lambda v: np.log(sinh_current(v) / data), [positive("current", 1e-8), held])
    assert found.values["slope"] == pytest.approx(5.0, rel=1e-4)
    assert found.undetermined == {"slope": "at its upper bound 5 1/V"}
    assert found.determined == ("current",)


def test_a_positive_unknown_of_the_order_of_a_femto_is_not_frozen() -> None:
    found = estimate(lambda v: np.log(v["small"] / np.full(5, 7e-15)), [positive("small", 1e-12)])
    assert found.values["small"] == pytest.approx(7e-15, rel=1e-9)


def test_one_that_the_data_want_to_vanish_is_said_to_run_off() -> None:
    data = noisy(7)
    found = estimate(
        lambda v: np.log((sinh_current(v) + 0.0 * VOLTAGE + v["leak"]) / (data - 1e-10)),
        [positive("current", 1e-8), positive("slope", 3.0), positive("leak", 1e-10)],
    )
    assert set(found.undetermined) == {"leak"}
    assert found.standard_errors["leak"] is None


def test_held_unknowns_keep_their_start_and_have_no_error() -> None:
    found = estimate(
        lambda v: np.log(sinh_current(v) / noisy(8)), [positive("current", 1e-8), positive("slope", 6.0).fixed_at(6.0)]
    )
    assert found.values["slope"] == 6.0
    assert found.varied == ("current",)
    assert "slope" not in found.standard_errors


def test_more_starts_find_what_one_misses_and_say_how_many_agree() -> None:
    x = np.linspace(0.0, 4.0, 80)

    def residual(v: Mapping[str, float]) -> FloatArray:
        return np.asarray(np.sin(v["frequency"] * x) - np.sin(7.0 * x))

    one = estimate(residual, [positive("frequency", 2.0)])
    many = estimate(residual, [positive("frequency", 2.0)], starts=32, seed=1)
    assert one.chi_square > 1.0
    assert many.values["frequency"] == pytest.approx(7.0, rel=1e-6)
    assert (one.starts, many.starts) == (1, 32)
    assert 1 <= many.starts_agreeing < 32
    again = estimate(residual, [positive("frequency", 2.0)], starts=32, seed=1)
    assert again.values == many.values


def test_soft_l1_is_not_led_astray_by_outliers() -> None:
    data = noisy(9)
    spoilt = data.copy()
    spoilt[[3, 17, 40]] *= 50.0
    unknowns = [positive("current", 1e-8), positive("slope", 3.0)]
    clean = estimate(lambda v: np.log(sinh_current(v) / data) / 0.03, unknowns)
    robust = estimate(lambda v: np.log(sinh_current(v) / spoilt) / 0.03, unknowns, loss="soft_l1")
    plain = estimate(lambda v: np.log(sinh_current(v) / spoilt) / 0.03, unknowns)
    for name in TRUTH:
        away = abs(robust.values[name] - clean.values[name])
        assert away < 1.5 * (clean.standard_errors[name] or 0)
        assert away < 0.2 * abs(plain.values[name] - clean.values[name])
        assert 0.8 < (robust.standard_errors[name] or 0) / (clean.standard_errors[name] or 1) < 2.0


def test_an_interrupt_keeps_the_best_point_and_claims_no_error() -> None:
    data, calls = noisy(10), [0]

    def residual(v: Mapping[str, float]) -> FloatArray:
        calls[0] += 1
        if calls[0] == 12:
            raise KeyboardInterrupt
        return np.log(sinh_current(v) / data)

    found = estimate(residual, [positive("current", 1e-8), positive("slope", 3.0)])
    first = float(np.sum(np.log(sinh_current({"current": 1e-8, "slope": 3.0}) / data) ** 2))
    assert not found.success
    assert "interrupted" in found.message
    assert found.chi_square < first
    assert found.standard_errors == {"current": None, "slope": None}
    assert all("interrupted" in reason for reason in found.undetermined.values())


def test_bad_problems_are_refused_with_the_reason() -> None:
    with pytest.raises(FitError, match="1 residuals cannot determine 2 unknowns"):
        estimate(lambda v: np.array([v["a"] - v["b"]]), [signed("a", 1.0), signed("b", 1.0)])
    with pytest.raises(FitError, match="finite at none of 1 starts"):
        estimate(lambda v: np.array([math.nan, v["a"]]), [signed("a", 1.0)])
    with pytest.raises(FitError, match="same length"):
        estimate(lambda v: np.zeros((2, 2)) * v["a"], [signed("a", 1.0)])
    with pytest.raises(InputError, match="given twice"):
        estimate(lambda v: np.zeros(3), [signed("a", 1.0), signed("a", 2.0)])
    with pytest.raises(InputError, match="nothing is left"):
        estimate(lambda v: np.zeros(3), [signed("a", 1.0).fixed_at(1.0)])
    with pytest.raises(InputError, match="does not tell its size"):
        signed("a", 0.0)
    with pytest.raises(InputError, match="above 0"):
        Unknown("a", "A", -1.0, -2.0, 2.0, "log")
    with pytest.raises(InputError, match="outside"):
        Unknown("a", "A", 5.0, 1.0, 2.0, "linear")


CYCLES = 7
GROUP_TRUTH = {"current": 3e-9, "slope": 5.0, "threshold": 0.6}


def group_model(values: Mapping[str, float]) -> FloatArray:
    step = values["height"] / (1.0 + np.exp(-(VOLTAGE - values["threshold"]) / 0.05))
    return np.asarray(np.log(values["current"] * np.sinh(values["slope"] * VOLTAGE)) + step)


def joint(seed: int = 0) -> tuple[Estimate, list[FloatArray], list[dict[str, float]]]:
    rng = np.random.default_rng(seed)
    own = [{"threshold": 0.6 + 0.05 * rng.normal(), "height": 2.0 + 0.2 * rng.normal()} for _ in range(CYCLES)]
    data = [group_model({**GROUP_TRUTH, **one}) + 0.02 * rng.normal(size=VOLTAGE.size) for one in own]
    found = estimate_joint(
        lambda group, values: (group_model(values) - data[group]) / 0.02,
        [positive("current", 1e-8, "A"), positive("slope", 4.0, "1/V")],
        [[Unknown("threshold", "V", 0.5, 0.0, 1.0, "linear"), positive("height", 1.5)] for _ in range(CYCLES)],
    )
    return found, data, own


def test_joint_fit_equals_the_same_problem_as_one_block() -> None:
    found, data, own = joint()
    assert found.values["threshold[3]"] == pytest.approx(own[3]["threshold"], abs=0.02)

    def whole(values: Mapping[str, float]) -> FloatArray:
        parts = []
        for group in range(CYCLES):
            local = {name: values[f"{name}[{group}]"] for name in ("threshold", "height")}
            parts.append((group_model({**values, **local}) - data[group]) / 0.02)
        return np.concatenate(parts)

    plain = estimate(whole, found.unknowns)
    assert plain.determined == found.determined
    for name in plain.varied:
        assert found.values[name] == pytest.approx(plain.values[name], rel=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), np.sqrt(np.diag(plain.covariance)), rtol=1e-6)
    np.testing.assert_allclose(found.correlations, plain.correlations, atol=1e-6)
    assert found.evaluations / CYCLES < plain.evaluations / 2


def test_block_jacobian_is_the_full_numerical_one() -> None:
    found, _, _ = joint(seed=1)
    frame = coordinates(found.unknowns, found.values)
    evaluation = Evaluation(found.problem, frame)
    here = np.ones(len(frame.free))
    blocks = assemble(evaluation, jacobians(evaluation, here, accurate=True))
    full = np.empty_like(blocks)
    for column in range(here.size):
        step = np.zeros(here.size)
        step[column] = 1e-4
        ahead, behind = (np.concatenate(evaluation.parts(here + sign * step)) for sign in (1.0, -1.0))
        full[:, column] = (ahead - behind) / 2e-4
    scale = np.linalg.norm(full, axis=0)
    np.testing.assert_allclose(blocks / scale, full / scale, atol=1e-6)
    own = blocks[:, len(found.unknowns) - 2 :]
    assert np.all(own[: -VOLTAGE.size] == 0.0)
    assert np.all(np.linalg.norm(own[-VOLTAGE.size :], axis=0) > 0)


def test_a_group_without_unknowns_of_its_own_serves_as_a_prior() -> None:
    data = noisy(11)

    def residual(group: int, values: Mapping[str, float]) -> FloatArray:
        if group == 1:
            return np.array([math.log(values["slope"] / 6.5) / 1e-4])
        return np.log(sinh_current(values) / data) / 0.03

    found = estimate_joint(residual, [positive("current", 1e-8), positive("slope", 3.0)], [[], []], known_noise=True)
    assert found.values["slope"] == pytest.approx(6.5, rel=1e-3)
    assert (found.fitted_errors["slope"] or 1.0) < 1.1e-4


def test_noise_of_an_integrator_is_survived_when_it_is_stated() -> None:
    data, rng = noisy(12), np.random.default_rng(0)

    def residual(v: Mapping[str, float]) -> FloatArray:
        return np.log(sinh_current(v) / data) + 1e-6 * rng.normal(size=data.size)

    found = estimate(residual, [positive("current", 1e-8), positive("slope", 3.0)], accuracy=1e-6)
    exact = fit_sinh(data)
    for name in TRUTH:
        assert found.values[name] == pytest.approx(exact.values[name], abs=0.05 * (exact.standard_errors[name] or 0))
        assert found.standard_errors[name] == pytest.approx(exact.standard_errors[name] or 0, rel=0.01)


def test_joint_fit_with_outliers_equals_the_same_problem_as_one_block() -> None:
    found, data, _ = joint(seed=2)
    data[2][5] += 3.0
    data[4][40] -= 2.0

    def one(group: int, values: Mapping[str, float]) -> FloatArray:
        return (group_model(values) - data[group]) / 0.02

    def whole(values: Mapping[str, float]) -> FloatArray:
        local = [{n: values[f"{n}[{g}]"] for n in ("threshold", "height")} for g in range(CYCLES)]
        return np.concatenate([one(group, {**values, **local[group]}) for group in range(CYCLES)])

    shared = [positive("current", 1e-8, "A"), positive("slope", 4.0, "1/V")]
    own = [[Unknown("threshold", "V", 0.5, 0.0, 1.0, "linear"), positive("height", 1.5)] for _ in range(CYCLES)]
    robust = estimate_joint(one, shared, own, loss="soft_l1")
    plain = estimate(whole, found.unknowns, loss="soft_l1")
    for name in plain.varied:
        error = found.standard_errors[name] or 0.0
        assert robust.values[name] == pytest.approx(plain.values[name], abs=1e-4 * error)
        assert robust.values[name] == pytest.approx(found.values[name], abs=1.0 * error)
        assert robust.standard_errors[name] == pytest.approx(plain.standard_errors[name] or 0, rel=1e-4)


def test_a_model_that_cannot_be_evaluated_everywhere_shortens_the_step() -> None:
    """Beyond slope 7 it returns NaN; the first full step would go there."""
    data = noisy(13)

    def residual(v: Mapping[str, float]) -> FloatArray:
        return np.log(sinh_current(v) / data) if v["slope"] < 7.0 else np.full(data.size, np.nan)

    found = estimate(residual, [positive("current", 1e-9), positive("slope", 1.0)])
    assert found.success
    assert found.values["slope"] == pytest.approx(fit_sinh(data).values["slope"], rel=1e-5)

    def nowhere_else(v: Mapping[str, float]) -> FloatArray:
        return np.full(3, 1.0) if v["a"] == 2.0 else np.full(3, np.nan)

    stuck = estimate(nowhere_else, [positive("a", 2.0)])
    assert not stuck.success
    assert "not finite on either side of the best a" in stuck.message
    assert stuck.undetermined == {"a": "the residual is not finite beside its value"}


def test_a_looser_tolerance_costs_less_and_moves_nothing_that_matters() -> None:
    data = noisy(14)
    unknowns = [positive("current", 1e-8), positive("slope", 3.0), positive("leak", 1e-12)]

    def residual(v: Mapping[str, float]) -> FloatArray:
        return np.log((sinh_current(v) + v["leak"]) / data)

    tight, loose = estimate(residual, unknowns), estimate(residual, unknowns, tolerance=1e-6)
    assert loose.evaluations <= tight.evaluations
    for name in TRUTH:
        assert loose.values[name] == pytest.approx(tight.values[name], abs=0.02 * (tight.standard_errors[name] or 0))
    with pytest.raises(InputError, match="tolerance of a fit"):
        estimate(residual, unknowns, tolerance=1.0)


def test_polishing_gets_over_a_kink_that_stops_the_slopes() -> None:
    target = np.array([1.7, 0.4])

    def kinked(v: Mapping[str, float]) -> FloatArray:
        away = np.array([v["a"], v["b"]]) - target
        return np.array([abs(away[0]) ** 0.5, abs(away[1]) ** 0.5, 0.1 * away[0] * away[1], 0.01])

    unknowns = [Unknown(n, "1", 1.0, -5.0, 5.0, "linear") for n in ("a", "b")]
    polished = estimate(kinked, unknowns, polish="nelder")
    assert (polished.values["a"], polished.values["b"]) == pytest.approx((1.7, 0.4), rel=1e-3)


def test_a_residual_caught_within_a_jump_is_steep_and_not_noise() -> None:
    x = np.linspace(1.0, 2.0, 20)
    readings = 3.0 * x + 0.1 * np.cos(7.0 * np.arange(20))

    def residual(values: Mapping[str, float]) -> FloatArray:
        jump = 40.0 * np.tanh(np.log(values["scale"] * values["own"] / 3.0) / 1e-5)
        return np.append((values["scale"] * x - readings) / 0.1, jump)

    unknowns = [Unknown("scale", "1", 2.99, 0.1, 10.0, "log"), Unknown("own", "1", 3.0 / 2.99, 0.1, 10.0, "log")]
    found = estimate(residual, unknowns, known_noise=True, accuracy=1e-11)
    assert not found.undetermined
    assert found.standard_errors["scale"] == pytest.approx(0.1 / float(np.linalg.norm(x)), rel=0.02)
