import numpy as np
import pytest
from handmade import close, make_card
from scipy.optimize import brentq

from devicefit import off_resistance, on_resistance
from measurements.errors import InputError, NetlistError
from netlists.composition import cell, number
from netlists.memristor import (
    read_polynomial,
    read_polynomial_error,
)
from netlists.model import model_subcircuit


def exact_current(card, voltage: float, state: float) -> float:
    """Root of V = V' + Rs*I(V'), found without the code under test [A]."""
    p = {name: parameter.value for name, parameter in card.parameters.items()}

    def current(inner: float) -> float:
        on = state * p["on_current"] * np.sinh(p["on_slope"] * inner)
        return on + (1 - state) * p["off_current"] * np.sinh(p["off_slope"] * inner)

    inner = brentq(lambda v: v + p["series_resistance"] * current(v) - voltage, 0.0, voltage, xtol=1e-15)
    return float(current(inner))


@pytest.mark.parametrize("state", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("on_slope", [0.5, 3.0, 6.0])
def test_polynomial_follows_the_exact_curve_within_its_stated_error(state: float, on_slope: float) -> None:
    card = make_card(on_slope=on_slope, off_slope=5.0, state_limit=60.0)
    g1, g3, g5 = read_polynomial(card, state)
    stated = read_polynomial_error(card, state)
    assert stated < 0.01
    for voltage in (0.01, 0.05, 0.1, 0.2, 0.3):
        polynomial = g1 * voltage + g3 * voltage**3 + g5 * voltage**5
        assert abs(polynomial / exact_current(card, voltage, state) - 1) <= 1.05 * stated + 1e-9
    assert read_polynomial_error(card, 0.0) < 1e-3


def test_polynomial_in_ngspice_is_the_exact_current(card, batch) -> None:
    g1, g3, g5 = read_polynomial(card)
    values = f"g1={number(g1)} g3={number(g3)} g5={number(g5)} select_resistance=1"
    text = f"cell\n{cell('read_cell')}\nv1 r 0 0.25\nxc r m 0 read_cell {values}\n"
    text += ".save v(r) v(m) i(v1)\n.meas tran current find i(v1) at=1n\n"
    text += ".meas tran inner find par('v(r)-v(m)') at=1n\n.tran 1n 2n 0 1n\n.end\n"
    printed = batch(text)
    assert -printed["current"] == close(exact_current(card, printed["inner"], 1.0), rel=2e-6)


def test_small_signal_resistances_are_those_of_the_card(card) -> None:
    assert on_resistance(card) == close(55.0 + 1 / (1.2e-3 * 1.5))
    assert off_resistance(card) == close(1 / (3e-9 + 1.1e-7 / (55.0 + 1 / (1.2e-3 * 1.5))), rel=0.01)
    assert 1 / read_polynomial(card)[0] == close(on_resistance(card), rel=1e-12)


def test_scaling_keeps_the_shape(card) -> None:
    own, scaled = read_polynomial(card), read_polynomial(card, resistance=1e4)
    assert scaled[0] == close(1e-4, rel=1e-12)
    np.testing.assert_allclose(np.divide(scaled, own), scaled[0] / own[0], rtol=1e-12)


def test_what_a_polynomial_cannot_follow_is_refused(card) -> None:
    with pytest.raises(NetlistError, match="too steep"):
        read_polynomial(make_card(off_slope=40.0), 0.0)
    # 5 % of a current that is a millionth of the on current does not matter.
    assert read_polynomial_error(make_card(off_slope=15.0), 0.0) > 0.01
    assert read_polynomial(make_card(off_slope=15.0, state_limit=60.0), 0.0)[0] == close(15e-9, rel=1e-5)
    with pytest.raises(NetlistError, match="state"):
        read_polynomial(card, 1.5)
    with pytest.raises(NetlistError, match="resistance"):
        read_polynomial(card, resistance=0.0)


def test_subcircuit_carries_the_card(card) -> None:
    text = model_subcircuit(card, "cell_a")
    assert ".subckt cell_a te be" in text
    assert ".ends cell_a" in text
    assert f"+ set_voltage={number(0.9)}\n" in text
    with pytest.raises(NetlistError):
        model_subcircuit(card, "two words")


def test_a_card_of_another_model_is_refused(card) -> None:
    from dataclasses import replace

    with pytest.raises(InputError, match="stanford"):
        model_subcircuit(replace(card, model="stanford"))
