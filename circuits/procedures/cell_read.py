"""Procedures `cell_read_1t1r` and `cell_read_selectorless`: a read of one memristor cell of a column."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from circuits.measure import first_crossing, integrate
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.memorycolumn import EDGE, PINS, ROW_START, WORD_START, MemoryColumn, memory_column_deck
from netlists.technology import Technology

from .origin import card_digest
from .procedure import GridAxis, Point, Quantity, technology_settings
from .terminals import Terminal, entered, pin_terminal, terminal_closure

QUIET = 0.8 * WORD_START


@dataclass(frozen=True, eq=False)
class CellReadProcedure:
    """Current, resistance, energy and delay of a read over the card's state, the rows and the word line's voltage.

    Parameters
    ----------
    column, technology
        The column, whose state, rows and select voltage are axes, and transistor cards.
    state, rows, select_voltage
        Grid [1], [1], [V]; a selector-less column has the one select voltage 0.
    """

    column: MemoryColumn
    technology: Technology
    state: tuple[float, ...] = (0.0, 0.1, 1.0)
    rows: tuple[int, ...] = (64,)
    select_voltage: tuple[float, ...] = (1.8, 3.3)
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return f"cell_read_{self.column.kind}"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Current, resistances, charge, energies, delay."""
        return (
            Quantity("current", "A", "into the sense resistor, settled", "log"),
            Quantity("resistance", "ohm", "read voltage over that current", "log"),
            Quantity("select_resistance", "ohm", "of the select transistor; 0 without one", "linear", 1.0),
            Quantity("lost_share", "1", "part of the row's current that the other cells take", "linear", 0.05),
            Quantity("charge", "C", "into the sense resistor by the row's pulse", "log"),
            Quantity("energy", "J", "from the row's source", "log"),
            Quantity("word_energy", "J", "charge of the word line's rise times its voltage", "linear", 1e-16),
            Quantity("delay", "s", "half of the row's edge to half of the settled current", "linear", 2e-11),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """State, rows and word line."""
        voltages = self.select_voltage if self.column.kind == "1t1r" else (0.0,)
        return (
            GridAxis("state", self.state, "1", "conducting fraction of the cell that is read"),
            GridAxis("rows", tuple(float(n) for n in self.rows), "1", "cells on the column", "log", integer=True),
            GridAxis("select_voltage", voltages, "V", "word line that selects"),
        )

    def column_at(self, point: Point) -> MemoryColumn:
        """The column of one point."""
        return dataclasses.replace(
            self.column, state=point["state"], rows=int(point["rows"]), select_voltage=point["select_voltage"]
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return memory_column_deck(self.column_at(point), self.technology)

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Levels on the flat of the pulse, integrals over the run."""
        column, stop = self.column_at(point), deck.stop_time
        sensed, drawn = (waveforms.at(name, column.settled) for name in ("i(vpin_sense)", "i(vpin_row)"))
        half = 0.5 * sensed * column.sense_resistance
        start = ROW_START + 0.5 * EDGE
        arrived = first_crossing(
            waveforms, "v(pin_sense)", half, rising=True, start=ROW_START, missing="no current arrives"
        )
        select = 0.0
        if column.kind == "1t1r":
            drop = waveforms.at("v(mid)", column.settled) - waveforms.at("v(col0)", column.settled)
            select = drop / -drawn
        charge = integrate(waveforms, ((1.0, "i(vpin_sense)", None),), ROW_START, column.settled + 2 * EDGE, "charge")
        raised = integrate(waveforms, ((-1.0, "i(vpin_word)", None),), QUIET, ROW_START - EDGE, "word charge")
        return {
            "current": sensed,
            "resistance": column.read_voltage / sensed,
            "select_resistance": select,
            "lost_share": 1.0 + sensed / drawn,
            "charge": charge,
            "energy": entered(waveforms, [terminal("row")], QUIET, stop),
            "word_energy": raised * column.select_voltage,
            "delay": arrived - start,
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all pins, or negative dissipation from rest to rest [1]."""
        return terminal_closure(waveforms, [terminal(name) for name in PINS], (QUIET, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Column, device and technology."""
        column = self.column
        plain = ("kind", "others_state", "read_voltage", "select_width", "pulse_width", "sense_resistance")
        return {
            **{f"column_{name}": getattr(column, name) for name in plain},
            **{f"wire_{key}": value for key, value in dataclasses.asdict(column.wire).items()},
            "device": column.card.label,
            "device_sha256": card_digest(column.card),
            **technology_settings(self.technology),
        }


def terminal(name: str) -> Terminal:
    """A pin of the bench; the current through the sense ammeter leaves the column, as do those into sources."""
    return pin_terminal(name, -1.0)
