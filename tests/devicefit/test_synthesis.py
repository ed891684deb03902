"""Synthetic measurements: layout, label, determinism, and the physics behind them."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit.models.static import on_resistance
from devicefit.synthesis import SET_LIMIT, TRUTH, reference_truth, synthesise
from devicefit.threshold_memdiode import PARAMETER_UNITS
from measurements.errors import InputError
from measurements.records import MeasurementSet
from measurements.sweep import Activity


def test_truth_states_every_parameter_and_says_synthetic() -> None:
    truth = reference_truth()
    assert tuple(truth.parameters) == tuple(PARAMETER_UNITS) == tuple(TRUTH)
    assert truth.synthetic
    assert all("synthetic" in parameter.note for parameter in truth.parameters.values())
    assert 500 < on_resistance(truth) < 700


def test_same_seed_same_text_other_seed_other_text() -> None:
    first, again, other = (synthesise(reference_truth(), seed, 2) for seed in (1, 1, 2))
    assert first == again
    assert list(first) == list(other)
    assert all(first[name] != other[name] for name in first)


def test_every_file_says_synthetic() -> None:
    texts = synthesise(reference_truth(), 1, 3)
    assert len(texts) == 1 + 2 * 3 + 5
    assert all("synthetic" in text.split("\n", 12)[10] or "synthetic" in text[:600] for text in texts.values())
    with pytest.raises(InputError, match="0 cycles"):
        synthesise(reference_truth(), 1, 0)


def test_files_read_back_as_forming_sets_resets_and_heat(synthetic_records: MeasurementSet) -> None:
    kinds = [sweep.activity for sweep in synthetic_records.sweeps]
    assert kinds == [Activity.FORM] + [Activity.SET, Activity.RESET] * 12
    assert [type(record).__name__ for record in synthetic_records.heat] == [
        "ThermalStep", "CyclesToFailure", "NeighbourDisturb", "ResistanceTemperature", "StackSwitching",
    ]  # fmt: skip
    first = synthetic_records.sweeps[1]
    assert first.compliance_current == SET_LIMIT
    assert first.current.max() == SET_LIMIT
    assert first.temperature == 300.0
    assert float(np.median(first.current[first.voltage < 0.05])) == pytest.approx(-1.4e-9, abs=3e-10)


def test_heat_record_steps_and_noise_are_as_stated(synthetic_records: MeasurementSet) -> None:
    record = synthetic_records.heat[0]
    assert sorted(set(record.power.tolist())) == [1e-3, 2e-3, 4e-3]
    plateau = record.temperature[280:300]
    assert plateau.mean() == pytest.approx(300 + 4e-3 * 6e4, abs=1.0)
    assert plateau.std() == pytest.approx(0.5, rel=0.5)
