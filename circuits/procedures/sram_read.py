"""Procedure `sram_read`: energy by supply, delay and leakage of the 6T static memory, the digital baseline."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from circuits.measure import MeasureError, first_crossing, integrate
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.sram import PINS, READ_EDGE, READ_START, SUPPLIES, SramColumn, sram_read_deck
from netlists.technology import Technology

from .procedure import GridAxis, Point, Quantity, technology_settings
from .terminals import Terminal, entered, pin_terminal, terminal_closure

BEGIN = 0.9 * READ_START
RESTORED = 0.01
"""Part of the supply to which the bit lines must have returned for the next read [1]."""


@dataclass(frozen=True)
class SramReadProcedure:
    """One read of a bit over the rows of its column and the supply, from precharge to precharge.

    What the word line and the replica column take is shared by all columns: `energy` is that of one bit when
    `columns` bits are read together.

    Parameters
    ----------
    column, technology
        Cells and transistor cards.
    rows, supply_voltage
        Grid [1], [V].
    """

    column: SramColumn
    technology: Technology
    rows: tuple[int, ...] = (16, 64, 256)
    supply_voltage: tuple[float, ...] = (1.62, 1.8, 1.98)
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "sram_read"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Delays, swing, energies by supply, charge, leakage, read disturb."""
        return (
            Quantity("delay", "s", "half of the read's edge to half of the valid output", "log"),
            Quantity("word_delay", "s", "half of the read's edge to half of the word line", "log"),
            Quantity("restore_time", "s", "from the end of the read until the bit lines are within 1 %", "log"),
            Quantity("swing", "V", "between the bit lines when the sense amplifier is strobed"),
            Quantity("energy", "J", "of one bit: column, and its share of word line and timing", "log"),
            Quantity("cell_energy", "J", "from the supply of the cells", "linear", 1e-15),
            Quantity("precharge_energy", "J", "from the supply of the precharge", "log"),
            Quantity("sense_energy", "J", "from the supply of the sense amplifier, output load included", "log"),
            Quantity("word_energy", "J", "from the supply of the word line, for all columns", "log"),
            Quantity("timing_energy", "J", "from the supply of replica column and strobe, for all columns", "log"),
            Quantity("charge", "C", "from the precharge supply in one read", "log"),
            Quantity("cell_leakage", "W", "of one cell at rest, its bit lines high", "log", 1e-15),
            Quantity("read_disturb", "V", "highest voltage of the cell's low node"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Rows and supply."""
        return (
            GridAxis("rows", tuple(float(n) for n in self.rows), "1", "cells on the bit lines", "log", integer=True),
            GridAxis("supply_voltage", self.supply_voltage, "V", "of all circuits"),
        )

    def column_at(self, point: Point) -> SramColumn:
        """The column of one point."""
        return dataclasses.replace(self.column, rows=int(point["rows"]), supply_voltage=point["supply_voltage"])

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return sram_read_deck(self.column_at(point), self.technology)

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Crossings of half of the supply, and integrals of the supplies' powers."""
        column = self.column_at(point)
        half, stop = 0.5 * column.supply_voltage, deck.stop_time
        start = READ_START + 0.5 * READ_EDGE
        strobe = _first(waveforms, "v(sae)", half, start)
        spent = {name: entered(waveforms, [terminal(name)], BEGIN, stop) for name in SUPPLIES}
        shared = (spent["word"] + spent["timing"]) / column.columns
        rest = [terminal("cell"), terminal("precharge")]
        return {
            "delay": _valid(column, waveforms, half, start) - start,
            "word_delay": _first(waveforms, "v(wl)", half, start) - start,
            "restore_time": _restored(column, waveforms),
            "swing": _sign(column) * (waveforms.at("v(bl)", strobe) - waveforms.at("v(blb)", strobe)),
            "energy": spent["cell"] + spent["precharge"] + spent["sense"] + shared,
            **{f"{name}_energy": value for name, value in spent.items()},
            "charge": integrate(waveforms, ((-1.0, "i(vpin_precharge)", None),), BEGIN, stop, "charge"),
            "cell_leakage": entered(waveforms, rest, 0.1 * READ_START, BEGIN)
            / (BEGIN - 0.1 * READ_START)
            / column.rows,
            "read_disturb": float(np.max(waveforms.vector("v(qb)" if column.bit else "v(q)"))),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all pins, or negative dissipation from rest to rest [1]."""
        return terminal_closure(waveforms, [terminal(name) for name in PINS], (BEGIN, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Column and technology."""
        column = self.column
        return {
            "sram_columns": column.columns,
            "sram_bit": column.bit,
            "sram_output_load": column.output_load,
            **{f"sram_bit_wire_{key}": value for key, value in dataclasses.asdict(column.bit_wire).items()},
            **{f"sram_word_wire_{key}": value for key, value in dataclasses.asdict(column.word_wire).items()},
            **technology_settings(self.technology),
        }


def terminal(name: str) -> Terminal:
    """A pin of the bench; the currents through the outputs' ammeters leave the cell, as do those into sources."""
    return pin_terminal(name, -1.0)


def _sign(column: SramColumn) -> float:
    return 1.0 if column.bit else -1.0


def _valid(column: SramColumn, waveforms: Waveforms, half: float, start: float) -> float:
    """Time at which the right output is valid [s].

    Raises
    ------
    MeasureError
        None becomes valid, or the wrong one does.
    """
    right, wrong = ("out", "outb") if column.bit else ("outb", "out")
    if float(np.max(waveforms.vector(f"v(pin_{wrong})"))) > half:
        raise MeasureError(f"the bit {column.bit} is read as {1 - column.bit}; give the bit lines more time")
    return _first(waveforms, f"v(pin_{right})", half, start)


def _restored(column: SramColumn, waveforms: Waveforms) -> float:
    """Time after which both bit lines stay within `RESTORED` of the supply, from the end of the read [s]."""
    time = waveforms.time
    worst = np.maximum(*(np.abs(waveforms.vector(f"v({name})") - column.supply_voltage) for name in ("bl", "blb")))
    outside = np.flatnonzero(worst > RESTORED * column.supply_voltage)
    last = int(outside[-1])
    if last + 1 >= time.size or time[last] <= column.read_end:
        raise MeasureError(f"the bit lines are not restored {column.read_time:g} s after the read; allow more time")
    limit = RESTORED * column.supply_voltage
    share = (worst[last] - limit) / (worst[last] - worst[last + 1])
    return float(time[last] + share * (time[last + 1] - time[last])) - column.read_end - 0.5 * READ_EDGE


def _first(waveforms: Waveforms, vector: str, level: float, start: float) -> float:
    return first_crossing(waveforms, vector, level, rising=True, start=start, missing="nothing was read")
