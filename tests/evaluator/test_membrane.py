"""The membrane's step against closed forms of the leaky integrate-and-fire neuron."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from evaluator.comparator import Comparator, follow
from evaluator.membrane import Membrane, advance, at_grid, stirred, width_share

THRESHOLD, RATE, REST, LEVEL = 0.85, 4e10, 1.8, 0.9
LAG, CALMING = 1e-9, 500e-9


def comparator(feel=0.0, coupling=0.0):
    """The node falls at RATE (V - 0.85 V)^2, rises by as much below, settles over its last 0.09 V."""
    volts, nodes = np.linspace(0.0, 2.5, 2501), np.linspace(0.6, REST, 241)
    rate = RATE * np.abs(volts - THRESHOLD) * (volts - THRESHOLD)
    rates = rate[:, None] * np.where(rate[:, None] < 0, np.clip((REST - nodes) / 0.09, 0.0, 1.0), 1.0)
    return Comparator(
        start=0.0, inverse_step=1e3, node_start=0.6, inverse_node_step=200.0, rate=rates,
        power=1e-6 * volts[:, None] + 0 * nodes, feel=np.full(241, feel), coupling=np.full(241, coupling),
        recovery=300e-9, level=LEVEL, pace=np.zeros(1), lag=np.full(1, LAG), rest=REST, kick=0.0, keep=0.0, top=2.5,
    )  # fmt: skip


def membrane(leak_rate=0.0, leak=0.0, dead_time=110e-9, stirs=0.0):
    """g(V) = leak + leak_rate V [V/s]; supply power 1 uW/V."""
    grid = np.linspace(-0.5, 2.5, 3001)
    return Membrane(
        start=-0.5, inverse_step=1e3, leak=leak + leak_rate * grid, power=1e-6 * np.abs(grid), trip_start=THRESHOLD,
        feel=np.full(3001, stirs), kick=5e-3 * np.tanh(grid / 0.1), calming=CALMING,
        node=np.full(3001, REST), pushed=np.zeros(3001), comparator=comparator(), floor=-0.5, dead_time=dead_time,
        wake=0.0, top=2.5, width_share=1.0, width_slope=0.0, width_tilt=0.0, falling=10e-9,
        since=np.zeros(1), later=np.ones(1), later_kick=np.zeros(1), tiring=0.0, resting=1.0,
        recovery=0.0, burst=0.0, burst_slope=0.0,
    )  # fmt: skip


def trip(slope):
    """Membrane voltage at which it trips on a ramp: RATE (V - 0.85)^3 / (3 slope) = 0.9 V."""
    return THRESHOLD + np.cbrt(3 * (REST - LEVEL) * slope / RATE)


def first_spike(kind, slope, step, start=0.0):
    voltage, node, mirror, time = start, REST, 0.0, 0.0
    while time < 1e-4:
        voltage, node, mirror, at, _ = advance(kind, voltage, node, mirror, 0.0, slope, step)
        if at >= 0:
            return time + at - LAG
        time += step
    return np.inf


def test_grid_is_linear_and_continues():
    values = np.array([1.0, 3.0, 7.0])
    assert at_grid(values, 0.0, 2.0, 0.25) == pytest.approx((2.0, 4.0))
    assert at_grid(values, 0.0, 2.0, 1.5) == pytest.approx((11.0, 8.0))
    assert at_grid(values, 0.0, 2.0, -0.5) == pytest.approx((-1.0, 4.0))


@pytest.mark.parametrize("slope", [3e5, 2e6, 4e7])
@pytest.mark.parametrize("step", [1e-9, 10e-9])
def test_without_leak_it_trips_where_the_comparator_s_integral_says(slope, step):
    assert first_spike(membrane(), slope, step) == pytest.approx(trip(slope) / slope, rel=2e-3)


def test_exponential_charging():
    """dV/dt = a - V / tau passes V at -tau ln(1 - V / (a tau)); a doubled step's error is fourfold."""
    tau, slope = 1e-6, 5e6
    voltage, node = 0.0, REST
    for _ in range(8):
        voltage, node, _, at, _ = advance(membrane(leak_rate=1 / tau), voltage, node, 0.0, 0.0, slope, 20e-9)
        assert at == -1.0
    assert voltage == pytest.approx(slope * tau * (1 - np.exp(-0.16)), rel=1e-4)


