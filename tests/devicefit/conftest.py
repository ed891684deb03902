"""A synthetic cell, written to files, read back and fitted once for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from devicefit.cycles import ModelFit, fit_model
from devicefit.models.registry import model_named
from devicefit.synthesis import reference_truth, synthesise
from measurements.importer import import_files
from measurements.records import MeasurementSet

SYNTHETIC_CELL = ("synthetic(0,0)", "(0,0)")


@pytest.fixture(scope="session")
def synthetic_records(tmp_path_factory: pytest.TempPathFactory) -> MeasurementSet:
    folder: Path = tmp_path_factory.mktemp("synthetic")
    for name, text in synthesise(reference_truth(), seed=5, cycles=12).items():
        (folder / name).write_text(text)
    found = import_files([folder])
    assert found.refused == ()
    return found.records


@pytest.fixture(scope="session")
def synthetic_fit(synthetic_records: MeasurementSet) -> ModelFit:
    return fit_model(synthetic_records, *SYNTHETIC_CELL, model_named("threshold-memdiode"))
