"""The electrochemical metallization cell: Faraday's law, Tafel slope, tunnelling, and the resistance a limit leaves."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.constants import e, electron_mass, h, k
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from devicefit.models.ecm import MODEL, response
from devicefit.models.registry import published_card
from devicefit.models.simulation import simulate_model
from devicefit.models.static import on_resistance, static_current

CARD = published_card("ecm", "assumed Cu/TaOx/Pt")


def with_values(**values: float):
    changed = {name: replace(CARD.parameters[name], value=value) for name, value in values.items()}
    return replace(CARD, parameters={**CARD.parameters, **changed})


def right_side(t: float, opening: np.ndarray, ramp: float, card) -> list[float]:
    """Gap over stroke, typed anew: the ion current by bisection in its logarithm."""
    value = {name: parameter.value for name, parameter in card.parameters.items()}
    voltage, stroke = ramp * t, value["gap_maximum"] - value["gap_minimum"]
    gap = value["gap_minimum"] + stroke * opening[0]
    area, active = np.pi * value["filament_radius"] ** 2, np.pi * value["active_radius"] ** 2
    volt = k * value["temperature"] / e / value["charge_number"]
    root = np.sqrt(2 * value["effective_mass"] * electron_mass * value["barrier_height"] * e)
    tunnel = 3 * root / (2 * gap) * (e / h) ** 2 * np.exp(-4 * np.pi * gap / h * root) * area
    inside = tunnel + 1 / value["leakage_resistance"]
    outside = value["series_resistance"] + value["filament_resistivity"] * (value["oxide_thickness"] - gap) / area
    a, j0 = value["transfer_coefficient"], value["exchange_current_density"]
    into_tip, from_electrode = (a, 1 - a) if voltage > 0 else (1 - a, a)

    def overpotential(ratio, forward):
        return brentq(lambda y: np.exp(forward * y) - np.exp((forward - 1) * y) - ratio, 0, 1e3, xtol=1e-14)

    def excess(logarithm):
        ions = np.exp(logarithm)
        both = overpotential(ions / (area * j0), into_tip) + overpotential(ions / (active * j0), from_electrode)
        across = volt * both + value["electrolyte_resistivity"] * gap / area * ions
        return across + outside * (across * inside + ions) - abs(voltage)

    if voltage == 0:
        return [0.0]
    ions = np.exp(brentq(excess, -120, 0, xtol=1e-10))
    speed = value["atomic_volume"] * ions / (value["charge_number"] * e * area * stroke)
    edge = value["edge"]
    window = 1 - np.exp(-opening[0] / edge) if voltage > 0 else 1 - np.exp((opening[0] - 1) / edge)
    return [-np.sign(voltage) * speed * window]


@pytest.mark.parametrize(("start", "ramp", "stop", "coefficient"), [(0.0, 1.0, 2.4, 0.5), (0.95, -1.0, 2.0, 0.4)])
def test_ramps_follow_an_independent_integration(start, ramp, stop, coefficient) -> None:
    card = with_values(transfer_coefficient=coefficient)
    time = np.linspace(0.0, stop, 301)
    ours = simulate_model(MODEL, card, time, ramp * time, fraction=start)
    peer = solve_ivp(
        right_side, (0, stop), [1 - start], "LSODA", time, args=(ramp, card), rtol=1e-5, atol=1e-8, max_step=0.1
    )
    assert np.ptp(peer.y[0]) > 0.5
    assert np.abs(ours.fraction - (1 - peer.y[0])).max() < 5e-3


def test_plated_charge_is_the_volume_of_the_filament() -> None:
    """Far from tunnelling and without leakage, the current is of ions alone: Faraday's law."""
    card = with_values(leakage_resistance=1e18)
    time = np.linspace(0.0, 1.9, 4001)
    ours = simulate_model(MODEL, card, time, time)
    grown = (ours.fraction[-1] - ours.fraction[0]) * 4.9e-9
    assert 0.2 < ours.fraction[-1] < 0.7
    leaked = 0.5e-18 * 1.9**2
    charge = e * grown * np.pi * (2e-9) ** 2 / 1.178e-29
    assert np.trapezoid(ours.current, time) - leaked == pytest.approx(charge, rel=2e-3, abs=0)


def test_tafel_slope_is_that_of_two_interfaces_in_series() -> None:
    card = with_values(
        leakage_resistance=1e18,
        electrolyte_resistivity=1e-9,
        exchange_current_density=1e2,
        series_resistance=0.0,
        transfer_coefficient=0.3,
    )
    for sign in (1.0, -1.0):
        low, high = static_current(card, sign * np.array([0.8, 1.2]), 0.0)
        assert np.log(high / low) == pytest.approx(
            0.4 * 0.3 * 0.7 / (k * 300 / e), rel=5e-4
        )  # the back reaction is e^-9


def test_on_resistance_is_the_tunnelling_of_the_narrowest_gap() -> None:
    root = np.sqrt(2 * electron_mass * 4.0 * e)
    area = np.pi * (2e-9) ** 2
    gap = 1 / (3 * root / 0.2e-9 * (e / h) ** 2 * np.exp(-0.4e-9 * np.pi * root / h) * area)
    assert on_resistance(CARD) == pytest.approx(300.0 + 1e-7 * 24.9e-9 / area + gap, rel=1e-5)


def test_a_larger_series_resistance_leaves_a_wider_gap() -> None:
    """The multilevel of Menzel 2012: the resistance reached follows the limit."""
    time = np.linspace(0.0, 8.0, 2001)
    left = []
    for series in (3e3, 3e4, 3e5):
        ours = simulate_model(MODEL, with_values(series_resistance=series), time, np.minimum(time, 8.0 - time))
        left.append(ours.voltage[-50] / ours.current[-50] - series)
    assert left[0] < left[1] < left[2]
    assert 3.0 < left[2] / left[1] < 15.0


def test_current_is_zero_at_zero_and_the_sign_of_voltage() -> None:
    amperes = static_current(CARD, np.array([0.0, 0.5, -0.5]), 0.7)
    assert amperes[0] == 0.0
    assert amperes[1] == pytest.approx(-amperes[2], rel=1e-9)  # equal coefficients
    assert amperes[1] > 0


def test_finite_and_passive_for_every_finite_input() -> None:
    for card in (CARD, with_values(transfer_coefficient=0.05, series_resistance=0.0, electrolyte_resistivity=1e-9)):
        vector, out = MODEL.vector(card), np.empty(1)
        for voltage, x in itertools.product((-1e3, -2.0, -1e-9, 0.0, 2.0, 1e3), (-3.0, 0.0, 0.5, 1.0, 4.0)):
            current = response(vector, voltage, np.array([x]), out)
            assert np.isfinite(current)
            assert np.isfinite(out[0])
            assert current * voltage >= 0.0
            if x in (0.0, 1.0):
                assert out[0] * (1.0 if x == 0.0 else -1.0) >= 0.0, "a bound must not be passed"
