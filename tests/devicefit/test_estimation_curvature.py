"""Whether tangents describe a minimum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from devicefit.estimation import Unknown
from devicefit.estimation.curvature import rises
from devicefit.numerics import FloatArray

WIDE = 1e6  # a loss scale that makes the loss linear least squares


def _unknown(name: str, start: float) -> Unknown:
    return Unknown(name, "1", start, -100.0, 100.0, "linear")


def _rises(start: float, wall: float) -> dict[str, float]:
    """Of a shared value s and an own one o of two groups; the residual in s flattens beyond 1/`wall` from its zero."""

    def residual(group: int, values: Mapping[str, float]) -> FloatArray:
        distance = values["s"] - 2.0
        flat = np.tanh(wall * distance) / wall if wall else distance
        return np.array([flat, 10.0 * (values["o"] - values["s"]), 0.01 * (values["o"] - 1.0 - group)])

    return rises(residual, [_unknown("s", start)], [[_unknown("o", 2.0)]] * 2, WIDE)


def test_a_parabola_rises_by_one_from_its_bottom_and_from_its_side() -> None:
    assert _rises(2.0, 0.0) == pytest.approx({"s": 1.0}, rel=1e-3)
    assert _rises(2.5, 0.0) == pytest.approx({"s": 1.0}, rel=1e-3)


def test_a_dent_rises_by_less() -> None:
    wall = 2.0 * np.sqrt(2.0)  # a standard error is 1/sqrt(2): tanh(2)/2 of what the tangent says
    assert _rises(2.0, wall) == pytest.approx({"s": (np.tanh(2.0) / 2.0) ** 2}, rel=1e-2)


def test_what_is_not_solved_is_not_described() -> None:
    found = rises(lambda group, values: np.array([np.nan, values["s"]]), [_unknown("s", 1.0)], [[]], WIDE)
    assert found == {"s": np.inf}
