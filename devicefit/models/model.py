"""What a compact model is: equations, parameters with units and limits, states, sources, named cards."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from devicefit.card import DeviceCard
from devicefit.numerics import FloatArray
from measurements.errors import InputError

Response = Callable[[FloatArray, float, FloatArray, FloatArray], float]
"""Equations of a model: (parameters, voltage [V], unknowns, slopes) -> current [A].

A plain Python function that numba can compile. It reads the parameters in the order of the model's list and the
unknowns, writes the time derivative of each unknown into `slopes`, and returns the current into the active electrode.
It must be finite for every finite voltage and every value of the unknowns.
"""


@dataclass(frozen=True)
class ParameterSpec:
    """A parameter of a model: SI unit, meaning, and the physical range a fit may search.

    `scale` is `log` for what is positive by nature, `linear` where zero or both signs are possible.
    """

    name: str
    unit: str
    meaning: str
    lower: float
    upper: float
    scale: Literal["log", "linear"] = "log"

    def coordinate(self, value: float) -> float:
        """ln(value), or the value where the parameter may be zero."""
        return math.log(value) if self.scale == "log" else value

    def at_coordinate(self, coordinate: float) -> float:
        """The value whose `coordinate` it is."""
        return math.exp(coordinate) if self.scale == "log" else coordinate


@dataclass(frozen=True)
class UnknownSpec:
    """A quantity the model integrates over time, with the error one step may make in it.

    The error allowed is `tolerance` + `relative` x |value|, in the unknown's unit; steps are also held to 0.03 % of the
    current, so that `tolerance` may be as loose as 0.02 for a logit. `initial` is the parameter of the subcircuit
    that holds its value at t = 0, None where it always starts at 0; `node` the subcircuit's node that carries it.
    """

    name: str
    unit: str
    tolerance: float
    relative: float = 0.0
    initial: str | None = None
    node: str = "x"


@dataclass(frozen=True)
class Swept:
    """A model on sweeps so slow that everything but its state, a logit and its first unknown, follows at once.

    Parameters
    ----------
    response
        As of the model, with one unknown.
    time_constant
        Of the slowest of the others [s], from the parameters: valid where samples lie far more than it apart.
    """

    response: Response
    time_constant: Callable[[FloatArray], float]


@dataclass(frozen=True)
class CompactModel:
    """A compact model.

    Parameters
    ----------
    name, title
        Name on a card and on the command line; one line of text.
    equations
        The equations in text, as in the docstring of the model's file.
    validity
        Which devices and which ranges it is for.
    sources
        Citations with DOI.
    parameters, unknowns
        In the order of the vectors that `response` reads. The first unknown is the state.
    response
        See `Response`.
    at_fraction
        (parameters, fraction) -> unknowns of a resting device whose filament conducts to this fraction: 0 is the off
        state, 1 the on state.
    fraction
        (parameters, unknowns (n x m)) -> conducting fraction 0..1 of each row [1].
    cell
        File in `netlists/cells` with the same equations as an ngspice subcircuit of the same name; its parameters
        have the names of `parameters`, and those that hold the unknowns at t = 0.
    fitted
        Names that a fit varies unless told otherwise; the others keep the value of the card it starts from.
    per_cycle
        Those of `fitted` that may differ from cycle to cycle (thresholds, on conductance).
    per_lobe
        Those of `per_cycle` that describe the off state: a set starts from the one that the reset before it left,
        its own cycle's reset leaves the next.
    set_polarity
        +1 where a positive voltage on the active electrode sets, -1 where it resets (as published).
    cards
        Published parameter sets by name; the first is where a fit starts.
    swept
        The same equations for slow sweeps, which make fits fast; None: fits integrate all unknowns.
    gradual
        Those fitted too where most resets are gradual, with the value the fit of them starts from: abrupt ones do not
        tell how a reset ends.
    """

    name: str
    title: str
    equations: str
    validity: str
    sources: tuple[str, ...]
    parameters: tuple[ParameterSpec, ...]
    unknowns: tuple[UnknownSpec, ...]
    response: Response
    at_fraction: Callable[[FloatArray, float], FloatArray]
    fraction: Callable[[FloatArray, FloatArray], FloatArray]
    cell: str
    fitted: tuple[str, ...]
    per_cycle: tuple[str, ...]
    set_polarity: int
    cards: Mapping[str, DeviceCard] = field(default_factory=dict)
    per_lobe: tuple[str, ...] = ()
    gradual: Mapping[str, float] = field(default_factory=dict)
    swept: Swept | None = None

    def vector(self, card: DeviceCard) -> FloatArray:
        """Values of `card` in the order of `parameters`.

        Raises
        ------
        InputError
            The card is of another model, lacks a parameter, or has a value outside the physical range.
        """
        if card.model != self.name:
            raise InputError(f"the card's model is {card.model!r}, {self.name!r} is needed")
        return self.vector_of({name: parameter.value for name, parameter in card.parameters.items()})

    def vector_of(self, values: Mapping[str, float]) -> FloatArray:
        """As `vector`, from plain values."""
        vector = np.empty(len(self.parameters))
        for index, spec in enumerate(self.parameters):
            if spec.name not in values:
                raise InputError(f"{self.name} needs the parameter {spec.name!r} [{spec.unit}]")
            value = float(values[spec.name])
            if not math.isfinite(value) or not spec.lower <= value <= spec.upper:
                raise InputError(f"{self.name}: {spec.name} is {value!r}; {spec.lower:g} to {spec.upper:g} {spec.unit}")
            vector[index] = value
        return vector

    def spec(self, name: str) -> ParameterSpec:
        """Specification of the parameter `name`."""
        return next(spec for spec in self.parameters if spec.name == name)
