"""Settings of the workload mixed-precision-lenet: checked, and made into module, recipe and costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from measurements.errors import InputError

if TYPE_CHECKING:
    from evaluator.mixedprecision import ModuleSettings
    from evaluator.mixedprecision.wear import Programming
    from measurements.pulses import PulseTrain

Mode = Literal["software", "mixed", "naive"]


class LenetPlan(BaseModel):
    """What --set takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    module: Literal["simulator", "chip", "own"] = Field("simulator", description="published settings, or own pulses")
    pulses: Path | None = Field(None, description="store, file or folder with pulse trains, for module=own")
    cell: str | None = Field(None, description="cell whose trains to take")
    modes: tuple[Mode, ...] = Field(("software", "mixed", "naive"), description="separated by commas")
    epochs: int = Field(14, ge=1, le=1000)
    seeds: int = Field(3, ge=1, le=1000, description="1, 2, ... of each mode")
    train_images: int = Field(60_000, ge=64, le=60_000, description="of an epoch, from the first")
    batch: int = Field(64, ge=1, le=10_000)
    rate: float = Field(3e-3, gt=0, le=1, description="of Adam at the start; falls as half a cosine")
    weight_decay: float = Field(0.0, ge=0, le=1)
    limit: float = Field(0.65, gt=0, le=100, description="weight of the highest level")
    chips: int = Field(10, ge=0, le=10_000, description="to which trained weights are transferred")
    levels: int | None = Field(None, ge=2, le=4096, description="of a cell")
    threshold: float | None = Field(
        None, gt=0, lt=1, description="share of a cell's range that is summed before a write"
    )
    program_deviation: float | None = Field(None, ge=0, description="of a write [S]")
    read_deviation: float | None = Field(None, ge=0, description="of a cell in one read [S]")
    output_deviation: float | None = Field(None, ge=0, description="of the output converter [A]")

    @field_validator("modes", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


CHANGED = ("levels", "threshold", "program_deviation", "read_deviation", "output_deviation")


def lenet_plan(settings: Mapping[str, str]) -> LenetPlan:
    """The plan of --set.

    Raises
    ------
    InputError
        An unknown name, or a value out of range.
    """
    try:
        return LenetPlan.model_validate(dict(settings))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"--set {name}: {first['msg']}", hint=f"settings: {', '.join(LenetPlan.model_fields)}"
        ) from error


def pulse_trains(plan: LenetPlan) -> tuple[PulseTrain, ...]:
    """Trains of the plan's files and cell.

    Raises
    ------
    InputError
        There are none.
    """
    from memchar.pipeline import open_records

    if plan.pulses is None:
        return ()
    trains = open_records(plan.pulses).pulses
    chosen = tuple(train for train in trains if plan.cell in (None, train.cell))
    if not chosen:
        raise InputError(
            f"no pulse trains of {plan.cell or 'any cell'}",
            path=plan.pulses,
            hint="memchar import --explain says what a file holds",
        )
    return chosen


def module_of(plan: LenetPlan, device: Path | None) -> tuple[ModuleSettings, Programming]:
    """The module, with the numbers that the plan changes, and what a write costs.

    Raises
    ------
    InputError
        module=own without pulse trains, or numbers that do not fit each other.
    """
    from evaluator.mixedprecision import own_module, published_module
    from evaluator.mixedprecision.ownmodule import refuse_card_alone
    from evaluator.mixedprecision.programming import own_programming, published_programming
    from memchar.files import read_card

    changes = {name: getattr(plan, name) for name in CHANGED if getattr(plan, name) is not None}
    if plan.module != "own":
        if plan.pulses is not None:
            raise InputError("pulses are for module=own", hint="add --set module=own, or leave --set pulses= out")
        settings = published_module(plan.module)
        settings = settings.changed(**changes) if changes else settings
        return settings, published_programming(settings)
    trains = pulse_trains(plan)
    if not trains:
        refuse_card_alone("module=own" if device is None else read_card(device).label)
    settings = own_module(trains, plan.levels)
    del_levels = {name: value for name, value in changes.items() if name != "levels"}
    settings = settings.changed(**del_levels) if del_levels else settings
    return settings, own_programming(settings, trains)
