"""Distributions over cycles."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit.cycles import ModelFit
from devicefit.models.registry import MODELS
from devicefit.variability import distribution, spread_of
from measurements.errors import FitError
from measurements.records import MeasurementSet
from measurements.switching import analyse_cell


def test_spread_is_that_of_numpy_on_an_uneven_sample() -> None:
    values = [1.0, 2.0, 4.0, 8.0, 16.0]
    spread = spread_of(values, "V")
    assert spread.mean == 6.2
    assert spread.standard_deviation == pytest.approx(6.0992, abs=1e-4)
    assert (spread.p10, spread.median, spread.p90) == pytest.approx((1.4, 4.0, 12.8))
    assert (spread.count, spread.unit) == (5, "V")


def test_one_value_has_no_deviation_and_none_has_no_spread() -> None:
    assert spread_of([3.0], "V").standard_deviation == 0.0
    with pytest.raises(FitError, match="0 values"):
        spread_of([], "V")


def test_distribution_sorts_and_is_symmetric() -> None:
    ordered, probability = distribution([3.0, 1.0, 2.0])
    assert ordered.tolist() == [1.0, 2.0, 3.0]
    np.testing.assert_allclose(probability, [1 / 6, 0.5, 5 / 6])


def test_card_carries_the_measured_spreads_and_those_of_its_cycles(
    synthetic_fit: ModelFit, synthetic_records: MeasurementSet
) -> None:
    spreads, measured = synthetic_fit.card.variability, analyse_cell(synthetic_records)
    quantities = {"set_voltage": "V", "reset_voltage": "V", "on_resistance": "ohm"}
    assert quantities.keys() | {f"parameter {name}" for name in MODELS["threshold-memdiode"].per_cycle} == set(spreads)
    assert {name: spreads[name].unit for name in quantities} == quantities
    assert spreads["set_voltage"].mean == pytest.approx(float(measured.set_voltage.mean()), rel=1e-12)
    assert spreads["reset_voltage"].p10 > 0
    own = [cycle["set_voltage"] for cycle in synthetic_fit.cycles]
    assert spreads["parameter set_voltage"].mean == pytest.approx(float(np.mean(own)), rel=1e-12)
