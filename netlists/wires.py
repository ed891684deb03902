"""The wire of a crossbar column."""

from __future__ import annotations

from dataclasses import dataclass

from netlists.checks import not_negative, positive


@dataclass(frozen=True)
class Wire:
    """Metal between two neighbouring cells, as one resistor and one capacitor to ground.

    The defaults are assumed, not measured: they are the wire of the project's reference accelerator.

    Parameters
    ----------
    segment_resistance
        Resistance from cell to cell [ohm].
    segment_capacitance
        Capacitance to ground of one segment [F].
    """

    segment_resistance: float = 2.5
    segment_capacitance: float = 0.2e-15

    def __post_init__(self) -> None:
        positive("segment_resistance [ohm]", self.segment_resistance)
        not_negative("segment_capacitance [F]", self.segment_capacitance)
