"""How the simulation of one table point ended."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """Flag values of the `status` variable of every table; only `OK` points carry numbers.

    `DID_NOT_FIRE` is a result (the neuron rightly stays silent at this input); the others are failures of the
    simulation, of a measure, or of a check on it.
    """

    OK = 0
    DID_NOT_FIRE = 1
    NOT_CONVERGED = 2
    TIMED_OUT = 3
    SIMULATOR_ERROR = 4
    MEASURE_FAILED = 5
    STEP_UNCONVERGED = 6
    CONSERVATION_VIOLATED = 7

    @property
    def meaning(self) -> str:
        """Name as it stands in `flag_meanings`.

        >>> Status.DID_NOT_FIRE.meaning
        'did_not_fire'
        """
        return self.name.lower()

    @property
    def is_final(self) -> bool:
        """False where another attempt may end differently (time-out, killed); a resume runs it again."""
        return self not in (Status.TIMED_OUT, Status.SIMULATOR_ERROR)
