"""Gradual one-way ramps of known course."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit

from measurements import Activity, Import, Sweep, analyse_sweep
from measurements.transitions import find_transitions

Make = Callable[..., Sweep]
VOLTAGE = 0.025 * np.arange(121)


def reset(make_sweep: Make, middle: float, breadth: float, noise: float = 0.0, seed: int = 0) -> Sweep:
    """ln G falls by 6 around `middle` [V] with a logistic of `breadth` [V]."""
    random = np.random.default_rng(seed)
    conductance = 1e-3 * np.exp(-6 * expit((VOLTAGE - middle) / breadth))
    current = VOLTAGE * conductance * np.exp(noise * random.normal(0, 1, VOLTAGE.size))
    return make_sweep(-VOLTAGE, -current, Activity.RESET, compliance_current=0.1)


def test_gradual_reset_has_its_middle_and_width(make_sweep: Make) -> None:
    (found,) = find_transitions(reset(make_sweep, 1.5, 0.1))
    assert (found.kind, found.abrupt, found.clean, found.polarity) == (Activity.RESET, False, True, -1)
    assert found.voltage is not None
    assert found.width is not None
    assert found.voltage.value == pytest.approx(-1.5, abs=0.013)
    assert found.width.value == pytest.approx(2 * 0.1 * np.log(9), abs=0.03)
    assert found.ratio == pytest.approx(np.exp(6), rel=0.02)


def test_interval_covers_with_noise(make_sweep: Make) -> None:
    random = np.random.default_rng(1)
    inside = seen = 0
    for seed in range(150):
        truth = float(random.uniform(1.2, 1.8))
        (found,) = find_transitions(reset(make_sweep, truth, 0.15, 0.1, seed))
        assert found.voltage is not None
        inside += found.voltage.low <= -truth <= found.voltage.high
        seen += found.voltage.low <= -1.1 * truth <= found.voltage.high
    assert inside / 150 >= 0.9
    assert seen / 150 < 0.1


def test_slow_rise_of_one_way_sets_is_no_clean_set(make_sweep: Make) -> None:
    rise = 1e-9 * np.exp(3 * VOLTAGE)  # conduction that grows with the voltage
    (found,) = find_transitions(make_sweep(VOLTAGE, rise, Activity.SET, compliance_current=1e-3))
    assert not found.clean
    ohmic = np.minimum(VOLTAGE / 3e4, 2e-5)
    (none,) = find_transitions(make_sweep(VOLTAGE, ohmic, Activity.SET, compliance_current=2e-5))
    assert not none.clean


def test_only_unclean_measured_events_are_looked_at(real_import: Import) -> None:
    """11 measured resets are too slow for abrupt ones; by the plots 10 are gradual, one conducts again."""
    gradual = 0
    for sweep in real_import.records.sweeps:
        for event, found in zip(analyse_sweep(sweep), find_transitions(sweep), strict=True):
            assert found.clean or not event.clean
            if found.clean and not event.clean:
                gradual += 1
                assert event.reason.startswith("gradual")
                assert found.width is not None
                assert found.width.value > 0.3
    assert gradual == 10
