"""`plan.toml`: what is characterized, over which axes, in which corners, and how many Monte-Carlo draws.

    [procedures.neuron_fire]
    tolerance = 0.02                      # off the grid; axes with `refine` get points until it is met

    [procedures.neuron_fire.axes.input_current]
    low = 1e-7                            # A
    high = 1e-4
    points = 7                            # to begin with
    refine = true

    [procedures.column_read.axes.active_rows]
    values = [1, 4, 16, 64]

    [corners]                             # every combination; the first of each is the variant at the root of the file
    process = ["typical", "ff", "ss"]
    supply_voltage = [1.8, 1.62, 1.98]    # V
    temperature = [300.15]                # K

    [monte_carlo]
    draws = 0
    seed = 1

The same keys stand under `[plan]` in a pipeline.toml. All values are SI. Unknown keys and values out of range are
refused with the key named. Nothing here starts a simulator.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from measurements.errors import InputError
from memchar.tomlfile import load_toml

if TYPE_CHECKING:
    from circuits.procedures.procedure import GridAxis, Procedure

Process = Literal["typical", "ff", "ss", "fs", "sf"]
ProcedureName = Literal[
    "column_read",
    "neuron_fire",
    "neuron_leak",
    "neuron_charge",
    "neuron_leak_gate",
    "neuron_comparator",
    "neuron_trip",
    "decoder_decide",
    "decoder_tie",
    "decoder_timeout",
    "column_interface",
    "row_drive",
    "encoder_full",
    "encoder_parallel",
    "encoder_partial",
    "encoder_rate",
    "encoder_latency",
    "encoder_burst",
    "encoder_phase",
    "encoder_multiplexed",
    "sram_read",
    "sram_margin",
    "reservoir_node",
]
MAXIMUM_BYTES = 1 << 20


def distinct(values: tuple[object, ...]) -> tuple[object, ...]:
    """The values, where none stands twice; ValueError where one does."""
    if len(set(values)) < len(values):
        raise ValueError("the same value stands twice")
    return values


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class AxisPlan(_Section):
    """One axis: its `values`, or `points` from `low` to `high` on the axis' own scale; `refine` lets it get more."""

    values: Annotated[tuple[float, ...], Field(min_length=1, max_length=10_000)] | None = None
    low: float | None = None
    high: float | None = None
    points: int | None = Field(None, ge=2, le=10_000)
    refine: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> AxisPlan:
        span = (self.low, self.high, self.points)
        if self.values is None and any(part is None for part in span) and not (self.refine and span == (None,) * 3):
            raise ValueError("give values, or low, high and points, or refine = true for the default grid")
        if self.values is not None and span != (None,) * 3:
            raise ValueError("give values or low, high and points, not both")
        if self.values is not None and any(b <= a for a, b in itertools.pairwise(self.values)):
            raise ValueError("values must rise")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low must be below high")
        return self

    def grid(self, axis: GridAxis) -> tuple[float, ...]:
        """Values for an axis of a procedure; those of the procedure itself where the plan names none."""
        if self.values is not None:
            found = self.values
        elif self.low is None or self.high is None or self.points is None:
            found = axis.values
        elif axis.scale == "category":
            raise InputError(f"axis {axis.name}: nothing lies between its values; name them instead of low and high")
        elif axis.scale == "log":
            if self.low <= 0.0:
                raise InputError(f"axis {axis.name}: low must be above 0 on a logarithmic axis, found {self.low:g}")
            found = tuple(float(value) for value in np.geomspace(self.low, self.high, self.points))
        else:
            found = tuple(float(value) for value in np.linspace(self.low, self.high, self.points))
        return tuple(sorted({round(value) for value in found})) if axis.integer else tuple(found)


class ProcedurePlan(_Section):
    """Axes that differ from the procedure's own, and what refined ones must meet."""

    axes: Mapping[str, AxisPlan] = {}
    tolerance: float = Field(0.03, gt=0, lt=1, description="relative error off the grid [1]")
    quantile: float = Field(0.95, gt=0, le=1, description="share of the errors that must meet it [1]")
    check_points: int = Field(50, ge=10, le=100_000, description="random points off the grid in each round")
    maximum_points: int = Field(100_000, ge=1, description="largest grid that refinement may make")

    @property
    def refined(self) -> tuple[str, ...]:
        """Names of the axes that refinement may add points to."""
        return tuple(name for name, axis in self.axes.items() if axis.refine)


