"""The device card: everything later stages need to know about a fitted memristor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from devicefit.estimation.distributions import JointDistribution
from devicefit.estimation.population import Population

Origin = Literal["fitted", "assumed", "published"]


@dataclass(frozen=True)
class Parameter:
    """A model parameter: value, standard error (None unless fitted), unit, origin and a note on where it is
    from.
    """

    value: float
    unit: str
    origin: Origin
    standard_error: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Spread:
    """Cycle-to-cycle distribution of a measured quantity: mean, standard deviation, quantiles and count."""

    mean: float
    standard_deviation: float
    p10: float
    median: float
    p90: float
    count: int
    unit: str


@dataclass(frozen=True)
class DeviceCard:
    """A fitted device.

    `model` names the compact model (`threshold-memdiode`); `parameters` its parameters by name; `variability`
    the spread of `set_voltage`, `reset_voltage`, `on_resistance` (keys as listed); `validity` the ranges the
    data cover (`voltage_min` [V], `voltage_max` [V], `current_max` [A], `temperature_min` [K],
    `temperature_max` [K], `ramp_rate_min` [V/s], `ramp_rate_max` [V/s]); `provenance` the SHA-256 of each
    measurement file and versions. `synthetic` is True when any of the data were generated. `distribution` holds laws
    and correlations of the parameters that vary over cycles, `population` (format version 2) those between devices,
    too; from these `draw_device` draws.
    """

    model: str
    device: str
    cell: str
    parameters: Mapping[str, Parameter]
    variability: Mapping[str, Spread] = field(default_factory=dict)
    validity: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False
    format_version: int = 1
    distribution: JointDistribution | None = None
    population: Population | None = None

    @property
    def label(self) -> str:
        """Device and cell on one line, without what a title cannot hold."""
        return "".join(letter if letter.isprintable() else "?" for letter in f"{self.device} {self.cell}")

    def value(self, name: str) -> float:
        """Value of parameter `name` in its SI unit."""
        return self.parameters[name].value
