"""Digests that tie a table to what its decks were made of."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import numpy as np

from devicefit.card import DeviceCard
from devicefit.estimation.distributions import JointDistribution


def card_digest(card: DeviceCard) -> str:
    """SHA-256 of a device card's canonical JSON."""
    fields = {item.name: getattr(card, item.name) for item in dataclasses.fields(card)}
    return hashlib.sha256(json.dumps(fields, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: object) -> object:
    """Dataclasses and mappings as dictionaries, arrays as lists; a distribution as its card file has it."""
    if isinstance(value, JointDistribution):
        return value.to_dict()  # without what it computes from its correlations
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if hasattr(value, "items"):
        return dict(value.items())
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"a device card cannot hold {type(value).__name__}")
