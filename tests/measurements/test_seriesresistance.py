"""Series resistance from the bend of the on branch; only a bound where the branch is straight."""

from __future__ import annotations

import numpy as np
import pytest

from measurements import Activity, Import
from measurements.criteria import Criteria
from measurements.errors import FitError
from measurements.estimate import Bound, bound_estimate, normal_estimate
from measurements.looptransition import loop_floor
from measurements.seriesresistance import cell_series_resistance, on_branch, series_resistance

CURRENT = np.geomspace(1e-6, 2e-3, 60)


def branch(series: float, scale: float, slope: float, noise: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    clean = CURRENT * series + np.arcsinh(CURRENT / scale) / slope
    return np.asarray(clean + random.normal(0, noise, CURRENT.size))


def test_interval_covers_the_series_resistance() -> None:
    inside = seen = determined = 0
    for seed in range(200):
        found = series_resistance(branch(300.0, 5e-5, 4.0, 2e-3, seed), CURRENT)
        determined += found.determined
        inside += found.low <= 300.0 <= found.high
        seen += found.low <= 315.0 <= found.high
    assert determined == 200
    assert inside / 200 >= 0.9
    assert seen / 200 < 0.05


def test_zero_resistance_is_not_given_a_value() -> None:
    found = series_resistance(branch(0.0, 5e-5, 4.0, 1e-3, 1), CURRENT)
    assert found.bound is Bound.AT_MOST or found.low <= 0.0


@pytest.mark.parametrize("resistance", [110.0, 610.0])
def test_straight_branch_gives_only_a_bound(resistance: float) -> None:
    random = np.random.default_rng(3)
    current = np.linspace(1e-5, 3e-3, 40)
    found = series_resistance(resistance * current * (1 + 1e-3 * random.normal(0, 1, 40)), current)
    assert found.bound is Bound.AT_MOST
    assert found.value == pytest.approx(resistance, rel=5e-3)


def test_too_few_points() -> None:
    with pytest.raises(FitError, match="12 or more"):
        series_resistance(CURRENT[:5], CURRENT[:5])


def test_cell_figure_holds_the_spread_of_sweeps() -> None:
    random = np.random.default_rng(2)
    inside = 0
    for _ in range(200):
        own = [normal_estimate(1500 + float(random.normal(0, 150)), 30, "ohm", "m") for _ in range(12)]
        found = cell_series_resistance([*own, bound_estimate(5e3, Bound.AT_MOST, "ohm", "m")])
        inside += found.low <= 1500 <= found.high
    assert inside / 200 >= 0.9
    bounds = [bound_estimate(value, Bound.AT_MOST, "ohm", "m") for value in (500.0, 400.0, 700.0)]
    assert cell_series_resistance(bounds).value == 400.0
    with pytest.raises(FitError):
        cell_series_resistance([])


def test_measured_filaments_are_ohmic(real_import: Import) -> None:
    """The on branches of the Cu/TaOx/Pt cells are straight to 1 % (published): mostly bounds, none above Ron."""
    kinds = []
    for sweep in real_import.records.sweeps:
        if sweep.activity is not Activity.RESET:
            continue
        found = on_branch(sweep, loop_floor(sweep, Criteria()), Criteria())
        if found is None or found[1][-1] < 1e-4:
            continue
        estimate = series_resistance(*found)
        kinds.append(estimate.determined)
        assert estimate.value <= 1.02 * float(np.median(found[0] / found[1]))
    assert len(kinds) > 150
    assert np.mean(kinds) < 0.25
