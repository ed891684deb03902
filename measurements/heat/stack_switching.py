"""Power at the moment of switching against the electrode stack below the cell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from measurements.arrays import freeze_arrays
from measurements.heat.columns import freeze_words, require
from measurements.sweep import FloatArray, Source


class Operation(StrEnum):
    """`on`: power needed to lower the resistance further; `off`: power needed to raise it."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, eq=False)
class StackSwitching:
    """Switching power of cells on different inert electrodes, a row a stack, operation and resistance.

    Parameters
    ----------
    electrode
        Layers of the inert electrode from the oxide outwards, metal and thickness in nm: `Pt50/Ti20`.
    operation
        `on` or `off`.
    line_width [m], resistance [ohm], switching_power [W], spread [W], count [1]
        Equal-length arrays: width of the electrode line; resistance of the cell when it switched; mean power
        then; standard deviation of that power over the switching events; and their number, one or more.
    ambient_temperature
        Temperature of the stage [K].
    device, cell, source, comment
        As in `Sweep`; `cell` says `many` where the rows are cells.

    Raises
    ------
    InputError
        No row, columns of unequal length, a value that is not finite or not above zero (the spread may be
        zero), or an operation other than on and off.
    """

    electrode: tuple[str, ...]
    operation: tuple[str, ...]
    line_width: FloatArray
    resistance: FloatArray
    switching_power: FloatArray
    spread: FloatArray
    count: FloatArray
    ambient_temperature: float
    device: str
    cell: str
    source: Source
    comment: str = ""

    def __post_init__(self) -> None:
        arrays = ("line_width", "resistance", "switching_power", "spread", "count")
        freeze_arrays(self, arrays, self.source.file)
        for name in arrays:
            require(getattr(self, name), name, self.source.file, positive=name != "spread")
        freeze_words(self, "electrode", self.count.size, self.source.file)
        freeze_words(self, "operation", self.count.size, self.source.file, [str(item) for item in Operation])
