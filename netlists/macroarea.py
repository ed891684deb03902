"""Area of a whole accelerator: how many of which cell, and what each takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import Literal, get_args

from measurements.errors import NetlistError
from netlists.area import CellArea, cell_area, crosspoint_area, resistor_frame
from netlists.checks import identifier, not_negative
from netlists.composition import cell, cell_names
from netlists.decoder import Decoder, decoder_subcircuit
from netlists.flattening import TRANSISTORS, flatten
from netlists.layoutrules import LayoutRules
from netlists.offsettrim import BITS
from netlists.subcircuit import Subcircuit, parse_subcircuits

Crosspoint = Literal["resistor", "1t1r"]
CROSSPOINTS: tuple[Crosspoint, ...] = get_args(Crosspoint)
MAXIMUM_SIZE = 1_000_000
"""Most inputs or neurons of a layer."""


@dataclass(frozen=True)
class MacroShape:
    """What an accelerator is made of.

    Parameters
    ----------
    sizes
        Inputs, then neurons of each layer.
    tile_rows
        Rows of one tile; every tile has a column interface of its own for each neuron.
    encoder
        Subcircuit of an input's encoder.
    select_resistance
        Series element of each cell [ohm]; 0 for none.
    crosspoint
        `resistor` for a memristor with that element, or `1t1r` for one with a select transistor (`cell_1t1r`).
    interfaces_a_bias
        Column interfaces that one bias cell serves (assumed).
    parameters
        Parameters of cells that differ from their defaults, by cell.
    offset_trim
        Whether each interface has an `offset_trim`, with a static memory cell (`sram_6t`) for each of its switches.
    """

    sizes: tuple[int, ...] = (784, 100, 10)
    tile_rows: int = 98
    encoder: str = "encoder_full"
    select_resistance: float = 20e3
    crosspoint: Crosspoint = "resistor"
    interfaces_a_bias: int = 100
    parameters: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    offset_trim: bool = False

    def __post_init__(self) -> None:
        if len(self.sizes) < 2 or not all(1 <= size <= MAXIMUM_SIZE for size in self.sizes):
            raise NetlistError(f"a network has inputs and layers of 1 to {MAXIMUM_SIZE} each, found {self.sizes}")
        if self.tile_rows < 1 or self.interfaces_a_bias < 1:
            raise NetlistError("tile_rows and interfaces_a_bias are 1 or more")
        if self.crosspoint not in CROSSPOINTS:
            raise NetlistError(f"crosspoint is {self.crosspoint!r}; {' or '.join(CROSSPOINTS)} is needed")
        identifier(self.encoder)
        not_negative("select_resistance [ohm]", self.select_resistance)

    @property
    def interfaces(self) -> int:
        """Column interfaces: one a neuron and tile."""
        return sum(neurons * ceil(rows / self.tile_rows) for rows, neurons in pairwise(self.sizes))

    @property
    def crosspoints(self) -> int:
        """Memristors: a plus and a minus column for each neuron."""
        return sum(2 * rows * neurons for rows, neurons in pairwise(self.sizes))


@dataclass(frozen=True)
class Block:
    """So many of one cell; areas are of one [m^2]."""

    block: str
    cell: str
    count: int
    bare: float
    packed: float
    spread: float


def shipped_subcircuits() -> dict[str, Subcircuit]:
    """Every subcircuit of `netlists/cells`."""
    found: dict[str, Subcircuit] = {}
    for name in cell_names():
        found |= parse_subcircuits(cell(name))
    return found


def circuit_cells(definitions: Mapping[str, Subcircuit]) -> tuple[str, ...]:
    """Names of the subcircuits that hold transistors, in their order, without single transistors."""
    built: set[str] = set(TRANSISTORS)
    grown = True
    while grown:
        new = {n for n, one in definitions.items() if any(element.target in built for element in one.elements)}
        grown, built = not new <= built, built | new
    return tuple(name for name in definitions if name in built - set(TRANSISTORS))


def shipped_areas(rules: LayoutRules | None = None) -> dict[str, CellArea]:
    """Area of every shipped cell that holds transistors, its parameters at their defaults."""
    definitions = shipped_subcircuits()
    return {name: cell_area(flatten(definitions, name), rules) for name in circuit_cells(definitions)}


def macro_blocks(shape: MacroShape, rules: LayoutRules | None = None) -> tuple[Block, ...]:
    """Blocks of an accelerator of this shape.

    A crosspoint is 4 F^2 where its series element is a film in the stack; the `spread` figure is that of a polysilicon
    resistor below it, where that is larger. Write drivers, control and pads are not in it.

    Raises
    ------
    NetlistError
        There is no such encoder, or the last layer is no size that a decoder has.
    """
    rules = rules or LayoutRules()
    decoder = Decoder(inputs=shape.sizes[-1])
    definitions = shipped_subcircuits()
    if shape.encoder not in circuit_cells(definitions):
        raise NetlistError(f"there is no encoder {shape.encoder!r} among the cells")
    definitions |= parse_subcircuits(decoder_subcircuit(decoder))
    neurons = sum(shape.sizes[1:])
    biases = ceil(shape.interfaces / shape.interfaces_a_bias)
    trims = (
        ("offset trims", "offset_trim", shape.interfaces),
        ("trim biases", "offset_trim_bias", biases),
        ("trim memory", "sram_6t", 2 * BITS * shape.interfaces),
    )
    counted: Sequence[tuple[str, str, int]] = (
        ("encoders", shape.encoder, shape.sizes[0]),
        ("row drivers", "row_switch", sum(shape.sizes[:-1])),
        ("column interfaces", "column_interface", shape.interfaces),
        ("interface biases", "column_interface_bias", biases),
        *(trims if shape.offset_trim else ()),
        ("neurons", "lif_neuron", neurons),
        ("decoder", decoder.subcircuit, 1),
    )
    blocks = [
        _block(block, name, count, cell_area(flatten(definitions, name, shape.parameters.get(name)), rules))
        for block, name, count in counted
    ]
    if shape.crosspoint == "1t1r":
        area = cell_area(flatten(definitions, "cell_1t1r"), rules)
        crossbar = _block("crossbars", "cell_1t1r", shape.crosspoints, area)
    else:
        crossbar = _crossbar(shape, rules)
    return (*blocks[:2], crossbar, *blocks[2:])


def _block(block: str, name: str, count: int, area: CellArea) -> Block:
    return Block(block, name, count, area.bare, area.packed, area.spread)


def _crossbar(shape: MacroShape, rules: LayoutRules) -> Block:
    stack = crosspoint_area(rules)
    below = resistor_frame(shape.select_resistance, rules) if shape.select_resistance > 0 else 0.0
    return Block("crossbars", "read_cell", shape.crosspoints, stack, stack, max(stack, below))
