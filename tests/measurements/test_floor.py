"""Offset and noise of the instrument with their standard errors."""

from __future__ import annotations

import numpy as np
import pytest

from measurements import Import, analyse_sweep
from measurements.floor import InstrumentFloor, intercept_floor, quiet_floor, with_noise

VOLTAGE = 0.05 * np.arange(11)


@pytest.mark.parametrize("points", [11, 60])
def test_offset_interval_covers_the_truth(points: int) -> None:
    random = np.random.default_rng(6)
    voltage = np.linspace(0, 0.5, points)
    inside = seen = 0
    for _ in range(300):
        current = -1.4e-9 + voltage / 1e9 + random.normal(0, 2e-10, points)
        floor = intercept_floor(voltage, current)
        assert floor is not None
        assert floor.offset_error is not None
        inside += abs(floor.offset + 1.4e-9) <= 2 * floor.offset_error
        seen += abs(floor.offset) <= 2 * floor.offset_error
    assert inside / 300 >= 0.9
    assert seen / 300 < 0.05


def test_noise_and_its_error() -> None:
    random = np.random.default_rng(7)
    voltage = np.linspace(0, 0.5, 100)
    found = [intercept_floor(voltage, random.normal(0, 1e-10, 100)) for _ in range(200)]
    noise = np.array([floor.noise for floor in found if floor is not None])
    error = np.array([floor.noise_error for floor in found if floor is not None])
    assert noise.mean() == pytest.approx(1e-10, rel=0.05)
    assert error.mean() == pytest.approx(noise.std(), rel=0.3)


def test_spikes_do_not_move_the_offset() -> None:
    current = -1.4e-9 + 1e-11 * np.cos(2.7 * np.arange(11))
    current[4] = 1e-6
    floor = intercept_floor(VOLTAGE, current)
    assert floor is not None
    assert floor.offset == pytest.approx(-1.4e-9, rel=0.02)


@pytest.mark.parametrize("offset", [0.0, -1.4e-9])
def test_a_curved_branch_does_not_pass_for_an_offset(offset: float) -> None:
    voltage = np.linspace(0.0, 0.5, 51)
    random = np.random.default_rng(3)
    current = offset + 1e-8 * np.sinh(voltage / 0.15) + random.normal(0.0, 2e-11, 51)
    floor = intercept_floor(voltage, current)
    assert floor is not None
    assert floor.offset == pytest.approx(offset, abs=3e-10)  # a line through all of them meets 0 V at -1.7e-8
    assert floor.noise < 3e-10


def test_quiet_third_holds_leakage() -> None:
    floor = quiet_floor(np.linspace(-1.0e-7, -1.2e-7, 40))
    assert floor is not None
    assert floor.holds_leakage
    assert floor.offset == pytest.approx(-1.03e-7, rel=0.02)
    assert quiet_floor(np.zeros(16)) is None
    assert intercept_floor(VOLTAGE[:4], VOLTAGE[:4]) is None


def test_noise_found_otherwise() -> None:
    floor = with_noise(InstrumentFloor(1e-9, 5e-9, 1e-10, None, 50), 1e-11)
    assert (floor.noise, floor.offset_error) == (1e-11, 1e-10)
    assert floor.noise_error is not None
    assert 0 < floor.noise_error < floor.noise


def test_measured_offset_of_the_laboratory(real_import: Import) -> None:
    """About -1.4 nA in the unbroken cells of wafer 2 (published analysis of the same files)."""
    own = [
        event.floor
        for sweep in real_import.records.sweeps
        if sweep.device.startswith("wafer2")
        for event in analyse_sweep(sweep)
        if event.floor is not None and not event.floor.holds_leakage and event.kind.value in ("form", "set")
    ]
    offsets = np.array([floor.offset for floor in own])
    errors = np.array([floor.offset_error for floor in own])
    assert len(own) > 100
    assert np.median(offsets) == pytest.approx(-1.3e-9, abs=0.25e-9)
    assert np.median(errors) < 0.2e-9
    assert np.mean(np.abs(offsets) > 3 * errors) > 0.8  # significant in most sweeps
