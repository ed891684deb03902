"""The reference measurements inside the package."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from measurements import (
    CyclesToFailure,
    NeighbourDisturb,
    ResistanceTemperature,
    StackSwitching,
    ThermalStep,
    import_files,
    read_store,
    reference_directory,
    write_store,
)


def test_reference_set_reads_without_refusal_and_says_synthetic() -> None:
    folder = reference_directory()
    files = sorted(folder.glob("*.csv"))
    if not files:
        pytest.skip("the reference set has not been generated yet")
    found = import_files([folder])
    assert found.refused == ()
    kinds = {type(record) for record in found.records.heat}
    assert kinds == {ThermalStep, ResistanceTemperature, StackSwitching, CyclesToFailure, NeighbourDisturb}
    assert len(found.records.heat) == 5
    assert len(found.records.sweeps) == len(files) - 5
    for record in (*found.records.sweeps, *found.records.heat):
        assert "synthetic" in record.comment


def test_heat_records_of_the_reference_set_survive_the_store(tmp_path: Path) -> None:
    records = import_files([reference_directory()]).records
    write_store(tmp_path / "data.h5", records)
    again = read_store(tmp_path / "data.h5")
    assert [type(record) for record in again.heat] == [type(record) for record in records.heat]
    for first, second in zip(records.heat, again.heat, strict=True):
        for field in fields(first):
            one, two = getattr(first, field.name), getattr(second, field.name)
            assert two.tobytes() == one.tobytes() if isinstance(one, np.ndarray) else two == one, field.name