def test_a_leak_as_large_as_the_input_keeps_it_silent():
    assert first_spike(membrane(leak=2e6), 2e6, 10e-9) == np.inf


def test_it_fires_while_the_membrane_rests_above_the_threshold():
    rate = RATE * 0.1**2
    voltage, node, _, at, energy = advance(membrane(), THRESHOLD + 0.1, 1.2, 0.0, 0.0, 0.0, 10e-9)
    assert at == pytest.approx(0.3 / rate + LAG, rel=1e-6)
    assert energy == pytest.approx(0.95e-6 * (at - LAG), rel=1e-6)
    voltage, node, _, at, _ = advance(membrane(), THRESHOLD + 0.1, 1.2, 0.0, 0.0, 0.0, 0.5e-9)
    assert (at, node) == (-1.0, pytest.approx(1.2 - rate * 0.5e-9))
    assert voltage == pytest.approx(THRESHOLD + 0.1)


def test_below_the_threshold_the_node_goes_back_and_then_rests():
    kind = membrane()
    _, node, _, at, _ = advance(kind, 0.75, 1.0, 0.0, 0.0, 0.0, 1e-9)
    assert (at, node) == (-1.0, pytest.approx(1.0 + RATE * 0.01 * 1e-9))
    _, node, _, _, energy = advance(kind, 0.75, REST - 1e-3, 0.0, 0.0, 0.0, 1e-9)
    assert node == REST
    assert energy == pytest.approx(0.75e-6 * 1e-9)


def test_the_mirror_is_moved_by_the_node_moves_its_rate_and_forgets():
    """da/dt = -r - m p, dp/dt = -p / tau - k (r + m p): closed form of two linear equations."""
    feel, coupling, tau = 1e9, 5e-3, 300e-9
    kind = comparator(feel, coupling)
    rate = RATE * 0.03**2
    total = 1 / tau + coupling * feel
    steady = -coupling * rate / total
    mirror = steady * (1 - np.exp(-total * 20e-9))
    fallen = rate * 20e-9 + feel * steady * (20e-9 - (1 - np.exp(-total * 20e-9)) / total)
    node, found, at, _ = follow(kind, THRESHOLD + 0.03, 0.0, 20e-9, 1.75, 0.0)
    assert at == -1.0
    assert found == pytest.approx(mirror, rel=1e-3)
    assert 1.75 - node == pytest.approx(fallen, rel=1e-3)
    _, _, forgotten, _, _ = advance(membrane(), 0.2, REST, 4e-3, 0.0, 0.0, 10e-9)
    assert forgotten == pytest.approx(4e-3 * np.exp(-1 / 30), rel=1e-5)


@pytest.mark.parametrize(("start", "slope"), [(0.80, 4e6), (0.88, 1e6), (0.86, 3e7)])
def test_node_and_mirror_follow_a_ramp_as_a_fine_integration_says(start, slope):
    """Steps of at most 5 ns miss the moment of the trip by less than 0.1 ns."""
    kind = comparator(feel=2e9, coupling=5e-3)

    def moves(time, state):
        over = start + slope * time - THRESHOLD
        rate = RATE * abs(over) * over * (np.clip((REST - state[0]) / 0.09, 0.0, 1.0) if over < 0 else 1.0)
        rate += 2e9 * state[1]
        return [-rate, -state[1] / 300e-9 - 5e-3 * rate]

    def tripped(time, state):
        return state[0] - LEVEL

    tripped.terminal = True
    fine = solve_ivp(moves, (0.0, 100e-9), [REST, 3e-3], rtol=1e-9, atol=1e-9, events=tripped, max_step=0.2e-9)
    node, mirror, passed, at = REST, 3e-3, 0.0, -1.0
    while at < 0.0:
        node, mirror, at, _ = follow(kind, start + slope * passed, slope, 2.5e-9, node, mirror)
        passed += 2.5e-9 if at < 0.0 else at
    assert abs(passed - LAG - fine.t_events[0][0]) < 0.1e-9
    assert mirror == pytest.approx(fine.y_events[0][0][1], rel=0.02)


