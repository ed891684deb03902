"""The reference measurements inside the package."""

from __future__ import annotations

import pytest

from measurements import import_files, reference_directory


def test_reference_set_reads_without_refusal_and_says_synthetic() -> None:
    folder = reference_directory()
    files = sorted(folder.glob("*.csv"))
    if not files:
        pytest.skip("the reference set has not been generated yet")
    found = import_files([folder])
    assert found.refused == ()
    assert len(found.records.heat) == 1
    assert len(found.records.sweeps) == len(files) - 1
    for record in (*found.records.sweeps, *found.records.heat):
        assert "synthetic" in record.comment
