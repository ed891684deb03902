"""The effects file of `memchar monte-carlo`: numbers that no device card holds, as their giver assumes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from measurements.errors import InputError
from memchar.tomlfile import load_toml

if TYPE_CHECKING:
    from devicefit import DeviceCard
    from evaluator.chips import Effects, ThermalDisturb


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ReadNoisePlan(_Section):
    """A fresh normal error of every cell's conductance in every read."""

    relative: float = Field(ge=0, le=1, description="standard deviation over the conductance [1]")


class DriftPlan(_Section):
    """R(age) = R (age / 1 s)^nu of cells that are on, beyond their series resistance."""

    exponent: float = Field(ge=-1, le=1, description="mean of nu [1]")
    deviation: float = Field(0.0, ge=0, le=1, description="standard deviation of nu over cells [1]")
    age: float = Field(ge=1, le=1e12, description="since the cells were written [s]")


class StuckPlan(_Section):
    """Cells that stay as they are, whatever is written."""

    on: float = Field(0.0, ge=0, le=1, description="share that stays on [1]")
    off: float = Field(0.0, ge=0, le=1, description="share that stays off [1]")


class DisturbPlan(_Section):
    """Cells that are on and lost to the heat of neighbours, while those are written and while all are read."""

    active: str = Field(description="active electrode, such as Cu150: metal and nm from the switching oxide outwards")
    inert: str = Field(description="inert electrode, such as Pt50/Ti20")
    line_width: float = Field(gt=0, le=1e-3, description="width of all lines [m]")
    pitch: float = Field(gt=0, le=1e-2, description="lines, centre to centre [m]")
    pad_distance: float = Field(gt=0, le=1e-1, description="outermost cell of the window to its sink [m]")
    window: int = Field(25, ge=3, le=63, description="lines on a side that a cell's heat reaches; odd")
    oxide_thickness: float = Field(25e-9, gt=0, le=1e-6, description="switching oxide [m]")
    wafer_oxide: float = Field(1e-6, gt=0, le=1e-4, description="oxide of the wafer [m]")
    write_power: float = Field(ge=0, le=10, description="in a cell that is set [W]")
    write_time: float = Field(ge=0, le=1e6, description="of one set [s]")
    reading_time: float = Field(0.0, ge=0, le=1e12, description="in which the network runs without a pause [s]")
    ambient_temperature: float = Field(300.15, gt=0, le=1000, description="[K]")
    rate: float = Field(ge=0, le=1e12, description="at which a filament ruptures at 400 K [1/s]")
    activation_energy: float = Field(ge=0, le=10, description="of that rate [eV]")


class EffectsPlan(_Section):
    """Sections of the file; what is left out does not act."""

    read_noise: ReadNoisePlan | None = None
    drift: DriftPlan | None = None
    stuck_cells: StuckPlan | None = None
    thermal_disturb: DisturbPlan | None = None


def load_effects(path: Path | None) -> EffectsPlan:
    """The file at `path`, nothing for None; raises InputError as `load_toml` does."""
    if path is None:
        return EffectsPlan()
    return load_toml(path, EffectsPlan, f"sections: {', '.join(EffectsPlan.model_fields)}; see examples/effects.toml")


def effects_of(plan: EffectsPlan, card: DeviceCard) -> Effects:
    """The plan's effects with the spreads that the card knows.

    Raises
    ------
    InputError
        Neither card nor plan makes chips differ.
    """
    from evaluator.chips import Drift, Effects, ReadNoise, StuckCells, spreads_of

    known = spreads_of(card)
    noise, drift, stuck, disturb = plan.read_noise, plan.drift, plan.stuck_cells, plan.thermal_disturb
    effects = Effects(
        cycle_spread="cycle_spread" in known,
        device_spread="device_spread" in known,
        read_noise=None if noise is None else ReadNoise(noise.relative),
        drift=None if drift is None else Drift(drift.exponent, drift.deviation, drift.age),
        stuck_cells=None if stuck is None else StuckCells(stuck.on, stuck.off),
        thermal_disturb=None if disturb is None else _disturb(disturb),
    )
    if not effects.names:
        raise InputError(
            f"nothing makes chips differ: the card of {card.label} has no spread, and no effect is given",
            hint="give some with --effects (examples/effects.toml)",
        )
    return effects


def _disturb(plan: DisturbPlan) -> ThermalDisturb:
    from devicefit.heat import Array, Substrate, parse_electrode
    from evaluator.chips import ThermalDisturb

    array = Array(
        plan.window,
        plan.window,
        parse_electrode(plan.active, plan.line_width),
        parse_electrode(plan.inert, plan.line_width),
        plan.pitch,
        plan.pad_distance,
        plan.oxide_thickness,
        substrate=Substrate(plan.wafer_oxide),
    )
    return ThermalDisturb(
        array,
        plan.write_power,
        plan.write_time,
        plan.reading_time,
        plan.ambient_temperature,
        plan.rate,
        plan.activation_energy,
    )


def origins(plan: EffectsPlan, card: DeviceCard) -> tuple[dict[str, str], dict[str, Any], dict[str, str]]:
    """What the card knows, what was given (assumed) and what nobody knows, each by effect."""
    from evaluator.chips import UNKNOWN, spreads_of

    known = spreads_of(card)
    assumed = {name: value for name, value in plan.model_dump().items() if value is not None}
    unknown = {name: why for name, why in UNKNOWN.items() if name not in known and name not in assumed}
    return known, assumed, unknown
