"""Reads: values, and what limit and floor leave of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from measurements import Activity, Criteria, Import, Sweep
from measurements.estimate import Bound, Estimate
from measurements.floor import InstrumentFloor
from measurements.readresistance import read_resistance

Make = Callable[..., Sweep]
FLOOR = InstrumentFloor(-1.4e-9, 1e-10, 5e-11, 2e-11, 20)


def point(make_sweep: Make, current: float, sign: int = 1, floor: InstrumentFloor | None = FLOOR) -> Estimate | None:
    sweep = make_sweep(np.array([sign * 0.1]), np.array([current]), Activity.READ, compliance_current=35e-6)
    return read_resistance(sweep, floor, Criteria())


def test_single_point_with_offset_removed(make_sweep: Make) -> None:
    for sign in (1, -1):
        found = point(make_sweep, sign * 0.1 / 1.3e6 - 1.4e-9, sign)
        assert found is not None
        assert found.value == pytest.approx(1.3e6, rel=1e-9)
        assert found.low < 1.3e6 < found.high < 1.31e6


def test_interval_of_a_single_point_covers(make_sweep: Make) -> None:
    random = np.random.default_rng(3)
    inside = 0
    for _ in range(300):
        offset = -1.4e-9 + 5e-11 * random.normal()  # what the other sweeps said, with its error
        floor = InstrumentFloor(offset, 1e-10, 5e-11, 2e-11, 20)
        found = point(make_sweep, 0.1 / 5e7 - 1.4e-9 + 1e-10 * random.normal(), floor=floor)
        assert found is not None
        inside += found.low <= 5e7 <= found.high
    assert inside / 300 >= 0.9


def test_limit_and_floor_leave_bounds(make_sweep: Make) -> None:
    limited = point(make_sweep, 35e-6)
    assert limited is not None
    assert (limited.bound, limited.value) == (Bound.AT_MOST, pytest.approx(0.1 / 35e-6))
    unstated = point(make_sweep, 9.9948e-6)
    assert unstated is not None
    assert unstated.bound is Bound.AT_MOST
    hidden = point(make_sweep, -1.4e-9)
    assert hidden is not None
    assert hidden.bound is Bound.AT_LEAST
    assert hidden.value == pytest.approx(0.1 / (2 * np.hypot(1e-10, 5e-11)), rel=1e-6)
    assert point(make_sweep, -1e-9, floor=None) is None


def test_a_sweep_of_points_gives_its_slope(make_sweep: Make) -> None:
    voltage = np.linspace(0, 0.2, 21)
    found = read_resistance(make_sweep(voltage, voltage / 610 - 1e-8, Activity.READ), None, Criteria())
    assert found is not None
    assert found.value == pytest.approx(610.0)
    assert read_resistance(make_sweep(voltage + 1, voltage, Activity.READ), None, Criteria()) is None


def test_measured_observe_files_are_mostly_limited(real_import: Import) -> None:
    reads = [sweep for sweep in real_import.records.sweeps if sweep.activity is Activity.READ]
    found = [read_resistance(sweep, FLOOR, Criteria()) for sweep in reads]
    limited = [one for one in found if one is not None and one.bound is Bound.AT_MOST]
    assert len(limited) == 44  # two more at 9.995 and 34.97 uA, whose names say 10 mA and 50 uA
    on = [one.value for one in found if one is not None and one.determined and one.value < 12_906]
    assert all(value > 100 for value in on)
