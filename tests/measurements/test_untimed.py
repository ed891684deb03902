"""A sweep of a file without time gives voltages and resistances, but nothing that needs the time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from measurements import Sweep, analyse_sweep
from measurements.ramprate import ramp_rates


def test_no_ramp_rate_and_no_energy_without_time(make_set: Callable[..., Sweep]) -> None:
    (timed,), (untimed,) = (analyse_sweep(make_set(timed=timed)) for timed in (True, False))
    assert timed.energy is not None
    assert timed.energy > 0
    assert (untimed.energy, untimed.energy_before) == (None, None)
    assert (untimed.voltage, untimed.power, untimed.index) == (timed.voltage, timed.power, timed.index)
    assert np.isfinite(untimed.voltage or np.nan)
    assert len(ramp_rates(make_set())) == 1
    assert ramp_rates(make_set(timed=False)) == ()
