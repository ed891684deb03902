"""The error tree of the whole package.

Every message names the file and line, or the task; what was expected; what was found; and the next step.
`InputError` is the user's to mend (exit code 2); the others mean that the work failed (exit code 1).
"""

from __future__ import annotations

from pathlib import Path


class MemcharError(Exception):
    """Root of the tree; catch this to catch everything raised on purpose."""


class InputError(MemcharError):
    """A file, option or value given by the user cannot be used.

    >>> raise InputError("no time column", path="a.csv", line=3, hint="export the Time column")
    Traceback (most recent call last):
    measurements.errors.InputError: a.csv:3: no time column; export the Time column
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        self.reason = message
        self.path = None if path is None else str(path)
        self.line = line
        self.hint = hint
        place = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        super().__init__(f"{place}{message}" + (f"; {hint}" if hint else ""))


class FitError(MemcharError):
    """Parameters could not be determined from the measurements given."""


class NetlistError(MemcharError):
    """A circuit cannot be written as asked."""


class SimulationError(MemcharError):
    """ngspice could not be run, was killed, or wrote no usable result."""


class ConvergenceError(SimulationError):
    """ngspice ran but did not solve the circuit to the end."""


class TableError(MemcharError):
    """A table lacks what is asked of it, or a look-up leaves its range."""


class TrainingError(MemcharError):
    """Training of a network diverged, or cannot go on."""
