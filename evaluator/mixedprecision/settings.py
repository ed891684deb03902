"""What a memristor module does to a weight: levels, noise, converters, and where each number is from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from evaluator.mixedprecision.tileaccount import Tile
from measurements.errors import InputError

Origin = Literal["published", "characterized", "assumed"]
NUMBERS = (
    "levels", "lowest_conductance", "highest_conductance", "program_deviation", "read_deviation", "threshold",
    "read_voltage", "input_bits", "output_bits", "output_range", "output_deviation", "tile",
)  # fmt: skip
"""Fields whose origin has to be said."""


@dataclass(frozen=True)
class Source:
    """Where a number is from, and the words that let somebody find it."""

    origin: Origin
    note: str


@dataclass(frozen=True)
class ModuleSettings:
    """Cells, converters and update rule of a module of crossbars.

    A weight is a pair of cells; level k of a cell has the conductance `lowest` + k `step`.

    Parameters
    ----------
    name
        Of the module.
    levels
        Of a cell [1].
    lowest_conductance, highest_conductance
        Of the first and the last level [S].
    program_deviation
        Standard deviation of what is programmed about its level [S]; it stays until the next write.
    read_deviation
        Standard deviation of a cell in one operation [S]; fresh each time.
    threshold
        Sum of updates from which a cell is written, as a share of the range of a cell [1].
    read_voltage
        Full-scale input [V].
    input_bits, output_bits
        Of the converters [1].
    output_range
        Full scale of the output converter, from 0 [A].
    output_deviation
        Standard deviation of its reading [A].
    tile
        Rows and columns of an array.
    sources
        Origin of every number above.

    Raises
    ------
    InputError
        A number out of range, a source missing, or a threshold below what one step of the device changes.
    """

    name: str
    levels: int
    lowest_conductance: float
    highest_conductance: float
    program_deviation: float
    read_deviation: float
    threshold: float
    read_voltage: float
    input_bits: int
    output_bits: int
    output_range: float
    output_deviation: float
    tile: Tile
    sources: Mapping[str, Source]

    def __post_init__(self) -> None:
        if self.levels < 2:
            raise InputError(f"{self.name}: {self.levels} level; a cell that is programmed needs 2 or more")
        if not 0 <= self.lowest_conductance < self.highest_conductance < math.inf:
            raise InputError(
                f"{self.name}: conductance from {self.lowest_conductance:g} to {self.highest_conductance:g} S; needs"
                " 0 or more, and rising"
            )
        for name in ("program_deviation", "read_deviation", "output_deviation"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError(f"{self.name}: {name} is {getattr(self, name):g}; 0 or more is needed")
        for name in ("read_voltage", "output_range"):
            if not 0 < getattr(self, name) < math.inf:
                raise InputError(f"{self.name}: {name} is {getattr(self, name):g}; a number above 0 is needed")
        for name in ("input_bits", "output_bits"):
            if not 1 <= getattr(self, name) <= 16:
                raise InputError(f"{self.name}: {name} is {getattr(self, name)}; 1 to 16 is possible")
        missing = [name for name in NUMBERS if name not in self.sources]
        if missing:
            raise InputError(f"{self.name}: no origin of {', '.join(missing)}")
        _check_threshold(self.name, self.threshold, self.levels)

    @property
    def step(self) -> float:
        """Distance of two levels [S]."""
        return (self.highest_conductance - self.lowest_conductance) / (self.levels - 1)

    @property
    def program_error(self) -> float:
        """Standard deviation of programming, in steps [1]."""
        return self.program_deviation / self.step

    @property
    def read_error(self) -> float:
        """Standard deviation of a cell in one operation, in steps [1]."""
        return self.read_deviation / self.step

    @property
    def threshold_steps(self) -> float:
        """Sum of updates from which a cell is written, in steps [1]."""
        return self.threshold * (self.levels - 1)

    def changed(self, **values: float | int) -> ModuleSettings:
        """With other numbers, which then are assumed.

        Raises
        ------
        InputError
            A name that is no number of a module, or a value out of range.
        """
        known = {field.name for field in fields(self)} & (set(NUMBERS) - {"tile"})
        for name in values:
            if name not in known:
                raise InputError(f"a module has no {name!r}", hint=f"numbers: {', '.join(sorted(known))}")
        said = dict.fromkeys(values, Source("assumed", "given by the user"))
        return replace(self, **values, sources={**self.sources, **said})  # type: ignore[arg-type]

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Number, value, origin and note of each, as text."""
        units = {"conductance": "S", "deviation": "S", "voltage": "V", "range": "A"}
        found: list[tuple[str, str, str, str]] = []
        for name in NUMBERS:
            value, source = getattr(self, name), self.sources[name]
            if isinstance(value, Tile):
                text = f"{value.rows}x{value.columns}"
            else:
                unit = "A" if name == "output_deviation" else units.get(name.rsplit("_", 1)[-1], "")
                text = f"{value:.4g} {unit}".strip()
            found.append((name, text, source.origin, source.note))
        return found


def _check_threshold(name: str, threshold: float, levels: int) -> None:
    step = 1 / (levels - 1)
    if not threshold < 1:
        raise InputError(f"{name}: a threshold of {threshold:g} of the range is never passed; below 1 is needed")
    if threshold < step * (1 - 1e-9):
        raise InputError(
            f"{name}: the threshold is {threshold:.4g} of the range of a cell and the device's step is {step:.4g}"
            f" ({levels} levels): such a write would change nothing, or more than was summed",
            hint=f"take a threshold of {step:.4g} or more, or measure a device with"
            f" {math.ceil(1 / threshold) + 1 if threshold > 0 else 'more'} levels or more",
        )
