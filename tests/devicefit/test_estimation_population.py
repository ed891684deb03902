"""Two levels of spread: errors of estimates taken out, laws and correlations recovered, draws and JSON that agree."""

from __future__ import annotations

import json
import math
from functools import partial

import numpy as np
import pytest
from altereddocument import altered
from scipy.stats import spearmanr

from devicefit.estimation.between import between_devices
from devicefit.estimation.population import Population
from devicefit.estimation.populationfit import DeviceEstimate, fit_population
from devicefit.estimation.populationjson import population_from_dict, population_to_dict
from measurements.errors import FitError, InputError

SPREAD = {"set_voltage": 0.25, "current": 0.6, "offset": 0.03}  # between devices
CYCLES = {"set_voltage": 0.10, "current": 0.3}  # within a device
CENTRE = {"set_voltage": 1.2, "current": 3e-5, "offset": -0.02}
SCALES = {"set_voltage": "log", "current": "log", "offset": "linear", "shared": "log"}
UNITS = {"set_voltage": "V", "current": "A", "offset": "V", "shared": "1"}


def made(count: int, seed: int, cycles: int = 8, errors: float = 1.0) -> list[DeviceEstimate]:
    """Devices of known spread: set voltage and current correlated 0.85 between devices and -0.6 within; `shared` the
    same in all. Estimates miss by `errors` times what they say.
    """
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        one, other = rng.multivariate_normal([0, 0], [[1, 0.85], [0.85, 1]])
        scores = rng.multivariate_normal([0, 0], [[1, -0.6], [-0.6, 1]], size=cycles)
        typical = {"set_voltage": 1.2 * math.exp(0.25 * one), "current": 3e-5 * math.exp(0.6 * other)}
        typical |= {"offset": -0.02 + 0.03 * rng.normal(), "shared": 5.0}
        error = {"set_voltage": 0.1, "current": 0.2, "offset": 0.01, "shared": 0.08}
        own = [
            {n: typical[n] * math.exp(CYCLES[n] * scores[c, i]) for i, n in enumerate(CYCLES)} for c in range(cycles)
        ]
        values = {
            n: v + error[n] * errors * rng.normal()
            if SCALES[n] == "linear"
            else v * math.exp(error[n] * errors * rng.normal())
            for n, v in typical.items()
        }
        stated = {n: error[n] * (1.0 if SCALES[n] == "linear" else values[n]) for n in values}
        found.append(DeviceEstimate(f"d{number}", values, stated, own))
    return found


def population(count: int = 60, seed: int = 3) -> Population:
    return fit_population(made(count, seed), SCALES, UNITS)  # type: ignore[arg-type]


