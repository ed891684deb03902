"""What makes chips differ from each other and from the nominal one, and where its numbers are from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from devicefit.card import DeviceCard
from devicefit.heat import Array
from measurements.errors import InputError


@dataclass(frozen=True)
class ReadNoise:
    """Every read meets each cell with a fresh normal error of its conductance, of `relative` standard deviation [1]."""

    relative: float

    def __post_init__(self) -> None:
        _within("read_noise.relative", self.relative, 0.0, 1.0)


@dataclass(frozen=True)
class Drift:
    """R(age) = R (age / 1 s)^nu of a cell that is on, beyond its series resistance; nu normal from cell to cell.

    `exponent` and `deviation` are mean and standard deviation of nu [1], `age` the time since the cells were written
    [s]. A positive nu is a conductance that falls, as `measurements.retention` has it.
    """

    exponent: float
    deviation: float
    age: float

    def __post_init__(self) -> None:
        _within("drift.exponent", self.exponent, -1.0, 1.0)
        _within("drift.deviation", self.deviation, 0.0, 1.0)
        _within("drift.age [s]", self.age, 1.0, 1e12)


@dataclass(frozen=True)
class StuckCells:
    """Share of cells that stay on, and of those that stay off, whatever was written [1]; drawn cell by cell."""

    on: float
    off: float

    def __post_init__(self) -> None:
        _within("stuck_cells.on", self.on, 0.0, 1.0)
        _within("stuck_cells.off", self.off, 0.0, 1.0)
        _within("stuck_cells.on + off", self.on + self.off, 0.0, 1.0)


@dataclass(frozen=True)
class ThermalDisturb:
    """Cells that are on and lost to the heat of their neighbours, while those are written and while all are read.

    A filament ruptures at the Arrhenius rate `rate` exp(-Ea/k (1/T - 1/400 K)) [1/s] (`devicefit.heat.degradation`).
    `array` is a window of odd numbers of lines around a cell: rows and columns of any number see the coupling of its
    middle. Cells that are to be on are written row by row, each with `write_power` [W] for `write_time` [s] after those
    that can be lost by it; then all are read for `reading_time` [s] at `ambient_temperature` [K]. Temperatures are
    those of the crossings, without the constriction of the filaments.
    """

    array: Array
    write_power: float
    write_time: float
    reading_time: float
    ambient_temperature: float
    rate: float
    activation_energy: float

    def __post_init__(self) -> None:
        if self.array.rows % 2 == 0 or self.array.columns % 2 == 0:
            raise InputError("thermal_disturb: the window of cells needs odd numbers of rows and columns")
        for name in ("write_power", "write_time", "reading_time", "rate", "activation_energy"):
            _within(f"thermal_disturb.{name}", getattr(self, name), 0.0, 1e12)
        _within("thermal_disturb.ambient_temperature [K]", self.ambient_temperature, 1.0, 2000.0)


@dataclass(frozen=True)
class Effects:
    """Which effects act on a chip. Spreads come from the device card; the others are None where nobody gave them.

    cycle_spread
        Each cell is in the state that one of the card's cycles left it in.
    device_spread
        Each cell is a device of the card's population.
    """

    cycle_spread: bool = False
    device_spread: bool = False
    read_noise: ReadNoise | None = None
    drift: Drift | None = None
    stuck_cells: StuckCells | None = None
    thermal_disturb: ThermalDisturb | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Those that act."""
        return tuple(item.name for item in fields(self) if getattr(self, item.name))

    def alone(self, name: str) -> Effects:
        """One of them without the others."""
        return replace(Effects(), **{name: getattr(self, name)})


def spreads_of(card: DeviceCard) -> dict[str, str]:
    """Spreads that the card knows, by the name of the effect, and from what."""
    found = {}
    spread = card.variability.get("on_resistance")
    if card.population is not None:
        found["device_spread"] = f"laws between {len(card.population.members)} devices of the card"
        if card.population.varying:
            found["cycle_spread"] = "laws of the cycles within a device, pooled over the card's devices"
    elif spread is not None:
        found["cycle_spread"] = f"on_resistance over {spread.count} cycles of the card"
    return found


UNKNOWN = {
    "cycle_spread": "the card has no spread of on_resistance over cycles (fit several sweeps of one cell)",
    "device_spread": "the card is of one device and knows no spread from device to device (memchar population)",
    "read_noise": "no noise of reads was given; a card does not hold it (memchar inspect measures it)",
    "drift": "no drift was given; a card does not hold it (memchar inspect measures it)",
    "stuck_cells": "no shares of stuck cells were given; a card does not hold them",
    "thermal_disturb": "no array, power and rate of the heat that disturbs cells were given; a card does not hold them",
}
"""Why an effect is not in the chips."""


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InputError(f"{name} is {value:g}; {low:g} to {high:g} is needed")
