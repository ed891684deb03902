"""Dynamic memdiode: series resistance, time scales, snapback, limiting of the set, an independent integration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from devicefit.models import dynamic_memdiode
from devicefit.models.registry import published_card
from devicefit.models.simulation import simulate_model

MODEL = dynamic_memdiode.MODEL
AGUIRRE = published_card("dynamic-memdiode", "Aguirre oxidation 0.1")
SHAPED = published_card("dynamic-memdiode", "shaped reset")


def changed(card, **values):
    """`card` with other values."""
    new = {name: replace(card.parameters[name], value=value) for name, value in values.items()}
    return replace(card, parameters={**card.parameters, **new})


def slope_and_current(card, voltage, state):
    """dl/dt [1/s] and current [A]."""
    slopes = np.zeros(1)
    amperes = dynamic_memdiode.response(MODEL.vector(card), voltage, np.array([state]), slopes)
    return float(slopes[0]), float(amperes)


@settings(deadline=None)  # the first call compiles
@given(
    voltage=st.floats(-30, 30),
    scale=st.floats(1e-15, 1.0),
    slope=st.floats(0.01, 60),
    beta=st.floats(0, 1),
    resistance=st.floats(1e-2, 1e6),
)
def test_kirchhoff_holds_behind_any_series_resistance(voltage, scale, slope, beta, resistance) -> None:
    inside = dynamic_memdiode.internal_voltage(voltage, scale, slope, beta, resistance)
    through = dynamic_memdiode.diode_current(inside, scale, slope, beta)
    assert inside + resistance * through == pytest.approx(voltage, rel=1e-8, abs=1e-12)
    assert 0.0 <= inside * np.sign(voltage) <= abs(voltage)


def test_published_regressions_at_an_oxidation_of_a_tenth() -> None:
    # The regressions of the netlist, by hand: 10^-2.3245, 10^-4.4096, 10^(1.5 log10 0.165 + 2.45), 10^0.3279.
    assert AGUIRRE.value("on_current") == pytest.approx(4.7370e-3, rel=1e-3)
    assert AGUIRRE.value("off_current") == pytest.approx(3.8937e-5, rel=1e-3)
    assert AGUIRRE.value("set_voltage") == pytest.approx(0.89756, rel=1e-4)
    assert AGUIRRE.value("set_slope") == pytest.approx(18.89, rel=1e-3)
    assert AGUIRRE.value("reset_voltage") == pytest.approx(1.57, rel=1e-9)
    assert AGUIRRE.value("reset_slope") == pytest.approx(2.1276, rel=1e-3)


def test_current_of_the_published_device_at_the_read_voltage() -> None:
    # 0.2 V, beta = 1/2: 2 I0 sinh(a V'/2), with 1 ohm in series.
    on = brentq(lambda i: i - 2 * 4.7370e-3 * np.sinh(0.5 * 2.54408 * (0.2 - i)), 0, 0.01)
    off = brentq(lambda i: i - 2 * 3.8937e-5 * np.sinh(0.5 * 2.94743 * (0.2 - i)), 0, 0.01)
    assert slope_and_current(AGUIRRE, 0.2, 1.0)[1] == pytest.approx(on, rel=1e-3)
    assert slope_and_current(AGUIRRE, 0.2, 0.0)[1] == pytest.approx(off, rel=1e-3)


def test_rates_are_one_at_the_thresholds_and_follow_their_slopes() -> None:
    bare = changed(AGUIRRE, on_current=1e-12, off_current=1e-13)
    assert slope_and_current(bare, 0.8975613, 0.0)[0] == pytest.approx(1.0, rel=1e-4)
    assert slope_and_current(bare, 0.9975613, 0.5)[0] == pytest.approx(0.5 * np.exp(1.889), rel=1e-3)
    assert slope_and_current(bare, -1.57, 1.0)[0] == pytest.approx(-1.0, rel=1e-4)
    assert slope_and_current(bare, -2.57, 0.5)[0] == pytest.approx(-0.5 * np.exp(2.1276), rel=1e-3)


def test_counter_rate_lets_the_state_relax_at_rest() -> None:
    assert slope_and_current(AGUIRRE, 0.0, 1.0)[0] == 0.0
    relaxing = changed(AGUIRRE, counter_rate=1.0)
    assert slope_and_current(relaxing, 0.0, 1.0)[0] == pytest.approx(-np.exp(-2.1276 * 1.57), rel=1e-3)


def test_series_resistance_limits_the_set_and_sharpens_the_reset() -> None:
    card = changed(SHAPED, reset_shape=0.0, on_series_resistance=500.0, off_series_resistance=500.0)
    rise = [slope_and_current(card, 1.2, state)[0] / (1.0 - state) for state in (0.0, 0.1, 0.5)]
    assert rise[0] > 2 * rise[1] > 4 * rise[2], "the rate per remaining state falls while the device sets"
    fall = [slope_and_current(card, -1.5, state)[0] / -state for state in (1.0, 0.5, 0.1)]
    assert fall[0] < fall[1] < fall[2], "the rate per remaining state grows while the device resets"


def test_a_falling_series_resistance_or_the_snapback_lets_the_set_run_away() -> None:
    falling = changed(SHAPED, on_series_resistance=1.0, off_series_resistance=1e5)
    snapping = changed(SHAPED, snapback_current=1e-4)
    for card, states in ((falling, (0.0, 1.0 - 1e-4)), (snapping, (0.0, 0.3))):
        before, after = (slope_and_current(card, 0.9, state)[0] / (1.0 - state) for state in states)
        assert after > 1.5 * before
    assert slope_and_current(SHAPED, 0.9, 0.3)[0] < slope_and_current(snapping, 0.9, 0.3)[0] / 100


@settings(deadline=None)  # the first call compiles
@given(voltage=st.floats(allow_nan=False, allow_infinity=False, width=32), state=st.floats(-1e6, 1e6))
def test_finite_and_passive_at_any_point(voltage, state) -> None:
    slope, amperes = slope_and_current(SHAPED, voltage, state)
    assert np.isfinite(slope)
    assert np.isfinite(amperes)
    assert amperes * voltage >= 0.0


def test_bounds_are_never_passed() -> None:
    assert slope_and_current(AGUIRRE, 3.0, 1.0)[0] == 0.0
    assert slope_and_current(AGUIRRE, -3.0, 0.0)[0] == 0.0
    assert slope_and_current(AGUIRRE, 3.0, 1.01)[0] < 0.0
    assert slope_and_current(AGUIRRE, -3.0, -0.01)[0] > 0.0


def test_loop_agrees_with_an_independent_integration() -> None:
    card = changed(
        SHAPED, on_series_resistance=10.0, off_series_resistance=50.0, asymmetry=0.4, counter_rate=0.5, reset_shape=0.3
    )
    time = np.linspace(0.0, 4.0, 1001)
    voltage = np.interp(time, [0, 1, 2, 3, 4], [0, 1.3, 0, -2.3, 0])

    def solved(volts, state):
        scale, curve = 2e-6 + 198e-6 * state, 6.19 - 0.97 * state
        series = 50.0 - 40.0 * state

        def excess(inner):
            return inner + series * scale * (np.exp(0.4 * curve * inner) - np.exp(-0.6 * curve * inner)) - volts

        inner = brentq(excess, -abs(volts) - 1e-9, abs(volts) + 1e-9, xtol=1e-15)
        return inner, scale * (np.exp(0.4 * curve * inner) - np.exp(-0.6 * curve * inner))

    def slope(t, unknowns):
        volts, state = np.interp(t, time, voltage), min(max(unknowns[0], 0.0), 1.0)
        inner, _ = solved(volts, state)
        set_share, reset_share = (1.0, 0.5) if volts >= 0 else (0.5, 1.0)
        up = set_share * np.exp(15.0 * (inner - 0.8))
        down = reset_share * np.exp(-4.0 * max(state, 1e-9) ** 0.3 * (inner + 1.3))
        return [up * (1.0 - state) - down * state]

    other = solve_ivp(slope, (0, 4), [0.0], "LSODA", time, rtol=1e-8, atol=1e-11, max_step=4e-3).y[0]
    current = np.array([solved(v, x)[1] for v, x in zip(voltage, np.clip(other, 0, 1), strict=True)])
    ours = simulate_model(MODEL, card, time, voltage)
    assert other.max() > 0.9
    assert other[-1] < 0.3
    np.testing.assert_allclose(ours.unknowns[:, 0], other, atol=5e-4)
    np.testing.assert_allclose(ours.current, current, rtol=2e-3, atol=1e-9)
    assert ours.energy[-1] == pytest.approx(np.trapezoid(voltage * current, time), rel=2e-3)


def test_no_rate_exceeds_one_per_picosecond() -> None:
    assert dynamic_memdiode.limited_rate(2.0) == pytest.approx(np.exp(2.0), rel=1e-9)
    assert 0.99e12 < dynamic_memdiode.limited_rate(40.0) < 1e12
    assert dynamic_memdiode.limited_rate(1e6) <= 1e12
