"""Offset and noise of the instrument, estimated from the sweep itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from measurements.criteria import Criteria
from measurements.lines import lag_correlation
from measurements.ramp import Ramp
from measurements.sweep import Activity, FloatArray

LEAST_STEP = 1e-9
"""Voltages closer than this [V] are the same: no instrument steps so finely, and a slope between them is noise."""
MINIMUM_POINTS = 5
QUIET_QUANTILE = 0.3
BENT = 0.6
"""Correlation of neighbouring residuals [1] above which a line does not describe the points."""
MAXIMUM_LINE_POINTS = 400
"""The line goes through all pairs of points: of more points than this every n-th is used."""
MEDIAN_EFFICIENCY = 2 / math.pi
"""Of the median of normal values against their mean [1]."""
THEIL_SEN_EFFICIENCY = 3 / math.pi
"""Of a Theil-Sen line against least squares for normal values [1] (Sen 1968,
doi 10.1080/01621459.1968.10480934)."""
DEVIATION_EFFICIENCY = 0.37
"""Of the median absolute deviation against the standard deviation for normal values [1]."""


@dataclass(frozen=True)
class InstrumentFloor:
    """What the instrument reads without a cell: `offset` [A], signed as the sweep; `noise` [A], 1 sigma.

    `offset_error` and `noise_error` are their standard errors [A], None where the points give none; `points`
    [1] were used. `method` says from which part of the sweep; `holds_leakage` that the cell's own leakage
    is in the offset, which is then no property of the instrument alone.
    """

    offset: float
    noise: float
    offset_error: float | None = None
    noise_error: float | None = None
    points: int = 0
    method: str = ""
    holds_leakage: bool = False

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
        return _turned(intercept_floor(ramp.voltage[:end][window], ramp.current[:end][window]), ramp.polarity)
    if event is None or ramp.kind is not Activity.RESET:
        return None
    return _turned(quiet_floor(ramp.current[event:]), ramp.polarity)


def quiet_floor(current: FloatArray) -> InstrumentFloor | None:
    """Median and spread of the quietest third of `current` [A]; None for fewer than 17 points."""
    if current.size < MINIMUM_POINTS / QUIET_QUANTILE:
        return None
    quiet = current[np.abs(current) <= np.quantile(np.abs(current), QUIET_QUANTILE)]
    offset = float(np.median(quiet))
    noise = _spread(quiet - offset)
    count = _independent(quiet - offset)
    return InstrumentFloor(
        offset=offset,
        noise=noise,
        offset_error=noise / math.sqrt(MEDIAN_EFFICIENCY * count),
        noise_error=noise / math.sqrt(2 * DEVIATION_EFFICIENCY * count),
        points=int(quiet.size),
        method="median of the quietest third",
        holds_leakage=True,
    )


def intercept_floor(voltage: FloatArray, current: FloatArray) -> InstrumentFloor | None:
    """Current at 0 V of a Theil-Sen line (median of pairwise slopes): a spike among the points does not move
    it. None for fewer than five points.

    Where the points run beside the line instead of scattering about it, the branch is curved, and its line would miss
    0 V: the half of them nearest to it is taken, again as long as that shows and five are left.
    """
    found = _line_floor(voltage, current)
    while (
        found is not None
        and found.bent
        and np.sum(near := np.abs(voltage) <= 0.5 * np.abs(voltage).max()) >= MINIMUM_POINTS
    ):
        voltage, current = voltage[near], current[near]
        found = _line_floor(voltage, current)
    return None if found is None else found.floor


@dataclass(frozen=True)
class _LineFloor:
    """What a line tells, and whether its residuals run along it."""

    floor: InstrumentFloor
    bent: bool


def _line_floor(voltage: FloatArray, current: FloatArray) -> _LineFloor | None:
    if voltage.size < MINIMUM_POINTS or np.ptp(voltage) < LEAST_STEP:
        return None
    every = -(-voltage.size // MAXIMUM_LINE_POINTS)
    voltage, current = voltage[::every], current[::every]
    first, second = np.triu_indices(voltage.size, k=1)
    distinct = np.abs(voltage[second] - voltage[first]) >= LEAST_STEP
    first, second = first[distinct], second[distinct]
    slope = float(np.median((current[second] - current[first]) / (voltage[second] - voltage[first])))
    intercept = float(np.median(current - slope * voltage))
    residual = current - intercept - slope * voltage
    noise = _spread(residual)
    count = _independent(residual)
    leverage = 1 + float(voltage.mean()) ** 2 / float(np.var(voltage))
    floor = InstrumentFloor(
        offset=intercept,
        noise=noise,
        offset_error=_deviation(residual, noise) * math.sqrt(leverage / count / THEIL_SEN_EFFICIENCY),
        noise_error=noise / math.sqrt(2 * DEVIATION_EFFICIENCY * count),
        points=int(voltage.size),
        method="current at 0 V of a line through the quiet points",
    )
    return _LineFloor(floor, lag_correlation(residual) > BENT)


def with_noise(floor: InstrumentFloor, noise: float) -> InstrumentFloor:
    """The same offset with a noise [A] found otherwise, its error by the number of points."""
    error = noise / math.sqrt(2 * DEVIATION_EFFICIENCY * max(floor.points, 1))
    return replace(floor, noise=noise, noise_error=error)


def _turned(floor: InstrumentFloor | None, polarity: int) -> InstrumentFloor | None:
    if floor is None or polarity > 0:
        return floor
    return replace(floor, offset=-floor.offset)


def _independent(residual: FloatArray) -> float:
    """Number of independent points after the lag-1 correlation; at least one."""
    correlation = lag_correlation(residual)
    return max(residual.size * (1 - correlation) / (1 + correlation), 1.0)


def _deviation(residual: FloatArray, noise: float) -> float:
    """Deviation for the standard error [A]: of few points the median absolute one is often far too small."""
    freedom = max(residual.size - 2, 1)
    return max(noise, min(math.sqrt(float(residual @ residual) / freedom), 3 * noise)) * math.sqrt(1 + 2 / freedom)


def _spread(residual: FloatArray) -> float:
    """Standard deviation of a normal distribution with the same median absolute deviation [A]."""
    return float(1.4826 * np.median(np.abs(residual)))
