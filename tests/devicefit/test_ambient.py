"""A card at another temperature: only the models with a law for it, and a read only where it depends on it."""

from __future__ import annotations

import numpy as np
import pytest

from devicefit import reference_truth
from devicefit.ambient import card_at, read_depends_on_temperature
from devicefit.models.registry import MODELS, published_card
from devicefit.models.static import static_current
from measurements.errors import InputError


def test_the_ambient_temperature_is_replaced_and_nothing_else() -> None:
    card = reference_truth()
    hot = card_at(card, 350.0)
    assert hot.value("ambient_temperature") == 350.0
    assert hot.parameters["ambient_temperature"].origin == "assumed"
    others = [name for name in card.parameters if name != "ambient_temperature"]
    assert all(hot.parameters[name] == card.parameters[name] for name in others)


def test_models_without_a_temperature_are_refused() -> None:
    with pytest.raises(InputError, match="vteam has no ambient temperature"):
        card_at(published_card("vteam", next(iter(MODELS["vteam"].cards))), 350.0)
    with pytest.raises(InputError, match="1 to 2000 K"):
        card_at(reference_truth(), 5000.0)


def test_a_read_depends_on_the_temperature_only_where_the_equations_say_so() -> None:
    schottky = published_card("jart-vcm-v1b", "HfO2/TiOx")
    assert read_depends_on_temperature(schottky, 350.0)
    warmer = static_current(card_at(schottky, 350.0), np.array([0.1]), 0.0)
    assert warmer[0] / static_current(schottky, np.array([0.1]), 0.0)[0] == pytest.approx(1.0216, rel=1e-3)
    assert not read_depends_on_temperature(reference_truth(), 350.0)
