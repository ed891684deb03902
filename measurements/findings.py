"""Collects the figures of a cell, and the reason where a figure cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from measurements.errors import FitError
from measurements.estimate import Estimate

Result = TypeVar("Result")


class Findings:
    """`figures` by name, `missing` with the reason by name, and `flags` for the user."""

    def __init__(self) -> None:
        self.figures: dict[str, Estimate] = {}
        self.missing: dict[str, str] = {}
        self.flags: list[str] = []

    def attempt(self, name: str, work: Callable[[], Result]) -> Result | None:
        """What `work` gives; where the data cannot give it, the reason is kept under `name`."""
        try:
            return work()
        except FitError as error:
            self.missing[name] = str(error)
            return None

    def add(self, name: str, work: Callable[[], Estimate]) -> None:
        """Keep the estimate that `work` gives under `name`, or why it gives none."""
        found = self.attempt(name, work)
        if found is not None:
            self.figures[name] = found

    def keep(self, name: str, found: Estimate | None, why_not: str) -> None:
        """Keep an estimate; None counts as missing, because of `why_not`."""
        if found is None:
            self.missing[name] = why_not
        else:
            self.figures[name] = found
