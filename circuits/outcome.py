"""The typed outcome of a run that gave no result."""

from __future__ import annotations

from dataclasses import dataclass

from measurements.errors import ConvergenceError, MemcharError

from .measure import MeasureError
from .runner import SimulationTimeout
from .status import Status


@dataclass(frozen=True)
class Failure:
    """A run that gave no result: its status and the message of the error."""

    status: Status
    message: str


def failure_of(error: MemcharError) -> Failure:
    """The typed outcome of an error.

    >>> failure_of(ConvergenceError("x")).status.meaning
    'not_converged'
    """
    kinds: tuple[tuple[type[MemcharError], Status], ...] = (
        (ConvergenceError, Status.NOT_CONVERGED),
        (SimulationTimeout, Status.TIMED_OUT),
        (MeasureError, Status.MEASURE_FAILED),
    )
    status = next((status for kind, status in kinds if isinstance(error, kind)), Status.SIMULATOR_ERROR)
    return Failure(status, str(error))
