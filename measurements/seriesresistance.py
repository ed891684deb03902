"""Series resistance of a cell and its wiring, from the bend of the on branch; a bound where it is straight."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from measurements.criteria import Criteria
from measurements.errors import FitError
from measurements.estimate import Bound, Estimate, bound_estimate, normal_estimate
from measurements.floor import InstrumentFloor
from measurements.hysteresis import running_median
from measurements.legs import cut_legs
from measurements.limits import limited_points
from measurements.lines import lag_correlation
from measurements.sweep import FloatArray, Sweep

MINIMUM_POINTS = 12
LARGEST_ERROR = 0.25
"""Relative standard error [1] above which the series resistance counts as not determined."""
NEEDED_GAIN = 16.0
"""Smallest gain of the bent branch over a straight one, in units of the residual variance [1] (4 sigma)."""
WORST_MISFIT = 0.02
"""Largest relative deviation of the voltage from the law [1] that leaves its parameters a meaning."""


def series_resistance(voltage: FloatArray, current: FloatArray) -> Estimate:
    """Series resistance [ohm] of one on branch (magnitudes, in one state, out of current limit).

    V = I Rs + asinh(I/I0)/a: a filament that conducts as I0 sinh(a V'), V' = V - I Rs, behind a resistance.
    Its differential resistance dV/dI = Rs + 1/(a sqrt(I^2 + I0^2)) tends to Rs at high current, so a branch
    that bends upward determines Rs. For each I0 the other two follow by linear least squares in V; I0 by one-
    dimensional minimisation. Where the bend is not significant, is downward, or the law misses the points,
    only a bound is given: Rs is at most the smallest V/I of the branch.

    Raises
    ------
    FitError
        Fewer than twelve points, or no rising current.
    """
    keep = (current > 0) & (voltage > 0)
    voltage, current = voltage[keep], current[keep]
    if voltage.size < MINIMUM_POINTS or np.ptp(current) == 0:
        raise FitError(f"no series resistance from {voltage.size} points on the on branch; 12 or more are needed")
    straight = _solve(current[:, None], voltage)
    scale, residual, values, errors = _best_bend(voltage, current)
    freedom = voltage.size - 3
    variance = float(residual @ residual) / freedom
    gain = (float(straight[1] @ straight[1]) - float(residual @ residual)) / max(variance, 1e-300)
    misfit = math.sqrt(variance) / float(np.ptp(voltage))
    correlated = _correlation_factor(residual)
    error = errors[0] * correlated
    bent = gain / correlated**2 > NEEDED_GAIN and scale < 3 * float(current.max())
    if not bent or values[1] <= 0 or values[0] <= 0 or misfit > WORST_MISFIT or error > LARGEST_ERROR * values[0]:
        return _bound(voltage, current, "the on branch is straight" if not bent else "the bend does not determine it")
    return normal_estimate(values[0], error, "ohm", "bend of the on branch, V = I Rs + asinh(I/I0)/a", freedom)


def on_branch(sweep: Sweep, floor: InstrumentFloor, criteria: Criteria) -> tuple[FloatArray, FloatArray] | None:
    """Voltage and current (magnitudes) of the low-resistance branch of a sweep, for `series_resistance`.

    The leg of the highest conductance at low voltage, above the floor, out of limit, up to 3/4 of the voltage
    at which its current is highest (beyond, the cell may be switching).
    """
    best: tuple[float, FloatArray, FloatArray] | None = None
    for leg in cut_legs(sweep.voltage):
        voltage = leg.polarity * sweep.voltage[leg.span]
        current = leg.polarity * (sweep.current[leg.span] - floor.offset)
        if not leg.outward:
            voltage, current = voltage[::-1], current[::-1]
        limited = limited_points(voltage, current, sweep.compliance_current, criteria.limit_tolerance)
        end = int(np.argmax(np.where(limited, -np.inf, current))) if not limited.all() else 0
        keep = (voltage >= criteria.read_window[0]) & (current > max(3 * floor.noise, 0.0)) & ~limited
        keep &= voltage <= 0.75 * voltage[end]
        if keep.sum() < MINIMUM_POINTS:
            continue
        low = keep & (voltage <= max(criteria.read_window[1], 2 * criteria.read_window[0]))
        conductance = float(
            np.median((current[low] if low.any() else current[keep]) / voltage[low if low.any() else keep])
        )
        if best is None or conductance > best[0]:
            best = (conductance, voltage[keep], current[keep])
    return None if best is None else best[1:]


def cell_series_resistance(estimates: Sequence[Estimate]) -> Estimate:
    """One figure of a cell: weighted mean of the determined ones, spread included; else the smallest bound.

    The scatter between sweeps beyond their own errors enters the standard error (DerSimonian and Laird 1986,
    doi 10.1016/0197-2456(86)90046-2).

    Raises
    ------
    FitError
        No estimate.
    """
    if not estimates:
        raise FitError("no on branch gives a series resistance")
    known = [one for one in estimates if one.determined and one.standard_error]
    if len(known) < max(2, len(estimates) // 4):
        bounds = [one for one in estimates if not one.determined]
        if not bounds:
            return known[0]
        least = min(bounds, key=lambda one: one.value)
        return bound_estimate(least.value, Bound.AT_MOST, "ohm", f"{least.method}; smallest of {len(estimates)} sweeps")
    values = np.array([one.value for one in known])
    variances = np.array([float(one.standard_error or 0.0) ** 2 for one in known])
    weights = 1 / variances
    mean = float(weights @ values / weights.sum())
    excess = float(weights @ (values - mean) ** 2) - (values.size - 1)
    between = max(0.0, excess / (weights.sum() - (weights**2).sum() / weights.sum()))
    weights = 1 / (variances + between)
    mean = float(weights @ values / weights.sum())
    error = 1 / math.sqrt(float(weights.sum()))
    method = f"{known[0].method}; mean of {values.size} sweeps, between-sweep deviation {math.sqrt(between):.3g} ohm"
    return normal_estimate(mean, error, "ohm", method, values.size - 1)


def _solve(basis: FloatArray, voltage: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coefficients, residuals and unscaled covariance of a linear fit of the voltage."""
    values = np.asarray(np.linalg.lstsq(basis, voltage, rcond=None)[0], dtype=np.float64)
    return values, voltage - basis @ values, np.asarray(np.linalg.pinv(basis.T @ basis), dtype=np.float64)


def _best_bend(voltage: FloatArray, current: FloatArray) -> tuple[float, FloatArray, FloatArray, FloatArray]:
    """I0 [A], residuals [V], (Rs, 1/a) and the standard errors of Rs, 1/a and ln I0."""
    from scipy.optimize import minimize_scalar

    def basis(logarithm: float) -> FloatArray:
        return np.column_stack([current, np.arcsinh(current / math.exp(logarithm))])

    def loss(logarithm: float) -> float:
        residual = _solve(basis(logarithm), voltage)[1]
        return float(residual @ residual)

    grid = np.linspace(math.log(float(current.max()) * 1e-6), math.log(float(current.max()) * 10), 33)
    start = int(np.argmin([loss(float(value)) for value in grid]))
    low, high = grid[max(start - 1, 0)], grid[min(start + 1, grid.size - 1)]
    found = float(minimize_scalar(loss, bounds=(low, high), method="bounded").x)
    values, residual, _ = _solve(basis(found), voltage)
    slope = -values[1] * current / np.hypot(current, math.exp(found))  # d V/d ln I0
    full = np.column_stack([basis(found), slope])
    variance = float(residual @ residual) / max(voltage.size - 3, 1)
    errors = np.sqrt(np.maximum(np.diag(np.linalg.pinv(full.T @ full)) * variance, 0.0))
    return math.exp(found), residual, values, errors


def _correlation_factor(residual: FloatArray) -> float:
    """Growth of the standard errors for residuals that run in one direction [1]."""
    correlation = lag_correlation(residual)
    return math.sqrt((1 + correlation) / (1 - correlation))


def _bound(voltage: FloatArray, current: FloatArray, why: str) -> Estimate:
    """Smallest V/I of the branch [ohm] (spikes taken out): no series resistance can be larger, whatever the law."""
    least = float(running_median(voltage / current).min())
    return bound_estimate(least, Bound.AT_MOST, "ohm", f"smallest V/I of the on branch; {why}")
