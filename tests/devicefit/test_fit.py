"""Fit of a cell: recovery of a stated truth, honest marks, refusals, and a real cell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from abruptcell import abrupt_cell, sweep

from devicefit.fit import CellFit, fit_cell
from devicefit.integrate import simulate
from devicefit.models.static import on_resistance
from devicefit.synthesis import ON_CURRENT_SPREAD, THRESHOLD_SPREAD, reference_truth
from measurements.errors import FitError, InputError
from measurements.importer import import_files
from measurements.records import MeasurementSet
from measurements.sweep import Activity

CELL = ("synthetic(0,0)", "(0,0)")
FITTED = (
    "on_current",
    "on_slope",
    "off_current",
    "off_slope",
    "series_resistance",
    "set_voltage",
    "set_slope",
    "reset_voltage",
    "reset_slope",
    "thermal_resistance",
    "thermal_capacitance",
)


@pytest.mark.parametrize("name", FITTED)
def test_truth_lies_within_the_stated_95_percent_interval(synthetic_fit: CellFit, name: str) -> None:
    parameter, truth = synthetic_fit.card.parameters[name], reference_truth().value(name)
    assert parameter.origin == "fitted"
    assert parameter.standard_error is not None
    assert abs(parameter.value - truth) < 1.96 * parameter.standard_error
    assert parameter.standard_error < 0.1 * truth


def test_threshold_of_every_cycle_is_found(synthetic_fit: CellFit) -> None:
    sets = np.array([c.threshold for c in synthetic_fit.curves if c.kind is Activity.SET], dtype=float)
    resets = np.array([c.threshold for c in synthetic_fit.curves if c.kind is Activity.RESET], dtype=float)
    assert sets.size == resets.size == 12
    assert sets.std(ddof=1) == pytest.approx(THRESHOLD_SPREAD["set_voltage"], rel=0.5)
    assert resets.std(ddof=1) == pytest.approx(THRESHOLD_SPREAD["reset_voltage"], rel=0.6)
    on = np.log([c.on_current for c in synthetic_fit.curves if c.kind is Activity.RESET])
    assert on.std(ddof=1) == pytest.approx(ON_CURRENT_SPREAD, rel=0.5)


def test_curves_lie_on_the_data(synthetic_fit: CellFit) -> None:
    quality = synthetic_fit.quality
    assert quality.on_error < 0.015
    assert quality.off_error < 0.02
    assert quality.event_error < 0.1
    assert (quality.set_sweeps, quality.reset_sweeps, quality.excluded) == (12, 12, ())
    for curve in synthetic_fit.curves:
        assert curve.event is not None
        before, after = np.abs(curve.fitted[curve.event - 1]), np.abs(curve.fitted[curve.event])
        assert (after > before) == (curve.kind is Activity.SET)
        assert max(after / before, before / after) > 1.5


def test_card_of_the_fit_switches_at_the_mean_measured_voltages(synthetic_fit: CellFit) -> None:
    card = synthetic_fit.card
    voltage = np.linspace(0, 5, 1001)
    rise = simulate(card, voltage, voltage)  # 1 V/s
    found = voltage[np.argmax(rise.current > 25e-6)]
    assert found == pytest.approx(card.variability["set_voltage"].mean, abs=0.25)
    fall = simulate(card, voltage, -voltage, initial_state=16.0)
    dropped = voltage[np.argmax((np.abs(fall.current) < 1e-5) & (voltage > 0.1))]
    assert dropped == pytest.approx(card.variability["reset_voltage"].mean, abs=0.1)
    assert on_resistance(card) == pytest.approx(card.variability["on_resistance"].median, rel=0.1)


def test_provenance_and_validity_name_every_file(synthetic_fit: CellFit, synthetic_records: MeasurementSet) -> None:
    card = synthetic_fit.card
    for traced in synthetic_records.sweeps:
        assert card.provenance[f"sha256 {traced.source.file}"] == traced.source.sha256
    assert f"sha256 {synthetic_records.heat[0].source.file}" in card.provenance
    assert card.provenance["version lmfit"]
    assert card.synthetic
    assert card.validity["voltage_min"] == -3.0
    assert card.validity["voltage_max"] == 5.0
    assert card.validity["ramp_rate_max"] == pytest.approx(10.0)


def test_without_heat_record_thermal_values_are_assumed(synthetic_records: MeasurementSet) -> None:
    sweeps = synthetic_records.sweeps[:9]
    card = fit_cell(MeasurementSet(sweeps=sweeps), *CELL).card
    assert card.parameters["thermal_resistance"].origin == "assumed"
    assert card.parameters["thermal_capacitance"].standard_error is None


def test_what_abrupt_ohmic_data_cannot_tell_is_marked_assumed() -> None:
    fit = fit_cell(abrupt_cell(), "d", "c")
    parameters = fit.card.parameters
    assert parameters["series_resistance"].value == pytest.approx(0.9 * 500.0, rel=2e-3)
    for name in (
        "series_resistance",
        "on_slope",
        "off_current",
        "off_slope",
        "set_slope",
        "reset_slope",
        "activation_energy",
    ):
        assert parameters[name].origin == "assumed", name
        assert parameters[name].standard_error is None
        assert parameters[name].note
    assert parameters["set_voltage"].origin == "fitted"
    assert on_resistance(fit.card) == pytest.approx(520.0, rel=0.01)
    assert fit.card.variability["set_voltage"].median == pytest.approx(2.775, abs=0.03)
    assert parameters["off_current"].value * np.sinh(3.0) < 3e-9
    assert not fit.card.synthetic


def only(records: MeasurementSet, kind: Activity) -> MeasurementSet:
    return MeasurementSet(sweeps=tuple(item for item in records.sweeps if item.activity is kind))


def test_too_little_is_refused_with_reasons_and_a_next_step() -> None:
    cell = abrupt_cell()
    with pytest.raises(InputError, match=r"no sweep of device 'x'.*the records hold: d c"):
        fit_cell(cell, "x", "c")
    with pytest.raises(FitError, match=r"no clean reset event to fit \(no such sweep at all\); measure a reset ramp"):
        fit_cell(only(cell, Activity.SET), "d", "c")
    with pytest.raises(FitError, match="no clean set event"):
        fit_cell(only(cell, Activity.RESET), "d", "c")
    never = [
        replace(item, current=np.zeros(len(item)) - 1e-9) if item.activity is Activity.SET else item
        for item in cell.sweeps
    ]
    with pytest.raises(FitError, match="5 x never switched"):
        fit_cell(MeasurementSet(sweeps=tuple(never)), "d", "c")
    limited = [
        replace(item, current=np.full(len(item), 50e-6)) if item.activity is Activity.SET else item
        for item in cell.sweeps
    ]
    with pytest.raises(FitError, match=r"no clean set event to fit.*5 x already conducting"):
        fit_cell(MeasurementSet(sweeps=tuple(limited)), "d", "c")


def test_sweeps_of_ten_points_are_refused() -> None:
    up = np.linspace(0, 4, 10)
    short = sweep(Activity.SET, up, np.where(up < 2.5, 1e-10, 5e-5), 0, 5e-5)
    with pytest.raises(FitError, match="1 x only 10 points, 12 or more are needed"):
        fit_cell(MeasurementSet(sweeps=(short, *only(abrupt_cell(), Activity.RESET).sweeps)), "d", "c")


def test_real_cell_is_fitted_and_its_gaps_are_marked(shared_data: Path) -> None:
    folder = shared_data / "vt-cu-taox-pt"
    if not folder.is_dir():
        pytest.skip("the VT Cu/TaOx/Pt sweeps are not in ../shared/data")
    records = import_files(sorted(folder.glob("(wafer2,0,7,-1,-1,1,1)*.csv"))).records
    fit = fit_cell(records, "wafer2(0,7)", "(1,1)")
    parameters = fit.card.parameters
    assert fit.quality.set_sweeps == 20
    assert 12 <= fit.quality.reset_sweeps <= 20
    assert fit.quality.on_error < 0.05
    assert len(fit.quality.excluded) + fit.quality.set_sweeps + fit.quality.reset_sweeps == 52
    assert parameters["series_resistance"].origin == "assumed"
    assert parameters["off_current"].origin == "assumed"
    assert parameters["thermal_resistance"].origin == "assumed"
    assert 250 < on_resistance(fit.card) < 700
    assert fit.card.variability["set_voltage"].mean == pytest.approx(3.25, abs=0.1)
    assert fit.card.variability["set_voltage"].count == 20
    retention = parameters["set_slope"].value * parameters["set_voltage"].value
    assert retention > 12.0
