"""What a procedure is: axes, the deck of a point, and quantities with units from its waveforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from circuits.waveforms import Waveforms
from measurements.errors import InputError, SimulationError
from netlists.deck import Deck
from netlists.technology import Technology

Point = Mapping[str, float]
"""Value of every axis by name, each in the unit of its axis."""


@dataclass(frozen=True)
class GridAxis:
    """One axis of a table: increasing `values` in `unit`, interpolated on `scale`; `integer` for counts.

    Between the values of a `category` there is nothing: such a table is looked up at them alone, and not refined there.
    """

    name: str
    values: tuple[float, ...]
    unit: str
    long_name: str
    scale: Literal["linear", "log", "category"] = "linear"
    integer: bool = False

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=float)
        if values.size == 0 or not np.all(np.isfinite(values)) or np.any(np.diff(values) <= 0.0):
            raise InputError(f"axis {self.name}: finite, increasing values are needed, found {self.values}")
        if self.scale == "log" and values[0] <= 0.0:
            raise InputError(f"axis {self.name}: a log axis needs positive values, found {values[0]:g} {self.unit}")
        if self.integer and np.any(values != np.round(values)):
            raise InputError(f"axis {self.name}: whole numbers are needed, found {self.values}")


@dataclass(frozen=True)
class Quantity:
    """A measured quantity: name, SI unit, what it is, and how it is interpolated and compared.

    `log` interpolates the logarithm, for positive quantities that follow power laws on log axes. Relative
    errors are taken of max(|value|, `error_floor`), so that a voltage that passes zero has a finite one.
    """

    name: str
    unit: str
    long_name: str
    scale: Literal["linear", "log"] = "linear"
    error_floor: float = 0.0


class DidNotFire(SimulationError):
    """The neuron rightly stays silent at this point: a result, not a failure (`did_not_fire`)."""


class Procedure(Protocol):
    """A frozen description of one characterization; nothing of it starts a simulator."""

    @property
    def name(self) -> str:
        """Name of the table."""
        ...

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """The quantities, in table order."""
        ...

    @property
    def step_tolerance(self) -> float:
        """Largest relative change of a quantity on halving the maximum step [1]."""
        ...

    @property
    def closure_tolerance(self) -> float:
        """Largest relative violation of conservation [1]."""
        ...

    def axes(self) -> tuple[GridAxis, ...]:
        """Grid of the table, first axis varying slowest."""
        ...

    def deck(self, point: Point) -> Deck:
        """The deck of one point at its maximum step."""
        ...

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Value of every quantity in `measured`; raises MeasureError or DidNotFire."""
        ...

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:
        """Relative violation of energy and charge conservation on these waveforms [1]."""
        ...

    def settings(self) -> dict[str, str | float]:
        """Everything besides the axes that the decks depend on, flat, for the table's attributes."""
        ...


def technology_settings(technology: Technology) -> dict[str, str | float]:
    """What the attributes of a table say of its transistors."""
    return {
        "technology": f"{technology.name} {technology.corner}",
        "technology_library": technology.source.name,
        "technology_sha256": technology.source.sha256,
        "temperature": technology.temperature,
        **({} if technology.mismatch_seed is None else {"mismatch_seed": technology.mismatch_seed}),
    }


def label(procedure_name: str, point: Point) -> str:
    """Name of a point in messages.

    >>> label("neuron_leak", {"initial_voltage": 0.5, "interval": 1e-6})
    'neuron_leak initial_voltage=0.5 interval=1e-06'
    """
    return " ".join([procedure_name, *(f"{name}={value:g}" for name, value in point.items())])
