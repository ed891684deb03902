"""The pipeline's configuration: every number a user may change, with its unit and default.

`memchar run pipeline.toml` reads one TOML file into `PipelineConfig`; unknown keys and values out of range are
refused with the key named. All values are SI.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from measurements.errors import InputError
from memchar.plan import Plan, Process, load_plan
from memchar.tomlfile import load_toml


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class DeviceChoice(_Section):
    """Which cell is fitted, the one with the most set sweeps where nothing is named, and with which compact model."""

    device: str | None = None
    cell: str | None = None
    model: str = Field(
        "threshold-memdiode", description="as `memchar fit --model`: a name, several with commas, auto or all"
    )
    override: str | None = Field(None, description="why to go on with a fit that should not be used")


class ArrayConfig(_Section):
    """The crossbar and how it is read. Wire, driver and select element are assumed, not measured."""

    read_voltage: float = Field(0.1, gt=0, le=0.3, description="row pulse amplitude [V]")
    pulse_width: float = Field(5e-9, gt=1e-9, le=1e-6, description="row pulse width at half height [s]")
    edge_time: float = Field(0.2e-9, gt=0, description="rise and fall time of a row pulse [s]")
    select_resistance: float = Field(20e3, ge=0, description="series element of each cell [ohm]")
    later_select: float = Field(1.0, ge=1e-2, le=1, description="that of later layers over the first's; explore [1]")
    sense_resistance: float = Field(10.0, gt=0, description="input resistance of the column interface [ohm]")
    driver_resistance: float = Field(100.0, gt=0, description="output resistance of a row driver [ohm]")
    wire_resistance: float = Field(2.5, gt=0, description="column wire between two cells [ohm]")
    wire_capacitance: float = Field(0.2e-15, gt=0, description="column wire between two cells [F]")
    tile_rows: int = Field(98, ge=1, le=1024, description="rows of one tile")


class NeuronConfig(_Section):
    """The leaky integrate-and-fire neuron and its technology."""

    technology: Literal["gf180mcu"] = "gf180mcu"
    corner: Process = "typical"
    supply_voltage: float = Field(1.8, gt=1.2, le=3.3, description="neuron supply [V]")
    membrane_capacitance: float = Field(1e-12, gt=1e-14, le=1e-9, description="membrane capacitor [F]")
    leak_bias: float = Field(30e-9, gt=0, le=1e-6, description="leak of the membrane above 0.2 V [A]")


class InterfaceConfig(_Section):
    """The column interface, on the array's read pulse and the neuron's supply; only plans that name it."""

    bias_current: float = Field(10e-6, ge=1e-7, le=1e-4, description="of each branch [A]")
    main_width: float = Field(32e-6, ge=2e-6, le=2e-4, description="transistor that takes a column's current [m]")
    main_length: float = Field(0.28e-6, ge=2.8e-7, le=2e-5, description="of that transistor and its copies [m]")
    source_width: float | None = Field(
        None, ge=2.2e-7, le=1e-4, description="of the biases; main_width / 2 if null [m]"
    )
    source_length: float = Field(0.5e-6, ge=2.8e-7, le=2e-5, description="of the biases' sources [m]")
    sense_length: float = Field(0.5e-6, ge=2.8e-7, le=2e-5, description="of what compares a column's voltage [m]")
    replica_width: float | None = Field(None, ge=2.2e-7, le=1e-4, description="of the cascodes' biases [m]")
    turn_length: float = Field(0.28e-6, ge=2.8e-7, le=2e-5, description="of the mirror that turns the current [m]")
    turn_ratio: float = Field(2.0, ge=1, le=16, description="width of that mirror over that of the output mirrors [1]")
    output_width: float = Field(16e-6, ge=5e-7, le=2e-4, description="output mirrors; gain = this / main_width [m]")
    turn: float = Field(1.0, ge=1, le=10, description="enlargement in the mirror that turns the plus current [1]")
    column_lift: float = Field(0.0, ge=0, le=0.05, description="of the columns' reference above the resting rows [V]")
    strobe_tail: float = Field(4e-9, gt=0, le=1e-6, description="time for which the strobe outlasts the pulse [s]")
    later_bias: float = Field(1.0, ge=0.1, le=1, description="bias of later layers' interfaces over the first's [1]")


class RowDriverConfig(_Section):
    """The row driver of transistors; only plans that name it."""

    switch_width: float = Field(
        60e-6, ge=5e-6, le=1e-3, description="of its two switches, and in proportion the inverters before them [m]"
    )


class DecoderConfig(_Section):
    """The first-spike decoder at the output, in the neuron's technology and on its supply; only plans that name it."""

    inputs: int = Field(10, ge=2, le=256, description="neurons that it listens to")
    timer_bias: float = Field(0.2e-6, gt=1e-9, le=1e-4, description="bias of the time-out [A]")


