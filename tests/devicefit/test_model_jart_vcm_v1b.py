"""JART VCM v1b: the published equations typed anew, what the departures change, and the published loop."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.constants import e, electron_mass, epsilon_0, h, k
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from devicefit.models.jart_contact import contact as contact_constants
from devicefit.models.jart_contact import forward_current, reverse_contact, reverse_current
from devicefit.models.jart_vcm_v1b import MODEL, response
from devicefit.models.registry import published_card
from devicefit.models.simulation import simulate_model
from devicefit.models.static import off_resistance, on_resistance

CARD = published_card("jart-vcm-v1b", "HfO2/TiOx")
AREA = np.pi * (45e-9) ** 2


def contact(drop: float, density: float, temperature: float, published: bool) -> float:
    """Current of the Schottky contact; `published` lets the lowering go on changing in the forward direction."""
    psi = max(0.18 - 0.1 - (drop if published else min(drop, 0.0)), 0.0)
    lowering = (e**3 * 2 * density * psi / (8 * np.pi**2 * (5.5 * epsilon_0) ** 3)) ** 0.25
    barrier, kt = max(0.18 - lowering, 0.0), k * temperature
    if drop >= 0:
        return AREA * 6.01e5 * temperature**2 * np.exp(-barrier * e / kt) * np.expm1(e * drop / kt)
    width = e * h / (4 * np.pi) * np.sqrt(2 * density / (electron_mass * 17 * epsilon_0))
    effective, slope = width / np.tanh(width / kt), width / (width / kt - np.tanh(width / kt))
    root = np.sqrt(np.pi * width * e * (-drop + barrier / np.cosh(width / kt) ** 2))
    return -AREA * 6.01e5 * temperature / k * root * np.exp(-e * barrier / effective) * np.expm1(-e * drop / slope)


def solved(voltage: float, density: float, temperature: float, published: bool = False) -> tuple[float, float, float]:
    """Current [A], resistance of the disc and of what lies outside the filament [ohm]."""
    mobile = 2 * e * 4e-6 * AREA
    disc, plug = 0.4e-9 / (mobile * density), 2.6e-9 / (mobile * 2e27)

    def outside(current):
        return 650 + 719.2437 * (1 + 719.2437 * 3.92e-3 * current**2 * 90471.47)

    def excess(drop):
        current = contact(drop, density, temperature, published)
        return drop + current * (disc + plug + outside(current)) - voltage

    if published:  # the solution that is reached from 0 V
        drops = np.sign(voltage) * np.linspace(0.0, abs(voltage), 4001)
        values = np.array([excess(drop) for drop in drops])
        first = int(np.flatnonzero(values * np.sign(voltage) >= 0)[0])
        drop = brentq(excess, drops[first - 1], drops[first], xtol=1e-15)
    else:
        drop = brentq(excess, min(voltage, 0.0), max(voltage, 0.0), xtol=1e-16)
    current = contact(drop, density, temperature, published)
    return current, disc, outside(current)


def right_side(t: float, unknowns: np.ndarray, voltage_of, tau: float) -> list[float]:
    """ln(N/N_min)/ln(N_max/N_min) and temperature rise."""
    decades = np.log(2.2e27 / 4e23)
    density, temperature = 4e23 * np.exp(decades * unknowns[0]), 293 + unknowns[1]
    voltage = voltage_of(t)
    if voltage == 0:
        return [0.0, -unknowns[1] / tau]
    current, disc, outside = solved(voltage, density, temperature)
    inside = voltage - current * outside
    field = inside / 3e-9 if voltage > 0 else current * disc / 0.4e-9
    g = 2 * field * 0.25e-9 / (np.pi * 1.35)
    low = 1.35 * (np.sqrt(1 - g**2) - g * np.pi / 2 + g * np.arcsin(g))
    high = 1.35 * (np.sqrt(1 - g**2) + g * np.pi / 2 + g * np.arcsin(g))
    kt = k * temperature / e
    window = 1 - (4e23 / density) ** 10 if voltage > 0 else 1 - (density / 2.2e27) ** 10
    moving = (2e27 + density) / 2 * 0.25e-9 * 2e13 * (np.exp(-low / kt) - np.exp(-high / kt)) * window / 0.4e-9
    heat = current * inside * 1.572e7 * (0.27 if voltage > 0 else 1.0)
    return [-moving / density / decades, (heat - unknowns[1]) / tau]


@pytest.mark.parametrize("voltage", [-1.3, -0.4, -0.01, 0.01, 0.5, 1.4])
@pytest.mark.parametrize(("x", "rise"), [(0.0, 0.0), (0.4, 200.0), (1.0, 900.0)])
def test_current_is_that_of_the_equations_typed_anew(voltage, x, rise) -> None:
    ours = response(MODEL.vector(CARD), voltage, np.array([x, rise]), np.empty(2))
    expected, _, _ = solved(voltage, 4e23 * (2.2e27 / 4e23) ** x, 293 + rise)
    assert ours == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("oxide", [0.0, 650.0, 1e7])
@pytest.mark.parametrize("voltage", [-5.0, -1.0, -0.1, -1e-5, 1e-5, 0.1, 0.6, 5.0])
@pytest.mark.parametrize("height", [0.12, 0.18, 0.9])
@pytest.mark.parametrize(("density", "temperature"), [(4e23, 293.0), (3e25, 500.0), (2.2e27, 1500.0)])
def test_current_of_any_contact_and_resistance_far_below_the_tolerance(
    oxide, voltage, height, density, temperature
) -> None:
    """From a contact that takes all the voltage to one that takes none."""
    parameters = MODEL.vector(CARD)
    parameters[8], ohms, cubic = height, oxide + 20.0, oxide * 1e4
    constants = contact_constants(parameters, density, temperature, voltage > 0)
    if voltage > 0:
        ours = forward_current(voltage, ohms, cubic, constants)
        grown, line = ours / constants[0], np.exp(45.0)  # beyond which the exponential goes on as a line
        drop = (np.log1p(grown) if grown < line else 44.0 + grown / line) / constants[2]
    else:
        ours = reverse_current(parameters, -voltage, ohms, cubic, constants)
        drop = brentq(lambda v: reverse_contact(parameters, v, constants)[0] / ours - 1.0, 1e-15, -voltage, xtol=1e-18)
    whole = drop + ohms * ours + cubic * ours**3
    assert whole == pytest.approx(abs(voltage), rel=1e-7)


def test_the_kept_lowering_changes_little_where_the_published_one_has_one_solution() -> None:
    worst = 0.0
    for x, voltage in itertools.product((0.0, 0.3, 0.6, 1.0), (0.1, 0.3)):
        density = 4e23 * (2.2e27 / 4e23) ** x
        ours, published = (solved(voltage, density, 293.0, mode)[0] for mode in (False, True))
        worst = max(worst, abs(ours / published - 1))
    assert 1e-4 < worst < 0.05


def test_a_ramp_follows_an_independent_integration() -> None:
    tau, stop = 1e-9, 9e-6
    time = np.linspace(0.0, stop, 301)
    for start, rate in ((0.3, -0.95 / stop), (0.9, 1.45 / stop)):
        ours = simulate_model(MODEL, CARD, time, rate * time, fraction=start)
        course = (lambda t, r=rate: r * t, tau)
        peer = solve_ivp(right_side, (0, stop), [start, 0.0], "LSODA", time, args=course, rtol=1e-5, atol=1e-7)
        assert np.ptp(peer.y[0]) > 0.05
        assert np.abs(ours.unknowns[:, 0] - peer.y[0]).max() < 5e-3
        calm = np.abs(np.gradient(peer.y[1])) < 0.02 * np.ptp(peer.y[1])  # the snap takes less than one sample
        assert calm.mean() > 0.95
        assert np.abs(ours.unknowns[:, 1] - peer.y[1])[calm].max() < 0.01 * np.ptp(peer.y[1])


def test_the_slow_loop_sets_and_resets_below_one_volt() -> None:
    """1 V/s to -1.5 V and to 1.5 V: the drive of the public implementations of the model."""
    time = np.linspace(0.0, 6.0, 6001)
    voltage = np.interp(time, [0, 1.5, 4.5, 6.0], [0, -1.5, 1.5, 0])
    ours = simulate_model(MODEL, CARD, time, voltage)
    set_at = voltage[np.argmax(ours.fraction > 0.5)]
    reset_at = voltage[3000:][np.argmax(ours.fraction[3000:] < 0.5)]
    assert -0.9 < set_at < -0.6
    assert 0.8 < reset_at < 1.1
    assert ours.current.min() == pytest.approx(-0.87e-3, rel=0.01)
    assert ours.fraction[-1] < 0.05
    assert off_resistance(CARD) / on_resistance(CARD) > 30


def test_published_and_assumed_are_told_apart() -> None:
    assert {name for name, p in CARD.parameters.items() if p.origin == "assumed"} == {"thermal_time"}


def test_finite_and_passive_for_every_finite_input() -> None:
    out = np.empty(2)
    bare = {"oxide_resistance": replace(CARD.parameters["oxide_resistance"], value=0.0)}
    wild = replace(CARD, parameters={**CARD.parameters, **bare})
    for vector in (MODEL.vector(CARD), MODEL.vector(wild)):
        for voltage, x, rise in itertools.product(
            (-1e3, -2.0, -1e-9, 0.0, 1e-9, 2.0, 1e3), (-3.0, 0.0, 0.5, 1.0, 4.0), (-1e3, 0.0, 1e4, 1e9)
        ):
            current = response(vector, voltage, np.array([x, rise]), out)
            assert np.isfinite(current)
            assert np.all(np.isfinite(out))
            assert current * voltage >= 0.0
            if x in (0.0, 1.0):
                assert out[0] * (1.0 if x == 0.0 else -1.0) >= 0.0, "a bound must not be passed"
