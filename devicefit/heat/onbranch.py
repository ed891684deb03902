"""The part of a sweep in which a cell is on and does not switch: where its own heat may bend the I-V curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measurements.sweep import Activity, FloatArray, Sweep
from measurements.switching import analyse_sweep

LOWEST_VOLTAGE = 0.1  # V; below it offset and resolution of the instrument show
SHARE_BEFORE_EVENT = 0.8  # of the reset voltage; beyond it the cell may already be switching
FEWEST_POINTS = 8


@dataclass(frozen=True, eq=False)
class OnBranch:
    """Points of a sweep while the cell is on and does not switch: voltage [V] and current [A], same sign."""

    voltage: FloatArray
    current: FloatArray
    name: str = ""

    @property
    def power(self) -> FloatArray:
        """Dissipated power [W]."""
        return np.asarray(self.voltage * self.current, dtype=np.float64)

    @property
    def resistance(self) -> FloatArray:
        """V/I [ohm]."""
        return np.asarray(self.voltage / self.current, dtype=np.float64)


def on_branch_of(sweep: Sweep) -> OnBranch | None:
    """Points of a reset sweep from 0.1 V up to 80 % of the reset voltage, before the event.

    None where the sweep is no single reset ramp, the cell was not on or did not switch off, the current
    reached its limit within that part, or fewer than eight points are left: such a sweep tells nothing of
    self-heating.
    """
    if sweep.activity is not Activity.RESET or len(sweep) < FEWEST_POINTS:
        return None
    events = analyse_sweep(sweep)
    if len(events) != 1:
        return None  # more than one ramp: which filament the part belongs to is not certain
    (event,) = events
    if event.index is None or event.voltage is None or event.on_resistance is None:
        return None
    size = np.abs(sweep.voltage)
    before = np.arange(len(sweep)) < event.index
    kept = before & (size >= LOWEST_VOLTAGE) & (size <= SHARE_BEFORE_EVENT * abs(event.voltage))
    limit = sweep.compliance_current
    limited = limit is not None and bool(np.any(np.abs(sweep.current[kept]) > 0.95 * limit))
    if np.sum(kept) < FEWEST_POINTS or limited or np.any(sweep.voltage[kept] * sweep.current[kept] <= 0):
        return None
    return OnBranch(sweep.voltage[kept], sweep.current[kept], sweep.source.file)
