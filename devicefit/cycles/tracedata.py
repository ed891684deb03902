"""A trace as the residuals of a fit read it: targets, noise, and what each reading may tell."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from numpy.typing import NDArray

from devicefit.cycles.scatter import AFTER, BEFORE, OF_RESET, TRANSITION, Scatter
from devicefit.cycles.trace import Trace
from devicefit.numerics import FloatArray
from measurements.sweep import Activity

BESIDE = 1.05  # sampling steps from a jump within which a reading tells only its shape
UNUSED = math.inf  # deviation of a reading that is left out
TRANSITION_SAMPLES = 3.0


@dataclass(frozen=True, eq=False)
class TraceData:
    """A trace as the compiled residual reads it.

    `part` says of each point: before, near or after the event of a set, or of a reset. `noise` is the estimated noise
    over the current, `steepness` the change from sample to sample, both in units of the residual; `share` the
    derivative of asinh(I/f) by ln I, by which a relative scatter counts. `told` is False for readings beside a jump,
    which tell only its shape, and for those not used.
    `step` [s], `ramp_rate` [V/s] and `top` (its highest point) are the trace's, `event_deviation` that of ln V.
    `enough` [A] is the current beyond which nothing is read after the event (infinite: there is).
    `relevant` are the parameters that move the waveform (empty: not known); `number` tells traces apart.
    """

    trace: Trace
    drive: FloatArray
    target: FloatArray
    noise: FloatArray
    steepness: FloatArray
    told: NDArray[np.bool_]
    share: FloatArray
    part: NDArray[np.int64]
    limited: FloatArray
    event_time: float
    level: float
    relevant: NDArray[np.bool_]
    step: float
    ramp_rate: float
    top: int
    event_deviation: float
    enough: float
    number: int = field(default_factory=count().__next__)

    def deviation(self, scatter: Scatter) -> FloatArray:
        """Of the residual of every reading."""
        square = (scatter.noise_factor(self.trace.kind) * self.noise) ** 2 + (scatter.time_doubt * self.steepness) ** 2
        square += (self.share * scatter.parts[self.part]) ** 2
        return np.where(self.told, np.sqrt(square), UNUSED)


def trace_data(trace: Trace, set_polarity: int) -> TraceData:
    """Everything about a trace that does not change during a fit."""
    reading = (
        trace.current
        if trace.compliance_current is None
        else np.where(trace.limited, trace.compliance_current, trace.current)
    )
    scale = np.hypot(reading, trace.floor)
    target = np.arcsinh(reading / trace.floor)
    smooth = np.hypot(_smoothed(reading), trace.floor)
    steepness = np.abs(np.gradient(target))
    told = np.ones(reading.size, dtype=np.bool_)
    if trace.event is not None and trace.event.abrupt and trace.switches:
        told = np.abs(trace.time - trace.event.time) > BESIDE * trace.step
    if trace.unused is not None:
        told &= ~trace.unused
    part = np.full(trace.time.size, BEFORE, dtype=np.int64)
    event_time, level = math.nan, 0.0
    if trace.event is not None:
        event_time = trace.event.time
        level = trace.direction * trace.event.level
        part[trace.time > event_time] = AFTER
        if trace.switches:
            part[np.abs(trace.time - event_time) <= TRANSITION_SAMPLES * trace.step] = TRANSITION
    if trace.kind is Activity.RESET:
        part += OF_RESET
    return TraceData(
        trace=trace,
        drive=np.ascontiguousarray(set_polarity * trace.direction * trace.voltage),
        target=target,
        noise=trace.noise / smooth,
        steepness=steepness,
        told=told,
        share=np.abs(reading) / scale,
        part=part,
        limited=trace.limited.astype(np.float64),
        event_time=event_time,
        level=level,
        relevant=np.ones(0, dtype=np.bool_),
        step=trace.step,
        ramp_rate=trace.ramp_rate,
        top=int(np.argmax(trace.voltage)),
        event_deviation=event_deviation(trace),
        enough=_enough(trace),
    )


def _enough(trace: Trace) -> float:
    """The limit, where every reading after the event is in it."""
    if trace.event is None or trace.compliance_current is None or trace.direction < 0:
        return math.inf
    return trace.compliance_current if trace.limited[trace.time > trace.event.time].all() else math.inf


def _smoothed(current: FloatArray) -> FloatArray:
    """Running median of five, so that a reading's noise does not set its own weight."""
    padded = np.pad(current, 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1))


def event_deviation(trace: Trace) -> float:
    """Deviation of ln V of the event."""
    if trace.event is None:
        return math.nan
    return trace.event.deviation * trace.ramp_rate / max(trace.event.voltage, 1e-6)
