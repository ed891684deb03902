"""Area of a whole accelerator: how many of which cell, and what each takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
Counted = Sequence[tuple[str, str, int | tuple[int, ...]]]
"""Block, its cell, and how many, of the whole accelerator or of each layer."""
CROSSPOINTS: tuple[Crosspoint, ...] = get_args(Crosspoint)
MAXIMUM_SIZE = 1_000_000
"""Most inputs or neurons of a layer."""
MAXIMUM_CELLS = 10**12


@dataclass(frozen=True)
class ArrayShape:
    """A layer of an accelerator: `copies` of an array of `rows` by `outputs` weights, each weight on `levels` pairs of
    cells; `drivers` of its rows, in all copies: those that something drives.
    """

    rows: int
    outputs: int
    copies: int
    levels: int
    drivers: int

    def __post_init__(self) -> None:
        if not all(1 <= number <= MAXIMUM_CELLS for number in vars(self).values()):
            raise NetlistError(f"an array has rows, outputs, copies, levels and drivers of 1 or more, found {self}")

    @property
    def neurons(self) -> int:
        """Neurons of all copies."""
        return self.outputs * self.copies

    @property
    def crosspoints(self) -> int:
        """Memristors: a plus and a minus column for each level of each neuron."""
        return 2 * self.rows * self.neurons * self.levels

    def interfaces(self, tile_rows: int) -> int:
        """Column interfaces: one a neuron and tile of `tile_rows` rows."""
        return self.neurons * ceil(self.rows / tile_rows)


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
    arrays
        Of each layer; none: one dense array a layer.
    """

    sizes: tuple[int, ...] = (784, 100, 10)
    tile_rows: int = 98
    encoder: str = "encoder_full"
    select_resistance: float = 20e3
    crosspoint: Crosspoint = "resistor"
    interfaces_a_bias: int = 100
    parameters: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    offset_trim: bool = False
    arrays: tuple[ArrayShape, ...] = ()

    def __post_init__(self) -> None:
        if len(self.sizes) < 2 or not all(1 <= size <= MAXIMUM_SIZE for size in self.sizes):
            raise NetlistError(f"a network has inputs and layers of 1 to {MAXIMUM_SIZE} each, found {self.sizes}")
        if self.tile_rows < 1 or self.interfaces_a_bias < 1:
            raise NetlistError("tile_rows and interfaces_a_bias are 1 or more")
        if self.crosspoint not in CROSSPOINTS:
            raise NetlistError(f"crosspoint is {self.crosspoint!r}; {' or '.join(CROSSPOINTS)} is needed")
        if self.arrays and tuple(one.neurons for one in self.arrays) != self.sizes[1:]:
            raise NetlistError(f"arrays of {[one.neurons for one in self.arrays]} neurons do not fit {self.sizes}")
        identifier(self.encoder)
        not_negative("select_resistance [ohm]", self.select_resistance)

    @property
    def layers(self) -> tuple[ArrayShape, ...]:
        """Arrays of each layer."""
        return self.arrays or tuple(ArrayShape(rows, neurons, 1, 1, rows) for rows, neurons in pairwise(self.sizes))

    @property
    def interfaces(self) -> int:
        """Column interfaces: one a neuron and tile."""
        return sum(layer.interfaces(self.tile_rows) for layer in self.layers)

    @property
    def crosspoints(self) -> int:
        """Memristors: a plus and a minus column for each neuron."""
        return sum(layer.crosspoints for layer in self.layers)


@dataclass(frozen=True)
class Block:
    """So many of one cell; areas are of one [m^2]. `layer` from 1; None: of the whole accelerator."""

    block: str
    cell: str
    count: int
    bare: float
    packed: float
    spread: float
    layer: int | None = None


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
    """Blocks of an accelerator of this shape, those of all layers together; see `layer_blocks`."""
    found: dict[str, Block] = {}
    for one in layer_blocks(shape, rules):
        before = found[one.block].count if one.block in found else 0
        found[one.block] = replace(one, count=before + one.count, layer=None)
    return tuple(found.values())


def layer_blocks(shape: MacroShape, rules: LayoutRules | None = None) -> tuple[Block, ...]:
    """Blocks of an accelerator of this shape, block by block in each layer.

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
    layers, biases = shape.layers, ceil(shape.interfaces / shape.interfaces_a_bias)
    interfaces = tuple(layer.interfaces(shape.tile_rows) for layer in layers)
    crosspoint = "cell_1t1r" if shape.crosspoint == "1t1r" else "read_cell"
    trims: Counted = (
        ("offset trims", "offset_trim", interfaces),
        ("trim biases", "offset_trim_bias", biases),
        ("trim memory", "sram_6t", tuple(2 * BITS * count for count in interfaces)),
    )
    counted: Counted = (
        ("encoders", shape.encoder, shape.sizes[0]),
        ("row drivers", "row_switch", tuple(layer.drivers for layer in layers)),
        ("crossbars", crosspoint, tuple(layer.crosspoints for layer in layers)),
        ("column interfaces", "column_interface", interfaces),
        ("interface biases", "column_interface_bias", biases),
        *(trims if shape.offset_trim else ()),
        ("neurons", "lif_neuron", tuple(layer.neurons for layer in layers)),
        ("decoder", decoder.subcircuit, 1),
    )
    found = []
    for block, name, counts in counted:
        if name == "read_cell":
            each = _crosspoint(shape, rules)
        else:
            area = cell_area(flatten(definitions, name, shape.parameters.get(name)), rules)
            each = (area.bare, area.packed, area.spread)
        if isinstance(counts, int):
            found.append(Block(block, name, counts, *each))
        else:
            found += [Block(block, name, count, *each, layer) for layer, count in enumerate(counts, 1)]
    return tuple(found)


def _crosspoint(shape: MacroShape, rules: LayoutRules) -> tuple[float, float, float]:
    """Bare, packed and spread area of a memristor and its series element [m^2]."""
    stack = crosspoint_area(rules)
    below = resistor_frame(shape.select_resistance, rules) if shape.select_resistance > 0 else 0.0
    return stack, stack, max(stack, below)
