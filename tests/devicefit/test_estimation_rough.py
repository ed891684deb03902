"""Quick searches: they find the minimum, and their derivatives are those of the residual."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from devicefit.estimation import Unknown
from devicefit.estimation.rough import linearise_joint, locate, locate_joint
from devicefit.numerics import FloatArray
from measurements.errors import FitError

X = np.linspace(0.0, 1.0, 20)
RATE = Unknown("rate", "1", 1.0, 0.0, np.inf, "log")
SIZE = Unknown("size", "1", 1.0, 0.0, np.inf, "log")


def residual(group: int, values: Mapping[str, float]) -> FloatArray:
    return np.asarray((values["size"] * np.exp(values["rate"] * X) - (2.0 + group) * np.exp(3.0 * X)) / 0.1)


def test_search_finds_what_made_the_data() -> None:
    found = locate(lambda v: residual(0, v), [RATE, SIZE], loss_scale=3.0, most_evaluations=50)
    assert [found.values["rate"], found.values["size"]] == pytest.approx([3.0, 2.0], rel=1e-4)
    assert found.cost < 1e-3


def test_joint_search_gives_each_group_its_own() -> None:
    found = locate_joint(residual, [RATE], [[SIZE], [SIZE]], loss_scale=3.0, most_evaluations=50).values
    assert [found["rate"], found["size[0]"], found["size[1]"]] == pytest.approx([3.0, 2.0, 3.0], rel=1e-4)


def test_derivatives_are_by_the_logarithm_and_block_by_block() -> None:
    linear = linearise_joint(residual, [RATE], [[SIZE], [SIZE]], 3.0)
    assert linear.names == ("rate", "size[0]", "size[1]")
    np.testing.assert_allclose(linear.matrix[:20, 0], X * np.exp(X) / 0.1, rtol=3e-3, atol=1e-9)
    np.testing.assert_allclose(linear.matrix[20:, 2], np.exp(X) / 0.1, rtol=3e-3)
    assert not linear.matrix[:20, 2].any()


def test_a_residual_without_a_number_is_refused() -> None:
    with pytest.raises(FitError, match="finite at none of 2 starts"):
        locate(lambda v: np.full(5, np.nan), [RATE], loss_scale=3.0, most_evaluations=5, starts=2)
