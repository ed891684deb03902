"""Fitted curves beside the measured sweeps, and figures of merit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from devicefit.branches import Branch
from devicefit.card import DeviceCard
from devicefit.joint import CLOSE, JointFit, JointProblem
from devicefit.numerics import FloatArray
from devicefit.rosenbrock import integrate
from devicefit.static import fit_prefactor, floored_log, late_on_points
from devicefit.threshold_memdiode import PARAMETER_UNITS
from measurements.errors import ConvergenceError
from measurements.sweep import Activity, Source

NEVER = 1e3  # V, threshold of a sweep that did not switch


@dataclass(frozen=True, eq=False)
class FittedCurve:
    """A measured sweep and the model with the threshold and on current of that cycle.

    Parameters
    ----------
    kind, cycle, source
        Set or reset, its number, and the file.
    voltage [V], measured [A], fitted [A]
        With the sign at the active electrode; the offset is removed from `measured`, `fitted` is clipped at
        the compliance current.
    floor
        Current below which nothing is known [A].
    event
        First point after the event; None where the sweep did not switch cleanly (then `threshold` is None,
        too, and the model is held from switching).
    threshold
        Internal threshold of this cycle [V].
    on_current
        Prefactor of the on branch in this cycle [A].
    static_error, event_error
        Median absolute difference between model and reading before the event, and within five points before
        and three after it [decades of I + floor]; NaN without such points.
    """

    kind: Activity
    cycle: int
    source: Source
    voltage: FloatArray
    measured: FloatArray
    fitted: FloatArray
    floor: float
    event: int | None
    threshold: float | None
    on_current: float
    static_error: float
    event_error: float


@dataclass(frozen=True)
class FitQuality:
    """How good a fit is.

    Parameters
    ----------
    on_error
        Median relative error of the current on the on branch [1].
    off_error
        Median error of the off branch [decades of I + floor].
    event_error
        Median error around the events [decades of I + floor].
    reduced_chi_square
        Of the joint fit [1]; the weights follow the scatter, so a value near 1 says only that they are
        consistent.
    set_sweeps, reset_sweeps
        Sweeps with a clean event that were fitted.
    excluded
        (file, reason) of each sweep whose event was not used.
    """

    on_error: float
    off_error: float
    event_error: float
    reduced_chi_square: float
    set_sweeps: int
    reset_sweeps: int
    excluded: tuple[tuple[str, str], ...]


def fitted_curves(branches: Sequence[Branch], card: DeviceCard) -> tuple[FittedCurve, ...]:
    """The model under each branch; resets that did not switch are shown held, sets that did not are left
    out.
    """
    values = {name: card.value(name) for name in PARAMETER_UNITS}
    shown = [
        b for b in branches if b.anchor is not None or (b.kind is Activity.RESET and b.start_resistance is not None)
    ]
    return tuple(_curve(branch, values) for branch in shown)


def _curve(branch: Branch, values: Mapping[str, float]) -> FittedCurve:
    vector = np.array([values[name] for name in PARAMETER_UNITS])
    if branch.anchor is not None:
        vector = JointProblem([branch]).cycle(0, values, corrections=CLOSE).parameters
    else:
        vector[0] = fit_prefactor(*late_on_points(branch), vector[4], vector[1])[0]
        vector[5] = vector[7] = NEVER
    logit = vector[10] if branch.kind is Activity.RESET else -vector[10]
    _, current, _, reached = integrate(vector, branch.time, branch.sign * branch.voltage, logit, vector[11], 0.0)
    if reached < len(branch.time) - 1:
        raise ConvergenceError(
            f"{branch.source.file}: the fitted model was not solved past {branch.time[reached]:.3g} s"
        )
    limit = math.inf if branch.compliance_current is None else branch.compliance_current
    fitted = np.clip(np.abs(current), 0.0, limit)
    static, event = _errors(branch, fitted)
    threshold = None if branch.anchor is None else float(vector[7] if branch.kind is Activity.RESET else vector[5])
    return FittedCurve(
        kind=branch.kind,
        cycle=branch.cycle,
        source=branch.source,
        voltage=branch.sign * branch.voltage,
        measured=branch.sign * branch.current,
        fitted=branch.sign * fitted,
        floor=branch.floor,
        event=branch.event,
        threshold=threshold,
        on_current=float(vector[0]),
        static_error=static,
        event_error=event,
    )


def _errors(branch: Branch, fitted: FloatArray) -> tuple[float, float]:
    difference = np.abs(floored_log(fitted, branch.floor) - floored_log(branch.current, branch.floor))
    free = ~branch.limited
    static = np.zeros(free.size, dtype=bool)
    static[1 : branch.before.stop if branch.event is None else max(1, branch.event - 5)] = True
    near = np.zeros(free.size, dtype=bool)
    if branch.event is not None:
        near[max(1, branch.event - 5) : branch.event + 3] = True
    return _median(difference[static & free]), _median(difference[near & free])


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if values.size else math.nan


def judge(curves: Sequence[FittedCurve], joint: JointFit, excluded: tuple[tuple[str, str], ...]) -> FitQuality:
    """Figures of merit of a fit."""
    resets = [curve for curve in curves if curve.kind is Activity.RESET]
    sets = [curve for curve in curves if curve.kind is Activity.SET]
    on_decades = float(np.nanmedian([curve.static_error for curve in resets]))
    return FitQuality(
        on_error=10.0**on_decades - 1.0,
        off_error=float(np.nanmedian([curve.static_error for curve in sets])),
        event_error=float(np.nanmedian([curve.event_error for curve in curves if curve.event is not None])),
        reduced_chi_square=joint.reduced_chi_square,
        set_sweeps=len(sets),
        reset_sweeps=sum(curve.event is not None for curve in resets),
        excluded=excluded,
    )
