"""The compact models memchar knows, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from devicefit.card import DeviceCard
from devicefit.models import (
    dynamic_memdiode,
    ecm,
    jart_vcm_v1b,
    quasi_static_table,
    sky130_reram,
    stanford_gap,
    threshold_memdiode,
    vteam,
    yakopcic,
)
from devicefit.models.model import CompactModel
from measurements.errors import InputError

MODELS: Mapping[str, CompactModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            threshold_memdiode.MODEL,
            dynamic_memdiode.MODEL,
            stanford_gap.MODEL,
            vteam.MODEL,
            yakopcic.MODEL,
            sky130_reram.MODEL,
            ecm.MODEL,
            jart_vcm_v1b.MODEL,
            quasi_static_table.MODEL,
        )
    }
)


def model_named(name: str) -> CompactModel:
    """The model of this name.

    Raises
    ------
    InputError
        There is none.
    """
    if name not in MODELS:
        raise InputError(f"no compact model is named {name!r}", hint=f"one of {', '.join(sorted(MODELS))}")
    return MODELS[name]


def model_of(card: DeviceCard) -> CompactModel:
    """The model a card is for."""
    return model_named(card.model)


def published_card(model: str, name: str) -> DeviceCard:
    """A published parameter set by model and name."""
    cards = model_named(model).cards
    if name not in cards:
        raise InputError(f"{model} has no published card {name!r}", hint=f"one of {', '.join(cards) or 'none'}")
    return cards[name]
