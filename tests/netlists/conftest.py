"""ngspice as a user would start it, and device cards made by hand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from devicefit.card import DeviceCard, Parameter

Vectors = dict[str, NDArray[np.float64]]

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


@pytest.fixture
def card() -> DeviceCard:
    return make_card()


@pytest.fixture
def linear_card() -> DeviceCard:
    """A device without curvature or series resistance, for columns done by hand: 500 ohm when on."""
    return make_card(on_current=0.2, on_slope=0.01, series_resistance=0.0, off_current=1e-4, off_slope=1e-4)


def _ngspice(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("ngspice")
    if program is None:
        pytest.skip("ngspice is not installed (apt-get install ngspice)")
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    return subprocess.run(
        [program, "-n", "-b", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def batch(tmp_path: Path) -> Callable[[str], dict[str, float]]:
    """`ngspice -b deck.cir`: the measures it prints, by name."""

    def run(text: str) -> dict[str, float]:
        (tmp_path / "deck.cir").write_text(text)
        done = _ngspice(["deck.cir"], tmp_path)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        _, _, printed = done.stdout.partition("Measurements for Transient Analysis")
        found = re.findall(r"^(\w+)\s+=\s+([-+.\deE]+)(?:\s+from=.*|\s+)?$", printed, re.MULTILINE)
        return {name: float(value) for name, value in found}

    return run


@pytest.fixture
def simulate(tmp_path: Path) -> Callable[[str], Vectors]:
    """`ngspice -b -r raw deck.cir`: the vectors of the binary raw file, by name."""

    def run(text: str) -> Vectors:
        (tmp_path / "deck.cir").write_text(text)
        done = _ngspice(["-r", "deck.raw", "deck.cir"], tmp_path)
        assert "aborted" not in done.stderr, done.stderr[-2000:]
        head, _, body = (tmp_path / "deck.raw").read_bytes().partition(b"Binary:\n")
        lines = head.decode().partition("Variables:\n")[2].splitlines()
        names = [line.split()[1] for line in lines if line.strip()]
        values = np.frombuffer(body, dtype=np.float64).reshape(-1, len(names))
        return {name: values[:, k] for k, name in enumerate(names)}

    return run


def rises(time: NDArray[np.float64], signal: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Times at which a signal rises through a level [s]."""
    k = np.flatnonzero((signal[:-1] < level) & (signal[1:] >= level))
    return time[k] + (level - signal[k]) / (signal[k + 1] - signal[k]) * (time[k + 1] - time[k])


def close(expected: float, rel: float = 1e-6) -> object:
    """pytest.approx without its absolute tolerance of 1e-12, to which every pJ, fC and ps is zero."""
    return pytest.approx(expected, rel=rel, abs=0.0)
