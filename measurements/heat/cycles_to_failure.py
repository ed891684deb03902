"""How often cells switched before they failed, near a cell that was heated and far from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measurements.arrays import freeze_arrays
from measurements.errors import InputError
from measurements.heat.columns import freeze_words, require
from measurements.heat.shared_line import SharedLine
from measurements.sweep import FloatArray, Source


@dataclass(frozen=True, eq=False)
class CyclesToFailure:
    """Numbers of set-reset cycles of cells that were cycled after a neighbour had been heated.

    Parameters
    ----------
    tested_cell, shared_line
        Name of each cell tested and the line it has in common with the heated cell (`Cu`, `Pt`, `none`).
    compliance_current [A], distance [m], waiting_time [s], cycles [1], failed [1]
        Equal-length arrays: limit of the set; distance to the heated cell, centre to centre (of a fresh cell
        far away: the largest distance there is, with shared line `none`); time from the end of heating to the
        first cycle; cycles done; 1 where the cell then failed, 0 where the test was ended before.
    heated_cell, heating_power, heating_time
        Cell that was heated, mean power [W] and duration [s].
    device, cell, source, comment
        As in `Sweep`; `cell` is `many`.

    Raises
    ------
    InputError
        No row, columns of unequal length, a value that is not finite, negative, or a `failed` that is
        neither 0 nor 1.
    """

    tested_cell: tuple[str, ...]
    shared_line: tuple[str, ...]
    compliance_current: FloatArray
    distance: FloatArray
    waiting_time: FloatArray
    cycles: FloatArray
    failed: FloatArray
    heated_cell: str
    heating_power: float
    heating_time: float
    device: str
    cell: str
    source: Source
    comment: str = ""

    def __post_init__(self) -> None:
        arrays = ("compliance_current", "distance", "waiting_time", "cycles", "failed")
        freeze_arrays(self, arrays, self.source.file)
        for name in arrays:
            require(getattr(self, name), name, self.source.file, positive=name in ("compliance_current", "distance"))
        bad = np.flatnonzero((self.failed != 0.0) & (self.failed != 1.0))
        if bad.size:
            raise InputError(f"failed is {self.failed[bad[0]]} in row {bad[0]}, expected 0 or 1", path=self.source.file)
        freeze_words(self, "tested_cell", self.cycles.size, self.source.file)
        freeze_words(self, "shared_line", self.cycles.size, self.source.file, [str(line) for line in SharedLine])
