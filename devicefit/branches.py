"""Measured sweeps made ready for fitting: offset removed, masked, with one anchor of the switching event each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devicefit.threshold_memdiode import FloatArray
from measurements.criteria import Criteria
from measurements.floor import InstrumentFloor
from measurements.ramp import outward_ramps
from measurements.records import MeasurementSet
from measurements.switching import SwitchingEvent, analyse_sweep
from measurements.sweep import Activity, Source, Sweep

FALLBACK_FLOOR = 1e-9  # A, where a sweep shows no quiet part: the lowest range of a source-measure unit on a probe station


@dataclass(frozen=True)
class Anchor:
    """A point of the measured transition: at `time` [s] the magnitude of the current passes `level` [A].

    `resolved` counts the samples on the transition itself, clear of the branch before it and of the limit.
    """

    time: float
    level: float
    resolved: int


@dataclass(frozen=True, eq=False)
class Branch:
    """One outward ramp, turned so that conduction is positive.

    Parameters
    ----------
    kind, cycle, source, sign
        What it was for (set or reset), which sweep, and the sign of the voltage at the active electrode.
    time [s], voltage [V], current [A]
        Magnitudes; the instrument's offset is removed from the current.
    floor
        Current below which nothing is known [A].
    limited
        Points in current limit.
    event
        First point after a clean event; None where the sweep has none.
    anchor
        Where the transition is; None without a clean event.
    start_resistance
        Resistance at the start of a reset [ohm]; None where it did not conduct, and for a set.
    compliance_current
        Limit of the instrument [A].
    """

    kind: Activity
    cycle: int
    source: Source
    sign: int
    time: FloatArray
    voltage: FloatArray
    current: FloatArray
    floor: float
    limited: NDArray[np.bool_]
    event: int | None
    anchor: Anchor | None
    start_resistance: float | None
    compliance_current: float | None

    @property
    def ramp_rate(self) -> float:
        """Mean rate of the ramp [V/s]."""
        return float((self.voltage[-1] - self.voltage[0]) / (self.time[-1] - self.time[0]))

    @property
    def before(self) -> slice:
        """Points before the event and before the current limit: the static branch."""
        end = len(self.time) if self.event is None else self.event
        limited = np.flatnonzero(self.limited)
        return slice(0, min(end, int(limited[0])) if limited.size else end)


def collect_branches(records: MeasurementSet, criteria: Criteria | None = None) -> tuple[tuple[Branch, ...], tuple[SwitchingEvent, ...]]:
    """Set and reset ramps of one cell, and the event record of each, in order; forming and reading are left out."""
    used = Criteria() if criteria is None else criteria
    branches, events = [], []
    for sweep in records.sweeps:
        for ramp, event in zip(outward_ramps(sweep, used), analyse_sweep(sweep, used), strict=True):
            if event.kind is Activity.FORM or len(ramp.time) < 2 or ramp.time[-1] <= ramp.time[0]:
                continue
            floor = event.floor or InstrumentFloor(0.0, FALLBACK_FLOOR / 3)
            current = ramp.current - ramp.polarity * floor.offset
            index = event.index - ramp.start if event.clean and event.index is not None else None
            branch = _branch(sweep, event, ramp.time, ramp.voltage, current, ramp.limited, ramp.polarity, index, floor)
            branches.append(branch)
            events.append(event)
    return tuple(branches), tuple(events)


def _branch(
    sweep: Sweep,
    event: SwitchingEvent,
    time: FloatArray,
    voltage: FloatArray,
    current: FloatArray,
    limited: NDArray[np.bool_],
    sign: int,
    index: int | None,
    floor: InstrumentFloor,
) -> Branch:
    resistance = event.on_resistance.value if event.on_resistance is not None else None
    anchor = None
    if index is not None and event.kind is Activity.SET:
        anchor = set_anchor(time, current, limited, index, floor.floor)
    elif index is not None and resistance is not None:
        anchor = reset_anchor(time, current, voltage, index, floor.floor)
    return Branch(
        kind=event.kind,
        cycle=sweep.cycle,
        source=sweep.source,
        sign=sign,
        time=time - time[0],
        voltage=voltage,
        current=current,
        floor=floor.floor,
        limited=limited,
        event=None if anchor is None else index,
        anchor=None if anchor is None else Anchor(anchor.time - float(time[0]), anchor.level, anchor.resolved),
        start_resistance=resistance,
        compliance_current=sweep.compliance_current,
    )


def set_anchor(time: FloatArray, current: FloatArray, limited: NDArray[np.bool_], index: int, floor: float) -> Anchor:
    """Anchor of a set: a sample on the rise where there is one, else the middle of the step that holds the event.

    On the rise is a sample within five before the event (or at it) between five times the branch before it and half of
    the current reached; among several the one nearest the geometric middle is taken.
    """
    before = max(float(np.median(np.abs(current[max(0, index - 12) : max(1, index - 5)]))), floor)
    reached = float(current[index])
    middle = np.sqrt(before * reached)
    rise = [
        i
        for i in range(max(1, index - 5), index + 1)
        if 5 * before < current[i] < 0.5 * reached and not limited[i] and current[i] >= current[i - 1]
    ]
    if not rise:
        return Anchor(float(time[index - 1] + time[index]) / 2, float(middle), 0)
    best = min(rise, key=lambda i: abs(np.log(current[i] / middle)))
    return Anchor(float(time[best]), float(current[best]), len(rise))


def reset_anchor(time: FloatArray, current: FloatArray, voltage: FloatArray, index: int, floor: float) -> Anchor:
    """Anchor of a reset: a sample on the fall where there is one, else half the current in the middle of the step.

    On the fall is a sample within five before the event (or at it) whose conductance is between 5 and 90 % of the
    branch's just before; among several the one nearest half is taken.
    """
    conductance = current / np.maximum(voltage, 1e-9)
    branch = float(np.median(conductance[max(1, index - 12) : max(2, index - 4)]))
    fall = [
        i
        for i in range(max(1, index - 5), index + 1)
        if 0.05 < conductance[i] / branch < 0.9 and current[i] > 10 * floor and current[i] < current[i - 1]
    ]
    if not fall:
        return Anchor(float(time[index - 1] + time[index]) / 2, float(0.5 * current[index - 1]), 0)
    best = min(fall, key=lambda i: abs(conductance[i] / branch - 0.5))
    return Anchor(float(time[best]), float(current[best]), len(fall))
