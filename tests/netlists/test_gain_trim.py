"""The gain trim: its steps, what its draws leave between them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from measurements.errors import NetlistError
from netlists.gaintrim import BITS, LARGEST, GainTrim, gain_trim_deck
from netlists.technology import load_technology

TURN = GainTrim().turn


@pytest.fixture
def gain(simulate: Callable[[str], Mapping[str, NDArray[np.float64]]]) -> Callable[..., float]:
    """Gain of a code over that of the whole mirror [1]."""

    def found(code: int, current: float = 4.5e-7, seed: int | None = None) -> float:
        deck = gain_trim_deck(GainTrim(), load_technology(mismatch_seed=seed), code=code, current=current)
        return float(simulate(deck.text)["i(vout)"][-1]) / (TURN * current)

    return found


def test_codes_make_their_gains_at_other_currents_too(gain) -> None:
    for code, expected in ((0, 0.564), (1, 0.615), (4, 0.692), (16, 0.986), (31, 1.470)):
        assert gain(code) == pytest.approx(expected, rel=0.01)
        assert gain(code) == pytest.approx(GainTrim().gain(code), rel=0.03)
    assert gain(31, 2e-7) == pytest.approx(gain(31, 1e-6), rel=0.01)


def test_drawn_legs_leave_no_wide_gap(gain) -> None:
    for seed in (1, 2):
        fixed = gain(0, seed=seed)
        legs = np.array([gain(2**k, seed=seed) - fixed for k in range(BITS)])
        gains = np.sort([legs[(code >> np.arange(BITS) & 1).astype(bool)].sum() for code in range(LARGEST + 1)])
        assert legs[-1] != pytest.approx(0.422, rel=1e-3)
        assert np.diff(gains).max() < 0.069
        assert fixed < 0.59
        assert fixed + gains[-1] > 1.40


def test_a_code_of_six_bits_is_refused() -> None:
    with pytest.raises(NetlistError, match="code 32"):
        gain_trim_deck(GainTrim(), load_technology(), code=32)
    with pytest.raises(NetlistError, match="width"):
        GainTrim(width=0.0)
    with pytest.raises(NetlistError, match="current"):
        gain_trim_deck(GainTrim(), load_technology(), code=1, current=0.0)
