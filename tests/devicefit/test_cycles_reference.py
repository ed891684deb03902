"""The threshold memdiode fitted to files like the embedded reference set, and to a real cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from devicefit.cycles import ModelFit, fit_model
from devicefit.models.registry import model_named
from devicefit.models.simulation import simulate_model
from devicefit.models.static import on_resistance
from devicefit.synthesis import ON_CURRENT_SPREAD, THRESHOLD_SPREAD, reference_truth
from measurements.importer import import_files
from measurements.records import MeasurementSet
from measurements.sweep import Activity

MODEL = model_named("threshold-memdiode")
FITTED = (*MODEL.fitted, "thermal_resistance", "thermal_capacitance")


@pytest.mark.parametrize("name", FITTED)
def test_truth_lies_within_the_stated_error(synthetic_fit: ModelFit, name: str) -> None:
    parameter, truth = synthetic_fit.card.parameters[name], reference_truth().value(name)
    assert parameter.origin == "fitted"
    assert parameter.standard_error is not None
    assert abs(parameter.value - truth) < 2.5 * parameter.standard_error  # of eleven, one in eight seeds misses so far
    assert parameter.standard_error < 0.1 * truth


def test_values_of_every_cycle_are_found(synthetic_fit: ModelFit) -> None:
    cycles = synthetic_fit.cycles
    assert len(cycles) == 12
    for name, deviation in THRESHOLD_SPREAD.items():
        assert np.std([cycle[name] for cycle in cycles], ddof=1) == pytest.approx(deviation, rel=0.6)
    on = np.log([cycle["on_current"] for cycle in cycles])
    assert on.std(ddof=1) == pytest.approx(ON_CURRENT_SPREAD, rel=0.5)


def test_curves_lie_on_the_data(synthetic_fit: ModelFit) -> None:
    assert synthetic_fit.usable
    assert synthetic_fit.excluded == ()
    assert synthetic_fit.errors.current < 0.04
    assert synthetic_fit.errors.event < 0.01
    kinds = [curve.kind for curve in synthetic_fit.curves]
    assert kinds.count(Activity.SET) == kinds.count(Activity.RESET) == 12
    for curve in synthetic_fit.curves:
        assert curve.fitted_event == pytest.approx(curve.measured_event, rel=0.03)


def test_card_of_the_fit_switches_at_the_mean_measured_voltages(synthetic_fit: ModelFit) -> None:
    card = synthetic_fit.card
    voltage = np.linspace(0, 5, 1001)
    rise = simulate_model(MODEL, card, voltage, voltage)  # 1 V/s
    found = voltage[np.argmax(rise.current > 25e-6)]
    assert found == pytest.approx(card.variability["set_voltage"].mean, abs=0.25)
    fall = simulate_model(MODEL, card, voltage, -voltage, fraction=1.0)
    dropped = voltage[np.argmax((np.abs(fall.current) < 1e-5) & (voltage > 0.1))]
    assert dropped == pytest.approx(card.variability["reset_voltage"].mean, abs=0.1)
    assert on_resistance(card) == pytest.approx(card.variability["on_resistance"].median, rel=0.1)


def test_provenance_and_validity_name_every_file(synthetic_fit: ModelFit, synthetic_records: MeasurementSet) -> None:
    card = synthetic_fit.card
    for traced in synthetic_records.sweeps:
        assert card.provenance[f"sha256 {traced.source.file}"] == traced.source.sha256
    assert f"sha256 {synthetic_records.heat[0].source.file}" in card.provenance
    assert card.provenance["version lmfit"]
    assert card.synthetic
    assert card.validity["voltage_min"] == -3.0
    assert card.validity["ramp_rate_max"] == pytest.approx(10.0)


def test_real_cell_is_fitted_and_its_gaps_are_marked(shared_data: Path) -> None:
    folder = shared_data / "vt-cu-taox-pt"
    if not folder.is_dir():
        pytest.skip("the VT Cu/TaOx/Pt sweeps are not in ../shared/data")
    records = import_files(sorted(folder.glob("(wafer2,0,7,-1,-1,1,1)*.csv"))).records
    fit = fit_model(records, "wafer2(0,7)", "(1,1)", MODEL)
    parameters = fit.card.parameters
    assert fit.usable, fit.faults
    assert fit.errors.current < 0.2
    assert fit.errors.event < 0.02
    for name in ("series_resistance", "off_current", "thermal_resistance"):
        assert parameters[name].origin == "assumed"
    assert 250 < on_resistance(fit.card) < 700
    assert fit.card.variability["set_voltage"].mean == pytest.approx(3.25, abs=0.1)
    assert fit.card.variability["set_voltage"].count == 20
    assert parameters["set_slope"].value * parameters["set_voltage"].value > 12.0  # keeps its state at 0 V
