"""Ramp rates with jittered clocks, uneven steps and pauses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from measurements import Activity, Sweep
from measurements.errors import FitError
from measurements.ramprate import ramp_rate, ramp_rates

POINTS = 80
VOLTAGE = 0.05 * np.arange(POINTS)
RATE = 1.25


def test_exact_clock() -> None:
    assert ramp_rate(VOLTAGE / RATE, VOLTAGE).value == pytest.approx(RATE)
    assert ramp_rate(VOLTAGE / RATE, -VOLTAGE).value == pytest.approx(RATE)


@pytest.mark.parametrize("kind", ["read jitter", "step jitter"])
def test_interval_covers_the_rate(kind: str) -> None:
    random = np.random.default_rng(8)
    inside = 0
    for _ in range(300):
        if kind == "read jitter":
            time = VOLTAGE / RATE + random.normal(0, 0.004, POINTS)
        else:
            time = np.concatenate([[0], np.cumsum(0.05 / RATE * random.uniform(0.7, 1.3, POINTS - 1))])
        found = ramp_rate(time, VOLTAGE)
        inside += found.low <= RATE <= found.high
        assert not found.low <= 1.2 * RATE <= found.high
    assert inside / 300 >= 0.9


def test_pauses_are_counted_and_taken_out(make_sweep: Callable[..., Sweep]) -> None:
    steps = np.full(POINTS - 1, 0.04)
    steps[[10, 40]] = 1.0
    time = np.concatenate([[0], np.cumsum(steps)])
    (rate,) = ramp_rates(make_sweep(VOLTAGE, VOLTAGE * 0, Activity.SET, time=time))
    assert rate.rate.value == pytest.approx(RATE)
    assert (rate.pauses, rate.longest_pause) == (2, pytest.approx(1.0))
    assert rate.mean_rate == pytest.approx(VOLTAGE[-1] / time[-1])
    assert rate.mean_rate < 0.7 * RATE


def test_each_leg_of_a_loop_has_its_own_rate(make_sweep: Callable[..., Sweep]) -> None:
    out, back = np.linspace(0, 2, 41), np.linspace(2, 0, 41)[1:]
    time = np.concatenate([np.arange(41) * 0.05, 2.0 + 0.02 * np.arange(1, 41)])
    loop = make_sweep(np.concatenate([out, back]), np.zeros(81), Activity.CYCLE, time=time)
    assert [one.rate.value for one in ramp_rates(loop)] == pytest.approx([1.0, 2.5], rel=1e-3)


def test_no_time_no_rate(make_sweep: Callable[..., Sweep]) -> None:
    with pytest.raises(FitError, match="does not advance"):
        ramp_rate(np.zeros(POINTS), VOLTAGE)
    assert ramp_rates(make_sweep(VOLTAGE, VOLTAGE, Activity.SET, time=np.zeros(POINTS))) == ()
    assert ramp_rates(make_sweep(VOLTAGE, VOLTAGE, Activity.SET, timed=False)) == ()
