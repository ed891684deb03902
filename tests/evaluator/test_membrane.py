"""The membrane's step against closed forms of the leaky integrate-and-fire neuron."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.membrane import Membrane, advance, at_grid, trip_voltage

THRESHOLD, TRIP_DELAY = 0.85, 3e-9


def membrane(leak_rate=0.0, leak=0.0, dead_time=110e-9):
    """g(V) = leak + leak_rate V [V/s]; F of a comparator that fires 3 ns after 0.85 V; supply power 1 uW/V."""
    grid = np.linspace(-0.5, 2.0, 2501)
    trip = np.linspace(THRESHOLD, 2.0, 1151)
    return Membrane(
        start=-0.5, inverse_step=1e3, leak=leak + leak_rate * grid, power=1e-6 * np.abs(grid), trip_start=THRESHOLD,
        inverse_trip_step=1e3, trip=(trip - THRESHOLD) / TRIP_DELAY, floor=-0.5, dead_time=dead_time, top=2.0,
        trip_top=2.0,
    )  # fmt: skip


def first_spike(kind, slope, step, start=0.0):
    voltage, trip, time = start, 0.0, 0.0
    while time < 1e-4:
        voltage, trip, at = advance(kind, voltage, trip, slope, step)
        if at >= 0:
            return time + at
        time += step
    return np.inf


def test_grid_is_linear_and_continues():
    values = np.array([1.0, 3.0, 7.0])
    assert at_grid(values, 0.0, 2.0, 0.25) == pytest.approx((2.0, 4.0))
    assert at_grid(values, 0.0, 2.0, 1.5) == pytest.approx((11.0, 8.0))
    assert at_grid(values, 0.0, 2.0, -0.5) == pytest.approx((-1.0, 4.0))


@pytest.mark.parametrize("slope", [3e5, 2e6, 4e7])
@pytest.mark.parametrize("step", [1e-9, 10e-9])
def test_without_leak_it_fires_at_threshold_plus_delay(slope, step):
    assert first_spike(membrane(), slope, step) == pytest.approx(THRESHOLD / slope + TRIP_DELAY, rel=1e-9)


@pytest.mark.parametrize("slope", [1.2e6, 5e6])
def test_exponential_charging(slope):
    """dV/dt = a - V / tau passes V at -tau ln(1 - V / (a tau)); the comparator adds its delay."""
    tau = 1e-6
    crossing = -tau * np.log(1 - THRESHOLD / (slope * tau))
    found = [first_spike(membrane(leak_rate=1 / tau), slope, step) for step in (20e-9, 10e-9, 5e-9)]
    errors = np.abs(np.array(found) - crossing - TRIP_DELAY)
    assert errors[1] < 1e-4 * crossing
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.5)  # second order


def test_a_leak_as_large_as_the_input_keeps_it_silent():
    assert first_spike(membrane(leak=2e6), 2e6, 10e-9) == np.inf


def test_it_fires_while_the_membrane_rests_above_the_threshold():
    voltage, trip, at = advance(membrane(), THRESHOLD + 0.1, 0.25, 0.0, 10e-9)
    assert at == pytest.approx(0.75 * TRIP_DELAY, rel=1e-9)
    voltage, trip, at = advance(membrane(), THRESHOLD + 0.1, 0.25, 0.0, 1e-9)
    assert (at, trip) == (-1.0, pytest.approx(0.25 + 1 / 3))
    assert voltage == pytest.approx(THRESHOLD + 0.1)


def test_a_falling_membrane_still_gathers_and_then_forgets():
    kind = membrane()
    _, trip, at = advance(kind, THRESHOLD + 0.02, 0.0, -1e7, 1e-9)
    assert (at, trip) == (-1.0, pytest.approx(1 / 3))
    _, trip, at = advance(kind, THRESHOLD + 0.02, 0.0, -1e7, 5e-9)
    assert (at, trip) == (-1.0, 0.0)


def test_steep_leak_is_stable():
    """20 time constants in one step: no overshoot beyond the far side, whatever the step."""
    voltage, _, _ = advance(membrane(leak_rate=2e9), -0.4, 0.0, 0.0, 10e-9)
    assert abs(voltage) < 0.4
    assert abs(advance(membrane(leak_rate=1e8), -0.4, 0.0, 0.0, 1e-9)[0] / -0.4 - np.exp(-0.1)) < 1e-3


def test_floor():
    assert advance(membrane(), -0.45, 0.0, -1e8, 10e-9)[0] == -0.5


def test_trip_voltage_inverts_the_integral():
    kind = membrane()
    for rate in (0.0, 1e6, 3e7):
        assert trip_voltage(kind, rate) == pytest.approx(THRESHOLD + TRIP_DELAY * rate)
