"""What programming pulses do to a conductance: range, nonlinearity, asymmetry, noise and levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from measurements.errors import FitError
from measurements.estimate import Estimate, log_estimate, mean_estimate
from measurements.pulses import PulseDirection, PulseTrain
from measurements.sweep import FloatArray

MINIMUM_READS = 16
CUBIC_TERMS = 4
LEVEL_SEPARATION = 4.0
"""Distance of two usable levels in deviations of one read [1]: 2 on each side, 2.3 % of the reads beyond the middle."""


@dataclass(frozen=True, eq=False)
class PulseUpdate:
    """Update curves of one direction over its trains.

    Parameters
    ----------
    direction, trains
        Which pulses, and how many trains of 16 reads or more.
    start_conductance, end_conductance
        First and last read of a train [S], mean over trains.
    pulses
        Reads of a train [1], mean.
    nonlinearity
        nu of g(x) = (1 - exp(-nu x))/(1 - exp(-nu)), g the share of the train's change, x the share of its
        pulses [1]: 0 linear, positive fast at first, negative slow at first. nu = P_max/A of the pulse model
        of NeuroSim, G = B (1 - exp(-P/A)) + G_min (Chen, Peng and Yu 2018, doi 10.1109/TCAD.2018.2789723).
    curvature
        Largest |g(x) - x| of the mean curve [1].
    step
        Mean change of the conductance by a pulse [S], signed.
    update_noise
        Deviation of the change by one pulse about its mean at that place of the train, read noise taken out
        [S]; an upper bound where the reads alone explain it.
    read_noise
        Deviation of one read [S], from steps that undo each other.
    train_deviation
        Deviation of the conductance between trains at the same pulse number [S], mean over the pulses.
    read_levels, pulse_levels
        Levels that the read noise, or open-loop programming by counting pulses, leaves apart by
        `LEVEL_SEPARATION` deviations [1].
    """

    direction: PulseDirection
    trains: int
    start_conductance: Estimate
    end_conductance: Estimate
    pulses: Estimate
    nonlinearity: Estimate
    curvature: float
    step: Estimate
    update_noise: Estimate
    read_noise: Estimate | None
    train_deviation: Estimate | None
    read_levels: int | None
    pulse_levels: int | None


def pulse_update(trains: Sequence[PulseTrain]) -> PulseUpdate:
    """Figures of the trains of one cell and direction; intervals come from the spread between trains.

    Raises
    ------
    FitError
        Both directions together, or no train of 16 reads whose conductance changes.
    """
    directions = {train.direction for train in trains}
    if len(directions) != 1:
        raise FitError(f"pulse trains of one direction are needed, found {len(directions)}")
    curves = [train.conductance for train in trains if train.conductance.size >= MINIMUM_READS]
    curves = [curve for curve in curves if curve[-1] != curve[0]]
    if not curves:
        raise FitError(f"no train has {MINIMUM_READS} reads and a change of conductance")
    change = np.array([curve[-1] - curve[0] for curve in curves])
    update, read = _noises(curves)
    between = _train_deviation(curves)
    distance = abs(float(change.mean()))
    return PulseUpdate(
        direction=trains[0].direction,
        trains=len(curves),
        start_conductance=mean_estimate([curve[0] for curve in curves], "S", "first read, mean"),
        end_conductance=mean_estimate([curve[-1] for curve in curves], "S", "last read, mean"),
        pulses=mean_estimate([curve.size for curve in curves], "1", "reads of a train, mean"),
        nonlinearity=mean_estimate(
            [nonlinearity(curve) for curve in curves], "1", "nu of (1 - exp(-nu x))/(1 - exp(-nu)), mean"
        ),
        curvature=_curvature(curves),
        step=mean_estimate([(c[-1] - c[0]) / (c.size - 1) for c in curves], "S", "change by a pulse, mean"),
        update_noise=update,
        read_noise=read,
        train_deviation=between,
        read_levels=None if read is None or read.value == 0 else levels(distance, read.value),
        pulse_levels=None if between is None or between.value == 0 else levels(distance, between.value),
    )


def levels(distance: float, deviation: float) -> int:
    """Levels within `distance` that lie `LEVEL_SEPARATION` deviations apart [1]; one at least.

    >>> levels(1.0, 0.05)
    6
    """
    return 1 + int(distance / (LEVEL_SEPARATION * deviation) + 1e-9)


def nonlinearity(conductance: FloatArray) -> float:
    """nu of one train [1], by least squares over nu, start and end.

    Raises
    ------
    FitError
        The conductance does not change.
    """
    from scipy.optimize import minimize_scalar

    share = np.linspace(0.0, 1.0, conductance.size)
    scaled = (conductance - conductance.mean()) / float(np.ptp(conductance) or math.nan)
    if not np.isfinite(scaled).all():
        raise FitError("the conductance does not change from pulse to pulse")

    def loss(nu: float) -> float:
        curve = update_curve(share, nu)
        centred = curve - curve.mean()
        slope = float(centred @ scaled) / float(centred @ centred)
        return float(np.sum((scaled - slope * centred) ** 2))

    return float(minimize_scalar(loss, bounds=(-30.0, 30.0), method="bounded", options={"xatol": 1e-6}).x)


def update_curve(share: FloatArray, nu: float) -> FloatArray:
    """g(x) = (1 - exp(-nu x))/(1 - exp(-nu)) [1]; x for nu = 0.

    >>> update_curve(np.array([0.0, 0.5, 1.0]), 0.0).tolist()
    [0.0, 0.5, 1.0]
    """
    if abs(nu) < 1e-6:
        return np.asarray(share + 0.0)
    return np.asarray(np.expm1(-nu * share) / math.expm1(-nu))


def _curvature(curves: Sequence[FloatArray]) -> float:
    share = np.linspace(0.0, 1.0, 101)
    scaled = [np.interp(share, np.linspace(0, 1, c.size), (c - c[0]) / (c[-1] - c[0])) for c in curves]
    return float(np.abs(np.mean(scaled, axis=0) - share).max())


def _noises(curves: Sequence[FloatArray]) -> tuple[Estimate, Estimate | None]:
    """Update and read noise of each train from variance and lag-1 covariance of its steps, mean over trains.

    A step is mean + update + read(n + 1) - read(n): var = u^2 + 2 r^2, neighbouring steps share a read with
    opposite signs: cov = -r^2.
    """
    updates, reads = [], []
    for curve in curves:
        steps = np.diff(curve)
        rest = steps - _smooth(steps)
        variance = float(rest @ rest) / rest.size
        covariance = float(rest[1:] @ rest[:-1]) / (rest.size - 1)
        lost = CUBIC_TERMS / rest.size  # of the slow part u^2, which the cubic takes from both
        slow = (variance + 2 * covariance) / (1 - 3 * lost)
        updates.append(slow)
        reads.append(-covariance - lost * slow)
    update = _root(np.array(updates), "deviation of one update, read noise taken out")
    read = _root(np.array(reads), "deviation of one read, from steps that undo each other")
    return update, read if read.value > 0 else None


def _smooth(steps: FloatArray) -> FloatArray:
    """Steps of the mean curve: a cubic in the pulse number."""
    place = np.linspace(-1.0, 1.0, steps.size)
    return np.asarray(np.polynomial.polynomial.polyval(place, np.polynomial.polynomial.polyfit(place, steps, 3)))


def _root(variances: FloatArray, method: str) -> Estimate:
    """Root of the mean variance over trains [S], interval from the spread between trains."""
    mean = max(float(variances.mean()), 0.0)
    if variances.size < 3 or mean == 0:
        return Estimate(math.sqrt(mean), "S", math.nan, math.nan, f"{method}; too few trains for an interval")
    error = float(variances.std(ddof=1)) / math.sqrt(variances.size) / (2 * mean)
    return log_estimate(math.sqrt(mean), error, "S", f"{method}, {variances.size} trains", variances.size - 1)


def _train_deviation(curves: Sequence[FloatArray]) -> Estimate | None:
    if len(curves) < 3:
        return None
    size = min(curve.size for curve in curves)
    spread = np.std([curve[:size] for curve in curves], axis=0, ddof=1)
    error = 1 / math.sqrt(2 * (len(curves) - 1))
    method = f"deviation between {len(curves)} trains at the same pulse"
    return log_estimate(float(spread.mean()), error, "S", method, len(curves) - 1)
