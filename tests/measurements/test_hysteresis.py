"""Windows of lobes: floors, limits, and gaps that are no memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from loops import gradual_loop

from measurements import Activity, Criteria, Sweep
from measurements.hysteresis import Window, jitter, lobe_window, running_median
from measurements.legs import cut_legs, pair_lobes

Make = Callable[..., Sweep]


def window_of(sweep: Sweep, floor: float = 0.0, offset: float = 0.0) -> Window | None:
    (lobe,) = pair_lobes(cut_legs(sweep.voltage))
    return lobe_window(sweep, lobe, offset, floor, Criteria())


def test_total_and_sign(make_sweep: Make) -> None:
    for window in (3.0, -3.0):
        found = window_of(make_sweep(*gradual_loop(1.2, 0.05, window, 0.0), Activity.CYCLE))
        assert found is not None
        assert found.total == pytest.approx(window, rel=1e-3)
        assert found.switched(Criteria())


def test_constant_gap_is_no_switching(make_sweep: Make) -> None:
    """Displacement current: the ways differ by the same current everywhere, at 0 V too."""
    voltage, current = gradual_loop(1.2, 0.05, 0.0, 0.0)
    top = int(np.argmax(voltage))
    shift = np.where(np.arange(voltage.size) <= top, -1.0, 1.0) * 2e-5
    found = window_of(make_sweep(voltage, current + shift, Activity.CYCLE))
    assert found is not None
    assert abs(found.total) > np.log(1.2)
    assert not found.switched(Criteria())


def test_points_below_the_floor_and_offsets(make_sweep: Make) -> None:
    sweep = make_sweep(*gradual_loop(1.2, 0.05, 3.0, 0.0), Activity.CYCLE)
    found = window_of(sweep, floor=1e-7)
    assert found is not None
    assert found.current.min() > 1e-7
    assert window_of(sweep, floor=1.0) is None
    moved = make_sweep(sweep.voltage, sweep.current + 1e-6, Activity.CYCLE)
    again = window_of(moved, floor=1e-7, offset=1e-6)
    assert again is not None
    assert again.total == pytest.approx(found.total, rel=1e-6)


def test_way_back_in_limit_is_continued(make_sweep: Make) -> None:
    out = np.arange(0.0, 2.005, 0.01)
    voltage = np.concatenate([out, out[-2::-1]])
    on = np.arange(voltage.size) >= 171
    current = np.where(on, np.minimum(voltage / 1e3, 5e-4), voltage / 1e7)  # limit from 0.5 V on, set at 1.7 V
    found = window_of(make_sweep(voltage, current, Activity.SET))
    assert found is not None
    before = found.voltage < 1.695
    assert found.log_ratio[before] == pytest.approx(np.log(1e4), rel=0.01)
    assert np.all(found.log_ratio[found.voltage > 1.73] == 0)


def test_smoothing_keeps_steps_and_jitter_ignores_curves() -> None:
    step = np.where(np.arange(40) < 20, 0.0, 1.0)
    assert np.array_equal(running_median(step), step)
    spiked = step.copy()
    spiked[[5, 30]] = 9.0
    assert np.array_equal(running_median(spiked), step)
    random = np.random.default_rng(0)
    curve = np.linspace(0, 3, 400) ** 2
    assert jitter(curve + 0.01 * random.normal(size=400)) == pytest.approx(0.01, rel=0.15)
