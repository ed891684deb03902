"""Resistance from a read sweep, down to a single point: a value, or the bound that limit and floor leave."""

from __future__ import annotations

import math

import numpy as np

from measurements.criteria import Criteria
from measurements.estimate import Bound, Estimate, bound_estimate, normal_estimate
from measurements.floor import InstrumentFloor
from measurements.resistance import window_resistance
from measurements.sweep import Sweep

ROUND = 0.002
"""Relative distance from a round current within which a single read is taken for a limit [1]; measured limits
stay within 0.001 of what was set."""
SEEN = 3.0
"""Multiple of the current's own uncertainty above which a single point gives a value [1]."""


def read_resistance(sweep: Sweep, floor: InstrumentFloor | None, criteria: Criteria) -> Estimate | None:
    """Resistance of a cell from a read [ohm]; None where no point lies within `criteria.read_window`.

    Three points or more outside the current limit: their slope. Else the point of the highest voltage: in
    current limit the programmed voltage is not at the cell, so V/I bounds the resistance from above and says
    only that the cell is on (so too of an on cell at a round current: a limit that the file does not state); otherwise
    V/(I - offset), or a lower bound where the current is not seen.
    `floor` is that of other sweeps of the cell; without one the offset counts as unknown and the point as it is.
    """
    sign = 1 if sweep.voltage.max() >= -sweep.voltage.min() else -1
    voltage, current = sign * sweep.voltage, sign * sweep.current
    low, high = criteria.read_window
    inside = (voltage >= low * (1 - 1e-6)) & (voltage <= high * (1 + 1e-6))
    if not inside.any():
        return None
    limit = math.inf if sweep.compliance_current is None else (1 - criteria.limit_tolerance) * sweep.compliance_current
    free = np.abs(current) < limit
    if int(np.sum(inside & free)) > 2:
        found = window_resistance(voltage[free], current[free], criteria)
        return None if found is None else found.estimate()
    top = int(np.argmax(np.where(inside, voltage, -np.inf)))
    if not free[top]:
        method = "read in current limit: the cell is on, its resistance not seen"
        return bound_estimate(float(voltage[top] / abs(current[top])), Bound.AT_MOST, "ohm", method)
    conducts = current[top] > 0 and voltage[top] / current[top] <= criteria.on_resistance_limit
    if conducts and _is_round(float(current[top])):
        method = "single read at a round current: probably a limit that the file does not state"
        return bound_estimate(float(voltage[top] / current[top]), Bound.AT_MOST, "ohm", method)
    return _of_point(float(voltage[top]), float(current[top]), sign, floor)


def _is_round(current: float) -> bool:
    """Whether a current lies within `ROUND` of one with two digits, the second 0 or 5, as limits are set."""
    digits = current / 10.0 ** math.floor(math.log10(current))  # 1 to 10
    nearest = round(2 * digits) / 2
    return abs(digits / nearest - 1) < ROUND


def _of_point(voltage: float, current: float, sign: int, floor: InstrumentFloor | None) -> Estimate | None:
    if floor is None:
        value = voltage / current if current > 0 else math.nan
        return Estimate(value, "ohm", math.nan, math.nan, "single read, offset unknown") if current > 0 else None
    seen = current - sign * floor.offset
    error = math.hypot(floor.noise, floor.offset_error or 0.0)
    if seen > SEEN * error:
        value = voltage / seen
        return normal_estimate(value, value * error / seen, "ohm", "single read, offset removed")
    most = max(seen, 0.0) + 2 * error
    return bound_estimate(voltage / most, Bound.AT_LEAST, "ohm", "single read below the floor") if most > 0 else None
