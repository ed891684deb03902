"""Stanford/PKU gap model: published resistances, gap velocity by hand, heat, bounds, an independent integration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from devicefit.models import stanford_gap
from devicefit.models.registry import published_card
from devicefit.models.simulation import simulate_model

MODEL = stanford_gap.MODEL
MEMTORCH = published_card("stanford-gap", "MemTorch")
UNLIMITED = published_card("stanford-gap", "MemTorch without field limit")
EV = 8.617333262e-5  # eV/K


def changed(card, **values):
    """`card` with other values."""
    new = {name: replace(card.parameters[name], value=value) for name, value in values.items()}
    return replace(card, parameters={**card.parameters, **new})


def slope_and_current(card, voltage, state):
    """dz/dt [1/s] and current [A]."""
    slopes = np.zeros(1)
    amperes = stanford_gap.response(MODEL.vector(card), voltage, np.array([state]), slopes)
    return float(slopes[0]), float(amperes)


def test_published_resistances_at_the_read_voltage() -> None:
    assert 0.1 / slope_and_current(MEMTORCH, 0.1, 0.0)[1] == pytest.approx(542, rel=2e-3)
    assert 0.1 / slope_and_current(MEMTORCH, 0.1, 1.0)[1] == pytest.approx(218586, rel=2e-3)


def test_gap_velocity_by_hand() -> None:
    # Gap 0.95 nm: gamma = 16 - 0.8 * 0.95^3; at 0.8 V; T = 298 K + 2100 K/W of the power.
    amperes = 1e-3 * np.exp(-0.95 / 0.25) * np.sinh(0.8 / 0.25)
    thermal = EV * (298 + 2.1e3 * 0.8 * amperes)
    gamma = 16 - 0.8 * 0.95**3
    velocity = 10 * np.exp(-0.6 / thermal) * np.sinh(gamma * 0.25 / 12 * 0.8 / thermal)
    assert slope_and_current(UNLIMITED, 0.8, 0.5)[0] * 1.5e-9 == pytest.approx(-velocity, rel=1e-6)
    assert slope_and_current(UNLIMITED, -0.8, 0.5)[0] * 1.5e-9 == pytest.approx(velocity, rel=1e-6)


def test_the_gap_rests_below_the_least_field() -> None:
    # gamma V/tox = 1.4e9 V/m at a gap of 1.7 nm: 12.07 V/12 nm, 1.392 V.
    threshold = 1.4e9 * 12e-9 / (16 - 0.8 * 1.7**3)
    assert threshold == pytest.approx(1.392, rel=1e-3)
    free = slope_and_current(UNLIMITED, threshold, 1.0)[0]
    assert slope_and_current(MEMTORCH, threshold, 1.0)[0] == pytest.approx(0.5 * free, rel=1e-6)
    assert slope_and_current(MEMTORCH, 0.989 * threshold, 1.0)[0] == 0.0
    above = slope_and_current(UNLIMITED, 1.011 * threshold, 1.0)[0]
    assert slope_and_current(MEMTORCH, 1.011 * threshold, 1.0)[0] == above


def test_a_slow_ramp_sets_at_the_published_threshold() -> None:
    # A gap of 1.7 nm starts to close between 0.99 and 1 times 1.392 V, and closes at once.
    time = np.linspace(0.0, 1.0, 2001)
    ramp = simulate_model(MODEL, MEMTORCH, time, 1.5 * time)
    assert 1.378 < ramp.voltage[np.argmax(ramp.fraction > 0.5)] < 1.393


def test_heat_speeds_the_gap_up_as_arrhenius_and_the_field_say() -> None:
    cold, hot = changed(UNLIMITED, thermal_resistance=0.0), changed(UNLIMITED, thermal_resistance=1e5)
    slow, amperes = slope_and_current(cold, 1.0, 0.3)
    fast, same = slope_and_current(hot, 1.0, 0.3)
    field = (16 - 0.8 * 0.65**3) * 0.25 / 12
    before, after = EV * 298, EV * (298 + 1e5 * amperes)
    expected = np.exp(0.6 / before - 0.6 / after) * np.sinh(field / after) / np.sinh(field / before)
    assert same == amperes
    assert fast / slow == pytest.approx(expected, rel=1e-9)
    assert expected > 10


@settings(deadline=None)  # the first call compiles
@given(
    voltage=st.floats(-30, 30),
    scale=st.floats(1e-15, 1.0),
    voltage_scale=st.floats(0.02, 10),
    resistance=st.floats(1e-2, 1e6) | st.just(0.0),
)
def test_kirchhoff_holds_behind_any_series_resistance(voltage, scale, voltage_scale, resistance) -> None:
    inside = stanford_gap.internal_voltage(voltage, scale, voltage_scale, resistance)
    drop = resistance * scale * np.sinh(inside / voltage_scale) if resistance > 0 else 0.0
    assert inside + drop == pytest.approx(voltage, rel=1e-9, abs=1e-300)
    assert 0.0 <= inside * np.sign(voltage) <= abs(voltage)


@settings(deadline=None)
@given(voltage=st.floats(allow_nan=False, allow_infinity=False, width=32), state=st.floats(-1e6, 1e6))
def test_finite_and_passive_at_any_point(voltage, state) -> None:
    for card in (MEMTORCH, changed(MEMTORCH, series_resistance=100.0)):
        slope, amperes = slope_and_current(card, voltage, state)
        assert np.isfinite(slope)
        assert np.isfinite(amperes)
        assert amperes * voltage >= 0.0


def test_bounds_stop_one_direction_and_leave_the_other() -> None:
    assert slope_and_current(UNLIMITED, 1.0, 0.0)[0] == 0.0
    assert slope_and_current(UNLIMITED, -1.0, 1.0)[0] == 0.0
    assert slope_and_current(UNLIMITED, 1.0, -0.01)[0] > 0.0
    assert slope_and_current(UNLIMITED, -1.0, 1.01)[0] < 0.0
    assert slope_and_current(UNLIMITED, 1.0, 1.0)[0] < 0.0
    assert slope_and_current(UNLIMITED, -1.0, 0.0)[0] > 0.0


def test_loop_agrees_with_an_independent_integration() -> None:
    card = changed(MEMTORCH, series_resistance=1000.0)
    time = np.linspace(0.0, 1e-4, 1001)
    voltage = np.interp(time, np.arange(5) * 2.5e-5, [0, 1.9, 0, -2.2, 0])

    def solved(volts, state):
        scale = 1e-3 * np.exp(-(0.2 + 1.5 * state) / 0.25)
        inner = brentq(lambda v: v + 1e3 * scale * np.sinh(v / 0.25) - volts, -abs(volts) - 1e-9, abs(volts) + 1e-9)
        return inner, scale * np.sinh(inner / 0.25)

    def slope(t, unknowns):
        state = min(max(unknowns[0], 0.0), 1.0)
        inner, amperes = solved(np.interp(t, time, voltage), state)
        thermal = EV * (298 + 2.1e3 * inner * amperes)
        gamma = 16 - 0.8 * (0.2 + 1.5 * state) ** 3
        field = gamma * inner / 12e-9
        share = np.clip((abs(field) / 1.4e9 - 0.99) / 0.02, 0, 1)
        moving = 3 * share**2 - 2 * share**3
        rate = -10 * np.exp(-0.6 / thermal) * np.sinh(0.25e-9 * field / thermal) * moving / 1.5e-9
        return [rate * (1 - np.exp(-unknowns[0] / 0.01) if rate < 0 else 1 - np.exp((unknowns[0] - 1) / 0.01))]

    other = solve_ivp(slope, (0, 1e-4), [1.0], "LSODA", time, rtol=1e-8, atol=1e-11, max_step=1e-7).y[0]
    current = np.array([solved(v, x)[1] for v, x in zip(voltage, np.clip(other, 0, 1), strict=True)])
    ours = simulate_model(MODEL, card, time, voltage)
    assert other.min() < 0.55
    assert other[-1] > 0.98
    # The reset runs away: z changes by 0.2 from sample to sample, and the current by 6 times as much, G/g0.
    np.testing.assert_allclose(ours.unknowns[:, 0], other, atol=1e-3)
    np.testing.assert_allclose(ours.current, current, rtol=6e-3, atol=1e-10)
    assert ours.energy[-1] == pytest.approx(np.trapezoid(voltage * current, time), rel=2e-3)


def test_values_not_published_say_so() -> None:
    assert MEMTORCH.parameters["edge"].origin == "assumed"
    assert MEMTORCH.parameters["series_resistance"].origin == "assumed"
    assert MEMTORCH.parameters["minimum_field"].origin == "published"
    assert UNLIMITED.parameters["minimum_field"].origin == "assumed"
