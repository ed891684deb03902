"""An ideal cell whose events nothing resolves."""

from __future__ import annotations

import numpy as np

from measurements.records import MeasurementSet
from measurements.sweep import Activity, Source, Sweep


def sweep(kind: Activity, voltage: np.ndarray, current: np.ndarray, number: int, limit: float) -> Sweep:
    name = f"{kind.value}{number}.csv"
    return Sweep(np.abs(voltage), voltage, current, kind, limit, "d", "c", number, None, Source(name, "0" * 64))


def abrupt_cell(cycles: int = 5) -> MeasurementSet:
    """An ideal ohmic cell that switches between two readings: nothing tells the slopes."""
    sweeps = []
    for number in range(cycles):
        up = np.linspace(0, 4, 81)
        reading = np.where(up < 2.4 + 0.2 * number, 0.0, 50e-6) - 1e-9 + 1e-11 * np.cos(7.0 * np.arange(81))
        sweeps.append(sweep(Activity.SET, up, reading, number, 50e-6))
        down = -np.linspace(0, 3, 121)
        ohmic = (
            np.where(-down < 1.1 + 0.1 * number, down / (500.0 + 10 * number), 0.0)
            - 1e-7
            + 1e-9 * np.cos(7.0 * np.arange(121))
        )
        sweeps.append(sweep(Activity.RESET, down, ohmic, number, 10e-3))
    return MeasurementSet(sweeps=tuple(sweeps))
