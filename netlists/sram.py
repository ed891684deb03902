"""A column of the static memory in `cells/sram_read.cir`: one read of a bit, and the static noise margin of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field

from measurements.errors import NetlistError
from netlists.checks import not_negative, positive
from netlists.composition import cell, compose, new_circuit, number, piecewise_linear
from netlists.deck import Deck
from netlists.mismatch import mismatched_cells
from netlists.technology import Technology, geometries_in, transistor_card
from netlists.wires import Wire

REPLICA_CELLS = 8
"""Cells that pull the replica bit line down together [1]."""
READ_START = 3e-9
"""Beginning of the edge that starts the read [s]."""
READ_EDGE = 0.1e-9
MARGIN_RAMP = 2e-6
"""Time in which the input of the half cells goes from 0 to the supply [s]."""
GATE_CAPACITANCE = 0.56e-15
"""Of both access transistors of a cell, mean over the swing [F]; tests/circuits/test_sram.py holds it to ngspice."""
STROBE_CAPACITANCE = 3.3e-15
"""Of the strobe's input of one sense amplifier [F]; held to ngspice in the same file."""
TRANSIENT_OPTIONS = "method=trap trtol=1 chgtol=1e-16 gmin=1e-16"
"""`gmin` of ngspice's default, 1e-12 S on every junction, would be a hundred times the leakage of a cell."""
CELLS = ("sram_6t", "sram_precharge", "sram_sense", "sram_word", "sram_timing")
"""Subcircuits of a column [`cells/sram_read.cir`]."""
SUPPLIES = ("cell", "precharge", "sense", "word", "timing")
PINS = (*SUPPLIES, "rd", "vss", "out", "outb")


@dataclass(frozen=True)
class SramColumn:
    """One column of a static memory and its share of the word line.

    Parameters
    ----------
    rows
        Cells on the bit lines, 8 or more since as many drive the replica [1].
    columns
        Cells on the word line, which share the word-line driver and the replica column [1].
    supply_voltage
        Of everything [V].
    bit
        Stored in the cell that is read; all others on its bit lines hold the opposite, whose leakage works against
        the read [1].
    bit_wire, word_wire
        Metal a cell: 2 um of height and 3 um of width at 0.2 fF/um and 0.3 ohm/um, assumed.
    output_load
        On each output [F].
    """

    rows: int = 64
    columns: int = 64
    supply_voltage: float = 1.8
    bit: int = 0
    bit_wire: Wire = field(default_factory=lambda: Wire(0.6, 0.4e-15))
    word_wire: Wire = field(default_factory=lambda: Wire(0.9, 0.6e-15))
    output_load: float = 5e-15

    def __post_init__(self) -> None:
        if not REPLICA_CELLS <= self.rows <= 1024:
            raise NetlistError(f"rows is {self.rows}; {REPLICA_CELLS} (the cells that drive the replica) to 1024")
        if not 1 <= self.columns <= 1024:
            raise NetlistError(f"columns is {self.columns}; 1 to 1024 is needed")
        if self.bit not in (0, 1):
            raise NetlistError(f"bit is {self.bit}; 0 or 1 is needed")
        positive("supply_voltage [V]", self.supply_voltage)
        not_negative("output_load [F]", self.output_load)

    @property
    def read_time(self) -> float:
        """From the start of a read to that of the precharge, and again to the end: enough for the slow corner [s]."""
        return 3e-9 + 15e-12 * self.rows

    @property
    def read_end(self) -> float:
        """Beginning of the precharge [s]."""
        return READ_START + self.read_time

    @property
    def stop_time(self) -> float:
        """End of the run, with the column at rest again [s]."""
        return self.read_end + self.read_time


