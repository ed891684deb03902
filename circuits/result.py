"""What the runs of one table point gave, before and after it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .status import Status


@dataclass(frozen=True)
class Measured:
    """What was taken from the two runs of a point, independent of the tolerances it is judged by.

    Parameters
    ----------
    before, after
        Quantities at the maximum step and at half of it; None where the neuron rightly did not fire.
    closure_error
        Relative violation of conservation at half the step [1].
    failure
        How the runs failed; the other fields then mean nothing.
    message
        Of the failure.
    """

    before: Mapping[str, float] | None
    after: Mapping[str, float] | None
    closure_error: float
    failure: Status | None = None
    message: str = ""


@dataclass(frozen=True)
class PointResult:
    """One finished point: status, quantities (empty unless ok), diagnostics, message and deck key."""

    status: Status
    quantities: Mapping[str, float]
    diagnostics: Mapping[str, float]
    message: str
    deck_key: str
