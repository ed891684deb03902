"""The offset trim: its steps, both signs, its draws, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from measurements.errors import NetlistError
from netlists.offsettrim import BITS, LARGEST, OffsetTrim, offset_trim_deck
from netlists.technology import load_technology


@pytest.fixture
def current(simulate: Callable[[str], Mapping[str, NDArray[np.float64]]]) -> Callable[..., float]:
    """Current into the membrane of a code [A]."""

    def found(code: int, voltage: float = 0.5, seed: int | None = None) -> float:
        technology = load_technology(mismatch_seed=seed)
        deck = offset_trim_deck(OffsetTrim(), technology, code=code, membrane_voltage=voltage)
        return float(simulate(deck.text)["i(vmem)"][-1])

    return found


def test_codes_give_and_take_their_currents(current) -> None:
    assert current(0) == pytest.approx(0.0, abs=2e-11)
    for code, expected in ((1, 25.2e-9), (16, 244e-9), (127, 1.84e-6), (-1, -28.6e-9), (-127, -2.03e-6)):
        assert current(code) == pytest.approx(expected, rel=0.02)
    assert (OffsetTrim().step, OffsetTrim().reach) == (pytest.approx(20e-9), pytest.approx(1.964e-6, rel=1e-3))
    # bits add up: what a leg gives does not depend on its neighbours
    assert current(5) == pytest.approx(current(4) + current(1), rel=0.01)


def test_the_membrane_moves_what_is_given_by_little(current) -> None:
    assert current(64, 1.2) == pytest.approx(current(64, 0.2), rel=0.02)
    assert current(-64, 1.2) == pytest.approx(current(-64, 0.2), rel=0.1)


def test_drawn_legs_leave_no_wide_gap(current) -> None:
    for seed in (1, 2):
        legs = np.array([current(2**k, seed=seed) for k in range(BITS)])
        codes = np.arange(LARGEST + 1)
        currents = np.sort([legs[(code >> np.arange(BITS) & 1).astype(bool)].sum() for code in codes])
        assert legs[-1] != pytest.approx(0.868e-6, rel=1e-3)
        assert np.diff(currents).max() < 45e-9
        assert currents[-1] > 1.6e-6


def test_a_code_of_eight_bits_is_refused() -> None:
    with pytest.raises(NetlistError, match="code 128"):
        offset_trim_deck(OffsetTrim(), load_technology(), code=128)
    with pytest.raises(NetlistError, match="trim_bias"):
        OffsetTrim(trim_bias=0.0)
