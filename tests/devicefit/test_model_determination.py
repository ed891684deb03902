"""What a sweep can tell: one loop with 1 % of noise determines every parameter that a model names as fitted."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit.models.registry import MODELS
from devicefit.models.simulation import simulate_model

# Model: card, values that differ from it, first and second peak [V] and period [s] of a triangle that switches fully.
LOOPS = {
    "vteam": ("exponential law", {}, (-0.4, 0.3, 1.0)),
    "dynamic-memdiode": (
        "Aguirre oxidation 0.1",
        {"on_series_resistance": 20.0, "off_series_resistance": 20.0},
        (1.5, -3.0, 10.0),
    ),
    "stanford-gap": ("MemTorch without field limit", {"series_resistance": 30.0}, (1.2, -1.5, 1e-2)),
}
NOISE = 0.01


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_determines_the_fitted_parameters(name) -> None:
    card, changes, (first, second, period) = LOOPS[name]
    model = MODELS[name]
    values = {spec.name: model.cards[card].value(spec.name) for spec in model.parameters} | changes
    time = np.linspace(0.0, period, 1001)
    voltage = np.interp(time, np.arange(5) * period / 4, [0.0, first, 0.0, second, 0.0])
    driven = np.abs(voltage) > 0.02

    def logarithm(parameter, factor):
        changed = values | {parameter: values[parameter] * factor}
        return np.log(np.abs(simulate_model(model, changed, time, voltage).current[driven]))

    step = 2e-3
    jacobian = np.column_stack(
        [(logarithm(key, 1 + step) - logarithm(key, 1 - step)) / (2 * step) for key in model.fitted]
    )
    relative_errors = NOISE * np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian)))
    assert np.all(relative_errors < 0.1), dict(zip(model.fitted, relative_errors, strict=True))
