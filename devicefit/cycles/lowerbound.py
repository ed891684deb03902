"""Slopes so steep that every event is abrupt look all alike: the data tell a lower bound, and the card states that."""

from __future__ import annotations

import math
from dataclasses import dataclass

ABRUPT = "the events fit best as abrupt"
LOWER_BOUND = "the value is a lower bound: it switches within one step and keeps the state at 0 V"


@dataclass(frozen=True)
class LowerBound:
    """What a parameter goes back to where the cycles do not determine it, or lead beyond `most`; in its unit."""

    value: float
    most: float = math.inf
