"""Laws over cycles and devices: truth recovered, the right law chosen, draws that reproduce it, JSON checked."""

from __future__ import annotations

import json
import math
from functools import partial

import numpy as np
import pytest
from altereddocument import altered
from scipy import stats

from devicefit.estimation import (
    Distribution,
    choose,
    fit_family,
    fit_joint_distribution,
    goodness_of_fit,
    joint_from_dict,
    split_variance,
)
from devicefit.estimation.distributions import score_correlations
from measurements.errors import FitError, InputError

LAWS = {
    "normal": {"mean": 0.62, "standard_deviation": 0.05},
    "lognormal": {"median": 3e4, "log_deviation": 0.6},
    "weibull": {"scale": 2e-6, "shape": 1.8},
    "weibull3": {"location": 0.4, "scale": 0.2, "shape": 2.5},
}


def sample(family: str, count: int, seed: int) -> np.ndarray:
    law = Distribution(family, LAWS[family])  # type: ignore[arg-type]
    return law.quantile(np.random.default_rng(seed).uniform(size=count))


@pytest.mark.parametrize("family", LAWS)
def test_parameters_are_recovered_within_their_errors(family: str) -> None:
    """Three standard errors in single fits; the mean over 20 fits within 3 of its own."""
    pulls = {name: [] for name in LAWS[family]}
    for seed in range(20):
        fit = fit_family(sample(family, 300, seed), family)  # type: ignore[arg-type]
        for name, truth in LAWS[family].items():
            error = fit.standard_errors[name]
            if error is not None:
                pulls[name].append((fit.distribution.parameters[name] - truth) / error)
    for name, found in pulls.items():
        assert len(found) >= 15, name
        assert max(abs(pull) for pull in found) < 4.5, name
        assert 0.5 < float(np.std(found)) < 1.6, name
        assert abs(float(np.mean(found))) < 0.8, name


def test_normal_fit_is_the_textbook_one() -> None:
    values = sample("normal", 50, 3)
    fit = fit_family(values, "normal")
    assert fit.distribution.parameters["mean"] == pytest.approx(values.mean(), rel=1e-9)
    assert fit.distribution.parameters["standard_deviation"] == pytest.approx(values.std(), rel=1e-9)
    assert fit.standard_errors["mean"] == pytest.approx(values.std() / math.sqrt(50), rel=1e-3)
    assert fit.standard_errors["standard_deviation"] == pytest.approx(values.std() / math.sqrt(100), rel=1e-3)
    expected = float(np.sum(stats.norm(values.mean(), values.std()).logpdf(values)))
    assert fit.log_likelihood == pytest.approx(expected, rel=1e-9)
    assert fit.aicc == pytest.approx(4 - 2 * expected + 12 / 47, rel=1e-9)


@pytest.mark.parametrize("family", ["normal", "lognormal", "weibull"])
def test_the_right_law_is_mostly_chosen(family: str) -> None:
    """Wide laws differ; a normal law 8 % wide looks like the others, so it is asked at 0.2 of its mean."""
    law = {"normal": Distribution("normal", {"mean": 1.0, "standard_deviation": 0.2})}.get(
        family,
        Distribution(family, LAWS[family]),  # type: ignore[arg-type]
    )
    right = 0
    for seed in range(20):
        values = law.quantile(np.random.default_rng(seed).uniform(size=400))
        right += choose(values).best.distribution.family == family
    assert right >= 15


def test_a_shifted_weibull_needs_its_third_parameter() -> None:
    found = choose(sample("weibull3", 400, 1), families=("weibull", "weibull3"))
    assert found.best.distribution.family == "weibull3"
    assert found.tried[0].aicc < found.tried[1].aicc - 5


def test_a_law_that_cannot_hold_is_refused_with_the_reason_and_the_others_stay() -> None:
    values = sample("normal", 60, 2) - 0.62
    found = choose(values)
    assert "positive values only" in found.refused["lognormal"]
    assert "normal" in {fit.distribution.family for fit in found.tried}
    exponential = np.random.default_rng(0).exponential(size=100)
    assert "location runs to the smallest value" in choose(exponential).refused["weibull3"]


def test_units_scale_the_parameters_and_nothing_else() -> None:
    values = sample("weibull", 80, 4)
    plain, scaled = fit_family(values, "weibull"), fit_family(values * 1e9, "weibull")
    assert scaled.distribution.parameters["scale"] == pytest.approx(
        1e9 * plain.distribution.parameters["scale"], rel=1e-6
    )
    assert scaled.distribution.parameters["shape"] == pytest.approx(plain.distribution.parameters["shape"], rel=1e-6)
    assert scaled.standard_errors["shape"] == pytest.approx(plain.standard_errors["shape"], rel=1e-4)


