"""Calm steps: exact where theory says so, third order for slow unknowns, cheap for what relaxes within a step."""

from __future__ import annotations

import math

import numpy as np
import pytest

from devicefit.calmstep import implicit_weight
from devicefit.compiled import compile_callback
from devicefit.march import RESPONSE_SIGNATURE, march
from devicefit.numerics import FloatArray

STEPS = 200


@pytest.mark.parametrize("product", [-0.11, -1.0, -4.35, -29.0, -31.0, -1e4])
def test_the_weight_makes_a_relaxation_exact(product: float) -> None:
    """u' = z u gives u_1 = exp(z) u_0 from u_1 = u_0 + z ((1 - w) u_0 + w u_1)."""
    weight = implicit_weight(product)
    assert (1.0 + (1.0 - weight) * product) / (1.0 - weight * product) == pytest.approx(
        math.exp(product), rel=1e-9, abs=1e-12
    )
    assert 0.5 < weight < 1.0


def cubic(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """u = t^3 on the ramp V = t; counts its calls."""
    parameters[0] += 1.0
    slopes[0] = 3.0 * voltage * voltage
    return 1.0 + unknowns[0]


def relaxing(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """u follows V^2 with a time constant; counts its calls."""
    parameters[0] += 1.0
    slopes[0] = (voltage * voltage - unknowns[0]) / parameters[1]
    return 1.0 + 0.1 * unknowns[0]


def run(response: object, time_constant: float) -> tuple[FloatArray, FloatArray, float]:
    """Time, course of the one unknown over a ramp of 1 V in 1 s, and evaluations a step."""
    time, parameters = np.linspace(0.0, 1.0, STEPS + 1), np.array([0.0, time_constant])
    history, _, _, reached = march(
        compile_callback(response, RESPONSE_SIGNATURE),
        parameters,
        np.array([1e-3]),
        np.zeros(1),
        time,
        time,
        np.zeros(1),
    )
    assert reached == STEPS
    return time, history[:, 0], parameters[0] / STEPS


def test_a_slow_unknown_is_followed_to_third_order() -> None:
    """The trapezoid alone would miss 1/(2 n^2) = 1.25e-5."""
    time, found, evaluations = run(cubic, 1.0)
    assert found == pytest.approx(time**3, rel=0, abs=2e-6)
    assert evaluations < 2.3


@pytest.mark.parametrize("relaxations", [0.5, 4.35, 60.0])
def test_what_relaxes_within_a_step_costs_little_and_lags_as_it_must(relaxations: float) -> None:
    constant = 1.0 / (STEPS * relaxations)
    time, found, evaluations = run(relaxing, constant)
    lagging = time**2 - 2.0 * constant * time + 2.0 * constant**2 * (1.0 - np.exp(-time / constant))
    assert found == pytest.approx(lagging, rel=0, abs=1e-5)
    assert evaluations < 2.3
