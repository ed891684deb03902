"""Which of many curves a figure shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

MOST_CURVES = 12  # of one kind in a figure; more cannot be told apart

Curve = TypeVar("Curve")


def spread_out(curves: Sequence[Curve]) -> list[Curve]:
    """At most twelve of the curves, evenly spread from the first to the last.

    >>> spread_out(list(range(100)))[:3]
    [0, 9, 18]
    """
    places = np.unique(np.linspace(0, len(curves) - 1, min(len(curves), MOST_CURVES)).round().astype(int))
    return [curves[place] for place in places] if curves else []