@pytest.mark.parametrize("family", ["lognormal", "weibull", "normal"])
def test_censoring_is_taken_for_what_it_is(family: str) -> None:
    """A third of the cells outlive the test: cutting them off, or taking the limit for a value, would mislead."""
    values = sample(family, 600, 5)
    limit = float(np.quantile(values, 0.67))
    over = values > limit
    seen = np.where(over, limit, values)
    fit = fit_family(seen, family, censored=over)  # type: ignore[arg-type]
    assert fit.censored == int(over.sum())
    for name, truth in LAWS[family].items():
        error = fit.standard_errors[name]
        assert error is not None
        assert abs(fit.distribution.parameters[name] - truth) < 3 * error
    careless = fit_family(seen, family)  # type: ignore[arg-type]
    spread = list(LAWS[family])[1]
    assert abs(careless.distribution.parameters[spread] / LAWS[family][spread] - 1) > 0.15


def test_goodness_speaks_against_a_wrong_law_and_not_against_the_right_one() -> None:
    right = [
        goodness_of_fit(v, fit_family(v, "normal").distribution, 99, s).p_value
        for s in range(12)
        for v in [sample("normal", 60, s)]
    ]
    assert sum(p < 0.05 for p in right) <= 3
    assert 0.2 < float(np.mean(right)) < 0.8
    skewed = sample("lognormal", 80, 1)
    wrong = goodness_of_fit(skewed, fit_family(skewed, "normal").distribution, 99)
    assert wrong.p_value <= 0.02
    assert goodness_of_fit(skewed, fit_family(skewed, "lognormal").distribution, 99).p_value > 0.05


def test_variance_is_split_between_devices_and_cycles() -> None:
    rng = np.random.default_rng(8)
    devices = [f"d{i}" for i in range(60) for _ in range(4 + i % 9)]
    offsets = {name: 0.3 * rng.normal() for name in dict.fromkeys(devices)}
    values = np.array([1.0 + offsets[name] + 0.1 * rng.normal() for name in devices])
    split = split_variance(values, devices)
    assert split.within == pytest.approx(0.1, rel=0.1)
    assert split.between == pytest.approx(0.3, rel=0.25)
    assert abs(split.between**2 - 0.09) < 3 * split.between_variance_error
    assert split.share == pytest.approx(0.9, abs=0.06)
    assert split.p_value < 1e-6
    alike = split_variance(0.1 * rng.normal(size=len(devices)), devices)
    assert alike.share < 0.1
    assert alike.p_value > 0.01
    with pytest.raises(FitError, match="at least two"):
        split_variance([1.0, 2.0], ["a", "a"])
    with pytest.raises(FitError, match="told apart"):
        split_variance([1.0, 2.0], ["a", "b"])


def cycles_table(count: int = 500, seed: int = 9) -> dict[str, np.ndarray]:
    """Set voltage, reset voltage and on current with known correlations of their scores (0.6, -0.4, 0)."""
    matrix = np.array([[1.0, 0.6, -0.4], [0.6, 1.0, 0.0], [-0.4, 0.0, 1.0]])
    scores = np.random.default_rng(seed).multivariate_normal(np.zeros(3), matrix, size=count)
    return {
        "set_voltage": 0.6 + 0.05 * scores[:, 0],
        "reset_voltage": 0.4 * np.exp(0.2 * scores[:, 1]),
        "on_current": stats.weibull_min(2.2, scale=1e-5).ppf(stats.norm.cdf(scores[:, 2])),
    }


UNITS = {"set_voltage": "V", "reset_voltage": "V", "on_current": "A"}


def test_draws_reproduce_mean_deviation_and_correlation() -> None:
    table = cycles_table()
    joint = fit_joint_distribution(table, UNITS)
    np.testing.assert_allclose(joint.correlations, [[1.0, 0.6, -0.4], [0.6, 1.0, 0.0], [-0.4, 0.0, 1.0]], atol=0.1)
    drawn = joint.draw(20000, seed=1)
    assert list(drawn) == list(table)
    for name, values in table.items():
        assert drawn[name].mean() == pytest.approx(values.mean(), rel=0.02)
        assert drawn[name].std() == pytest.approx(values.std(), rel=0.08)
    names = list(table)
    for i in range(3):
        for j in range(i):
            measured = stats.spearmanr(table[names[i]], table[names[j]]).statistic
            assert stats.spearmanr(drawn[names[i]], drawn[names[j]]).statistic == pytest.approx(measured, abs=0.03)
    np.testing.assert_array_equal(joint.draw(5, seed=1)["on_current"], joint.draw(5, seed=1)["on_current"])
    assert not np.array_equal(joint.draw(5, seed=1)["on_current"], joint.draw(5, seed=2)["on_current"])


