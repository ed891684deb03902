"""The table model against scipy's own monotone cubic, and its states against an independent integration."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import PchipInterpolator

from devicefit.models.quasi_static_table import MODEL, response
from devicefit.models.registry import published_card
from devicefit.models.simulation import simulate_model
from devicefit.models.static import static_current

CARD = published_card("quasi-static-table", "synthetic")


def branch(card, name: str):
    """asinh of the branch by scipy, over its spans."""
    positive = [card.value(f"{name}_positive_{k}") for k in range(1, 9)]
    negative = [card.value(f"{name}_negative_{k}") for k in range(1, 9)]
    steps = np.arange(1, 9) / 8
    volts = np.array(
        [*(-steps * card.value(f"{name}_span_negative"))[::-1], 0.0, *steps * card.value(f"{name}_span_positive")]
    )
    amperes = np.array([*(-np.array(negative))[::-1], 0.0, *positive])
    return PchipInterpolator(volts, np.arcsinh(amperes / card.value(f"{name}_unit")))


def rough_card(seed: int):
    """A table nobody would measure: uneven, in places falling or flat."""
    generator = np.random.default_rng(seed)
    changed = {}
    for name, parameter in CARD.parameters.items():
        if name.split("_")[-1].isdigit():
            changed[name] = replace(parameter, value=parameter.value * generator.choice([0.0, 0.3, 1.0, 1.0, 3.0]))
    return replace(CARD, parameters={**CARD.parameters, **changed})


@pytest.mark.parametrize("card", [CARD, *map(rough_card, range(6))], ids=["smooth", *map(str, range(6))])
@pytest.mark.parametrize(("name", "fraction"), [("on", 1.0), ("off", 0.0)])
def test_branches_are_scipys_monotone_cubic(card, name, fraction) -> None:
    volts = np.linspace(-1.5, 2.0, 353)
    wide = replace(
        card, parameters={**card.parameters, "state_limit": replace(card.parameters["state_limit"], value=200.0)}
    )
    ours = static_current(wide, volts, fraction)
    expected = card.value(f"{name}_unit") * np.sinh(branch(card, name)(volts))
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-15 * np.abs(expected).max())
    assert np.all(ours * volts >= 0.0)


def test_beyond_its_span_a_branch_is_straight() -> None:
    slope = 1e-3 * np.array(branch(CARD, "on").derivative()(2.0)) * 2.0 * np.cosh(branch(CARD, "on")(2.0))
    ends = static_current(CARD, np.array([2.0, 3.0, 4.0]), 1.0)
    assert ends[1] - ends[0] == pytest.approx(slope, rel=1e-5)
    assert ends[2] - ends[1] == pytest.approx(slope, rel=1e-5)
    below = static_current(CARD, np.array([-1.5, -2.0, -2.5]), 1.0)
    assert below[2] - below[1] == pytest.approx(below[1] - below[0], rel=1e-9)


def test_the_thresholds_follow_an_independent_integration() -> None:
    volts, span = (1.9, -1.5), 4e-3
    time = np.linspace(0.0, span, 801)
    voltage = np.interp(time / span, [0, 0.25, 0.5, 0.75, 1], [0, volts[0], 0, volts[1], 0])

    def right_side(t, u):
        v = np.interp(t, time, voltage)
        up, down = np.exp(25.0 * (v - 1.6)), np.exp(25.0 * (-v - 0.9))
        return up / (1 + np.exp(u - 16.0)) - down / (1 + np.exp(-u - 16.0))

    ours = simulate_model(MODEL, CARD, time, voltage)
    peer = solve_ivp(right_side, (0, span), [-16.0], "LSODA", time, rtol=1e-9, atol=1e-9, max_step=span / 100)
    assert np.ptp(peer.y[0]) > 5.0
    assert np.abs(ours.unknowns[:, 0] - peer.y[0]).max() < 0.02 + 0.005 * np.ptp(peer.y[0])
    x = 1 / (1 + np.exp(-peer.y[0]))
    expected = x * 2e-3 * np.sinh(branch(CARD, "on")(voltage)) + (1 - x) * 1e-9 * np.sinh(branch(CARD, "off")(voltage))
    driven = np.abs(voltage) > 0.01
    assert ours.current[driven] == pytest.approx(expected[driven], rel=0.05)


def test_finite_and_passive_for_every_finite_input() -> None:
    out = np.empty(1)
    for card in (CARD, rough_card(1), rough_card(2)):
        vector = MODEL.vector(card)
        for voltage, u in itertools.product((-1e3, -1.4, -1e-12, 0.0, 0.3, 1e3), (-1e3, -16.0, 0.0, 40.0)):
            current = response(vector, voltage, np.array([u]), out)
            assert np.isfinite(current)
            assert np.isfinite(out[0])
            assert current * voltage >= 0.0
            assert (current == 0.0) or voltage != 0.0
