"""Settings of the workload deep-dfr: a --set of `memchar evaluate`, or a key of --set file=FILE.

    tasks = ["narma10", "mnist-rows"]      # narma10, mackey-glass, santa-fe, mnist-rows
    nodes = 200                            # virtual nodes of all loops together
    depth = [1, 2, 4]                      # loops in cascade, one result for each
    feedback = 0.8                         # left out: the kept preset of task and node, or what tune finds

Unknown keys and values out of range are refused with the key named. Other settings change the file's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from memchar.plan import distinct
from memchar.tomlfile import load_changed

TaskName = Literal["narma10", "mackey-glass", "santa-fe", "mnist-rows"]
TASKS: tuple[TaskName, ...] = ("narma10", "mackey-glass", "santa-fe", "mnist-rows")
Depth = Annotated[int, Field(ge=1, le=4)]
Variation = Annotated[float, Field(ge=0, le=3)]


class DeepDfrPlan(BaseModel):
    """Everything about reservoir, tasks, readout and comparison; all values SI."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    tasks: Annotated[tuple[TaskName, ...], Field(min_length=1), AfterValidator(distinct)] | None = Field(
        None, description="left out: all for which there are data"
    )
    nodes: int = Field(200, ge=4, le=4000, description="virtual nodes of all loops together")
    depth: Annotated[tuple[Depth, ...], Field(min_length=1), AfterValidator(distinct)] = Field(
        (1, 2, 4), description="loops in cascade; the first of the tuple is the one whose readout is looked at"
    )
    separation: float | None = Field(None, gt=0, le=100, description="time of a virtual node over the time constant")
    feedback: float | None = Field(None, ge=-10, le=10, description="factor on the delayed output")
    input_scaling: float | None = Field(None, ge=0, le=100, description="per standard deviation [unit of the node]")
    offset: float | None = Field(None, ge=-10, le=10, description="operating point [unit of the node]")
    delay: int | None = Field(None, ge=1, le=100_000, description="in virtual nodes; one more than a loop has")
    mask: Literal["binary", "uniform"] = "binary"
    exponent: float = Field(2.0, ge=1, le=100, description="of the ideal Mackey-Glass node")
    seed: int = Field(1, ge=0, description="of series, masks and drawn cells")
    tune: int = Field(0, ge=0, le=100_000, description="tries of the search for settings; 0 for the kept ones")
    levels: int = Field(2, ge=2, le=4096, description="conductances of a cell; 2 were measured, more are assumed")
    slices: int = Field(8, ge=1, le=16, description="digits, so pairs of cells, of a weight")
    variation: Annotated[tuple[Variation, ...], Field(min_length=1), AfterValidator(distinct)] = (
        0.0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.8,
    )  # fmt: skip
    chips: int = Field(10, ge=2, le=10_000, description="drawn readouts at each variation")
    sink: str = Field("Rh50/Cr20", description="inert electrode that leads heat off better, as in memchar heat")
    training_images: int = Field(3000, ge=500, le=60_000)
    test_images: int = Field(1000, ge=100, le=10_000)

    @model_validator(mode="after")
    def _divisible(self) -> DeepDfrPlan:
        odd = [depth for depth in self.depth if self.nodes % depth]
        if odd:
            raise ValueError(f"{self.nodes} nodes cannot be shared equally by {odd[0]} loops")
        return self


LISTS = ("tasks", "depth", "variation")


def deep_dfr_plan(settings: Mapping[str, str]) -> DeepDfrPlan:
    """The plan of --set: a TOML `file` (defaults if there is none), changed by the other settings.

    Raises
    ------
    InputError
        The file cannot be read; an unknown key or a value out of range, there or in the settings.
    """
    changes: dict[str, Any] = {name: listed(text) if name in LISTS else text for name, text in settings.items()}
    path = changes.pop("file", None)
    return load_changed(None if path is None else Path(path), changes, DeepDfrPlan)


def listed(text: str) -> list[str]:
    """Parts between commas.

    >>> listed("1, 2")
    ['1', '2']
    """
    return [part.strip() for part in text.split(",")]