def test_devices_drawn_differ_as_the_measured_ones_did() -> None:
    rng = np.random.default_rng(10)
    devices = [f"d{i}" for i in range(80) for _ in range(6)]
    offset = np.repeat(rng.normal(size=80), 6)
    table = {"set_voltage": 0.6 + 0.04 * offset + 0.02 * rng.normal(size=480)}
    joint = fit_joint_distribution(table, UNITS, devices)
    assert joint.quantities[0].device_share == pytest.approx(0.8, abs=0.08)
    drawn = joint.draw_devices(400, 10, seed=3)["set_voltage"]
    assert drawn.shape == (400, 10)
    names = [f"n{i}" for i in range(400) for _ in range(10)]
    assert split_variance(drawn.ravel(), names).share == pytest.approx(0.8, abs=0.08)
    assert float(drawn.std()) == pytest.approx(float(np.std(table["set_voltage"])), rel=0.15)
    with pytest.raises(FitError, match="one device"):
        fit_joint_distribution(cycles_table(), UNITS).draw_devices(2, 2, seed=0)


def test_contradicting_correlations_are_mended_from_data_and_refused_from_files() -> None:
    rng = np.random.default_rng(0)
    columns = [rng.normal(size=6) for _ in range(5)]
    columns.append(columns[0] + columns[1])
    matrix = score_correlations(columns)
    assert np.linalg.eigvalsh(matrix).min() > -1e-9
    np.testing.assert_allclose(np.diag(matrix), 1.0)
    document = fit_joint_distribution(cycles_table(), UNITS).to_dict()
    document["correlations"] = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]
    with pytest.raises(InputError, match="contradict"):
        joint_from_dict(document)


def test_json_round_trip_draws_the_same_and_wrong_documents_are_refused() -> None:
    joint = fit_joint_distribution(cycles_table(), UNITS)
    text = json.dumps(joint.to_dict(), allow_nan=False)
    again = joint_from_dict(json.loads(text))
    for name, values in joint.draw(50, seed=4).items():
        np.testing.assert_array_equal(again.draw(50, seed=4)[name], values)
    assert again.to_dict() == joint.to_dict()

    broken = partial(altered, text)
    first: list[str | int] = ["quantities", 0]
    for wrong, words in [
        (["not"], "expected an object"),
        (broken(["more"], 1), "expected the keys"),
        (broken([*first, "law"], "cauchy"), "cauchy"),
        (broken([*first, "count"], 0.5), "whole number"),
        (broken([*first, "device_share"], 1.5), "between 0 and 1"),
        (
            broken([*first, "parameters"], {"standard_deviation": 1.0, "mean": 1.0, "shape": 2.0}),
            "takes mean, standard_deviation",
        ),
        (broken([*first, "parameters", "standard_deviation"], -1.0), "cannot be -1"),
        (broken([*first, "standard_errors"], {"shape": 1.0}), "which it has not"),
        (broken(["quantities"], [{}] * 101), "more than 100"),
        (broken([*first, "name"], "on_current"), "different names"),
        (broken(["correlations", 0], [1.0, 2.0]), "rows of 3"),
        (broken(["correlations", 0, 1], "x"), "is not a number"),
        (broken(["correlations", 0, 1], 0.1), "symmetric"),
    ]:
        with pytest.raises(InputError, match=words):
            joint_from_dict(wrong)


def test_bad_tables_are_refused() -> None:
    table = cycles_table(20)
    with pytest.raises(InputError, match="one entry for each row"):
        fit_joint_distribution({**table, "short": [1.0]}, {**UNITS, "short": "V"})
    with pytest.raises(InputError, match="no unit"):
        fit_joint_distribution(table, {})
    with pytest.raises(InputError, match="row 3 is not a number"):
        fit_joint_distribution({**table, "set_voltage": np.where(np.arange(20) == 3, np.nan, 1.0)}, UNITS)
    with pytest.raises(FitError, match="at least 5 rows"):
        fit_joint_distribution({"set_voltage": [1.0, 2.0]}, UNITS)
    with pytest.raises(FitError, match="no distribution"):
        fit_joint_distribution({"set_voltage": np.ones(20)}, UNITS)
