"""Offset and noise of the instrument, estimated from the sweep itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measurements.criteria import Criteria
from measurements.ramp import Ramp
from measurements.sweep import Activity, FloatArray

MINIMUM_POINTS = 5
QUIET_QUANTILE = 0.3
MAXIMUM_LINE_POINTS = 400
"""The line goes through all pairs of points: of more points than this every n-th is used."""


@dataclass(frozen=True)
class InstrumentFloor:
    """What the instrument reads without a cell: `offset` [A], signed as the sweep; `noise` [A], 1 sigma."""

    offset: float
    noise: float

    @property
    def floor(self) -> float:
        """Current below which the cell is not seen [A]: the offset is trusted no better than its size."""
        return abs(self.offset) + 3 * self.noise


def estimate_floor(
    ramp: Ramp, event: int | None, conducting_at_start: bool, criteria: Criteria
) -> InstrumentFloor | None:
    """Offset and noise from the part of a ramp in which the cell does not conduct; None where there is none.

    Before a set event, or throughout a ramp that starts and stays in the high-resistance state: intercept of
    a Theil-Sen line through the points below `criteria.offset_window`. After a reset event: median of the
    third of the points with the smallest currents, which holds the cell's own leakage too and is then an
    upper bound.

    Parameters
    ----------
    event
        Index of the first point after the event; None where the cell did not switch.
    conducting_at_start
        Whether the ramp starts in the low-resistance state.
    """
    if not conducting_at_start:
        end = len(ramp.time) if event is None or ramp.kind is Activity.RESET else event
        window = (ramp.voltage[:end] <= criteria.offset_window) & ~ramp.limited[:end]
        return _intercept(ramp.voltage[:end][window], ramp.current[:end][window], ramp.polarity)
    if event is None or ramp.kind is not Activity.RESET:
        return None
    after = ramp.current[event:]
    if after.size < MINIMUM_POINTS / QUIET_QUANTILE:
        return None
    quiet = after[np.abs(after) <= np.quantile(np.abs(after), QUIET_QUANTILE)]
    offset = float(np.median(quiet))
    return InstrumentFloor(ramp.polarity * offset, _spread(quiet - offset))


def _intercept(voltage: FloatArray, current: FloatArray, polarity: int) -> InstrumentFloor | None:
    """Theil-Sen line (median of pairwise slopes): a spike among the points does not move it."""
    if voltage.size < MINIMUM_POINTS or np.ptp(voltage) == 0:
        return None
    every = -(-voltage.size // MAXIMUM_LINE_POINTS)
    voltage, current = voltage[::every], current[::every]
    first, second = np.triu_indices(voltage.size, k=1)
    distinct = voltage[second] != voltage[first]
    first, second = first[distinct], second[distinct]
    slope = float(np.median((current[second] - current[first]) / (voltage[second] - voltage[first])))
    intercept = float(np.median(current - slope * voltage))
    return InstrumentFloor(polarity * intercept, _spread(current - intercept - slope * voltage))


def _spread(residual: FloatArray) -> float:
    """Standard deviation of a normal distribution with the same median absolute deviation [A]."""
    return float(1.4826 * np.median(np.abs(residual)))