class Corners(_Section):
    """Every combination of these is characterized; what is not named is that of the pipeline's configuration.

    Supply and process are those of the neuron. A memristor follows the temperature by the law of its `model`, and is
    refused where that has none for a read; `card` holds it at the card's temperature, and the tables say so.
    """

    process: Annotated[tuple[Process, ...], Field(min_length=1), AfterValidator(distinct)] | None = None
    supply_voltage: (
        Annotated[
            tuple[Annotated[float, Field(gt=1.2, le=3.3)], ...],
            Field(min_length=1, max_length=20),
            AfterValidator(distinct),
        ]
        | None
    ) = None
    temperature: (
        Annotated[
            tuple[Annotated[float, Field(ge=200.0, le=450.0)], ...],
            Field(min_length=1, max_length=20),
            AfterValidator(distinct),
        ]
        | None
    ) = None
    device_temperature: Literal["model", "card"] = "model"


class MonteCarlo(_Section):
    """Draws of the device from the card's variability and of the transistors from the technology's mismatch."""

    draws: int = Field(0, ge=0, le=100_000, description="0 for the nominal circuit alone")
    seed: int = Field(1, ge=0)
    device: bool = Field(True, description="draw the memristor")
    mismatch: bool = Field(True, description="draw the transistors")

    @model_validator(mode="after")
    def _something(self) -> MonteCarlo:
        if self.draws and not (self.device or self.mismatch):
            raise ValueError("draws of nothing: let device or mismatch be true, or draws 0")
        return self


class Plan(_Section):
    """Everything a characterization is told besides the device and the circuit."""

    procedures: Mapping[ProcedureName, ProcedurePlan] = {
        "column_read": ProcedurePlan(),
        "neuron_fire": ProcedurePlan(),
        "neuron_leak": ProcedurePlan(),
        "neuron_charge": ProcedurePlan(),
        "neuron_leak_gate": ProcedurePlan(),
        "neuron_comparator": ProcedurePlan(),
        "neuron_trip": ProcedurePlan(),
    }
    corners: Corners = Corners()
    monte_carlo: MonteCarlo = MonteCarlo()

    @model_validator(mode="after")
    def _something(self) -> Plan:
        if not self.procedures:
            raise ValueError("name at least one procedure")
        return self


def load_plan(path: Path) -> Plan:
    """The plan in a TOML file.

    Raises
    ------
    InputError
        The file cannot be read, is too large, is not TOML, or has an unknown key or a value out of range.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    if size > MAXIMUM_BYTES:
        raise InputError(f"has {size} bytes, a plan at most {MAXIMUM_BYTES}", path=path)
    return load_toml(path, Plan, "see examples/plan.toml for the keys")


def planned(plan: Plan, procedure: Procedure) -> Procedure:
    """A procedure with the axes of the plan, before any refinement.

    Raises
    ------
    InputError
        The plan names an axis that the procedure has not, or values that the axis cannot take.
    """
    chosen = chosen_for(plan, procedure)
    axes = {axis.name: axis for axis in procedure.axes()}
    unknown = set(chosen.axes) - set(axes)
    if unknown:
        raise InputError(f"{procedure.name} has no axis {', '.join(sorted(unknown))}; there are {', '.join(axes)}")
    values = {name: given.grid(axes[name]) for name, given in chosen.axes.items()}
    found: Procedure = dataclasses.replace(procedure, **values)  # type: ignore[type-var]
    found.axes()  # refuses values that an axis cannot take
    return found


def chosen_for(plan: Plan, procedure: Procedure) -> ProcedurePlan:
    """What the plan says about a procedure.

    Raises
    ------
    InputError
        It does not name the procedure.
    """
    for name, chosen in plan.procedures.items():
        if name == procedure.name:
            return chosen
    raise InputError(f"the plan does not name the procedure {procedure.name}")
