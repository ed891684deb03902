"""Current limits, stated and not stated."""

from __future__ import annotations

import numpy as np
import pytest

from measurements import Criteria, Import
from measurements.limits import flat_top, limited_points
from measurements.ramp import outward_ramps

VOLTAGE = np.linspace(0.05, 3.0, 60)


def test_unstated_limit_after_a_jump_and_after_an_ohmic_rise() -> None:
    random = np.random.default_rng(0)
    noise = 1 + 1e-4 * random.normal(0, 1, 60)
    jump = np.where(VOLTAGE < 1.5, 1e-9, 5e-4) * noise
    ohmic = np.minimum(VOLTAGE / 4e3, 5e-4) * noise
    for current, first in ((jump, 1.5), (ohmic, 2.0)):
        assert flat_top(VOLTAGE, current) == pytest.approx(5e-4, rel=1e-3)
        mask = limited_points(VOLTAGE, current, None, 0.02)
        assert VOLTAGE[mask][0] == pytest.approx(first, abs=0.06)
        assert mask[-1]


def test_limit_below_the_stated_one_counts() -> None:
    current = np.minimum(VOLTAGE / 4e3, 5e-4)
    assert limited_points(VOLTAGE, current, 1e-3, 0.02).sum() == limited_points(VOLTAGE, current, None, 0.02).sum() > 10


def test_rounded_top_of_a_gradual_reset_is_the_cells() -> None:
    current = 7e-3 * (1 - 0.3 * (VOLTAGE - 2.4) ** 2)
    current[VOLTAGE < 0.8] = 7e-3 * 0.232 * (VOLTAGE[VOLTAGE < 0.8] / 0.8) ** 2
    assert np.ptp(VOLTAGE[current > 0.98 * current.max()]) > 0.08 * 2.4  # flat for a rule that looks at 2 % only
    assert flat_top(VOLTAGE, current) is None


def test_flat_floor_and_ohmic_branch_are_no_limits() -> None:
    assert flat_top(VOLTAGE, np.full(60, -1.4e-9)) is None
    assert not limited_points(VOLTAGE, VOLTAGE / 610, None, 0.02).any()


def test_limits_of_measured_sweeps_are_found_without_the_stated_value(real_import: Import) -> None:
    """The files state their limit: without it, most limited ramps are recognised, at the right level. One more
    sweep was limited at 5.000 mA, though its name says 8 mA.
    """
    found, other = 0, []
    for sweep in real_import.records.sweeps:
        for ramp in outward_ramps(sweep, Criteria()):
            level = flat_top(ramp.voltage, ramp.current)
            stated = sweep.compliance_current
            assert stated is not None
            if level is not None:
                found += abs(level / stated - 1) < 0.03
                if abs(level / stated - 1) >= 0.03:
                    other.append((stated, level))
    assert found >= 260
    assert other == [(8e-3, pytest.approx(5e-3, rel=1e-4))]
