"""The threshold memdiode under waveforms: against an independent solver, energy balance, and limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid, solve_ivp
from scipy.optimize import brentq

from devicefit.card import DeviceCard
from devicefit.models.registry import model_named
from devicefit.models.simulation import simulate_model
from devicefit.numerics import BOLTZMANN
from devicefit.synthesis import reference_truth
from measurements.errors import InputError

TRUTH = reference_truth()
MODEL = model_named("threshold-memdiode")


def changed(**values: float) -> DeviceCard:
    new = {name: replace(TRUTH.parameters[name], value=value) for name, value in values.items()}
    return replace(TRUTH, parameters={**TRUTH.parameters, **new})


def independent(card: DeviceCard, time: np.ndarray, voltage: np.ndarray, logit: float) -> tuple[np.ndarray, float]:
    """Current [A] and energy [J] from SciPy's Radau on equations written out here."""
    p = {name: parameter.value for name, parameter in card.parameters.items()}

    def static(volt: float, u: float) -> tuple[float, float]:
        x = 0.5 * (1 + np.tanh(u / 2))

        def through(v: float) -> float:
            return x * p["on_current"] * np.sinh(p["on_slope"] * v) + (1 - x) * p["off_current"] * np.sinh(
                p["off_slope"] * v
            )

        if volt == 0:
            return 0.0, 0.0
        inside = brentq(
            lambda v: v + p["series_resistance"] * through(v) - volt, min(0, volt), max(0, volt), xtol=1e-14
        )
        return inside, through(inside)

    def slope(t: float, y: np.ndarray) -> list[float]:
        volt = float(np.interp(t, time, voltage))
        inside, amperes = static(volt, y[0])
        kelvin, ambient = y[1], p["ambient_temperature"]
        heat = p["activation_energy"] / BOLTZMANN * (1 / ambient - 1 / kelvin)
        up = np.exp(min(p["set_slope"] * (inside - p["set_voltage"]) * ambient / kelvin + heat, 40))
        down = np.exp(min(p["reset_slope"] * (-inside - p["reset_voltage"]) * ambient / kelvin + heat, 40))
        limit = p["state_limit"]
        return [
            up / (1 + np.exp(y[0] - limit)) - down / (1 + np.exp(-y[0] - limit)),
            (inside * amperes - (kelvin - ambient) / p["thermal_resistance"]) / p["thermal_capacitance"],
            volt * amperes,
        ]

    state = np.array([logit, p["ambient_temperature"], 0.0])
    amperes = np.empty(time.size)
    amperes[0] = static(float(voltage[0]), logit)[1]
    corners = np.flatnonzero(np.abs(np.diff(voltage, 2)) > 1e-9 * np.ptp(voltage)) + 1
    for first, last in zip([0, *corners], [*corners, time.size - 1], strict=True):
        span = slice(first + 1, last + 1)
        solved = solve_ivp(
            slope,
            (time[first], time[last]),
            state,
            "Radau",
            t_eval=time[span],
            rtol=1e-7,
            atol=[1e-7, 1e-5, 1e-18],
        )
        for index, column in zip(range(first + 1, last + 1), solved.y.T, strict=True):
            amperes[index] = static(float(voltage[index]), column[0])[1]
        state = solved.y[:, -1]
    return amperes, float(state[2])


@pytest.mark.parametrize("duration", [1e-6, 1e-3, 10.0])
def test_current_and_energy_agree_with_an_independent_solver(duration: float) -> None:
    share = np.linspace(0, 1, 201)
    voltage = np.interp(share, [0, 0.25, 0.5, 0.75, 1], [0, 3.6, 0, -2.2, 0])
    reference, energy = independent(TRUTH, share * duration, voltage, -16.0)
    response = simulate_model(MODEL, TRUTH, share * duration, voltage)
    large = np.abs(reference) > 1e-3 * np.abs(reference).max()
    np.testing.assert_allclose(response.current[large], reference[large], rtol=5e-3)
    assert response.energy[-1] == pytest.approx(energy, rel=5e-3)
    if duration == 10.0:  # slow enough to set and reset fully: the test exercises switching
        assert response.fraction.max() > 0.99
        assert response.fraction[-1] < 1e-6


