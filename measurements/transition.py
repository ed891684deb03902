"""One passage of a cell between two states, as figures with their uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from measurements.estimate import Estimate, negated, normal_estimate, step_estimate
from measurements.floor import InstrumentFloor
from measurements.resistance import Resistance
from measurements.sweep import Activity, FloatArray, Source

ABRUPT_STEPS = 3
"""Most samples over which an abrupt transition is spread."""


@dataclass(frozen=True)
class Transition:
    """One passage between two states.

    Parameters
    ----------
    kind
        Form, set or reset, from what the current did.
    polarity
        Sign of the voltage at the active electrode.
    abrupt
        Whether most of it happened within `ABRUPT_STEPS` samples.
    clean, reason
        Whether it may enter statistics; if not, why. The figures are None where the cell did not switch.
    voltage
        Where half of it is done (of an abrupt one: the step) [V], signed; its interval is what sampling and
        noise leave open, not the width of the transition.
    onset
        Where it starts [V], signed: highest current of a reset, a tenth of the log window otherwise.
    width
        Voltage between 10 and 90 % of it [V]; at least one step.
    current, power, time
        At `voltage` on the way out [A], magnitude [W], since the start of the sweep [s]
        (None where the file has no time).
    ratio
        Current after over before (of a reset, before over after), at the same voltage [1].
    on_resistance, off_resistance
        Ohmic resistances of the two states, where each is seen.
    cycle, source
        Of the sweep.
    """

    kind: Activity
    polarity: int
    abrupt: bool
    clean: bool
    reason: str
    cycle: int
    source: Source
    voltage: Estimate | None = None
    onset: Estimate | None = None
    width: Estimate | None = None
    current: Estimate | None = None
    power: Estimate | None = None
    time: Estimate | None = None
    ratio: float | None = None
    on_resistance: Resistance | None = None
    off_resistance: Resistance | None = None


def at_middle(
    middle: Estimate, voltage: FloatArray, current: FloatArray, time: FloatArray, floor: InstrumentFloor
) -> tuple[Estimate, Estimate, Estimate]:
    """Current, power and time on the way out where the voltage passes `middle`."""
    place = max(1, min(int(np.searchsorted(np.maximum.accumulate(voltage), middle.value)), voltage.size - 1))
    low = float(current[place - 1])
    sure = math.hypot(floor.noise, floor.offset_error or 0.0)
    rise = abs(low) * float(voltage[place] - voltage[place - 1]) / max(abs(float(voltage[place - 1])), 1e-12)
    error = math.hypot(sure, rise / math.sqrt(12))
    method = "last sample before the middle of the transition"
    at = float(voltage[place - 1])
    spread = math.hypot(error * at, low * (middle.standard_error or 0.0))
    return (
        normal_estimate(abs(low), error, "A", method),
        normal_estimate(abs(low * at), spread, "W", method),
        step_estimate(float(time[place - 1]), float(time[place]), "s", "samples around the transition"),
    )


def signed(estimate: Estimate, sign: int) -> Estimate:
    """The same estimate of a magnitude, with the sign of the voltage at the active electrode."""
    return estimate if sign > 0 else negated(estimate)
