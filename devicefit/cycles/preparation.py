"""From the sweeps of one cell to traces: lobes cut, offset removed, floor and limit marked, event and cycle assigned.

Events come from the switching analysis of `measurements`; what it calls gradual gets an event of its own here, at
half the highest conductance (reset) or at the geometric middle of the rise (set), which only guides the fit: the
points of a gradual transition are fitted themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from devicefit.branches import FALLBACK_FLOOR, reset_anchor, set_anchor
from devicefit.cycles.alternation import in_turn
from devicefit.cycles.trace import Trace, TraceEvent
from devicefit.numerics import FloatArray
from measurements.criteria import Criteria
from measurements.ramp import Ramp, outward_ramps
from measurements.records import MeasurementSet
from measurements.sweep import Activity, Sweep
from measurements.switching import SwitchingEvent, analyse_sweep

FEWEST_POINTS = 12  # of a trace
MOST_POINTS = 160  # of a trace; longer ones are thinned away from the event
NEAR_EVENT = 8  # samples on either side of an event that thinning leaves alone
JUMP_DEVIATION = 1.0 / math.sqrt(12.0)  # sampling steps: a jump lies anywhere between two samples
SAMPLE_DEVIATION = 0.1  # sampling steps, where a sample stands on the transition
GUIDE_DEVIATION = 2.0  # sampling steps, of an event whose points are fitted anyhow
OFFSET_DOUBT = {Activity.SET: 0.1, Activity.RESET: 0.5}  # of the offset; what a reset shows holds leakage
LEAKY = 10.0  # times the current read at 0 V: an offset larger than that is conduction of the cell
USELESS = ("starts in", "already", "falls back", "conducts again")  # verdicts on ramps that tell nothing
LIMITED = "in current limit before"
SMALLEST_NOISE = 1e-12  # A
LIMITED_KEPT = 4  # samples of a limited tail
GRADUAL_RATIO = 1.5  # by which the current must change for a gradual event


@dataclass(frozen=True)
class Preparation:
    """Traces of a cell; (file, reason) of each ramp that is not among them, and of each trace without an event."""

    traces: tuple[Trace, ...]
    excluded: tuple[tuple[str, str], ...]
    unswitched: tuple[tuple[str, str], ...] = ()

    @property
    def groups(self) -> tuple[tuple[Trace, ...], ...]:
        """The traces of each cycle."""
        count = 1 + max((trace.group for trace in self.traces), default=-1)
        return tuple(tuple(t for t in self.traces if t.group == group) for group in range(count))


def prepare(records: MeasurementSet, criteria: Criteria | None = None, most_points: int = MOST_POINTS) -> Preparation:
    """Traces of the set and reset ramps of one cell in order; forming and reading are left out."""
    used = Criteria() if criteria is None else criteria
    traces: list[Trace] = []
    excluded: list[tuple[str, str]] = []
    unswitched: list[tuple[str, str]] = []
    for sweep in in_turn(records.sweeps):
        for ramp, event in zip(outward_ramps(sweep, used), analyse_sweep(sweep, used), strict=True):
            if event.kind is Activity.FORM:
                continue
            found = _trace(sweep, ramp, event, used)
            if isinstance(found, str):
                excluded.append((sweep.source.file, found))
            else:
                traces.append(_thinned(_without_tail(found), most_points))
                if not found.switches:
                    unswitched.append((sweep.source.file, event.reason or "no event"))
    return Preparation(_grouped(traces), tuple(excluded), tuple(unswitched))


def _trace(sweep: Sweep, ramp: Ramp, judged: SwitchingEvent, criteria: Criteria) -> Trace | str:
    """The trace of one ramp with its way back, or why it cannot be used."""
    time, voltage, current, limited = _lobe(sweep, ramp, criteria)
    if time.size < FEWEST_POINTS:
        return f"only {time.size} points, {FEWEST_POINTS} or more are needed"
    if time[-1] <= time[0] or np.median(np.diff(time)) <= 0:
        return "the time does not advance"
    if limited.mean() > 0.95:
        return "in current limit throughout"
    offset, noise = _floor(ramp, judged, voltage, current)
    current = current - offset
    floor = abs(offset) + 3.0 * noise
    end = ramp.time.size
    event = _event(ramp, judged, current[:end], limited[:end], floor)
    keep = slice(0, time.size)
    if event is None:
        if judged.reason.startswith(USELESS):
            return judged.reason
        if limited.any():  # the voltage at the cell is not known there, and nothing tells that it switched
            keep = slice(0, int(np.argmax(limited)))
        if time[keep].size < FEWEST_POINTS:
            return judged.reason or "no event"
        event = _not_yet(ramp, judged, current[keep][:end])
    return Trace(
        kind=judged.kind,
        group=0,
        source=sweep.source,
        sign=ramp.polarity,
        time=(time - time[0])[keep],
        voltage=voltage[keep],
        current=current[keep],
        noise=noise,
        offset_doubt=math.hypot(noise, OFFSET_DOUBT[judged.kind] * abs(offset)),
        floor=floor,
        limited=limited[keep],
        compliance_current=float(np.abs(current[limited]).min()) if limited[keep].any() else None,
        event=replace(event, time=event.time - float(time[0])),
        offset=ramp.polarity * offset,
    )


def _lobe(sweep: Sweep, ramp: Ramp, criteria: Criteria) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
    """The ramp and the way back that follows it down to 0 V, turned like the ramp."""
    start, top = ramp.start, ramp.start + ramp.time.size
    voltage = ramp.polarity * sweep.voltage
    below = np.flatnonzero(voltage[top:] < 0)
    stop = top + int(below[0]) if below.size else voltage.size
    again = np.flatnonzero(np.diff(voltage[top - 1 : stop]) > 0.02 * voltage[top - 1])
    stop = top + int(again[0]) if again.size else stop
    span = slice(start, stop)
    current = ramp.polarity * sweep.current[span]
    limited = np.zeros(stop - start, dtype=np.bool_)
    if ramp.limited.any():
        least = float(ramp.current[ramp.limited].min())
        limited = current >= least * (1.0 - criteria.limit_tolerance)
    return sweep.time[span], voltage[span], current, limited


def _floor(ramp: Ramp, judged: SwitchingEvent, voltage: FloatArray, current: FloatArray) -> tuple[float, float]:
    """Offset [A], turned like the ramp, and noise [A].

    What the analysis takes for an offset is the cell's own leakage where the current at 0 V is far smaller.
    """
    at_zero = current[voltage <= 1e-3 * voltage.max()]
    still = float(at_zero[np.argmin(np.abs(at_zero))]) if at_zero.size else math.inf
    if judged.floor is not None:
        offset, noise = ramp.polarity * judged.floor.offset, judged.floor.noise
        # One reading at 0 V may be near zero by chance: an intercept within the noise is no leakage.
        known = abs(still) if judged.floor.holds_leakage else max(abs(still), noise)
        if abs(offset) <= LEAKY * max(known, SMALLEST_NOISE):
            noise = noise if noise > 0 else max(1e-3 * abs(offset), SMALLEST_NOISE)
            return offset, noise
    if math.isfinite(still):  # the instrument knows its zero no better than its readings at 0 V agree
        return still, max(abs(still), 0.5 * float(np.ptp(at_zero)), SMALLEST_NOISE)
    return 0.0, FALLBACK_FLOOR / 3


def _event(
    ramp: Ramp, judged: SwitchingEvent, current: FloatArray, limited: NDArray[np.bool_], floor: float
) -> TraceEvent | None:
    index = None if judged.index is None else judged.index - ramp.start
    step = float(np.median(np.diff(ramp.time)))
    if not judged.clean or index is None:
        return _gradual(ramp, judged, current, limited, step)
    if judged.kind is Activity.SET:
        anchor = set_anchor(ramp.time, current, limited, index, floor)
    else:
        anchor = reset_anchor(ramp.time, current, ramp.voltage, index, floor)
    deviation = (JUMP_DEVIATION, SAMPLE_DEVIATION, GUIDE_DEVIATION)[min(anchor.resolved, 2)] * step
    voltage = float(np.interp(anchor.time, ramp.time, ramp.voltage))
    return TraceEvent(anchor.time, deviation, anchor.level, voltage, anchor.resolved < 2)


def _gradual(
    ramp: Ramp, judged: SwitchingEvent, current: FloatArray, limited: NDArray[np.bool_], step: float
) -> TraceEvent | None:
    """Event of a transition without a jump; None where the current tells none."""
    voltage = np.maximum(ramp.voltage, 1e-9)
    if judged.reason.startswith((*USELESS, LIMITED)):
        return None
    if judged.kind is Activity.RESET:
        place = int(np.argmax(current))
        if place >= current.size - 3 or place < 3 or limited[place]:
            return None
        conductance = current / voltage
        half = np.flatnonzero(conductance[place:] < 0.5 * conductance[place])
        if not half.size or current[place + int(half[0]) :].min() * GRADUAL_RATIO > current[place]:
            return None
        index = place + int(half[0])
        level = min(float(current[index]), float(current[place]) / GRADUAL_RATIO)
        index = place + int(np.flatnonzero(current[place:] <= level)[0])
    elif judged.index is not None and (judged.ratio or 0.0) >= GRADUAL_RATIO:
        index = judged.index - ramp.start
        level = math.sqrt(max(float(current[index - 1]), 1e-15) * max(float(current[index]), 1e-15))
    else:
        return None
    return TraceEvent(
        float(ramp.time[index]), GUIDE_DEVIATION * step, float(level), float(ramp.voltage[index]), abrupt=False
    )


def _without_tail(trace: Trace) -> Trace:
    """A one-way ramp ends soon after it has reached the limit for good: what follows says nothing more."""
    free = np.flatnonzero(~trace.limited)
    last = int(free[-1]) if free.size else 0
    stop = last + 1 + LIMITED_KEPT
    if stop >= trace.time.size or trace.event is None or trace.time[last] > trace.event.time + 5.0 * trace.step:
        return trace
    return replace(
        trace,
        time=trace.time[:stop],
        voltage=trace.voltage[:stop],
        current=trace.current[:stop],
        limited=trace.limited[:stop],
    )


def _not_yet(ramp: Ramp, judged: SwitchingEvent, current: FloatArray) -> TraceEvent:
    """An event that lies beyond the end of the way out: the current has not come to `level` there."""
    last = current.size - 1
    reached = float(np.median(np.abs(current[-5:])))
    level = 0.5 * reached if judged.kind is Activity.RESET else 10.0 * max(reached, FALLBACK_FLOOR)
    step = float(np.median(np.diff(ramp.time)))
    return TraceEvent(
        float(ramp.time[last]), GUIDE_DEVIATION * step, level, float(ramp.voltage[last]), abrupt=True, censored=True
    )


def _thinned(trace: Trace, most: int) -> Trace:
    """At most about `most` points: all near the event, the ends and the turn, evenly spaced ones elsewhere."""
    count = trace.time.size
    if count <= most:
        return trace
    keep = np.zeros(count, dtype=np.bool_)
    keep[np.linspace(0, count - 1, most - 4 * NEAR_EVENT).round().astype(int)] = True
    keep[int(np.argmax(trace.voltage))] = True
    if trace.event is not None:
        middle = int(np.searchsorted(trace.time, trace.event.time))
        keep[max(0, middle - NEAR_EVENT) : middle + NEAR_EVENT] = True
    return replace(
        trace,
        time=trace.time[keep],
        voltage=trace.voltage[keep],
        current=trace.current[keep],
        limited=trace.limited[keep],
    )


def _grouped(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """Cycles in order: a set begins one; a reset belongs to the set before it, or begins one after another reset."""
    found: list[Trace] = []
    group, open_for_reset = -1, False
    for trace in traces:
        if trace.kind is Activity.SET or not open_for_reset:
            group += 1
        open_for_reset = trace.kind is Activity.SET
        found.append(replace(trace, group=group, place=group))
    return tuple(found)
