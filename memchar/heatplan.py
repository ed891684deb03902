"""What `memchar heat` compares: two electrode stacks on one array, from options or a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from memchar.tomlfile import load_changed

if TYPE_CHECKING:
    from devicefit.card import Parameter
    from devicefit.heat import Array, SinkComparison


class HeatPlan(BaseModel):
    """Stacks, geometry and drive; SI values, layers as metal and nm from the switching oxide outwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    first: str = Field("Pt50/Ti20", description="inert electrode to compare with")
    second: str = Field("Rh50/Cr20", description="inert electrode compared")
    active: str = Field("Cu150", description="active electrode")
    line_width: float = Field(10e-6, gt=0, le=1e-3, description="width of all lines [m]")
    pitch: float = Field(160e-6, gt=0, le=1e-2, description="lines, centre to centre [m]")
    pad_distance: float = Field(160e-6, gt=0, le=1e-1, description="outermost cell to its pad [m]")
    rows: int = Field(5, ge=2, le=64, description="active lines")
    columns: int = Field(5, ge=2, le=64, description="inert lines")
    oxide_thickness: float = Field(25e-9, gt=0, le=1e-6, description="switching oxide [m]")
    wafer_oxide: float = Field(1e-6, gt=0, le=1e-4, description="oxide of the wafer [m]")
    filament_radius: float = Field(10e-9, gt=0, le=1e-7, description="filament [m]")
    power: float = Field(5.8e-3, gt=0, le=10.0, description="power of the aggressor [W]")
    duration: float = Field(10.0, gt=0, le=1e7, description="heating [s]")
    waiting_time: float = Field(0.0, ge=0, le=1e7, description="before the neighbours are used [s]")
    insulated: bool = Field(False, description="read neighbour disturb with lines that lose nothing to the wafer")
    critical_temperature: float = Field(1650.0, gt=0, description="of the isothermal law [K]")
    ambient_temperature: float = Field(300.0, gt=0, le=1000.0, description="stage [K]")


def array_of(plan: HeatPlan, *, insulated: bool) -> Array:
    """The plan's array on its first electrode, with or without heat loss to the wafer."""
    from devicefit.heat import Array, Substrate, parse_electrode

    return Array(
        plan.rows,
        plan.columns,
        parse_electrode(plan.active, plan.line_width),
        parse_electrode(plan.first, plan.line_width),
        plan.pitch,
        plan.pad_distance,
        plan.oxide_thickness,
        substrate=Substrate(plan.wafer_oxide, insulated=insulated),
    )


def critical_of(plan: HeatPlan) -> Parameter:
    """The critical temperature with its origin: published where it is the published example, else assumed."""
    from devicefit.card import Parameter
    from devicefit.heat.measured import PUBLISHED_CRITICAL

    if plan.critical_temperature == PUBLISHED_CRITICAL.value:
        return PUBLISHED_CRITICAL
    return Parameter(plan.critical_temperature, "K", "assumed", note="given in the plan")


def load_heat_plan(path: Path | None, changes: dict[str, Any]) -> HeatPlan:
    """The plan of a TOML file (defaults for None), with the changes that options gave.

    Raises
    ------
    InputError
        The file cannot be read, is not TOML, or has an unknown key or a value out of range.
    """
    return load_changed(path, changes, HeatPlan)


def comparison_on(second: str) -> SinkComparison:
    """The array of the default plan on its first electrode against that on `second`, both on an oxidised wafer."""
    from devicefit.heat import Drive, compare_sinks

    plan = load_heat_plan(None, {"second": second})
    drive = Drive(plan.power, plan.duration, plan.waiting_time, plan.ambient_temperature)
    return compare_sinks(array_of(plan, insulated=False), plan.second, plan.filament_radius, drive)
