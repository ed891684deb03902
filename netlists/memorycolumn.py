"""A column of memristor cells, with select transistors (1T1R) or without, of which one is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from devicefit.card import DeviceCard
from measurements.errors import NetlistError
from netlists.checks import not_negative, positive
from netlists.composition import cell, compose, new_circuit, number, piecewise_linear
from netlists.deck import Deck
from netlists.memristor import VOLTAGE_LIMIT, read_polynomial
from netlists.technology import Geometry, Technology
from netlists.wires import Wire

CellKind = Literal["1t1r", "selectorless"]
WORD_START = 0.5e-9
ROW_START = 3e-9
"""Beginning of the row's pulse, when the word line has settled [s]."""
EDGE = 0.2e-9
PINS = ("row", "idle", "word", "off", "sense", "vss")
"""Row that is read, all other rows, their word lines, the column's end, and ground."""
TRANSIENT_OPTIONS = "method=gear trtol=1 chgtol=1e-16 gmin=1e-16"


@dataclass(frozen=True, eq=False)
class MemoryColumn:
    """One column; the cell that is read is the one farthest from the sense resistor.

    Parameters
    ----------
    kind
        `1t1r` or `selectorless`.
    card
        Device.
    rows
        Cells on the column [1].
    state, others_state
        Conducting fraction of the cell that is read and of all others, 0 off to 1 on [1].
    read_voltage
        On the row that is read; the others are held at 0 V [V].
    select_voltage
        Of the word line that selects; the others are at 0 V; without meaning for `selectorless` [V].
    select_width
        Of each select transistor, 0.28 um long [m].
    pulse_width
        Of the row's pulse at half height [s].
    sense_resistance, wire
        From the column's end to ground [ohm], and the column between two cells.
    """

    kind: CellKind
    card: DeviceCard
    rows: int = 64
    state: float = 1.0
    others_state: float = 1.0
    read_voltage: float = 0.1
    select_voltage: float = 1.8
    select_width: float = 2e-6
    pulse_width: float = 5e-9
    sense_resistance: float = 10.0
    wire: Wire = field(default_factory=Wire)

    def __post_init__(self) -> None:
        if self.kind not in ("1t1r", "selectorless"):
            raise NetlistError(f"cell kind is {self.kind!r}; '1t1r' or 'selectorless' is needed")
        if not 1 <= self.rows <= 1024:
            raise NetlistError(f"rows is {self.rows}; 1 to 1024 is needed")
        for name in ("read_voltage", "select_width", "sense_resistance"):
            positive(name, getattr(self, name))
        not_negative("select_voltage [V]", self.select_voltage)
        if self.read_voltage > VOLTAGE_LIMIT:
            raise NetlistError(f"read_voltage is {self.read_voltage:g} V; read polynomials hold to {VOLTAGE_LIMIT} V")
        if self.pulse_width < 2 * EDGE:
            raise NetlistError(f"pulse_width {self.pulse_width:g} s is shorter than two edges of {EDGE:g} s")

    @property
    def settled(self) -> float:
        """A moment at which the pulse is flat and the current settled [s]."""
        return ROW_START + self.pulse_width - EDGE

    @property
    def stop_time(self) -> float:
        """End of the run; the word line falls after the row [s]."""
        return ROW_START + self.pulse_width + 5e-9


def memory_definitions(column: MemoryColumn, technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), transistors, and the cells.

    Raises
    ------
    NetlistError
        The technology has a draw of its mismatch: all cells share one subcircuit.
    """
    if technology.mismatch_seed is not None:
        raise NetlistError("mismatch is not drawn for memory cells, which share one subcircuit; use corners")
    # the column's cell file holds both kinds, so the transistor's card is there for either
    geometry = Geometry("nfet", column.select_width, 0.28e-6)
    pfet = Geometry("pfet", 1e-6, 0.28e-6)  # `transistors.cir` names both polarities
    return [technology.cards_for([geometry, pfet]), cell("transistors"), cell("memory_cells")]


def memory_column_deck(column: MemoryColumn, technology: Technology, maximum_step: float = 0.02e-9) -> Deck:
    """One read of the far cell: the word line rises, the row gives its pulse, the word line falls.

    Saved: `v(pin_NAME)` and `i(vpin_NAME)` of every pin in `PINS` (of `sense` the current leaves the column, of the
    others it is minus that into it), `v(mid)` between memristor and transistor, and `v(col0)` at the far end.
    """
    return compose(
        new_circuit(
            f"{column.kind} column, {column.rows} rows, {technology.name} {technology.corner}",
            [*memory_definitions(column, technology), "\n".join([*_sources(column), *_cells(column)])],
        ),
        stop_time=column.stop_time,
        maximum_step=maximum_step,
        saved=[f"v(pin_{name})" for name in PINS]
        + [f"i(vpin_{name})" for name in PINS]
        + ["v(col0)"]
        + (["v(mid)"] if column.kind == "1t1r" else []),
        includes=(technology.source,),
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )


def _sources(column: MemoryColumn) -> list[str]:
    end = ROW_START + column.pulse_width
    word = _pulse(WORD_START, end + 2e-9, column.select_voltage)
    return [
        f"Vpin_row pin_row 0 {_pulse(ROW_START, end, column.read_voltage)}",
        f"Vpin_word pin_word 0 {word}",
        *(f"Vpin_{name} pin_{name} 0 {number(0.0)}" for name in ("idle", "off", "vss")),
        f"Vpin_sense pin_sense lead {number(0.0)}",
        f"Rsense lead 0 {number(column.sense_resistance)}",
        *(f"Rtie_{name} pin_{name} 0 1e12" for name in ("word", "off", "idle", "vss")),
    ]


def _pulse(start: float, end: float, high: float) -> str:
    points = [0.0, 0.0, start, 0.0, start + EDGE, high, end, high, end + EDGE, 0.0]
    return piecewise_linear(points)


def _cells(column: MemoryColumn) -> list[str]:
    lines = []
    resistance, half = number(column.wire.segment_resistance), number(max(column.wire.segment_capacitance, 1e-18))
    for k in range(column.rows):
        state = column.state if k == 0 else column.others_state
        g1, g3, g5 = (number(value) for value in read_polynomial(column.card, state))
        row, word, mid = ("pin_row", "pin_word", "mid") if k == 0 else ("pin_idle", "pin_off", f"mid{k}")
        values = f"g1={g1} g3={g3} g5={g5}"
        if column.kind == "1t1r":
            nodes = f"{row} {mid} col{k} {word} pin_vss"
            lines.append(f"Xcell{k} {nodes} cell_1t1r {values} width={number(column.select_width)}")
        else:
            lines.append(f"Xcell{k} {row} col{k} cell_selectorless {values}")
        following = f"col{k + 1}" if k + 1 < column.rows else "pin_sense"
        lines += [f"Rwire{k} col{k} {following} {resistance}", f"Cwire{k} {following} pin_vss {half}"]
    return lines