def test_spread_between_devices_is_freed_of_the_errors_and_its_interval_holds_it() -> None:
    """Errors as large as the spread: a plain standard deviation would be 40 % too large."""
    held, centres, variances, plain = 0, 0, [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        errors = 0.3 * rng.uniform(0.5, 1.5, size=12)
        values = 2.0 + 0.3 * rng.normal(size=12) + errors * rng.normal(size=12)
        found = between_devices(values, errors)
        held += found.low <= 0.3 <= found.high
        centres += found.centre_low <= 2.0 <= found.centre_high
        variances.append(found.deviation**2)
        plain.append(np.var(values, ddof=1))
    assert 182 <= held <= 199
    assert 182 <= centres <= 199
    assert float(np.mean(variances)) == pytest.approx(0.09, rel=0.12)
    assert float(np.mean(plain)) > 1.8 * 0.09


def test_without_errors_it_is_the_standard_deviation() -> None:
    values = np.random.default_rng(0).normal(size=9)
    found = between_devices(values, np.full(9, 1e-9))
    assert found.deviation == pytest.approx(float(values.std(ddof=1)), rel=1e-6)
    assert found.centre == pytest.approx(float(values.mean()), rel=1e-6)
    assert found.p_value < 1e-12
    small = between_devices(1e-9 * values, np.full(9, 1e-18))
    assert small.deviation == pytest.approx(1e-9 * found.deviation, rel=1e-6)


def test_devices_that_differ_by_their_errors_only_have_no_spread_but_a_limit() -> None:
    none = sum(
        between_devices(s * np.random.default_rng(i).normal(size=8), np.full(8, s)).low == 0
        for i in range(60)
        for s in (0.2,)
    )
    assert none >= 55
    found = between_devices([1.0, 1.01, 0.99, 1.0, 1.0], [0.1] * 5)
    assert found.deviation == 0
    assert found.p_value > 0.9


@pytest.mark.parametrize(
    ("values", "errors", "error", "words"),
    [
        ([1.0] * 4, [0.1] * 4, FitError, "4 device.*at least 5"),
        ([1.0] * 5, [0.1] * 4, InputError, "5 values but 4"),
        ([1.0] * 5, [0.1] * 4 + [0.0], InputError, "above 0"),
        ([1.0] * 4 + [math.nan], [0.1] * 5, InputError, "finite"),
    ],
)
def test_what_gives_no_spread_is_refused(values: list, errors: list, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        between_devices(values, errors)


def test_both_levels_are_recovered_within_their_intervals() -> None:
    found = {q.name: q for q in population().quantities}
    assert list(found) == list(SCALES)
    for name, truth in SPREAD.items():
        level = found[name].device
        assert level.deviation_low < truth < level.deviation_high, name
        assert level.deviation == pytest.approx(truth, rel=0.25), name
        assert level.centre_low < CENTRE[name] < level.centre_high, name
        assert level.law is not None
    for name, truth in CYCLES.items():
        cycle = found[name].cycle
        assert cycle is not None
        assert cycle.deviation_low < truth < cycle.deviation_high, name
        assert cycle.deviation == pytest.approx(truth, rel=0.1), name
        assert cycle.law.family == "lognormal", name
    assert found["offset"].cycle is None
    assert found["shared"].device.p_value > 0.01
    assert found["shared"].device.deviation < 0.06


def test_correlations_of_each_level_are_kept_apart() -> None:
    found = population()
    (pair,) = [p for p in found.device_correlations if {p.first, p.second} == {"set_voltage", "current"}]
    assert pair.drawn
    assert pair.low < 0.85 < pair.high
    assert pair.value == pytest.approx(0.85, abs=0.12)
    assert found.cycle_correlations[0, 1] == pytest.approx(-0.6, abs=0.1)
    spurious = [p for p in found.device_correlations if "offset" in (p.first, p.second)]
    assert all(abs(p.value) < 0.45 for p in spurious)


def test_drawn_devices_and_cycles_spread_as_the_levels_say() -> None:
    found = population()
    drawn = found.draw_devices(4000, seed=1)
    level = found.quantities[0].device
    assert float(np.std(np.log(drawn["set_voltage"]))) == pytest.approx(level.deviation, rel=0.15)
    assert float(np.median(drawn["set_voltage"])) == pytest.approx(level.centre, rel=0.1)
    assert spearmanr(drawn["set_voltage"], drawn["current"]).statistic > 0.7
    typical = {name: float(values[7]) for name, values in drawn.items()}
    law = found.device_of(typical)
    assert law is not None
    cycles = law.draw(4000, seed=2)
    assert list(cycles) == ["set_voltage", "current"]
    assert float(np.median(cycles["current"])) == pytest.approx(typical["current"], rel=0.05)
    assert float(np.std(np.log(cycles["current"]))) == pytest.approx(0.3, rel=0.1)
    assert spearmanr(cycles["set_voltage"], cycles["current"]).statistic < -0.4
    np.testing.assert_array_equal(found.draw_devices(5, 4)["offset"], found.draw_devices(5, 4)["offset"])
    assert not np.array_equal(found.draw_devices(5, 4)["offset"], found.draw_devices(5, 5)["offset"])


def test_few_devices_and_quantities_told_by_few_are_refused_or_left_out() -> None:
    with pytest.raises(FitError, match=r"4 device\(s\).*measure more devices"):
        fit_population(made(4, 1), SCALES, UNITS)  # type: ignore[arg-type]
    devices = made(6, 1)
    thin = [
        DeviceEstimate(d.name, {n: v for n, v in d.values.items() if n != "current" or i < 4}, d.errors, d.cycles)
        for i, d in enumerate(devices)
    ]
    assert "current" not in {q.name for q in fit_population(thin, SCALES, UNITS).quantities}  # type: ignore[arg-type]
    with pytest.raises(FitError, match="no quantity"):
        fit_population([DeviceEstimate(d.name, {}, {}) for d in devices], SCALES, UNITS)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="twice"):
        fit_population([*devices, devices[0]], SCALES, UNITS)  # type: ignore[arg-type]


def test_json_gives_the_same_population_and_wrong_documents_are_refused() -> None:
    found = population(12)
    text = json.dumps(population_to_dict(found), sort_keys=True, allow_nan=False)
    again = population_from_dict(json.loads(text))
    assert population_to_dict(again) == population_to_dict(found)
    for name, values in found.draw_devices(20, seed=4).items():
        np.testing.assert_array_equal(again.draw_devices(20, seed=4)[name], values)

    broken = partial(altered, text)
    first: list[str | int] = ["quantities", 0]
    for wrong, words in [
        (["not"], "the population"),
        (broken(["more"], 1), "more"),
        (broken(["quantities"], []), "quantities"),
        (broken([*first, "scale"], "cubic"), "scale"),
        (broken([*first, "name"], "current"), "different names"),
        (broken([*first, "within_a_device", "law", "law"], "normal"), "normal law takes|factor"),
        (
            broken([*first, "between_devices", "law", "parameters"], {"median": -1.0, "log_deviation": 1.0}),
            "cannot|takes",
        ),
        (broken(["cycle_correlations"], [[1.0]]), "rows of correlations"),
        (broken(["cycle_correlations"], [[1.0, 0.0], [1.0]]), "square"),
        (broken(["device_correlations", 0, "first"], "nothing"), "no pair"),
        (broken(["device_correlations", 0, "value"], 1.5), "less than or equal"),
    ]:
        with pytest.raises(InputError, match=words):
            population_from_dict(wrong)


def test_a_device_is_not_known_better_than_its_cycles_allow() -> None:
    """Devices all alike, errors stated a hundred times too small: told from one another as rarely as by chance."""
    told = 0
    for seed in range(20):
        rng, devices = np.random.default_rng(seed), []
        for number in range(20):
            cycles = [{"set_voltage": math.exp(0.4 * rng.normal())} for _ in range(4)]
            mean = math.exp(float(np.mean([math.log(one["set_voltage"]) for one in cycles])))
            devices.append(DeviceEstimate(f"d{number}", {"set_voltage": mean}, {"set_voltage": 0.002}, cycles))
        (found,) = fit_population(devices, {"set_voltage": "log"}, UNITS).quantities
        told += found.device.p_value < 0.05
    assert told <= 4
