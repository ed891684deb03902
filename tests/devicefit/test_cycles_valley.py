"""Search along a curved valley, and the secants that give its error bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np
import pytest

from devicefit.cycles.problem import CycleProblem
from devicefit.cycles.valley import Valley
from devicefit.estimation import Unknown
from devicefit.numerics import FloatArray

STEEP = 1e4  # of the wall on either side of the valley


class Curved:
    """r = (STEEP (eta - theta^2), 2 (theta - 3)): eta of the cycle follows the shared theta along a parabola."""

    def residual(self, group: int, values: Mapping[str, float]) -> FloatArray:
        """Of the one cycle."""
        return np.array([STEEP * (values["eta"] - values["theta"] ** 2), 2.0 * (values["theta"] - 3.0 - 0.1 * group)])


@pytest.fixture
def valley() -> Valley:
    """Begun away from the floor."""
    theta = Unknown("theta", "1", 1.0, 0.01, 100.0, "log")
    eta = Unknown("eta", "1", 1.5, 1e-3, 1e4, "log")
    return Valley(cast(CycleProblem, Curved()), (theta,), ((eta,), (eta,)))


def test_own_values_follow_the_shared_ones(valley: Valley) -> None:
    for theta in (1.0, 2.0, 3.0):
        found = valley.own_values({"theta": theta})
        assert [own["eta"] for own in found] == pytest.approx([theta**2] * 2, rel=1e-5)


def test_the_secants_are_those_of_the_floor_and_not_of_the_walls(valley: Valley) -> None:
    matrix = valley.central({"theta": 2.0})
    assert matrix.shape == (4, 1)
    assert matrix[[1, 3], 0] == pytest.approx([2.0, 2.0], rel=1e-4)
    assert np.abs(matrix[[0, 2], 0]).max() < 1e-2  # a tangent at fixed eta has 4 STEEP
