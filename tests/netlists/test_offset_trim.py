"""The offset trim: its steps, both signs, its draws, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from simulators import simulate

from measurements.errors import NetlistError
from netlists.offsettrim import BITS, LARGEST, OffsetTrim, offset_trim_deck
from netlists.technology import load_technology


def current(code: int, voltage: float = 0.5, **technology: object) -> float:
    deck = offset_trim_deck(OffsetTrim(), load_technology(**technology), code=code, membrane_voltage=voltage)
    return float(simulate(deck.text)["i(vmem)"][-1])


def test_codes_give_and_take_their_currents() -> None:
    assert current(0) == pytest.approx(0.0, abs=2e-11)
    for code, expected in ((1, 25.2e-9), (16, 297e-9), (127, 2.37e-6), (-1, -28.6e-9), (-127, -2.62e-6)):
        assert current(code) == pytest.approx(expected, rel=0.02)
    assert (OffsetTrim().step, OffsetTrim().reach) == (pytest.approx(20e-9), pytest.approx(2.54e-6))
    # bits add up: what a leg gives does not depend on its neighbours
    assert current(5) == pytest.approx(current(4) + current(1), rel=0.01)


def test_the_membrane_moves_what_is_given_by_little() -> None:
    assert current(64, 1.2) == pytest.approx(current(64, 0.2), rel=0.02)
    assert current(-64, 1.2) == pytest.approx(current(-64, 0.2), rel=0.1)


def test_drawn_legs_leave_no_gap_of_two_steps() -> None:
    for seed in (1, 2):
        legs = np.array([current(2**k, mismatch_seed=seed) for k in range(BITS)])
        codes = np.arange(LARGEST + 1)
        currents = np.sort([legs[(code >> np.arange(BITS) & 1).astype(bool)].sum() for code in codes])
        assert legs[-1] != pytest.approx(1.18e-6, rel=1e-3)
        assert np.diff(currents).max() < 40e-9
        assert currents[-1] > 2e-6


def test_a_code_of_eight_bits_is_refused() -> None:
    with pytest.raises(NetlistError, match="code 128"):
        offset_trim_deck(OffsetTrim(), load_technology(), code=128)
    with pytest.raises(NetlistError, match="trim_bias"):
        OffsetTrim(trim_bias=0.0)
