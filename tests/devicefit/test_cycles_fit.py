"""The fit of any compact model to many cycles: recovery of a stated truth, refusals, verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from devicefit.cycles import ModelFit, Protocol, fit_model, synthetic_cycles
from devicefit.cycles.fit import prepare_cell
from devicefit.cycles.inspection import check_traces
from devicefit.cycles.provenance import provenance_of
from devicefit.models import yakopcic
from measurements.errors import FitError, InputError
from measurements.records import MeasurementSet
from measurements.sweep import Activity, FloatArray, Sweep

TRUTH = yakopcic.MODEL.cards["Aguirre C2"]
PROTOCOL = Protocol(1.5, 1.5, set_points=61, reset_points=61, ramp_rates=(0.1, 0.2, 0.4), offset=-1e-10, noise=1e-11)
SPREAD = {"set_voltage": 0.1, "reset_voltage": 0.1}
CYCLES = 6


@pytest.fixture(scope="module")
def records() -> MeasurementSet:
    return synthetic_cycles(yakopcic.MODEL, TRUTH, PROTOCOL, SPREAD, CYCLES, seed=3).records


@pytest.fixture(scope="module")
def fit(records: MeasurementSet) -> ModelFit:
    return fit_model(records, "synthetic", "(0,0)", yakopcic.MODEL)


def changed(
    records: MeasurementSet, change: Callable[[Sweep], tuple[FloatArray, FloatArray, FloatArray]]
) -> MeasurementSet:
    """Every sweep with (time, voltage, current) put through `change`."""
    sweeps = []
    for sweep in records.sweeps:
        time, voltage, current = change(sweep)
        sweeps.append(replace(sweep, time=time, voltage=voltage, current=current))
    return MeasurementSet(sweeps=tuple(sweeps))


def refused(records: MeasurementSet) -> str:
    with pytest.raises((FitError, InputError)) as caught:
        fit_model(records, "synthetic", "(0,0)", yakopcic.MODEL)
    return str(caught.value)


def test_truth_lies_within_the_intervals_and_is_known_well(fit: ModelFit) -> None:
    assert set(fit.intervals) == set(yakopcic.MODEL.fitted)
    inside = [fit.intervals[name].contains(TRUTH.value(name)) for name in yakopcic.MODEL.fitted]
    assert sum(inside) >= len(inside) - 2
    for name in ("positive_amplitude", "negative_amplitude", "slope", "set_rate", "reset_rate"):
        assert fit.card.value(name) == pytest.approx(TRUTH.value(name), rel=0.02)
        error = fit.card.parameters[name].standard_error
        assert error is not None
        assert 1e-4 < error / fit.card.value(name) < 0.02


def test_fit_is_usable_and_follows_every_curve(fit: ModelFit) -> None:
    assert fit.usable
    assert fit.faults == ()
    assert len(fit.curves) == 2 * CYCLES
    assert fit.errors.current < 0.02
    assert fit.errors.event < 0.02
    assert fit.card.synthetic
    assert fit.card.parameters["set_window"].origin == "published"
    on_branch = fit.scatter.parts[3]  # of resets before their event, far above the noise
    assert on_branch == pytest.approx(PROTOCOL.relative_noise, rel=0.2)


def test_each_cycle_has_the_threshold_it_was_drawn_with(fit: ModelFit) -> None:
    drawn = synthetic_cycles(yakopcic.MODEL, TRUTH, PROTOCOL, SPREAD, CYCLES, seed=3).values
    for name in ("set_voltage", "reset_voltage"):
        found = np.array([cycle[name] for cycle in fit.cycles])
        expected = np.array([values[name] for values in drawn])
        assert found == pytest.approx(expected, rel=0.03)
        assert np.ptp(expected) > 0.05 * expected.mean()


def test_a_cell_that_is_not_there_is_named_with_those_that_are(records: MeasurementSet) -> None:
    with pytest.raises(InputError, match=r"the records hold: synthetic \(0,0\)"):
        fit_model(records, "synthetic", "(9,9)", yakopcic.MODEL)


def test_a_device_that_never_switches_is_refused(records: MeasurementSet) -> None:
    message = refused(changed(records, lambda s: (s.time, s.voltage, 1e-6 * s.voltage)))
    assert "no set to fit" in message
    assert "never switched" in message


def test_ten_points_are_refused(records: MeasurementSet) -> None:
    message = refused(changed(records, lambda s: (s.time[:10], s.voltage[:10], s.current[:10])))
    assert "only 10 points" in message


def test_all_compliance_is_refused(records: MeasurementSet) -> None:
    limited = changed(records, lambda s: (s.time, s.voltage, np.full(len(s), 1e-5) * np.sign(s.voltage + 1e-12)))
    limited = MeasurementSet(sweeps=tuple(replace(s, compliance_current=1e-5) for s in limited.sweeps))
    assert "limit" in refused(limited)


def test_set_and_reset_of_one_polarity_are_refused(records: MeasurementSet) -> None:
    message = refused(changed(records, lambda s: (s.time, np.abs(s.voltage), np.abs(s.current))))
    assert "same polarity" in message


def test_one_sweep_with_swapped_leads_is_refused(records: MeasurementSet) -> None:
    first = next(s for s in records.sweeps if s.activity is Activity.SET)
    turned = replace(first, voltage=-first.voltage, current=-first.current)
    sweeps = (turned, *(s for s in records.sweeps if s is not first))
    assert "swapped leads" in refused(MeasurementSet(sweeps=sweeps))


def test_current_in_milliampere_in_one_file_is_refused_by_name(records: MeasurementSet) -> None:
    first = records.sweeps[0]
    sweeps = (replace(first, current=first.current * 1e3), *records.sweeps[1:])
    assert refused(MeasurementSet(sweeps=sweeps)).startswith("synthetic_set_0")


def test_millivolts_are_refused(records: MeasurementSet) -> None:
    assert "millivolt" in refused(changed(records, lambda s: (s.time, s.voltage * 1e3, s.current)))


def test_a_card_says_where_time_was_assumed(records: MeasurementSet) -> None:
    assert "assumed time" not in provenance_of(records)
    untimed = (replace(records.sweeps[0], timed=False), *records.sweeps[1:])
    assert provenance_of(MeasurementSet(sweeps=untimed))["assumed time"].startswith("1 s a point in 1 of 12 sweeps")


def test_a_set_that_stays_off_is_no_set_in_another_unit(records: MeasurementSet) -> None:
    prepared = prepare_cell(records, "synthetic", "(0,0)")
    place = next(i for i, trace in enumerate(prepared.traces) if trace.kind is Activity.SET)
    traces = list(prepared.traces)
    traces[place] = replace(traces[place], current=1e-4 * traces[place].current, event=None)
    check_traces(replace(prepared, traces=tuple(traces)), "cell")
    traces[place] = replace(prepared.traces[place], current=1e-4 * prepared.traces[place].current)
    with pytest.raises(InputError, match="mixed units"):
        check_traces(replace(prepared, traces=tuple(traces)), "cell")
