"""Device cards made by hand, and how waveforms are compared."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from devicefit.card import DeviceCard, Parameter

UNITS = {
    "on_current": "A",
    "on_slope": "1/V",
    "off_current": "A",
    "off_slope": "1/V",
    "series_resistance": "ohm",
    "set_voltage": "V",
    "set_slope": "1/V",
    "reset_voltage": "V",
    "reset_slope": "1/V",
    "activation_energy": "eV",
    "state_limit": "1",
    "ambient_temperature": "K",
    "thermal_resistance": "K/W",
    "thermal_capacitance": "J/K",
}


def make_card(**changed: float) -> DeviceCard:
    """A card with an on resistance of 610.6 ohm; keyword arguments replace parameters by name."""
    values = {
        "on_current": 1.2e-3,
        "on_slope": 1.5,
        "off_current": 1e-9,
        "off_slope": 3.0,
        "series_resistance": 55.0,
        "set_voltage": 0.9,
        "set_slope": 35.0,
        "reset_voltage": 0.8,
        "reset_slope": 25.0,
        "activation_energy": 0.5,
        "state_limit": 16.0,
        "ambient_temperature": 300.0,
        "thermal_resistance": 2e5,
        "thermal_capacitance": 1e-14,
    } | changed
    parameters = {name: Parameter(values[name], unit, "assumed") for name, unit in UNITS.items()}
    return DeviceCard("threshold-memdiode", "by hand", "(0,0)", parameters, synthetic=True)


def rises(time: NDArray[np.float64], signal: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Times at which a signal rises through a level [s]."""
    k = np.flatnonzero((signal[:-1] < level) & (signal[1:] >= level))
    return time[k] + (level - signal[k]) / (signal[k + 1] - signal[k]) * (time[k + 1] - time[k])


def close(expected: float, rel: float = 1e-6) -> object:
    """pytest.approx without its absolute tolerance of 1e-12, to which every pJ, fC and ps is zero."""
    return pytest.approx(expected, rel=rel, abs=0.0)
