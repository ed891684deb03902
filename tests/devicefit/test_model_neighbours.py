"""Cards that a search tries: each parameter off by a factor of 3 or so; loops are solved, passive and within bounds."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit.models.registry import MODELS
from devicefit.models.simulation import simulate_model

# First and second peak of a triangle [V], its period [s], for the first card of each model.
LOOPS = {
    "vteam": (-0.4, 0.3, 1.0),
    "dynamic-memdiode": (1.1, -2.5, 10.0),
    "stanford-gap": (1.2, -1.5, 1e-2),
}


@pytest.mark.parametrize("name", LOOPS)
def test_every_card_near_a_published_one_is_solved(name) -> None:
    model, (first, second, period) = MODELS[name], LOOPS[name]
    centre = model.vector(next(iter(model.cards.values())))
    lower, upper = (np.array([getattr(spec, side) for spec in model.parameters]) for side in ("lower", "upper"))
    generator = np.random.default_rng(7)
    time = np.linspace(0.0, period, 501)
    voltage = np.interp(time, np.arange(5) * period / 4, [0.0, first, 0.0, second, 0.0])
    moved = 0
    for _ in range(60):
        card = np.clip(centre * 10 ** generator.normal(0.0, 0.5, centre.size), lower, upper)
        response = simulate_model(model, card, time, voltage)
        assert np.all(np.isfinite(response.current))
        assert np.all(response.current * voltage >= -1e-30)
        assert -1e-3 < response.unknowns[:, 0].min() <= response.unknowns[:, 0].max() < 1.001
        moved += np.ptp(response.fraction) > 0.1
    assert moved > 20, "the loops must switch"
