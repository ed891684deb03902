"""The model beside measured traces, and the errors by which fits and predictions are judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devicefit.cycles.likelihood import TraceModel
from devicefit.cycles.trace import Trace
from devicefit.cycles.tracedata import trace_data
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray
from measurements.errors import ConvergenceError
from measurements.sweep import Activity, Source


@dataclass(frozen=True, eq=False)
class ModelCurve:
    """A measured trace and the model under the same voltage.

    Parameters
    ----------
    kind, group, source
        Set or reset, number of the cycle, file.
    time [s], voltage [V], measured [A], fitted [A]
        Voltage and currents with their measured signs; the offset is removed from `measured`, `fitted` is clipped at
        the current limit.
    residual
        ln of fitted over measured current, both raised by the floor (a natural logarithm) [1].
    limited
        Points in current limit, which count for no error.
    floor
        Current below which nothing is known [A].
    measured_event, fitted_event
        Switching voltage [V]; NaN without an event.
    """

    kind: Activity
    group: int
    source: Source
    time: FloatArray
    voltage: FloatArray
    measured: FloatArray
    fitted: FloatArray
    residual: FloatArray
    limited: NDArray[np.bool_]
    floor: float
    measured_event: float
    fitted_event: float

    @property
    def relative_errors(self) -> FloatArray:
        """|fitted - measured|/(|measured| + floor) outside the limit [1]."""
        difference = np.abs(self.fitted - self.measured) / (np.abs(self.measured) + self.floor)
        return np.asarray(difference[~self.limited])


@dataclass(frozen=True)
class Errors:
    """Errors over traces: median relative current error [1], median error [decades], median |event error| [V]."""

    current: float
    decades: float
    event: float


def model_curves(
    model: CompactModel, traces: Sequence[Trace], values: Sequence[Mapping[str, float]]
) -> tuple[ModelCurve, ...]:
    """The model under each trace, with the parameter values given for it.

    Raises
    ------
    ConvergenceError
        The integrator gave up under a trace.
    """
    simulator = TraceModel(model)
    return tuple(_curve(model, simulator, trace, one) for trace, one in zip(traces, values, strict=True))


def _curve(model: CompactModel, simulator: TraceModel, trace: Trace, values: Mapping[str, float]) -> ModelCurve:
    vector = np.array([values[spec.name] for spec in model.parameters])
    found = simulator.simulate(trace_data(trace, model.set_polarity), vector)
    if not np.all(np.isfinite(found.current)):
        raise ConvergenceError(f"{trace.source.file}: {model.name} was not solved under this ramp")
    limit = math.inf if trace.compliance_current is None else trace.compliance_current
    fitted = np.minimum(np.abs(found.current), limit)
    measured = np.minimum(trace.current, limit)
    residual = np.arcsinh(fitted / trace.floor) - np.arcsinh(measured / trace.floor)
    voltage = trace.event.voltage if trace.event is not None and trace.switches else math.nan
    return ModelCurve(
        kind=trace.kind,
        group=trace.group,
        source=trace.source,
        time=trace.time,
        voltage=trace.sign * trace.voltage,
        measured=trace.sign * measured,
        fitted=trace.sign * fitted,
        residual=residual,
        limited=trace.limited,
        floor=trace.floor,
        measured_event=trace.sign * voltage,
        fitted_event=trace.sign * voltage * math.exp(min(found.event_error, 5.0)),
    )


def errors_of(curves: Sequence[ModelCurve]) -> Errors:
    """Medians over all points of all curves, and over their events."""
    relative = np.concatenate([curve.relative_errors for curve in curves])
    decades = np.concatenate([np.abs(curve.residual[~curve.limited]) for curve in curves]) / math.log(10.0)
    events = np.array([abs(curve.fitted_event - curve.measured_event) for curve in curves])
    events = events[np.isfinite(events)]
    return Errors(
        float(np.median(relative)) if relative.size else math.nan,
        float(np.median(decades)) if decades.size else math.nan,
        float(np.median(events)) if events.size else math.nan,
    )
