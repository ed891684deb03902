"""Builders of small records with known content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from measurements import Activity, Import, Source, Sweep, import_files

STEP = 0.05  # [V]
STEP_TIME = 0.04  # [s]


def build_sweep(voltage: object, current: object, activity: Activity, **changes: object) -> Sweep:
    fields: dict[str, object] = {
        "time": STEP_TIME * np.arange(np.size(voltage)),
        "voltage": voltage,
        "current": current,
        "activity": activity,
        "compliance_current": None,
        "device": "wafer(0,0)",
        "cell": "(1,2)",
        "cycle": 0,
        "temperature": None,
        "source": Source("made.csv", "0" * 64),
    }
    return Sweep(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def make_sweep() -> Callable[..., Sweep]:
    """Factory of sweeps; time runs at 0.04 s a point unless given."""
    return build_sweep


@pytest.fixture
def make_set() -> Callable[..., Sweep]:
    """A set ramp 0 to 5 V: ohmic off branch plus offset, compliance from point `index` on."""

    def make(
        index: int = 60,
        off_resistance: float = 1e9,
        offset: float = -1.4e-9,
        limit: float = 20e-6,
        polarity: int = 1,
        **changes: object,
    ) -> Sweep:
        voltage = STEP * np.arange(101)
        current = np.where(np.arange(101) < index, voltage / off_resistance, limit)
        changes.setdefault("compliance_current", limit)
        shown = polarity * current + np.where(np.arange(101) < index, offset, 0.0)
        changes.setdefault("current", shown)
        return build_sweep(voltage=polarity * voltage, activity=Activity.SET, **changes)

    return make


@pytest.fixture
def make_reset() -> Callable[..., Sweep]:
    """A reset ramp 0 to -3 V: ohmic on branch up to point `index`, then the instrument's offset."""

    def make(
        index: int = 35,
        on_resistance: float = 610.0,
        offset: float = -100e-9,
        polarity: int = -1,
        **changes: object,
    ) -> Sweep:
        voltage = STEP * np.arange(61)
        current = np.where(np.arange(61) < index, voltage / on_resistance, 0.0)
        changes.setdefault("compliance_current", 6e-3)
        changes.setdefault("current", polarity * current + offset)
        return build_sweep(voltage=polarity * voltage, activity=Activity.RESET, **changes)

    return make


@pytest.fixture(scope="session")
def real_import(shared_data: Path) -> Import:
    """The 599 measured sweeps."""
    folder = shared_data / "vt-cu-taox-pt"
    if not folder.is_dir():
        pytest.skip("the measured Cu/TaOx/Pt sweeps are not beside the project (../shared/data/vt-cu-taox-pt)")
    return import_files([folder])