def sram_definitions(technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), transistors, and the cells, mismatched where the technology says so.

    Mismatched are the cell that is read, sense amplifier, word-line driver, timing and precharge (that of the replica
    column like that of the column); the many idle and replica cells are nominal, for their means count.
    """
    text = cell("sram_read")
    cards = technology.cards_for(geometries_in(text))
    if technology.mismatch_seed is not None:
        return [cards, mismatched_cells(text, CELLS, technology.mismatch_seed)]
    return [cards, cell("transistors"), text]


def sram_read_deck(column: SramColumn, technology: Technology, maximum_step: float = 0.01e-9) -> Deck:
    """One read of the cell at the far end of the column, from precharge to precharge.

    The other cells of the column are one cell of that multiplicity, and so are those of the replica column; the other
    columns are capacitors on word line and strobe. Saved: `v(pin_NAME)` and `i(vpin_NAME)` of every pin in `PINS` (the
    current of `out` and `outb` leaves the cell, that of the others flows into it with its sign turned), and `v(bl)`,
    `v(blb)`, `v(wl)`, `v(sae)`, `v(q)`, `v(rbl)`.
    """
    high = column.supply_voltage
    stored = {"q": high * column.bit, "qb": high * (1 - column.bit)}
    idle = {"iq": high * (1 - column.bit), "iqb": high * column.bit}
    replica = {"rq": 0.0, "rqb": high, "sq": high, "sqb": 0.0}
    return compose(
        new_circuit(
            f"sram read, {column.rows} rows, {technology.name} {technology.corner}",
            [*sram_definitions(technology), "\n".join([*_sources(column), *_column(column), *_shared(column)])],
        ),
        stop_time=column.stop_time,
        maximum_step=maximum_step,
        saved=[f"v(pin_{name})" for name in PINS]
        + [f"i(vpin_{name})" for name in PINS]
        + [f"v({node})" for node in ("bl", "blb", "wl", "sae", "q", "qb", "rbl")],
        includes=(technology.source,),
        initial_voltages=stored | idle | replica,
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )


def _sources(column: SramColumn) -> list[str]:
    high, edge = column.supply_voltage, READ_EDGE
    wave = [0.0, 0.0, READ_START, 0.0, READ_START + edge, high, column.read_end, high, column.read_end + edge, 0.0]
    return [
        *(f"Vpin_{name} pin_{name} 0 {number(high)}" for name in SUPPLIES),
        f"Vpin_vss pin_vss 0 {number(0.0)}",
        f"Vpin_rd pin_rd 0 {piecewise_linear(wave)}",
        *(f"Vpin_{name} pin_{name} load_{name} {number(0.0)}" for name in ("out", "outb")),
        *(f"Cload_{name} load_{name} 0 {number(max(column.output_load, 1e-18))}" for name in ("out", "outb")),
    ]


def _column(column: SramColumn) -> list[str]:
    """The cell that is read past the wire, the idle ones before it, precharge and sense amplifier."""
    resistance = column.rows * column.bit_wire.segment_resistance
    half = 0.5 * column.rows * column.bit_wire.segment_capacitance
    lines = ["Xread far_bl far_blb wl q qb pin_cell pin_vss sram_6t"]
    for name in ("bl", "blb"):
        lines += [
            f"Rwire_{name} {name} far_{name} {number(resistance)}",
            f"Cnear_{name} {name} pin_vss {number(max(half, 1e-18))}",
            f"Cfar_{name} far_{name} pin_vss {number(max(half, 1e-18))}",
        ]
    return [
        *lines,
        *cells_alike("idle", "bl blb pin_vss iq iqb pin_cell pin_vss", column.rows - 1),
        "Xprecharge pin_rd bl blb pin_precharge pin_vss sram_precharge",
        "Xsense bl blb sae pin_out pin_outb pin_sense pin_vss sram_sense",
    ]


def _shared(column: SramColumn) -> list[str]:
    """Word line and replica column: what all columns share."""
    others = column.columns - 1
    word = others * GATE_CAPACITANCE + column.columns * column.word_wire.segment_capacitance
    wire = column.rows * column.bit_wire.segment_capacitance
    lines = [
        "Xword pin_rd nfire wl pin_word pin_vss sram_word",
        f"Cword wl pin_vss {number(max(word, 1e-18))}",
        *cells_alike("replica", "rbl rblb wl rq rqb pin_timing pin_vss", REPLICA_CELLS),
        f"Crbl rbl pin_vss {number(max(wire, 1e-18))}",
        f"Crblb rblb pin_vss {number(max(wire, 1e-18))}",
        "Xrprecharge pin_rd rbl rblb pin_timing pin_vss sram_precharge",
        "Xtiming rbl nfire sae pin_timing pin_vss sram_timing",
        f"Cstrobe sae pin_vss {number(max(others * STROBE_CAPACITANCE, 1e-18))}",
    ]
    if column.rows > REPLICA_CELLS:
        lines += cells_alike("rest", "rbl rblb pin_vss sq sqb pin_timing pin_vss", column.rows - REPLICA_CELLS)
    return lines


def cells_alike(name: str, nodes: str, count: int) -> list[str]:
    """`count` equal cells in parallel as one with the multiplier `m` of its transistors.

    Cards are written out, for ngspice 39 ignores `m` on a nested subcircuit.

    Parameters
    ----------
    nodes
        Where bl, blb, wl, q, qb, vdd and vss of all of them lead.
    """
    where = dict(zip(("bl", "blb", "wl", "q", "qb", "vdd", "vss"), nodes.split(), strict=True))
    text = cell("sram_read")
    body = text[text.index(".subckt sram_6t") : text.index(".ends sram_6t")].splitlines()[1:]
    lines = []
    for line in body:
        part, *pins = line.split()[:5]
        geometry = geometries_in(line)[0]
        drain, gate, source, bulk = (where[pin] for pin in pins)
        lines.append(f"{transistor_card(f'm{name}_{part[1:]}', drain, gate, source, bulk, geometry)} m={count}")
    return lines


def sram_margin_definitions(technology: Technology) -> list[str]:
    """As `sram_definitions`: `sram_half_left` and `sram_half_right`, which differ where mismatch is drawn."""
    text = cell("sram_read")
    half = text[text.index(".subckt sram_half") : text.index(".ends sram_half") + len(".ends sram_half")]
    names = ["sram_half_left", "sram_half_right"]
    both = "\n".join(half.replace("sram_half", name) for name in names)
    cards = technology.cards_for(geometries_in(both))
    if technology.mismatch_seed is not None:
        return [cards, mismatched_cells(both, names, technology.mismatch_seed)]
    return [cards, cell("transistors"), both]


def sram_margin_deck(supply_voltage: float, technology: Technology, maximum_step: float = MARGIN_RAMP / 500) -> Deck:
    """Transfer curves of both half cells, held (word line low) and read (word line and bit line high), by a slow ramp.

    Saved: `v(in)`, `v(hold_left)`, `v(hold_right)`, `v(read_left)`, `v(read_right)`, and `v(vdd)`, `v(bl)`, `v(vss)`
    with the currents `i(vdd)`, `i(vbl)`, `i(vin)`, `i(vss)`. The ramp of `MARGIN_RAMP` moves the few femtofarads with
    nanoamperes, four orders below the read current.
    """
    high = positive("supply_voltage [V]", supply_voltage)
    ramp = [0.0, 0.0, 0.01 * MARGIN_RAMP, 0.0, 1.01 * MARGIN_RAMP, high]
    curves = [f"{kind}_{side}" for kind in ("hold", "read") for side in ("left", "right")]
    lines = [
        f"Vdd vdd 0 {number(high)}",
        f"Vbl bl 0 {number(high)}",
        f"Vss vss 0 {number(0.0)}",
        f"Vin in 0 {piecewise_linear(ramp)}",
        *(f"Xhold_{side} in hold_{side} bl vss vdd vss sram_half_{side}" for side in ("left", "right")),
        *(f"Xread_{side} in read_{side} bl vdd vdd vss sram_half_{side}" for side in ("left", "right")),
    ]
    return compose(
        new_circuit(
            f"sram noise margin, {technology.name} {technology.corner}",
            [*sram_margin_definitions(technology), "\n".join(lines)],
        ),
        stop_time=1.02 * MARGIN_RAMP,
        maximum_step=maximum_step,
        saved=[f"v({node})" for node in ("in", *curves, "vdd", "bl", "vss")]
        + [f"i({source})" for source in ("vdd", "vbl", "vin", "vss")],
        includes=(technology.source,),
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )
