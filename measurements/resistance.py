"""Resistances of a cell from the low-voltage, ohmic part of a ramp."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from measurements.criteria import Criteria
from measurements.estimate import Bound, Estimate, bound_estimate, normal_estimate
from measurements.floor import InstrumentFloor
from measurements.ramp import Ramp
from measurements.sweep import FloatArray


@dataclass(frozen=True)
class Resistance:
    """A resistance [ohm] with its standard error [ohm]; `is_bound`: the true value is this or higher."""

    value: float
    standard_error: float | None
    is_bound: bool = False
    points: int = 0

    def estimate(self) -> Estimate:
        """With its 95 % interval: Student's t of a line through `points`."""
        if self.is_bound:
            return bound_estimate(self.value, Bound.AT_LEAST, "ohm", "the current is below the floor")
        method = "inverse slope at low voltage"
        if self.standard_error is None:
            return Estimate(self.value, "ohm", math.nan, math.nan, f"{method}; two points have no interval")
        freedom = self.points - 2 if self.points > 2 else None
        return normal_estimate(self.value, self.standard_error, "ohm", method, freedom)


def low_voltage_resistance(ramp: Ramp, end: int, criteria: Criteria) -> Resistance | None:
    """Inverse slope of the current over `criteria.read_window`, before point `end` and outside current limit.

    The line has an intercept, so an offset of the instrument does not enter. None where fewer than two points
    lie in the window or the slope is not positive.
    """
    free = ~ramp.limited[:end]
    return slope_resistance(ramp.voltage[:end][free], ramp.current[:end][free], criteria)


def slope_resistance(voltage: FloatArray, current: FloatArray, criteria: Criteria) -> Resistance | None:
    """Inverse slope of `current` [A] against `voltage` [V] over `criteria.read_window`; as above."""
    found = _slope(voltage, current, criteria)
    if found is None or found[0] <= 0:
        return None
    slope, error, points = found
    return Resistance(1 / slope, None if error is None else error / slope**2, points=points)


def window_resistance(voltage: FloatArray, current: FloatArray, criteria: Criteria) -> Resistance | None:
    """Resistance of one leg of a loop (magnitudes), or a lower bound where the noise hides it.

    The slope counts where it is known to a third; otherwise the slope and two standard errors bound the
    conductance from above.
    """
    found = _slope(voltage, current, criteria)
    if found is None:
        return None
    slope, error, points = found
    if error is None:
        return None
    if slope > 0 and error < slope / 3:
        return Resistance(1 / slope, error / slope**2, points=points)
    most = max(slope, 0.0) + 2 * error
    return Resistance(1 / most, None, is_bound=True, points=points) if most > 0 else None


def _slope(voltage: FloatArray, current: FloatArray, criteria: Criteria) -> tuple[float, float | None, int] | None:
    """Slope [S] over the read window, its standard error (None for two points) and the number of points."""
    low, high = criteria.read_window
    tolerance = 1e-6 * high  # 0.25 V is stored as 0.25000000372529
    window = (voltage >= low - tolerance) & (voltage <= high + tolerance)
    voltage, current = voltage[window], current[window]
    if voltage.size < 2 or np.ptp(voltage) == 0:
        return None
    centred = voltage - voltage.mean()
    slope = float(centred @ current / (centred @ centred))
    if voltage.size == 2:
        return slope, None, 2
    residual = current - current.mean() - slope * centred
    variance = float(residual @ residual) / (voltage.size - 2) / float(centred @ centred)
    return slope, math.sqrt(variance), int(voltage.size)


def off_resistance(ramp: Ramp, end: int, floor: InstrumentFloor | None, criteria: Criteria) -> Resistance | None:
    """Resistance of the high-resistance state before point `end`, or a lower bound where the floor hides it.

    A measured slope counts where its current at `criteria.read_voltage` exceeds the floor and the slope is
    known to a third; otherwise the bound is `read_voltage / floor`. None where no floor is known and no slope
    is seen.
    """
    measured = low_voltage_resistance(ramp, end, criteria)
    if floor is None or floor.floor == 0.0:
        return measured
    if measured is not None and measured.standard_error is not None:
        seen = criteria.read_voltage / measured.value > floor.floor
        if seen and measured.standard_error < measured.value / 3:
            return measured
    return Resistance(criteria.read_voltage / floor.floor, None, is_bound=True)
