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

from devicefit.cycles.drift import find_drift
from devicefit.cycles.likelihood import TraceModel
from devicefit.cycles.ownnames import BEFORE_SET, parameter_of
from devicefit.cycles.prediction import ModelCurve, model_curves
from devicefit.cycles.preparation import Preparation
from devicefit.cycles.ranking import known_spread, known_values, predicted_values
from devicefit.cycles.result import ModelFit
from devicefit.cycles.scatter import PARTS, Scatter
from devicefit.cycles.trace import Trace
from devicefit.cycles.tracedata import trace_data
from devicefit.estimation import Unknown
from devicefit.estimation.rough import locate
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray
from measurements.errors import InputError
from measurements.sweep import Activity

SHARE = 0.5  # of the lowest switching voltage of its kind, up to which readings tell the start
FEWEST = 3  # readings
SCATTER = 0.1  # of ln I; the level is wanted, not the shape
UNMOVED = 1e-3  # of ln(value), or of the value: first readings that do not answer to a parameter
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
    fit: ModelFit, model: CompactModel, train: Preparation, held: Preparation, below: Mapping[Activity, float]
) -> tuple[ModelCurve, ...]:
    """Curves of cycles the fit has not seen, each from the state that its first readings show.

    What first readings tell of a whole trace is learnt from those of the cycles of `train`. The first readings of the
    held-out ones count for no error: they are marked as `limited`.
    """
    spreads = _spreads(fit, model)
    told = _told(fit, model, train, below, spreads)
    left = {name: spread * _untold(fit, model, name) for name, spread in spreads.items()}
    likely = predicted_values(fit, model, held.traces)
    values = []
    for trace, centre in zip(held.traces, likely, strict=True):
        begun = started_values(model, trace, below, centre, spreads) if first_readings(trace, below).any() else centre
        moved = dict(centre)
        for (kind, name), (bias, doubt) in told.items():
            if kind is trace.kind and begun is not centre:
                weight = left[name] ** 2 / (left[name] ** 2 + doubt**2)
                spec = model.spec(name)
                here, there = spec.coordinate(centre[name]), spec.coordinate(begun[name]) + bias
                place = here + weight * (there - here)
                moved[name] = spec.at_coordinate(place)
        values.append(moved)
    curves = model_curves(model, held.traces, values)
    return tuple(
        replace(curve, limited=curve.limited | first_readings(trace, below))
        for curve, trace in zip(curves, held.traces, strict=True)
    )


def _told(
    fit: ModelFit,
    model: CompactModel,
    train: Preparation,
    below: Mapping[Activity, float],
    spreads: Mapping[str, float],
) -> dict[tuple[Activity, str], tuple[float, float]]:
    """Of each kind and parameter that first readings move: how far the value of the whole cycle lies from theirs, and
    the deviation of that over the training cycles.
    """
    shared = {name: parameter.value for name, parameter in fit.card.parameters.items()}
    cycles = dict(zip(fit.places, fit.cycles, strict=True))
    apart: dict[tuple[Activity, str], list[float]] = {}
    for trace in train.traces:
        if trace.place not in cycles or not first_readings(trace, below).any():
            continue
        begun, cycle = started_values(model, trace, below, shared, spreads), cycles[trace.place]
        for name in spreads:
            own = cycle.get(name + BEFORE_SET if trace.kind is Activity.SET else name, cycle.get(name))
            spec = model.spec(name)
            start = spec.coordinate(begun[name])
            if own is not None and abs(start - spec.coordinate(shared[name])) > UNMOVED:
                apart.setdefault((trace.kind, name), []).append(spec.coordinate(own) - start)
    return {
        key: (float(np.median(found)), max(float(np.std(found)), LEAST_SPREAD))
        for key, found in apart.items()
        if len(found) >= FEWEST
    }


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
        ties = [(s.coordinate(values[s.name]) - s.coordinate(centre[s.name])) / spreads[s.name] for s in specs]
        return np.concatenate([simulator.readings(data, vector, Scatter(np.full(PARTS, SCATTER))), ties])

    found = locate(residual, unknowns, loss_scale=LOSS_SCALE, most_evaluations=MOST_EVALUATIONS).values
    return dict(centre) | {name: found[name] for name in spreads}


def _spreads(fit: ModelFit, model: CompactModel) -> dict[str, float]:
    """Deviation over the fitted cycles of what varies between them."""
    names = dict.fromkeys(parameter_of(name) for cycle in fit.cycles for name in cycle)
    return {name: known_spread(fit, model, name, LEAST_SPREAD) for name in names}


def _untold(fit: ModelFit, model: CompactModel, name: str) -> float:
    """Share of the deviation that the neighbours of a cycle leave open [1]."""
    known = known_values(fit, name)
    drift = find_drift([place for place, _ in known], [model.spec(name).coordinate(value) for _, value in known])
    return math.sqrt(drift.scatter)
