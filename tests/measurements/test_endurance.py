"""Endurance from transitions and tables with known course."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from measurements import Activity, MeasurementSet, Sweep
from measurements.endurance import endurance, endurance_of_resistances
from measurements.errors import FitError
from measurements.estimate import Bound
from measurements.transition import Transition
from measurements.transitions import find_transitions

Make = Callable[..., Sweep]


def transitions_of(*sweeps: Sweep) -> list[Transition]:
    return [one for sweep in MeasurementSet(sweeps).sweeps for one in find_transitions(sweep)]


def test_course_of_one_way_sweeps(make_set: Make, make_reset: Make) -> None:
    pairs = []
    for cycle in range(10):
        pairs += [make_set(index=60 - cycle, off_resistance=1e7), make_reset(on_resistance=600.0 + 10 * cycle)]
    found = endurance(transitions_of(*pairs))
    trend = found.series["set_voltage"].trend
    assert trend is not None
    assert trend.value == pytest.approx(-0.05)
    resistance = found.series["on_resistance"]
    assert resistance.middle.value == pytest.approx(645.0)
    assert resistance.trend is not None
    assert resistance.trend.value == pytest.approx(10.0)
    assert found.window is not None
    assert found.window.value == pytest.approx(1e7 / 645, rel=0.02)
    assert found.first_failure is not None
    assert (found.first_failure.value, found.first_failure.bound) == (20, Bound.AT_LEAST)
    assert found.success["set"].value == 1.0
    assert found.success["set"].low == pytest.approx(0.025**0.1)


def test_first_failure_is_named(make_set: Make, make_reset: Make) -> None:
    found = endurance(transitions_of(make_set(), make_reset(), make_set(), make_reset(index=61), make_set(index=101)))
    assert found.first_failure is not None
    assert (found.first_failure.value, found.first_failure.bound) == (3, None)
    assert [number for number, _ in found.failures] == [3, 4]
    assert found.success["reset"].value == 0.5


def test_a_set_of_a_conducting_cell_is_no_attempt(make_set: Make, make_reset: Make) -> None:
    found = endurance(transitions_of(make_set(index=2), make_reset()))
    assert "set" not in found.success
    with pytest.raises(FitError, match="no switching attempt"):
        endurance(transitions_of(make_set(index=2)))


def test_off_state_below_the_floor_bounds_the_window(make_set: Make, make_reset: Make) -> None:
    noise = 5e-11 * np.cos(2.7 * np.arange(101))
    pairs = [make_set(off_resistance=1e12, offset=-1.4e-9 + noise), make_reset()] * 4
    found = endurance(transitions_of(*pairs))
    assert found.window is not None
    assert found.window.bound is Bound.AT_LEAST
    assert found.series["off_resistance"].middle.bound is Bound.AT_LEAST
    assert found.series["off_resistance"].trend is None


def test_trend_interval_covers() -> None:
    random = np.random.default_rng(12)
    inside = seen = 0
    for _ in range(200):
        on = 1e3 + 5.0 * np.arange(40) + random.normal(0, 60, 40)
        trend = endurance_of_resistances(on, 100 * on).series["on_resistance"].trend
        assert trend is not None
        inside += trend.low <= 5.0 <= trend.high
        seen += trend.low <= 0.0 <= trend.high
    assert inside / 200 >= 0.9
    assert seen / 200 < 0.1


def test_table_with_gaps_and_failures() -> None:
    on, off = np.full(8, 1e3), np.full(8, 1e5)
    on[2], off[5] = np.nan, 1.5e3
    found = endurance_of_resistances(on, off)
    assert found.failures == ((5, "window 1.5"),)
    assert found.window is not None
    assert found.window.value == pytest.approx(100.0)
    assert found.success["cycle"].value == pytest.approx(6 / 7)
    with pytest.raises(FitError):
        endurance_of_resistances(on * np.nan, off)


def test_measured_cell_with_most_sets(real_import: object) -> None:
    records = real_import.records.of_cell("wafer2(0,7)", "(1,1)")  # type: ignore[attr-defined]
    found = endurance(transitions_of(*records.sweeps))
    assert found.series["set_voltage"].values.size == 20
    assert found.success["set"].value == 1.0
    assert found.success["reset"].value < 0.8  # many resets of these filaments fail
    assert found.window is not None
    assert found.window.bound is Bound.AT_LEAST
    assert found.window.value > 1e4
    assert all(one.kind in (Activity.SET, Activity.RESET, Activity.FORM) for one in transitions_of(*records.sweeps))