class SimulationConfig(_Section):
    """How ngspice is run."""

    jobs: int | None = Field(None, ge=1, description="ngspice processes side by side; all cores if not given")
    temperature: float = Field(300.15, ge=200, le=450, description="of transistors and memristors [K]")
    timeout: float = Field(120.0, gt=0, description="longest run of one deck [s]")
    grid: Literal["full", "coarse"] = Field(
        "full", description="coarse keeps every second grid value, for a first look"
    )
    validation_points: int = Field(50, ge=1, description="random points off the grid per procedure")
    seed: int = Field(20260101, ge=0, description="seed of the validation points")
    macro_images: int = Field(4, ge=0, description="images of the 16-8-4 network compared with ngspice; 0 for none")


class EvaluationConfig(_Section):
    """The workload."""

    workload: Literal["mnist-isi-ttfs"] = "mnist-isi-ttfs"
    images: int = Field(10_000, ge=1, le=70_000, description="test images, from the first")
    device_spread: bool = Field(True, description="draw each on-resistance from the card's spread")
    seed: int = Field(1, ge=0, description="seed of the drawn devices")


class PipelineConfig(_Section):
    """Everything `memchar run` needs besides the measurements."""

    device: DeviceChoice = DeviceChoice()
    array: ArrayConfig = ArrayConfig()
    neuron: NeuronConfig = NeuronConfig()
    interface: InterfaceConfig = InterfaceConfig()
    row_driver: RowDriverConfig = RowDriverConfig()
    decoder: DecoderConfig = DecoderConfig()
    simulation: SimulationConfig = SimulationConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    plan: Plan = Plan()


def load_config(path: Path | None) -> PipelineConfig:
    """Configuration in a TOML file, or the defaults for None.

    Raises
    ------
    InputError
        The file cannot be read, is not TOML, or has an unknown key or a value out of range.
    """
    if path is None:
        return PipelineConfig()
    return load_toml(path, PipelineConfig, "see docs/pipeline.md for the keys")


def with_jobs(config: PipelineConfig, jobs: int | None) -> PipelineConfig:
    """The configuration with another number of ngspice processes; unchanged for None."""
    return config if jobs is None else _with(config, "simulation", {"jobs": jobs})


def with_plan(config: PipelineConfig, plan: Path | None) -> PipelineConfig:
    """The configuration with the plan of a file; unchanged for None."""
    return config if plan is None else config.model_copy(update={"plan": load_plan(plan)})


def with_corner(config: PipelineConfig, corner: Process, supply_voltage: float, temperature: float) -> PipelineConfig:
    """The configuration in another corner, at another supply [V] and temperature [K]."""
    found = _with(config, "neuron", {"corner": corner, "supply_voltage": supply_voltage})
    return _with(found, "simulation", {"temperature": temperature})


def with_rows(config: PipelineConfig, rows: int) -> PipelineConfig:
    """The configuration with columns of another number of cells."""
    return _with(config, "array", {"tile_rows": rows})


def with_validation(config: PipelineConfig, points: int, seed: int | None) -> PipelineConfig:
    """The configuration with other validation points; the seed is kept for None."""
    chosen = {"validation_points": points} | ({} if seed is None else {"seed": seed})
    return _with(config, "simulation", chosen)


def with_images(config: PipelineConfig, images: int) -> PipelineConfig:
    """The configuration with another number of images."""
    return _with(config, "evaluation", {"images": images})


def _with(config: PipelineConfig, section: str, values: Mapping[str, object]) -> PipelineConfig:
    return config.model_copy(update={section: getattr(config, section).model_copy(update=values)})


def config_of_tables(attributes: Mapping[str, object]) -> PipelineConfig:
    """The configuration that tables were made with, from their attributes.

    Raises
    ------
    InputError
        There is none, or it is not this version's.
    """
    try:
        return PipelineConfig.model_validate_json(str(attributes["configuration"]))
    except (KeyError, ValidationError) as error:
        raise InputError(
            "the tables do not say what configuration they were made with",
            hint="make them with memchar characterize",
        ) from error
