"""Residuals of a compact model against one trace.

    reading   (asinh(Im/f) - asinh(I/f))/s      logarithmic above the floor f, linear below
    limited   the same against the limit, where the model stays below it; 0 above (a censored reading)
    event     ln(Vm/V)/sV                       voltage at which the model passes the event's level

s (`scatter`) adds up what the model leaves in that part of the trace (a part of the current), the additive noise, and
the doubt about the time of a reading. Where the event is a jump, readings between the model's event and the measured
one are left out, with weights that go to zero over one sampling step, so that the sum of squares is smooth in the
thresholds. Where the model does not switch on the way out, the ramp is continued beyond its end until it does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from devicefit.compiled import compiled
from devicefit.cycles.scatter import Scatter
from devicefit.cycles.tracedata import TraceData
from devicefit.march import compiled_response, march
from devicefit.models.model import CompactModel, Response
from devicefit.models.simulation import tolerances
from devicefit.numerics import FloatArray
from devicefit.sweep_march import sweep_march

EXTENSIONS = (1.0, 1.1, 1.25, 1.5, 2.0)  # times the highest voltage: pieces by which the ramp is continued
EXTENSION_POINTS = 12
NEVER = 10.0  # weight of the missing e-folds of current where the model does not switch even then
STEPS_A_SAMPLE = 100  # of the integrator; a trial that needs more is like no device, and counts as not solved
FEWEST_STEPS = 5000
SLOW_SWEEP = 100.0  # time constants between samples, from which on only the state is integrated
UNSEEN = 1e-7  # of ln I and ln V: a change that no residual feels


@compiled
def compare(
    time: FloatArray,
    current: FloatArray,
    target: FloatArray,
    deviation: FloatArray,
    limited: FloatArray,
    floor: float,
    measured: float,
    modelled: float,
    blend: float,
    offset: float,
    out: FloatArray,
) -> None:
    """Residual of every reading into `out`.

    Left out is what lies between the `measured` and the `modelled` jump [s] (measured NaN: nothing), with weights that
    fall to zero over `blend` [s].
    """
    masked = not math.isnan(measured)
    for i in range(time.size):
        residual = (math.asinh((abs(current[i]) + offset) / floor) - target[i]) / deviation[i]
        if limited[i] > 0.5:
            residual = min(residual, 0.0)
        if masked:
            room = modelled - time[i] if time[i] < measured else time[i] - modelled
            share = min(max(room / blend, 0.0), 1.0)
            residual *= share * share * (3.0 - 2.0 * share)
        out[i] = residual


@dataclass(frozen=True, eq=False)
class Simulated:
    """The model under one trace: current [A] at its points, and ln(Vm/V) of the events (NaN without an event)."""

    current: FloatArray
    event_time: float
    event_error: float


@dataclass(eq=False)
class TraceModel:
    """A compact model under traces; remembers the last waveforms, which several residuals share."""

    model: CompactModel
    _tolerance: FloatArray = field(init=False)
    _relative: FloatArray = field(init=False)
    _response: Response = field(init=False)
    _swept: Response | None = field(init=False)
    _kept: dict[tuple[int, bytes], Simulated] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tolerance, self._relative = tolerances(self.model)
        self._response = compiled_response(self.model.response)
        self._swept = None if self.model.swept is None else compiled_response(self.model.swept.response)

    def simulate(self, data: TraceData, parameters: FloatArray) -> Simulated:
        """The model with `parameters` under the drive of a trace; NaN where the integrator gives up."""
        seen = parameters[data.relevant] if data.relevant.size else parameters
        key = (data.number, seen.tobytes())
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > 4000:
                self._kept.clear()
            found = self._kept[key] = self._simulated(data, parameters)
        return found

    def _simulated(self, data: TraceData, parameters: FloatArray) -> Simulated:
        trace = data.trace
        start = self.model.at_fraction(parameters, trace.start_fraction)
        history, current, crossing, reached = self._march(parameters, trace.time, data.drive, start, data)
        if reached < trace.time.size - 1 or not np.all(np.isfinite(current)):
            return Simulated(np.full(trace.time.size, math.nan), math.nan, math.nan)
        if trace.event is None:
            return Simulated(current, math.nan, math.nan)
        top = data.top
        missing = 0.0
        if trace.direction < 0 and math.isnan(crossing) and self._is_off(parameters, history[top]):
            highest = int(np.argmax(np.abs(current[: top + 1])))
            if abs(current[highest]) < abs(data.level):  # it fell before it came so high
                crossing = float(trace.time[highest])
        if trace.event.censored and (math.isnan(crossing) or crossing >= trace.event.time):
            return Simulated(current, trace.event.time, 0.0)
        if math.isnan(crossing) or crossing > trace.time[top]:
            crossing, missing = self._beyond(data, parameters, top, history[top].copy())
        rate = data.ramp_rate
        if trace.event.censored:
            missing = 0.0
        voltage = float(np.interp(crossing, trace.time[: top + 1], trace.voltage[: top + 1]))
        voltage += rate * max(crossing - float(trace.time[top]), 0.0)
        error = math.log(max(voltage, 1e-6) / max(trace.event.voltage, 1e-6)) + missing
        return Simulated(current, crossing, error)

    def _is_off(self, parameters: FloatArray, unknowns: FloatArray) -> bool:
        return float(self.model.fraction(parameters, unknowns[None, :])[0]) < 0.5

    def _beyond(self, data: TraceData, parameters: FloatArray, top: int, start: FloatArray) -> tuple[float, float]:
        """Crossing [s] on the continued ramp, and what is missing where there is none even at its end."""
        trace = data.trace
        highest = float(trace.voltage[top])
        now, current = float(trace.time[top]), np.zeros(1)
        for low, high in pairwise(EXTENSIONS):  # in pieces: what follows the crossing may be far from anything physical
            volts = highest * np.linspace(low, high, EXTENSION_POINTS)
            time = now + (volts - volts[0]) / data.ramp_rate
            drive = np.ascontiguousarray(np.sign(data.drive[top]) * volts)
            history, current, crossing, reached = self._march(parameters, time, drive, start, data)
            if not math.isnan(crossing):
                return crossing, 0.0
            if reached < time.size - 1 or not math.isfinite(current[-1]):
                return math.nan, 0.0
            now, start = float(time[-1]), history[-1].copy()
        return now, NEVER * abs(math.log(max(abs(current[-1]), 1e-30) / abs(data.level)))

    def with_relevance(
        self, data: TraceData, parameters: FloatArray, guess: NDArray[np.bool_] | None = None
    ) -> TraceData:
        """The same data, with the parameters that this trace answers to when they change by a fifth.

        The waveforms of a trace are then shared by all parameter vectors that differ only in the others. `guess`, of
        another trace, is taken where all the parameters outside it, moved together, move nothing here.
        """
        here = self._simulated(data, parameters)
        if guess is not None:
            moved = parameters.copy()
            for untold in np.flatnonzero(~guess).tolist():
                moved[untold] = self._moved(parameters, untold)
            if not self._differs(data, here, moved):
                return replace(data, relevant=guess)
        relevant = np.ones(parameters.size, dtype=np.bool_)
        for place in range(parameters.size):
            moved = parameters.copy()
            moved[place] = self._moved(parameters, place)
            if moved[place] != parameters[place]:
                relevant[place] = self._differs(data, here, moved)
        return replace(data, relevant=relevant)

    def _moved(self, parameters: FloatArray, place: int) -> float:
        spec, value = self.model.parameters[place], float(parameters[place])
        return value * 1.2 if spec.lower <= value * 1.2 <= spec.upper else value * 0.8

    def _differs(self, data: TraceData, here: Simulated, moved: FloatArray) -> bool:
        """Whether parameters `moved` give another waveform or event than `here`."""
        there = self._simulated(data, moved)
        change = np.abs(np.abs(there.current) - np.abs(here.current)) / np.hypot(here.current, data.trace.floor)
        same = float(np.max(change)) < UNSEEN
        if not math.isnan(here.event_error):
            same &= abs(there.event_error - here.event_error) < UNSEEN
        return not same

    def _march(
        self, parameters: FloatArray, time: FloatArray, drive: FloatArray, start: FloatArray, data: TraceData
    ) -> tuple[FloatArray, FloatArray, float, int]:
        """Unknowns and current at the samples, time of the crossing, last sample reached."""
        most = max(STEPS_A_SAMPLE * time.size, FEWEST_STEPS)
        swept = self.model.swept
        if swept is not None and self._swept is not None and data.step > SLOW_SWEEP * swept.time_constant(parameters):
            return sweep_march(self._swept, parameters, time, drive, float(start[0]), data.level, data.enough, most)
        history, current, crossing, reached = march(
            self._response, parameters, self._tolerance, self._relative, time, drive, start, data.level, most
        )
        return history[:, :-1], current, crossing, reached

    def readings(
        self,
        data: TraceData,
        parameters: FloatArray,
        scatter: Scatter,
        offset: float = 0.0,
        blend: float = 1.0,
        masked: bool = True,
    ) -> FloatArray:
        """Residuals of the readings and of the event.

        `offset` [A] is what was removed too much from the readings; over `blend` sampling steps the weight of a
        reading goes to zero where the model's jump passes it. Not `masked`: readings between the two jumps count too,
        so that a jump in the wrong place costs what it gets wrong.
        """
        found = self.simulate(data, parameters)
        trace = data.trace
        out = np.empty(trace.time.size + (trace.event is not None))
        deviation = data.deviation(scatter)
        mask = data.event_time if masked and trace.event is not None and trace.event.abrupt else math.nan
        compare(
            trace.time,
            found.current,
            data.target,
            deviation,
            data.limited,
            trace.floor,
            mask,
            found.event_time,
            blend * data.step,
            offset,
            out,
        )
        if trace.event is not None:
            out[-1] = found.event_error / data.event_deviation
        return out
