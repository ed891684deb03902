"""The threshold memdiode fitted to cycles: what sweeps do not tell is held with its reason, heat is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from abruptcell import abrupt_cell

from devicefit.cycles import ModelFit, fit_model
from devicefit.cycles.fit import prepare_cell
from devicefit.cycles.hiddenleak import without_leak
from devicefit.cycles.joint import _lost
from devicefit.cycles.lowerbound import ABRUPT, LOWER_BOUND, LowerBound
from devicefit.cycles.memdiode_start import slope_told
from devicefit.models.registry import MODELS
from devicefit.models.static import on_resistance
from devicefit.synthesis import reference_truth
from measurements.errors import FitError
from measurements.records import MeasurementSet
from measurements.sweep import Activity

MODEL = MODELS["threshold-memdiode"]


@pytest.fixture(scope="module")
def abrupt() -> ModelFit:
    return fit_model(abrupt_cell(), "d", "c", MODEL)


def test_what_abrupt_ohmic_data_cannot_tell_is_held_with_its_reason(abrupt: ModelFit) -> None:
    parameters = abrupt.card.parameters
    assert parameters["series_resistance"].value == pytest.approx(0.9 * 500.0, rel=5e-3)
    for name in ("series_resistance", "on_slope", "off_current", "off_slope", "set_slope", "reset_slope"):
        assert parameters[name].origin == "assumed", name
        assert parameters[name].standard_error is None
        assert parameters[name].note.startswith("not determined: "), name
        assert abrupt.undetermined[name]
    for name in ("set_slope", "reset_slope"):
        assert parameters[name].note.endswith(LOWER_BOUND)
        threshold = parameters[name.replace("slope", "voltage")].value
        assert 12.0 < parameters[name].value * threshold < 200.0  # keeps its state, and is no 1e4
    assert parameters["set_voltage"].origin == "fitted"
    assert on_resistance(abrupt.card) == pytest.approx(520.0, rel=0.02)
    assert parameters["off_current"].value * np.sinh(3.0) < 3e-9
    assert abrupt.faults == ()


def test_every_abrupt_event_is_met(abrupt: ModelFit) -> None:
    for curve in abrupt.curves:
        assert curve.fitted_event == pytest.approx(curve.measured_event, rel=0.03)


def test_heat_records_and_the_recorded_temperature_reach_the_card(synthetic_records: MeasurementSet) -> None:
    cell = synthetic_records.sweeps[0]
    sets, resets = (
        [item for item in synthetic_records.sweeps if item.activity is kind] for kind in (Activity.SET, Activity.RESET)
    )
    few = tuple(replace(item, temperature=310.0) for item in (sets[0], resets[0]))
    records = MeasurementSet(sweeps=few, heat=synthetic_records.heat)
    card = fit_model(records, cell.device, cell.cell, MODEL).card
    for name in ("thermal_resistance", "thermal_capacitance"):
        parameter, truth = card.parameters[name], reference_truth().value(name)
        assert parameter.origin == "fitted"
        assert parameter.standard_error is not None
        assert abs(parameter.value - truth) < 3.0 * parameter.standard_error
    assert card.value("ambient_temperature") == 310.0
    assert card.parameters["ambient_temperature"].note == "as recorded"
    assert f"sha256 {synthetic_records.heat[0].source.file}" in card.provenance


def test_without_heat_record_thermal_values_are_assumed(abrupt: ModelFit) -> None:
    assert "no heat record" in abrupt.card.parameters["thermal_resistance"].note
    assert abrupt.card.parameters["thermal_capacitance"].origin == "assumed"
    assert "not recorded" in abrupt.card.parameters["ambient_temperature"].note


def test_slopes_go_back_where_the_search_leads_far_or_finds_nothing() -> None:
    bounds = {"set_slope": LowerBound(10.0, 30.0), "reset_slope": LowerBound(20.0)}
    assert _lost({"set_slope": 29.0, "reset_slope": 900.0}, {}, bounds) == {}
    assert _lost({"set_slope": 31.0}, {}, bounds) == {"set_slope": ABRUPT}
    assert _lost({}, {"reset_slope": "flat", "on_slope": "flat"}, bounds) == {"reset_slope": "flat"}


def test_samples_or_rates_tell_a_slope() -> None:
    resets = [t for t in prepare_cell(abrupt_cell(), "d", "c").traces if t.kind is Activity.RESET]
    assert not slope_told(resets)
    assert slope_told([*resets[:3], *(replace(t, time=t.time * 0.1) for t in resets[3:])])
    events = [t.event for t in resets]
    shown = [replace(t, event=replace(e, abrupt=False)) for t, e in zip(resets, events, strict=True) if e is not None]
    assert slope_told([*shown[:3], *resets[3:]])
    assert not slope_told([*shown[:2], *resets[2:]])


def test_hidden_leakage_is_not_used_before_a_set() -> None:
    traces = without_leak(prepare_cell(abrupt_cell(), "d", "c").traces)
    for trace in traces:
        assert trace.event is not None
        if trace.kind is Activity.RESET:
            assert trace.unused is None
        else:
            assert trace.unused is not None
            assert np.array_equal(trace.unused, trace.time < trace.event.time)


def test_a_cell_without_a_set_is_refused() -> None:
    resets = tuple(item for item in abrupt_cell().sweeps if item.activity is Activity.RESET)
    with pytest.raises(FitError):
        fit_model(MeasurementSet(sweeps=resets), "d", "c", MODEL)
