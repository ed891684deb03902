"""Where a device stands on the curve of error against variation: measured, with a better heat sink, as published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from measurements.errors import InputError

if TYPE_CHECKING:
    from devicefit import DeviceCard

P90_OF_NORMAL = 1.2815515655446004
PUBLISHED_SHARE = 0.7
"""Variation with heat-dissipation layers over that without (about 30 % less: doi:10.1109/TCAD.2020.3002539) [1]."""


@dataclass(frozen=True)
class Marker:
    """A variation of ln R [1], what it stands for, and whether it is measured, computed or published."""

    name: str
    variation: float
    origin: str
    note: str


def markers(card: DeviceCard, sink: str, select_resistance: float) -> list[Marker]:
    """The card's own variation, that with its heat led off better by our thermal model and as published, and that of a
    cell with its select element.

    Raises
    ------
    InputError
        The card has no spread of the on resistance, or the electrode is not known.
    """
    from memchar.heatplan import comparison_on

    spread = card.variability.get("on_resistance")
    if spread is None or not 0.0 < spread.p10 < spread.p90:
        raise InputError(
            f"device card {card.label} has no spread of on_resistance, so no variation to mark",
            hint="measure several set and reset cycles of a cell and fit them with memchar fit",
        )
    own = float(np.log(spread.p90 / spread.p10) / (2.0 * P90_OF_NORMAL))
    comparison = comparison_on(sink)
    ratio = comparison.change["rise"]
    origin = "generated" if card.synthetic else "measured"
    seen = own * spread.median / (spread.median + select_resistance)
    return [
        Marker("device", own, origin, f"ln(p90/p10)/2.563 of the on resistance over {spread.count} cycles of one cell"),
        Marker(
            f"on {comparison.second.electrode}",
            own * ratio,
            "thermal model",
            f"x {ratio:.3f}, the filament's rise against {comparison.first.electrode} at equal power: all of the"
            " variation taken to be heat's, so at most as good",
        ),
        Marker("30 % lower", own * PUBLISHED_SHARE, "published", "x 0.70, of another stack"),
        Marker(
            "behind its select element", seen, origin, f"{select_resistance:g} ohm in series, itself exact (assumed)"
        ),
    ]
