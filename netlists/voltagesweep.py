"""Voltage sweeps as sources of a deck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.checks import finite, positive
from netlists.composition import number


@dataclass(frozen=True)
class VoltageSweep:
    """A voltage that is linear between corners.

    Parameters
    ----------
    corners
        (time [s], voltage [V]) pairs, time rising from 0.
    """

    corners: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.corners) < 2 or self.corners[0][0] != 0.0:
            raise NetlistError(f"a sweep needs two or more corners from time 0 on; {self.corners!r} was given")
        for (before, _), (after, voltage) in zip(self.corners, self.corners[1:], strict=False):
            finite("sweep voltage [V]", voltage)
            if not after > before:
                raise NetlistError(f"the sweep's time runs from {before:g} s to {after:g} s; rising times are needed")

    @property
    def stop_time(self) -> float:
        """Time of the last corner [s]."""
        return self.corners[-1][0]


def triangle(highest: float, lowest: float, period: float, periods: int = 1) -> VoltageSweep:
    """A triangular sweep 0 -> highest -> 0 -> lowest -> 0 [V], a quarter of `period` [s] each way.

    >>> triangle(2.0, -1.0, 4.0).corners
    ((0.0, 0.0), (1.0, 2.0), (2.0, 0.0), (3.0, -1.0), (4.0, 0.0))
    """
    positive("period [s]", period)
    levels = (highest, 0.0, lowest, 0.0) * periods
    return VoltageSweep(((0.0, 0.0), *((period / 4 * (k + 1), level) for k, level in enumerate(levels))))


def pwl_text(corners: Sequence[tuple[float, float]]) -> str:
    """PWL source text, one corner a line so that no line grows without bound."""
    return "PWL(\n" + "\n".join(f"+ {number(time)} {number(voltage)}" for time, voltage in corners) + "\n+ )"
