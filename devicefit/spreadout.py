"""Which of many curves a figure shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

MOST_CURVES = 12  # of one kind in a figure; more cannot be told apart

Curve = TypeVar("Curve")


def spread_out(curves: Sequence[Curve], most: int = MOST_CURVES) -> list[Curve]:
    """At most `most` of the curves, evenly spread from the first to the last.

    >>> spread_out(list(range(100)))[:3]
    [0, 9, 18]
    """
    places = np.unique(np.linspace(0, len(curves) - 1, min(len(curves), most)).round().astype(int))
    return [curves[place] for place in places] if curves else []
