"""Loops cut at turning points and zero crossings."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.legs import cut_legs, pair_lobes, voltage_noise


def triangle(top: float, bottom: float, points: int = 50) -> np.ndarray:
    return np.concatenate(
        [
            np.linspace(0, top, points),
            np.linspace(top, 0, points)[1:],
            np.linspace(0, bottom, points)[1:],
            np.linspace(bottom, 0, points)[1:],
        ]
    )


def test_full_loop_has_two_lobes() -> None:
    legs = cut_legs(triangle(1.0, -2.0))
    assert [(leg.polarity, leg.outward) for leg in legs] == [(1, True), (1, False), (-1, True), (-1, False)]
    first, second = pair_lobes(legs)
    assert (first.polarity, second.polarity, first.wraps) == (1, -1, False)
    assert abs(triangle(1.0, -2.0)[second.outward.stop - 1]) == 2.0


def test_every_point_is_in_one_leg() -> None:
    voltage = np.tile(triangle(0.7, -0.4), 5)
    legs = cut_legs(voltage)
    assert sum(len(leg) for leg in legs) == voltage.size
    assert all(one.stop == two.start for one, two in pairwise(legs))
    assert len(pair_lobes(legs)) == 10


def test_loop_that_starts_at_its_top_wraps() -> None:
    voltage = np.concatenate([np.linspace(1, -1.5, 60), np.linspace(-1.5, 1, 60)[1:]])
    lobes = pair_lobes(cut_legs(voltage))
    assert [(lobe.polarity, lobe.wraps) for lobe in lobes] == [(-1, False), (1, True)]
    assert lobes[1].outward.start > lobes[1].inward.start


def test_noise_makes_no_turns() -> None:
    random = np.random.default_rng(4)
    clean = np.tile(triangle(0.2, -0.2, 100), 10)
    noisy = clean + random.normal(0, 0.002, clean.size)
    assert len(pair_lobes(cut_legs(noisy))) == 20
    assert voltage_noise(noisy) == pytest.approx(0.002, rel=0.1)
    assert voltage_noise(np.arange(20) * 0.05) < 1e-12


def test_one_way_and_constant() -> None:
    assert [(leg.polarity, leg.outward) for leg in cut_legs(-np.arange(10.0))] == [(-1, True)]
    assert cut_legs(np.full(5, 0.1)) == ()
    assert pair_lobes(cut_legs(np.arange(10.0))) == ()


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=40))
def test_any_voltage_is_cut_without_loss(values: list[float]) -> None:
    legs = cut_legs(np.array(values))
    if np.ptp(values) > 0:
        assert sum(len(leg) for leg in legs) == len(values)