def test_steep_leak_is_stable():
    """20 time constants in one step: no overshoot beyond the far side, whatever the step."""
    voltage, *_ = advance(membrane(leak_rate=2e9), -0.4, REST, 0.0, 0.0, 0.0, 10e-9)
    assert abs(voltage) < 0.4
    assert abs(advance(membrane(leak_rate=1e8), -0.4, REST, 0.0, 0.0, 0.0, 1e-9)[0] / -0.4 - np.exp(-0.1)) < 1e-3


def test_floor():
    assert advance(membrane(), -0.45, REST, 0.0, 0.0, -1e8, 10e-9)[0] == -0.5


def test_a_stirred_leak_is_that_of_the_gate_and_calms_down():
    """At 0.5 V, b = k(V) - q is 5 mV exp(-t / tau), and the membrane loses f times its integral."""
    kind, returned, voltage = membrane(stirs=2e6), 0.0, 0.5
    for _ in range(20):
        before = voltage
        voltage, *_ = advance(kind, before, REST, 0.0, returned, 0.0, 25e-9)
        returned = stirred(kind, before, returned, 25e-9)
    kick = 5e-3 * np.tanh(5)
    assert returned == pytest.approx(kick * (1 - np.exp(-1)), rel=1e-3)
    assert 0.5 - voltage == pytest.approx(2e6 * kick * CALMING * (1 - np.exp(-1)), rel=0.02)
    # Drawn back to rest at once, the gate is as far below it, and the leak gives back.
    assert advance(kind, 0.0, REST, 0.0, returned, 0.0, 10e-9)[0] == pytest.approx(2e6 * returned * 10e-9, rel=0.02)
    assert advance(kind, 0.0, REST, 0.0, 0.0, 0.0, 10e-9)[0] == 0.0


def test_a_spike_is_wider_by_its_mirror_and_how_far_the_node_falls_on():
    kind = membrane()._replace(width_share=0.9, width_slope=20.0, width_tilt=-0.5, falling=1e-9)
    pace = RATE * 0.1**2
    assert width_share(kind, THRESHOLD + 0.1, -5e-3) == pytest.approx(0.9 - 0.1 - 0.5 * pace * 1e-9, rel=1e-6)
    # The node cannot fall below ground.
    assert width_share(kind, THRESHOLD + 0.5, 0.0) == pytest.approx(0.9 - 0.5 * LEVEL, rel=1e-6)


def test_the_lag_goes_with_the_rate_of_passing():
    slow, quick = RATE * 0.1**2, RATE * 0.2**2
    kind = comparator()._replace(pace=np.array([slow, quick]), lag=np.array([2e-9, 1e-9]))
    for over, rate, lag in (
        (0.1, slow, 2e-9),
        (0.2, quick, 1e-9),
        (0.05, RATE * 0.05**2, 2e-9),
        (0.3, RATE * 0.09, 1e-9),
    ):
        _, _, at, _ = follow(kind, THRESHOLD + over, 0.0, 50e-9, LEVEL + 0.05, 0.0)
        assert at == pytest.approx(0.05 / rate + lag, rel=1e-4)
    middle = 0.5 * (slow + quick)
    _, _, at, _ = follow(kind, THRESHOLD + np.sqrt(middle / RATE), 0.0, 50e-9, LEVEL + 0.05, 0.0)
    assert at == pytest.approx(0.05 / middle + 1.5e-9, rel=1e-3)
