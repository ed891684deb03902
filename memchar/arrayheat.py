"""What `memchar heat-array` computes: an array of one or two layers read and programmed, its heat, its sneak paths."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from memchar.heatplan import HeatPlan, array_of
from memchar.tomlfile import load_changed

if TYPE_CHECKING:
    from devicefit import DeviceCard
    from devicefit.heat import Degradation, Programming, Reading, StackCoupling

FloatArray = NDArray[np.float64]


class ArrayHeatPlan(HeatPlan):
    """Geometry as in `HeatPlan` (`first` is the inert electrode); how the array is stacked, read and programmed."""

    layers: int = Field(2, ge=1, le=2, description="layers of cells")
    gap: float = Field(200e-9, gt=0, le=1e-3, description="dielectric between the layers [m]")
    shared_lines: bool = Field(False, description="the active lines are those of both layers")
    read_voltage: float = Field(0.3, gt=0, le=5.0, description="on every row that is read [V]")
    read_time: float = Field(3600.0, gt=0, le=1e12, description="for which the array is read in all [s]")
    pulse_width: float = Field(1e-6, gt=0, le=10.0, description="of one programming pulse [s]")
    select_resistance: float = Field(0.0, ge=0, le=1e9, description="in series with each cell [ohm]")
    on_fraction: float = Field(0.5, ge=0, le=1, description="share of cells that are on, drawn with `seed`")
    seed: int = Field(1, ge=0, description="of the cells that are on")
    wire_resistance: float = Field(2.5, ge=0, le=1e6, description="line between two cells [ohm]")
    driver_resistance: float = Field(67.0, gt=0, le=1e6, description="of a row's driver [ohm]")
    sense_resistance: float = Field(10.0, gt=0, le=1e6, description="from a column to ground [ohm]")


@dataclass(frozen=True)
class Sneak:
    """What the column of an off cell carries beside that cell while its row is read, all other cells on.

    `scheme`: what rows and, in a stack with shared lines, the columns of the other layer are held at. `own` current of
    the off cell, `column` current of its column, `on` that of an on cell in its place [A].
    """

    scheme: str
    own: float
    column: float
    on: float

    @property
    def error(self) -> float:
        """Current that is not the cell's, over what an on cell would give [1]."""
        return abs(self.column - self.own) / self.on


@dataclass(frozen=True, eq=False)
class ArrayHeat:
    """The whole result; `cells` are conductances with their select elements (layers, rows, columns) [S]."""

    plan: ArrayHeatPlan
    insulated: bool
    coupling: StackCoupling
    cells: FloatArray
    reading: Reading
    programming: Programming
    sneak: tuple[Sneak, ...]


def load_array_plan(path: Path | None, changes: dict[str, Any]) -> ArrayHeatPlan:
    """The plan of a TOML file (defaults for None), with the changes that options gave.

    Raises
    ------
    InputError
        The file cannot be read, is not TOML, or has an unknown key or a value out of range.
    """
    return load_changed(path, changes, ArrayHeatPlan)


def array_heat(plan: ArrayHeatPlan, card: DeviceCard, model: Degradation, *, insulated: bool = False) -> ArrayHeat:
    """The array of the plan with cells of the card."""
    from devicefit.heat import Stack, programming_heat, read_heat, stack_coupling
    from devicefit.models.static import off_resistance, on_resistance

    stack = Stack(
        array_of(plan, insulated=insulated), plan.layers, plan.gap, shared_lines=plan.shared_lines
    )  # fmt: skip
    coupling = stack_coupling(stack)
    on, off = (1.0 / (found(card) + plan.select_resistance) for found in (on_resistance, off_resistance))
    chosen = np.random.default_rng(plan.seed).random(stack.shape) < plan.on_fraction
    cells = np.where(chosen, on, off)
    # heat in the filament: what the series element takes is not the cell's
    share = 1.0 - plan.select_resistance * cells
    power = np.array([_read_power(layer, plan) for layer in cells]) * share
    ambient, radius = plan.ambient_temperature, plan.filament_radius
    reading = read_heat(coupling, power, plan.read_time, radius, model, ambient)
    programming = programming_heat(coupling, plan.power, plan.pulse_width, radius, model, ambient)
    return ArrayHeat(plan, insulated, coupling, cells, reading, programming, sneak_paths(plan, on, off))


def _read_power(cells: FloatArray, plan: ArrayHeatPlan) -> FloatArray:
    """Power of each cell and its select element, all rows at the read voltage [W]."""
    from evaluator.crossbar import solve_array

    return solve_array(cells, np.full(len(cells), plan.read_voltage), _wiring(plan)).cell_power


def _wiring(plan: ArrayHeatPlan, **changed: Any) -> Any:
    from evaluator.crossbar import ArrayWiring

    wires = {"row_segment": plan.wire_resistance, "column_segment": plan.wire_resistance}
    ends = {"driver_resistance": plan.driver_resistance, "sense_resistance": plan.sense_resistance}
    return ArrayWiring(**(wires | ends | changed))


def sneak_paths(plan: ArrayHeatPlan, on: float, off: float) -> tuple[Sneak, ...]:
    """The off cell farthest from driver and sense circuit, all others on, under each scheme.

    Layers with lines of their own do not see each other. With shared rows the other layer's cells hang on the same
    rows: at each crossing a cell to either layer's column, half a wire apart.
    """
    both = plan.layers == 2 and plan.shared_lines
    columns = plan.columns * (2 if both else 1)
    cells = np.full((plan.rows, columns), on)
    row, column = 0, columns - 1
    cells[row, column] = off
    other = np.arange(columns) % 2 == 0 if both else np.zeros(columns, bool)
    schemes = {
        "other rows at 0 V": (False, False),
        "other rows floating": (True, False),
        **({"other rows at 0 V, other layer floating": (False, True)} if both else {}),
        **({"other rows and layer floating": (True, True)} if both else {}),
    }
    return tuple(_sneak(name, plan, cells, (row, column), on, *how, other) for name, how in schemes.items())


def _sneak(
    name: str, plan: ArrayHeatPlan, cells: FloatArray, place: tuple[int, int], on: float, rows_float: bool,
    layer_floats: bool, other: NDArray[np.bool_],
) -> Sneak:  # fmt: skip
    from evaluator.crossbar import solve_array

    row, column = place
    drivers = np.full(len(cells), np.inf if rows_float else plan.driver_resistance)
    drivers[row] = plan.driver_resistance
    senses = np.where(other & layer_floats, np.inf, plan.sense_resistance)
    segment = plan.wire_resistance * (0.5 if other.any() else 1.0)
    wiring = _wiring(plan, driver_resistance=drivers, sense_resistance=senses, row_segment=segment)
    sources = np.zeros(len(cells))
    sources[row] = plan.read_voltage
    found = solve_array(cells, sources, wiring)
    alone = cells.copy()
    alone[place] = on
    return Sneak(
        name, float(found.cell_current[place]), float(found.column_current[column]),
        float(solve_array(alone, sources, wiring).cell_current[place]),
    )  # fmt: skip
