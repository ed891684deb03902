"""What heating one cell did to the resistance of another."""

from __future__ import annotations

from dataclasses import dataclass

from measurements.arrays import freeze_arrays
from measurements.heat.columns import freeze_words, require
from measurements.heat.shared_line import SharedLine
from measurements.sweep import FloatArray, Source


@dataclass(frozen=True, eq=False)
class NeighbourDisturb:
    """Resistance of victims before and after an aggressor was heated, a row a trial.

    Parameters
    ----------
    aggressor, victim, shared_line
        Names of the two cells and the line they have in common (`Cu`, `Pt`, `none`).
    aggressor_energy [J], aggressor_time [s], distance [m], resistance_before [ohm],
    resistance_after [ohm], waiting_time [s]
        Equal-length arrays: energy put into the aggressor and the time that took; distance between the cells,
        centre to centre; resistance of the victim before heating and when read again; time from the end of
        heating to that read.
    ambient_temperature
        Temperature of the stage [K].
    device, cell, source, comment
        As in `Sweep`; `cell` is `many`.

    Raises
    ------
    InputError
        No row, columns of unequal length, a value that is not finite or not above zero (the waiting time may
        be zero), or an unknown shared line.
    """

    aggressor: tuple[str, ...]
    victim: tuple[str, ...]
    shared_line: tuple[str, ...]
    aggressor_energy: FloatArray
    aggressor_time: FloatArray
    distance: FloatArray
    resistance_before: FloatArray
    resistance_after: FloatArray
    waiting_time: FloatArray
    ambient_temperature: float
    device: str
    cell: str
    source: Source
    comment: str = ""

    def __post_init__(self) -> None:
        arrays = (
            "aggressor_energy",
            "aggressor_time",
            "distance",
            "resistance_before",
            "resistance_after",
            "waiting_time",
        )
        freeze_arrays(self, arrays, self.source.file)
        for name in arrays:
            require(getattr(self, name), name, self.source.file, positive=name != "waiting_time")
        rows = self.distance.size
        freeze_words(self, "aggressor", rows, self.source.file)
        freeze_words(self, "victim", rows, self.source.file)
        freeze_words(self, "shared_line", rows, self.source.file, [str(line) for line in SharedLine])
