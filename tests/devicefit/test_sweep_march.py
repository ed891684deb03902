"""The march of one state over a sweep: as the march of all unknowns, smooth in the parameters, and over in time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from devicefit.march import compiled_response, march
from devicefit.models.simulation import tolerances
from devicefit.models.threshold_memdiode import MODEL, swept_response
from devicefit.numerics import FloatArray
from devicefit.sweep_march import sweep_march
from devicefit.synthesis import reference_truth

STEPS = 20_000
SET, RESET = (4.0, 1e-5), (-1.6, -5e-4)  # highest voltage [V], level [A]


def vector(**changes: float) -> FloatArray:
    return MODEL.vector_of({name: p.value for name, p in reference_truth().parameters.items()} | changes)


def sweep(top: float) -> tuple[FloatArray, FloatArray]:
    out = np.linspace(0.0, top, 81)
    volts = np.concatenate([out, out[-2::-1]])
    return np.concatenate([[0.0], np.cumsum(np.abs(np.diff(volts)))]), volts


def swept(
    parameters: FloatArray, top: float, level: float, enough: float = math.inf, most: int = STEPS
) -> tuple[FloatArray, FloatArray, float, int]:
    start = math.copysign(parameters[10], -level)
    return sweep_march(compiled_response(swept_response), parameters, *sweep(top), start, level, enough, most)


@pytest.mark.parametrize(("top", "level"), [SET, RESET])
def test_state_and_current_are_those_of_the_whole_model(top: float, level: float) -> None:
    parameters = vector()
    tolerance, relative = tolerances(MODEL)
    start = MODEL.at_fraction(parameters, 0.0 if level > 0 else 1.0)
    response = compiled_response(MODEL.response)
    history, current, crossing, _ = march(
        response, parameters, 1e-3 * tolerance, 1e-3 * relative, *sweep(top), start, level
    )
    states, found, moment, reached = swept(parameters, top, level)
    assert reached == current.size - 1
    assert abs(current).max() > 4 * abs(level) > 20 * abs(current[1])
    assert found == pytest.approx(current, rel=2e-3, abs=1e-12)
    assert states[:, 0] == pytest.approx(history[:, 0], rel=2e-3, abs=2e-3)
    assert moment == pytest.approx(crossing, rel=1e-4)


@pytest.mark.parametrize(("top", "level", "name"), [(*SET, "set_voltage"), (*RESET, "reset_voltage")])
def test_the_crossing_moves_smoothly_with_a_threshold(top: float, level: float, name: str) -> None:
    threshold = reference_truth().value(name)

    def slope(part: float) -> float:
        low, high = (swept(vector(**{name: threshold * (1.0 + s * part)}), top, level)[2] for s in (-1, 1))
        return (high - low) / (2.0 * part * threshold)

    assert slope(3e-6) == pytest.approx(slope(1e-3), rel=0.01)
    assert slope(1e-3) > 0.5  # s for a volt at 1 V/s: at least what a set behind no resistance has, less its heat


def test_the_march_ends_where_nothing_more_is_told() -> None:
    _, whole, crossing, _ = swept(vector(), *SET)
    states, current, moment, reached = swept(vector(), *SET, enough=5e-5)
    over = int(np.argmax(np.abs(current) > 5e-5))
    assert (moment, reached) == (crossing, current.size - 1)
    assert current[: over - 1] == pytest.approx(whole[: over - 1], rel=1e-12, abs=1e-15)
    assert np.all(current[over:] == current[over])
    assert np.all(states[over:] == states[over])


def test_a_state_held_by_the_load_line_needs_few_steps() -> None:
    steep = vector(set_slope=2000.0)
    _, current, crossing, reached = swept(steep, *SET, most=5000)
    assert reached == current.size - 1
    assert crossing == pytest.approx(2.6, rel=0.01)  # abrupt: at its threshold, 1 V/s


def test_too_few_steps_are_told() -> None:
    *_, reached = swept(vector(), *SET, most=100)
    assert reached < 100
