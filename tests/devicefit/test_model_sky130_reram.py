"""The SkyWater SKY130 ReRAM: foundry figures, the foundry's own time stepping, heat."""

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from devicefit.models.registry import published_card
from devicefit.models.simulation import simulate_model
from devicefit.models.sky130_reram import MODEL, response
from devicefit.models.static import off_resistance, on_resistance, static_current

CARD = published_card("sky130-reram", "SkyWater SKY130")


def pulse(level: float, width: float, fraction: float):
    """State after one pulse of this level [V] and width [s] with edges of 1 ns."""
    corners = np.array([0.0, 1e-9, 1e-9 + width, 2e-9 + width])
    return simulate_model(MODEL, CARD, corners, [0.0, level, level, 0.0], fraction=fraction).fraction[-1]


def slopes(t: float, unknowns: np.ndarray, ramp: float) -> list[float]:
    """Filament thickness [nm] and temperature [K], typed from the foundry's Verilog-A; voltage ramp x t."""
    thickness, temperature = unknowns
    voltage = ramp * t
    gamma = 16.5 - 1.25 * (5.0 - thickness) ** 3
    kt = 1.380649e-23 * temperature / 1.602176634e-19
    up = np.exp(-1.501 / kt) * np.exp(gamma * 0.25 / 5.0 * voltage / kt)
    down = np.exp(-1.5 / kt) * np.exp(-gamma * 0.25 / 5.0 * voltage / kt)
    current = 6.14e-5 * np.exp(-(5.0 - thickness) / (5.0 - 4.7249)) * np.sinh(voltage / 0.43)
    return [150e9 * (up - down), abs(voltage * current) / 3.1825e-16 - (temperature - 300.0) / 0.23e-9]


def test_on_state_lies_in_the_foundrys_range_and_off_state_is_megohms() -> None:
    assert 30e-6 < 1.0 / on_resistance(CARD) < 120e-6  # after forming, docs/technology_specifications.rst
    assert on_resistance(CARD) == pytest.approx(0.43 / 61.4e-6 * np.exp(0.1 / 0.2751), rel=1e-6)
    assert off_resistance(CARD) == pytest.approx(0.43 / 61.4e-6 * np.exp(1.7 / 0.2751), rel=1e-6)


def test_the_stanford_asu_set_says_what_its_verilog_a_does() -> None:
    """Typed from rram.va: gap 0.1 to 1.7 nm, g0 0.27505 nm; growth of the gap at both signs, 298 K."""
    card = published_card("sky130-reram", "Stanford/ASU")
    values, found = MODEL.vector(card), np.empty(2)
    for gap, volts, rise in ((0.5, 1.1, 250.0), (1.2, -1.4, 400.0), (0.6, 0.2, 0.0)):
        kt = 1.380649e-23 * (298.0 + rise) / 1.602176634e-19
        push = (16.5 - 1.25 * gap**3) * 0.25e-9 / 5e-9 * volts
        velocity = -150.0 * (np.exp((push - 1.501) / kt) - np.exp((-push - 1.5) / kt))
        current = 6.14e-5 * np.exp(-gap / 0.27505) * np.sinh(volts / 0.43)
        assert response(values, volts, np.array([(1.7 - gap) / 1.6, rise]), found) == pytest.approx(current, rel=1e-6)
        assert -1.6e-9 * found[0] == pytest.approx(velocity, rel=1e-5)  # but for the window near the bounds
        assert found[1] == pytest.approx(abs(volts * current) / 3.1825e-16 - rise / 2.3e-10, rel=1e-6)


def test_current_is_zero_at_zero_and_odd() -> None:
    volts = np.array([0.0, 0.3, 1.1, -0.3, -1.1])
    amperes = static_current(CARD, volts, 0.4)
    assert amperes[0] == 0.0
    assert amperes[1:3] == pytest.approx(-amperes[3:], rel=1e-12)
    assert np.all(amperes[1:3] > 0)


def test_a_microsecond_sets_at_the_foundrys_voltage_and_not_at_half_of_it() -> None:
    assert pulse(2.4, 1e-6, 0.0) > 0.99  # bit line at set, 1 us
    assert pulse(1.2, 1e-6, 0.0) < 1e-6
    assert pulse(-1.6, 1e-6, 1.0) < 0.45
    assert pulse(-0.3, 1e-6, 1.0) > 0.99


@pytest.mark.parametrize(("start", "ramp", "stop"), [(0.9, -6e6, 250e-9), (0.3, 7e6, 247e-9)])
def test_ramps_follow_an_independent_integration(start, ramp, stop) -> None:
    time = np.linspace(0.0, stop, 2001)
    ours = simulate_model(MODEL, CARD, time, ramp * time, fraction=start)
    peer = solve_ivp(
        slopes, (0.0, stop), [3.3 + 1.6 * start, 300.0], "Radau", t_eval=time, args=(ramp,), rtol=1e-8, atol=1e-10
    )
    fraction = (peer.y[0] - 3.3) / 1.6
    assert np.ptp(fraction) > 0.05
    assert np.abs(ours.fraction - fraction).max() < 2e-3
    assert np.abs(ours.unknowns[:, 1] - (peer.y[1] - 300.0)).max() < 0.005 * np.ptp(peer.y[1])


def test_energy_supplied_is_heat_stored_and_heat_lost() -> None:
    time = np.linspace(0.0, 250e-9, 20001)
    ours = simulate_model(MODEL, CARD, time, -6e6 * time, fraction=0.95)
    rise = ours.unknowns[:, 1]
    lost = 3.1825e-16 / 0.23e-9 * np.trapezoid(rise, time)
    assert ours.energy[-1] == pytest.approx(lost + 3.1825e-16 * rise[-1], rel=2e-3)


def test_finite_and_passive_for_every_finite_input() -> None:
    vector, out = MODEL.vector(CARD), np.empty(2)
    for voltage, x, rise in itertools.product(
        (-1e3, -2.0, 0.0, 2.0, 1e3), (-3.0, 0.0, 0.5, 1.0, 4.0), (-1e3, 0.0, 1e6)
    ):
        current = response(vector, voltage, np.array([x, rise]), out)
        assert np.isfinite(current)
        assert np.all(np.isfinite(out))
        assert current * voltage >= 0.0
        if x in (0.0, 1.0):
            assert out[0] * (1.0 if x == 0.0 else -1.0) >= 0.0, "a bound must not be passed"
