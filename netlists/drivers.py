"""Row drivers."""

from __future__ import annotations

from dataclasses import dataclass

from netlists.checks import positive


@dataclass(frozen=True)
class RowDriver:
    """Driver of one row: an ideal source of the read voltage behind an output resistance.

    The resistance is assumed, not measured. What a transistor-level driver would spend in its own gates is
    not part of it.

    Parameters
    ----------
    resistance
        Output resistance [ohm].
    """

    resistance: float = 100.0

    def __post_init__(self) -> None:
        positive("driver resistance [ohm]", self.resistance)
