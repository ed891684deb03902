"""Which electrode line two cells have in common."""

from __future__ import annotations

from enum import StrEnum


class SharedLine(StrEnum):
    """`Cu` is the line of the active electrode, `Pt` the line of the inert electrode whatever its metals."""

    ACTIVE = "Cu"
    INERT = "Pt"
    NONE = "none"
