"""Measures on waveforms whose integrals and crossings are known."""

from __future__ import annotations

import numpy as np
import pytest

from circuits.measure import MeasureError, crossings, evaluate
from circuits.waveforms import Waveforms
from measurements.errors import SimulationError
from netlists.deck import Crossing, Integral, Sample

TIME = np.array([0.0, 1.0, 1.5, 3.0, 4.0])
WAVES = Waveforms(TIME, {"v(a)": 2.0 * TIME, "i(b)": np.full(5, -3.0), "v(saw)": np.array([0.0, 2.0, 0.0, 3.0, 0.0])})


def test_integral_of_products_and_windows() -> None:
    whole = Integral("e", ((-1.0, "v(a)", "i(b)"), (0.5, "v(a)", None)), 0.0, 4.0, "J")
    assert evaluate(whole, WAVES) == pytest.approx(6.0 * 8.0 + 0.5 * 16.0)
    window = Integral("q", ((1.0, "v(a)", None),), 0.25, 3.5, "C")
    assert evaluate(window, WAVES) == pytest.approx(3.5**2 - 0.25**2)
    within_one_step = Integral("q", ((1.0, "v(a)", None),), 1.6, 1.7, "C")
    assert evaluate(within_one_step, WAVES) == pytest.approx(1.7**2 - 1.6**2)


def test_crossings_are_counted_interpolated_and_referred() -> None:
    assert crossings(WAVES, "v(saw)", 1.0, rising=True).tolist() == pytest.approx([0.5, 2.0])
    assert evaluate(Crossing("d", "v(saw)", 1.0, "fall", reference=1.0), WAVES) == pytest.approx(0.25)
    assert evaluate(Crossing("d", "v(saw)", 1.0, "rise", number=2, reference=0.5), WAVES) == pytest.approx(1.5)
    assert evaluate(Crossing("d", "v(saw)", 1.0, "rise", start=0.6), WAVES) == pytest.approx(2.0)


def test_a_level_met_exactly_on_a_point_counts_once() -> None:
    assert crossings(WAVES, "v(saw)", 2.0, rising=True).tolist() == pytest.approx([1.0, 2.5])
    assert crossings(WAVES, "v(saw)", 0.0, rising=True).tolist() == []


def test_sample() -> None:
    assert evaluate(Sample("v", "v(a)", 2.25, "V"), WAVES) == pytest.approx(4.5)
    assert evaluate(Sample("v", "v(a)", 4.0 * (1 + 1e-10), "V"), WAVES) == pytest.approx(8.0)


@pytest.mark.parametrize(
    "measure",
    [
        Crossing("d", "v(saw)", 1.0, "rise", number=3),
        Crossing("d", "v(a)", 99.0, "rise"),
        Integral("q", ((1.0, "v(a)", None),), 0.0, 4.1, "C"),
        Integral("q", ((1.0, "v(a)", None),), 2.0, 2.0, "C"),
        Sample("v", "v(a)", 4.5, "V"),
    ],
)
def test_what_cannot_be_measured_is_an_error_of_its_own(measure: object) -> None:
    with pytest.raises(MeasureError):
        evaluate(measure, WAVES)  # type: ignore[arg-type]


def test_an_unsaved_vector_is_named() -> None:
    with pytest.raises(SimulationError, match=r"no vector 'v\(x\)'.*i\(b\), v\(a\), v\(saw\)"):
        crossings(WAVES, "v(x)", 1.0, rising=True)
