"""Prediction of a cycle from where it starts: its first readings, far below any switching voltage, tell its state.

Networks read a device before they write it, so the state it starts in may be known. What a cycle has of its own and
its first readings answer to (on or off level) is fitted to these readings alone, tied to what the other cycles make
likely (see `devicefit.cycles.drift`) by their spread; everything later is predicted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from devicefit.cycles.likelihood import TraceModel, trace_data
from devicefit.cycles.prediction import ModelCurve, model_curves
from devicefit.cycles.preparation import Preparation
from devicefit.cycles.ranking import predicted_values
from devicefit.cycles.result import ModelFit
from devicefit.cycles.scatter import PARTS, Scatter
from devicefit.cycles.trace import Trace
from devicefit.estimation import Unknown
from devicefit.estimation.rough import locate
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray
from measurements.errors import InputError
from measurements.sweep import Activity

SHARE = 0.5  # of the lowest switching voltage of its kind, up to which readings tell the start
FEWEST = 3  # readings
SCATTER = 0.1  # of ln I; the level is wanted, not the shape
LEAST_SPREAD = 0.05  # of ln(value), by which a cycle may always differ from the others
LOSS_SCALE = 3.0
MOST_EVALUATIONS = 30


def reading_voltages(traces: tuple[Trace, ...]) -> dict[Activity, float]:
    """Voltage [V] of each kind below which none of `traces` switches, by a factor of two."""
    found = {}
    for kind in (Activity.SET, Activity.RESET):
        events = [t.event.voltage for t in traces if t.kind is kind and t.switches and t.event is not None]
        if not events:
            raise InputError(f"no {kind.value} shows its event")
        found[kind] = SHARE * min(events)
    return found


def first_readings(trace: Trace, below: Mapping[Activity, float]) -> NDArray[np.bool_]:
    """Readings on the way out up to the voltage of its kind; none where they are fewer than three."""
    early = np.logical_and.accumulate(trace.voltage <= below[trace.kind]) & ~trace.limited
    return early if int(early.sum()) >= FEWEST else np.zeros_like(early)


def predict_from_first_readings(
    fit: ModelFit, model: CompactModel, held: Preparation, below: Mapping[Activity, float]
) -> tuple[ModelCurve, ...]:
    """Curves of cycles the fit has not seen, each from the state that its first readings show.

    The first readings count for no error: they are marked as `limited`.
    """
    likely = predicted_values(fit, model, [trace.place for trace in held.traces])
    spreads = _spreads(fit, model)
    values = [
        started_values(model, trace, below, centre, spreads) for trace, centre in zip(held.traces, likely, strict=True)
    ]
    curves = model_curves(model, held.traces, values)
    return tuple(
        replace(curve, limited=curve.limited | first_readings(trace, below))
        for curve, trace in zip(curves, held.traces, strict=True)
    )


def started_values(
    model: CompactModel,
    trace: Trace,
    below: Mapping[Activity, float],
    centre: Mapping[str, float],
    spreads: Mapping[str, float],
) -> dict[str, float]:
    """`centre` with the parameters of `spreads` (deviation of ln or of the value) moved to the first readings."""
    count = int(first_readings(trace, below).sum())
    if not count or not spreads:
        return dict(centre)
    begun = replace(
        trace,
        time=trace.time[:count],
        voltage=trace.voltage[:count],
        current=trace.current[:count],
        limited=trace.limited[:count],
        compliance_current=None,
        event=None,
    )
    data, simulator = trace_data(begun, model.set_polarity), TraceModel(model)
    places = {spec.name: place for place, spec in enumerate(model.parameters)}
    base = model.vector_of(centre)
    specs = [model.spec(name) for name in spreads]
    unknowns = [Unknown(s.name, s.unit, centre[s.name], s.lower, s.upper, s.scale) for s in specs]

    def residual(values: Mapping[str, float]) -> FloatArray:
        vector = base.copy()
        for name in spreads:
            vector[places[name]] = values[name]
        ties = [(_place(model, n, values[n]) - _place(model, n, centre[n])) / spreads[n] for n in spreads]
        return np.concatenate([simulator.readings(data, vector, Scatter(np.full(PARTS, SCATTER))), ties])

    found = locate(residual, unknowns, loss_scale=LOSS_SCALE, most_evaluations=MOST_EVALUATIONS).values
    return dict(centre) | {name: found[name] for name in spreads}


def _spreads(fit: ModelFit, model: CompactModel) -> dict[str, float]:
    """Deviation over the fitted cycles of what varies between them."""
    found = {}
    for name in dict.fromkeys(name for cycle in fit.cycles for name in cycle):
        values = np.array([_place(model, name, cycle[name]) for cycle in fit.cycles if name in cycle])
        least = LEAST_SPREAD * (1.0 if model.spec(name).scale == "log" else float(np.abs(values).mean()))
        found[name] = max(float(np.std(values)), least)
    return found


def _place(model: CompactModel, name: str, value: float) -> float:
    return math.log(value) if model.spec(name).scale == "log" else value