@pytest.mark.parametrize("capacitance", [5e-13, 1e-9])
@pytest.mark.parametrize("resistance", [1e-3, 150.0, 2e4])
def test_supplied_energy_is_series_loss_plus_conducted_plus_stored(capacitance: float, resistance: float) -> None:
    card = changed(thermal_capacitance=capacitance, series_resistance=resistance)
    time = np.linspace(0, 4, 160_001)
    response = simulate_model(MODEL, card, time, np.interp(time, [0, 1, 2, 3, 4], [0, 3.5, 0, -2, 0]))
    rise = response.unknowns[:, 1]
    series = cumulative_trapezoid(resistance * response.current**2, time, initial=0.0)
    conducted = cumulative_trapezoid(rise / card.value("thermal_resistance"), time, initial=0.0)
    balance = series + conducted + capacitance * rise
    np.testing.assert_allclose(balance, response.energy, rtol=2e-3, atol=2e-3 * response.energy[-1])
    assert response.energy[-1] > 1e-5
    assert np.all(np.isfinite(response.unknowns))


def test_energy_equals_the_integral_of_voltage_times_current() -> None:
    time = np.linspace(0, 2, 4001)
    voltage = np.interp(time, [0, 2], [0, 2.0])
    response = simulate_model(MODEL, TRUTH, time, voltage, unknowns=[16.0, 0.0])
    assert response.energy[-1] == pytest.approx(np.trapezoid(voltage * response.current, time), rel=1e-4)


def test_temperature_at_constant_power_is_the_analytic_exponential() -> None:
    held = changed(set_voltage=50.0, reset_voltage=50.0)
    time = np.linspace(0, 150e-9, 61)
    response = simulate_model(MODEL, held, time, np.full(61, 0.5), unknowns=[16.0, 0.0])
    power = response.current * (0.5 - held.value("series_resistance") * response.current)
    assert np.ptp(power) < 1e-9 * power[0]
    expected = power[0] * 6e4 * (1 - np.exp(-time / 3e-8))
    np.testing.assert_allclose(response.unknowns[:, 1], expected, rtol=3e-3, atol=0.03)


def test_state_beyond_its_bound_creeps_with_the_logarithm_of_time() -> None:
    cold = changed(thermal_resistance=1.0, set_voltage=0.1, set_slope=20.0, reset_voltage=50.0, series_resistance=0.0)
    time = np.array([0.0, 1.0, 10.0, 100.0])
    response = simulate_model(MODEL, cold, time, np.full(4, 0.4), unknowns=[16.0, 0.0])
    rate = np.exp(20.0 * 0.3)
    # w + exp(w) = 1 + rate t for w = u - u_max starting at 0
    for seconds, logit in zip(time[1:], response.unknowns[:, 0][1:], strict=True):
        w = brentq(lambda value, t=seconds: value + np.exp(value) - 1 - rate * t, 0, 30)
        assert logit - 16.0 == pytest.approx(w, abs=0.05)


def test_compliance_clips_the_reading_and_not_the_device() -> None:
    time = np.linspace(0, 5, 101)
    free = simulate_model(MODEL, TRUTH, time, time)
    limited = simulate_model(MODEL, TRUTH, time, time, compliance_current=50e-6)
    assert limited.current.max() == 50e-6
    assert free.current.max() > 1e-3
    np.testing.assert_array_equal(limited.unknowns, free.unknowns)
    np.testing.assert_array_equal(limited.energy, free.energy)


def test_state_frozen_at_its_bounds_is_the_static_branch() -> None:
    held = changed(set_voltage=50.0, reset_voltage=50.0)
    time = np.linspace(0, 1, 11)
    on = simulate_model(MODEL, held, time, time, unknowns=[40.0, 0.0])
    off = simulate_model(MODEL, held, time, time, unknowns=[-40.0, 0.0])
    assert on.current[-1] > 1e4 * off.current[-1]
    np.testing.assert_array_equal(on.unknowns[:, 0], 40.0)
    np.testing.assert_array_equal(off.unknowns[:, 0], -40.0)


def test_unusable_waveforms_are_refused() -> None:
    with pytest.raises(InputError, match="backwards after point 1"):
        simulate_model(MODEL, TRUTH, [0, 2, 1], [0, 0, 0])
    with pytest.raises(InputError, match="not finite"):
        simulate_model(MODEL, TRUTH, [0, 1], [0, np.nan])
    with pytest.raises(InputError, match="shape"):
        simulate_model(MODEL, TRUTH, [0, 1], [0, 1, 2])
    with pytest.raises(InputError, match="compliance"):
        simulate_model(MODEL, TRUTH, [0, 1], [0, 1], compliance_current=-1.0)
