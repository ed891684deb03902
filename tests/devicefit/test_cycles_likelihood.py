"""Residuals of one trace: what counts, what is left out, and where the model never switches."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from devicefit.cycles.likelihood import TraceModel
from devicefit.cycles.preparation import prepare
from devicefit.cycles.scatter import PARTS, Scatter
from devicefit.cycles.synthetic import Protocol, synthetic_cycles
from devicefit.cycles.trace import Trace
from devicefit.cycles.tracedata import trace_data
from devicefit.models import yakopcic
from devicefit.numerics import FloatArray
from measurements.sweep import Activity

MODEL = yakopcic.MODEL
TRUTH = MODEL.cards["Aguirre C2"]
SCATTER = Scatter(np.full(PARTS, 0.01))


def made(**changes: object) -> Trace:
    protocol = replace(Protocol(1.5, 1.5, set_points=61, reset_points=61, noise=1e-11, ramp_rates=(1.0,)), **changes)  # type: ignore[arg-type]
    return next(
        trace
        for trace in prepare(synthetic_cycles(MODEL, TRUTH, protocol, {}, 1, seed=2).records).traces
        if trace.kind is Activity.SET
    )


def vector(**changes: float) -> FloatArray:
    return MODEL.vector_of({name: p.value for name, p in TRUTH.parameters.items()} | changes)


def test_residuals_of_the_truth_are_of_unit_variance() -> None:
    trace = made()
    residual = TraceModel(MODEL).readings(trace_data(trace, 1), vector(), SCATTER)
    seen = residual[:-1][residual[:-1] != 0.0]
    assert seen.size > 40
    assert np.std(seen) == pytest.approx(1.0, rel=0.35)
    assert abs(residual[-1]) < 3.0


def test_five_per_cent_more_current_shows_in_every_free_reading() -> None:
    trace = made()
    data = trace_data(trace, 1)
    simulator = TraceModel(MODEL)
    more = simulator.readings(data, vector(positive_amplitude=1.05 * TRUTH.value("positive_amplitude")), SCATTER)
    assert np.median(more[:-1][trace.current > 10 * trace.floor]) > 3.0


def test_the_event_residual_follows_the_threshold_and_has_its_sign() -> None:
    data = trace_data(made(), 1)
    simulator = TraceModel(MODEL)
    errors = [simulator.simulate(data, vector(set_voltage=v)).event_error for v in (0.3, 0.4, 0.6, 0.9)]
    assert errors == sorted(errors)
    assert errors[0] < -0.05
    assert errors[3] == pytest.approx(math.log(0.9 / 0.45), abs=0.25)


def test_the_ramp_goes_on_where_the_model_switches_beyond_its_end() -> None:
    data = trace_data(made(), 1)
    found = TraceModel(MODEL).simulate(data, vector(set_voltage=1.8))
    assert found.event_time > data.trace.time[-1]
    assert 1.2 < found.event_error < 1.6


def test_readings_in_the_limit_count_only_where_the_model_stays_below_it() -> None:
    trace = made(set_limit=1e-5)
    assert trace.limited.any()
    simulator = TraceModel(MODEL)
    data = trace_data(trace, 1)
    limited = np.append(trace.limited, False)
    late = np.append(trace.time > (trace.event.time if trace.event else 0.0) + 0.1, False)
    above = simulator.readings(data, vector(), SCATTER)
    below = simulator.readings(data, vector(positive_amplitude=1e-6), SCATTER)
    assert np.all(above[limited & late] == 0.0)
    assert np.all(below[limited & late] < -10.0)


def test_cost_is_continuous_while_the_threshold_passes_samples() -> None:
    data = trace_data(made(), 1)
    simulator = TraceModel(MODEL)
    costs = [
        float(np.sum(np.abs(simulator.readings(data, vector(set_voltage=v), SCATTER))))
        for v in np.linspace(0.38, 0.48, 400)
    ]
    assert np.max(np.abs(np.diff(costs))) < 0.25 * np.ptp(costs)


def test_a_trace_that_did_not_switch_objects_only_to_a_model_that_does() -> None:
    trace = made()
    assert trace.event is not None
    end = int(np.searchsorted(trace.time, trace.event.time)) - 2
    last = replace(trace.event, time=float(trace.time[end]), voltage=float(trace.voltage[end]), censored=True)
    short = replace(
        trace,
        time=trace.time[: end + 1],
        voltage=trace.voltage[: end + 1],
        current=trace.current[: end + 1],
        limited=trace.limited[: end + 1],
        event=last,
    )
    data, simulator = trace_data(short, 1), TraceModel(MODEL)
    assert simulator.simulate(data, vector()).event_error == 0.0
    assert simulator.simulate(data, vector(set_voltage=0.1)).event_error < -0.2
