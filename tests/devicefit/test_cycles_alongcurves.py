"""Error bars with residuals that go together: right for straight lines through correlated readings."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit.cycles.alongcurves import correlation_factors

CURVES = [slice(60 * number, 60 * (number + 1)) for number in range(12)]
JACOBIAN = np.tile(np.column_stack([np.ones(60), np.linspace(-1.0, 1.0, 60)]), (12, 1))


def readings(generator: np.random.Generator, keep: float) -> np.ndarray:
    """Twelve curves of unit variance whose neighbours correlate by `keep`."""
    found = np.empty((12, 60))
    found[:, 0] = generator.normal(size=12)
    for place in range(1, 60):
        found[:, place] = keep * found[:, place - 1] + np.sqrt(1.0 - keep**2) * generator.normal(size=12)
    return found.ravel()


def covered(keep: float, widen: bool) -> float:
    """Share of 95 % intervals of level and slope that hold the truth, zero."""
    generator, inverse, hits = np.random.default_rng(7), np.linalg.inv(JACOBIAN.T @ JACOBIAN), []
    for _ in range(150):
        seen = readings(generator, keep)
        fit = inverse @ JACOBIAN.T @ seen
        residual = seen - JACOBIAN @ fit
        errors = np.sqrt(np.diag(inverse) * float(residual @ residual) / (residual.size - 2))
        if widen:
            errors = errors * correlation_factors(JACOBIAN, residual, CURVES)
        hits.append(np.abs(fit) < 1.96 * errors)
    return float(np.mean(hits))


def test_intervals_hold_the_truth_where_readings_go_together() -> None:
    assert covered(0.9, widen=False) < 0.6
    assert covered(0.9, widen=True) > 0.85


def test_independent_readings_keep_their_intervals() -> None:
    assert covered(0.0, widen=True) > 0.92
    factors = correlation_factors(JACOBIAN, readings(np.random.default_rng(1), 0.0), CURVES)
    assert np.all(factors >= 1.0)
    assert factors == pytest.approx([1.0, 1.0], rel=0.3)
