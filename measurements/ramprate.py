"""The rate of a voltage ramp from its time column; the programmed rate is seldom the real one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from measurements.errors import FitError
from measurements.estimate import Estimate, normal_estimate
from measurements.legs import Leg, cut_legs
from measurements.sweep import FloatArray, Sweep

PAUSE = 2.0
"""A step longer than this many median steps is a pause of the instrument (range change) [1]."""
MINIMUM_POINTS = 4


@dataclass(frozen=True)
class RampRate:
    """Rate of one leg.

    Parameters
    ----------
    leg
        The points.
    rate
        Magnitude of dV/dt between pauses [V/s].
    mean_rate
        Whole voltage over whole time, pauses included [V/s].
    pauses, longest_pause
        Number of steps that took more than `PAUSE` median steps, and the longest of them [s].
    """

    leg: Leg
    rate: Estimate
    mean_rate: float
    pauses: int
    longest_pause: float


def ramp_rates(sweep: Sweep) -> tuple[RampRate, ...]:
    """Rate of each leg that has at least four points at advancing times; none of a sweep whose file has no time."""
    if not sweep.timed:
        return ()
    found = []
    for leg in cut_legs(sweep.voltage):
        time, voltage = sweep.time[leg.span], sweep.voltage[leg.span]
        if len(leg) >= MINIMUM_POINTS and time[-1] > time[0] and np.ptp(voltage) > 0:
            found.append(_rate(leg, time, voltage))
    return tuple(found)


def ramp_rate(time: FloatArray, voltage: FloatArray) -> Estimate:
    """Magnitude of dV/dt of one ramp [V/s], pauses taken out.

    The standard error is the larger of two: that of a line through the points (steps on a clock, read with
    jitter) and that of steps which each take their own time, sd(dt)/(mean(dt) sqrt(n)).

    Raises
    ------
    FitError
        Fewer than four points, no advancing time, or a constant voltage.
    """
    if time.size < MINIMUM_POINTS or time[-1] <= time[0] or np.ptp(voltage) == 0:
        raise FitError(f"no ramp rate from {time.size} points: the time or the voltage does not advance")
    steps = np.diff(time)
    usual = steps[steps <= PAUSE * float(np.median(steps))]
    if usual.size < MINIMUM_POINTS - 1 or float(usual.sum()) <= 0:
        raise FitError("no ramp rate: most steps take no time")
    shortened = np.where(steps > PAUSE * float(np.median(steps)), float(usual.mean()), steps)
    clock = np.concatenate([[0.0], np.cumsum(shortened)])
    centred = clock - clock.mean()
    slope = float(centred @ voltage / (centred @ centred))
    residual = voltage - voltage.mean() - slope * centred
    of_line = math.sqrt(float(residual @ residual) / (time.size - 2) / float(centred @ centred))
    of_steps = abs(slope) * float(usual.std(ddof=1)) / float(usual.mean()) / math.sqrt(usual.size)
    method = "line through voltage against time" + ("" if usual.size == steps.size else ", pauses taken out")
    return normal_estimate(abs(slope), max(of_line, of_steps), "V/s", method, time.size - 2)


def _rate(leg: Leg, time: FloatArray, voltage: FloatArray) -> RampRate:
    steps = np.diff(time)
    paused = steps[steps > PAUSE * float(np.median(steps))]
    try:
        rate = ramp_rate(time, voltage)
    except FitError as error:
        mean = abs(float((voltage[-1] - voltage[0]) / (time[-1] - time[0])))
        rate = Estimate(mean, "V/s", math.nan, math.nan, f"whole voltage over whole time; {error}")
    return RampRate(
        leg=leg,
        rate=rate,
        mean_rate=abs(float((voltage[-1] - voltage[0]) / (time[-1] - time[0]))),
        pauses=int(paused.size),
        longest_pause=float(paused.max()) if paused.size else 0.0,
    )
