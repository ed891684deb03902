"""Drift of read series with known law."""

from __future__ import annotations

import numpy as np
import pytest

from measurements import Source
from measurements.errors import FitError
from measurements.reads import ReadSeries
from measurements.retention import DriftModel, retention

TIME = np.concatenate([[0.0], np.geomspace(1.0, 1e4, 80)])


def reads(conductance: np.ndarray, voltage: float = 0.1) -> ReadSeries:
    return ReadSeries(TIME, np.full(TIME.size, voltage), voltage * conductance, "d", "c", Source("r", ""))


def power(exponent: float, noise: float, seed: int) -> ReadSeries:
    random = np.random.default_rng(seed)
    law = 1e-5 * np.maximum(TIME, 1e-3) ** -exponent
    return reads(law * (1 + noise * random.normal(0, 1, TIME.size)))


def test_exponent_interval_covers() -> None:
    inside = seen = 0
    for seed in range(200):
        found = retention(power(0.05, 0.01, seed))
        assert found.drift_exponent is not None
        inside += found.drift_exponent.low <= 0.05 <= found.drift_exponent.high
        seen += found.drift_exponent.low <= 0.0 <= found.drift_exponent.high
    assert inside / 200 >= 0.9
    assert seen == 0


def test_logarithmic_drift_is_told_apart_and_its_slope_covers() -> None:
    inside = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        law = 1e-5 - 1.5e-6 * np.log10(np.maximum(TIME, 1.0))
        found = retention(reads(law + 2e-8 * random.normal(0, 1, TIME.size)))
        assert found.preferred is DriftModel.LOGARITHM
        inside += found.log_slope.low <= -1.5e-6 <= found.log_slope.high
    assert inside / 100 >= 0.9


def test_extrapolation_states_model_and_covers() -> None:
    inside = 0
    for seed in range(200):
        found = retention(power(0.1, 0.02, seed))
        future = found.at(1e6)
        assert "extrapolated 100 times" in future.method
        truth = 1e-5 * 1e6**-0.1
        inside += future.low <= truth <= future.high
        assert future.high - future.low > found.at(100.0).high - found.at(100.0).low
    assert inside / 200 >= 0.9


def test_indistinct_laws_span_both() -> None:
    found = retention(power(0.002, 0.02, 1))
    assert not found.distinguished
    far = found.at(1e12)
    for model in DriftModel:
        one = found.at(1e12, model)
        assert far.low <= one.low <= one.high <= far.high


def test_negative_read_voltage_and_sign_changes() -> None:
    series = power(0.1, 0.0, 0)
    mirrored = ReadSeries(series.time, -series.voltage, -series.current, "d", "c", series.source)
    assert retention(mirrored).drift_exponent == retention(series).drift_exponent
    crossing = reads(1e-5 * np.cos(TIME))
    assert retention(crossing).drift_exponent is None
    with pytest.raises(FitError, match="changes sign"):
        retention(crossing).at(10.0, DriftModel.POWER)


def test_refusals() -> None:
    with pytest.raises(FitError, match="reads"):
        retention(ReadSeries(TIME[:5], TIME[:5] + 0.1, TIME[:5], "d", "c", Source("r", "")))
    late = ReadSeries(np.append(0.0, 100 + np.arange(20.0)), np.full(21, 0.1), np.ones(21), "d", "c", Source("r", ""))
    with pytest.raises(FitError, match="3 times"):
        retention(late)
    with pytest.raises(FitError, match="-1"):
        retention(power(0.1, 0.01, 0)).at(-1)
