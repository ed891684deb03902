"""VTEAM: both laws, thresholds, published speeds, bounds without sticking, an independent integration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from devicefit.models import vteam
from devicefit.models.registry import published_card
from devicefit.models.simulation import simulate_model
from measurements.errors import InputError

MODEL = vteam.MODEL
MEMTORCH = published_card("vteam", "MemTorch default")
EXPONENTIAL = published_card("vteam", "exponential law")


def slope_and_current(card, voltage, x):
    """dx/dt [1/s] and current [A]."""
    slopes = np.zeros(1)
    amperes = vteam.response(MODEL.vector(card), voltage, np.array([x]), slopes)
    return float(slopes[0]), float(amperes)


@pytest.mark.parametrize(
    ("card", "on", "middle", "off"), [(MEMTORCH, 50, 525, 1000), (EXPONENTIAL, 3e3, 6819.09, 15.5e3)]
)
def test_resistance_follows_its_law_between_its_limits(card, on, middle, off) -> None:
    for x, ohms in ((0.0, on), (0.5, middle), (1.0, off)):
        for volts in (0.013, -0.9):
            assert volts / slope_and_current(card, volts, x)[1] == pytest.approx(ohms, rel=1e-6)


def test_published_speeds_of_memtorch() -> None:
    # koff (v/voff - 1)^1 at 0.1 V: 5e-4 m/s * 4; kon (v/von - 1)^3 at -0.6 V: -10 m/s * 8; over 3 nm.
    assert slope_and_current(MEMTORCH, 0.1, 0.5)[0] * 3e-9 == pytest.approx(2e-3, rel=1e-12)
    assert slope_and_current(MEMTORCH, -0.6, 0.5)[0] * 3e-9 == pytest.approx(-80.0, rel=1e-12)


@pytest.mark.parametrize("volts", [-0.2, -0.1, 0.0, 0.02])
def test_state_rests_between_and_at_the_thresholds(volts) -> None:
    assert slope_and_current(MEMTORCH, volts, 0.4)[0] == 0.0


@pytest.mark.parametrize("card", [MEMTORCH, EXPONENTIAL])
def test_a_bound_stops_one_direction_and_leaves_the_other_at_full_speed(card) -> None:
    assert slope_and_current(card, 1.0, 1.0)[0] == 0.0
    assert slope_and_current(card, -1.0, 0.0)[0] == 0.0
    assert slope_and_current(card, 1.0, 1.01)[0] < 0.0, "beyond the bound it comes back"
    assert slope_and_current(card, -1.0, -0.01)[0] > 0.0
    for volts, bound in ((-1.0, 1.0), (1.0, 0.0)):
        assert slope_and_current(card, volts, bound)[0] == pytest.approx(
            slope_and_current(card, volts, 0.5)[0], rel=1e-12
        )


@settings(deadline=None)  # the first call compiles
@given(voltage=st.floats(allow_nan=False, allow_infinity=False, width=32), x=st.floats(-1e6, 1e6))
def test_finite_and_passive_at_any_point(voltage, x) -> None:
    slope, amperes = slope_and_current(EXPONENTIAL, voltage, x)
    assert np.isfinite(slope)
    assert np.isfinite(amperes)
    assert amperes * voltage >= 0.0


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_sweep_agrees_with_an_independent_integration(share) -> None:
    card = replace(
        EXPONENTIAL,
        parameters={
            **EXPONENTIAL.parameters,
            "exponential_share": replace(EXPONENTIAL.parameters["exponential_share"], value=share),
            "set_exponent": replace(EXPONENTIAL.parameters["set_exponent"], value=2.5),
        },
    )
    time = np.linspace(0.0, 2.0, 1001)
    voltage = np.interp(time, [0, 0.5, 1, 1.5, 2], [0, -0.3, 0, 0.2, 0])

    def slope(t, state):
        volts, x = np.interp(t, time, voltage), state[0]
        if volts > 0.06:
            return [4.83 * (volts / 0.06 - 1) * (1 - np.exp((x - 1) / 0.01))]
        if volts < -0.14:
            return [-3.59 * (volts / -0.14 - 1) ** 2.5 * (1 - np.exp(-x / 0.01))]
        return [0.0]

    other = solve_ivp(slope, (0, 2), [1.0], "LSODA", time, rtol=1e-9, atol=1e-11, max_step=2e-3).y[0]
    resistance = 3e3 + 12.5e3 * other if share == 0.0 else 3e3 * (15.5 / 3.0) ** other
    ours = simulate_model(MODEL, card, time, voltage)
    assert other.min() < 0.3
    assert other[-1] > 0.9
    np.testing.assert_allclose(ours.unknowns[:, 0], other, atol=2e-4)
    np.testing.assert_allclose(ours.current, voltage / resistance, rtol=1e-3, atol=1e-12)
    assert ours.energy[-1] == pytest.approx(np.trapezoid(voltage**2 / resistance, time), rel=1e-3)


def test_reset_time_is_that_of_the_published_speed() -> None:
    # At 0.1 V the state needs 3 nm / 2e-3 m/s = 1.5 us from bound to bound; half of it is half-way.
    time = np.array([0.0, 0.75e-6])
    ours = simulate_model(MODEL, MEMTORCH, time, np.full(2, 0.1), fraction=1.0)
    assert ours.fraction[-1] == pytest.approx(0.5, rel=1e-3)


def test_values_not_published_say_so() -> None:
    for card in MODEL.cards.values():
        assert card.parameters["edge"].origin == "assumed"
        assert card.parameters["on_resistance"].origin == "published"


def test_a_value_outside_its_range_is_refused() -> None:
    values = {name: parameter.value for name, parameter in MEMTORCH.parameters.items()}
    with pytest.raises(InputError, match=r"exponential_share is 1\.5"):
        MODEL.vector_of(values | {"exponential_share": 1.5})
