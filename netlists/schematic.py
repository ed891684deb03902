"""Where each device of a subcircuit stands in its schematic, and which wires join them; drawn by `memchar.drawing`.

Supplies are on top, grounds below, p transistors above a middle line and n transistors under it (`columnorder`). Wires
are drawn inside a column, between the gates of a pair, around a diode, from an output to the gates beside it, and
between equal nets of neighbouring columns on the middle line; every other connection is by name. Bulks are not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, dist
from typing import Literal

from netlists.columnorder import GROUNDS, SUPPLIES, Column, columns_of, gate, polarity
from netlists.flattening import TRANSISTORS
from netlists.subcircuit import Element, Subcircuit

PITCH = 5.8
"""Distance between columns, in units of the drawing."""
LEVEL = 2.0
"""Height of a device."""
GATE = 1.37
"""From the channel of a transistor to the end of its gate."""
A_ROW = 8
"""Columns in a row of the drawing."""
BLOCK_WIDTH = 4.0
BLOCKS_A_ROW = 4
BLOCK_PITCH = 9.4
Point = tuple[float, float]
Symbol = Literal["nfet", "pfet", "capacitor", "resistor", "current", "voltage", "source", "memristor", "block"]


@dataclass(frozen=True)
class Placed:
    """A device in the drawing: its upper end at `place`, its gate to the left, or to the right where `mirrored`.

    `size` is W/L in um, or the value; `pins` are name and net of each pin of a block.
    """

    name: str
    symbol: Symbol
    place: Point
    size: str
    mirrored: bool = False
    downwards: bool = True
    pins: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class NetName:
    """Name of a net at a point, its text to the left, to the right or above it."""

    net: str
    place: Point
    side: Literal["left", "right", "above"]


@dataclass
class Schematic:
    """A drawing as data: devices, wires, dots, names, and supply and ground symbols."""

    name: str
    pins: tuple[str, ...]
    devices: list[Placed] = field(default_factory=list)
    wires: list[tuple[Point, Point]] = field(default_factory=list)
    dots: list[Point] = field(default_factory=list)
    names: list[NetName] = field(default_factory=list)
    supplies: list[tuple[str, Point]] = field(default_factory=list)
    grounds: list[tuple[str, Point]] = field(default_factory=list)


def place_schematic(subcircuit: Subcircuit) -> Schematic:
    """The schematic of a subcircuit; instances of other subcircuits become blocks with their nets at the pins."""
    drawing = Schematic(subcircuit.name, subcircuit.pins)
    own = [e for e in subcircuit.elements if e.kind != "x" or e.target in TRANSISTORS]
    columns = columns_of(own)
    top = 0.0
    for row in _rows(columns):
        middle = top - LEVEL * max(column.above for column in row)
        _place_row(drawing, row, middle)
        top = middle - LEVEL * max(len(column.elements) - column.above for column in row) - 2.4
    return drawing


def place_blocks(drawing: Schematic, subcircuit: Subcircuit, pins_of: dict[str, tuple[str, ...]]) -> None:
    """Add the instances of other subcircuits below what is there; `pins_of` names the pins of each."""
    blocks = [e for e in subcircuit.elements if e.kind == "x" and e.target not in TRANSISTORS]
    bottoms = [place[1] - LEVEL for place in (device.place for device in drawing.devices)]
    top = min(bottoms, default=2.4) - 2.4
    for start in range(0, len(blocks), BLOCKS_A_ROW):
        row = blocks[start : start + BLOCKS_A_ROW]
        for index, element in enumerate(row):
            pins = tuple(zip(pins_of[element.target], element.nodes, strict=True))
            drawing.devices.append(
                Placed(element.name, "block", (index * BLOCK_PITCH + 1.0, top), element.target, pins=pins)
            )
        top -= max(block_height(len(element.nodes)) for element in row) + 1.4


def block_height(pins: int) -> float:
    """Height of a block with so many pins, half of them on either side."""
    return 0.7 * ((pins + 1) // 2) + 0.9


def size_text(element: Element) -> str:
    """W/L in um as written, or the value.

    >>> size_text(Element("xa", ("d", "g", "s", "b"), "nch", {"w": "0.5u", "l": "2u"}, 1))
    '0.5/2'
    """
    if polarity(element):
        width, length = (_bare(element.parameters.get(key, "?")) for key in ("w", "l"))
        times = _bare(element.parameters.get("m", "1"))
        return f"{width}/{length}" + (f" x{times}" if times != "1" else "")
    return "" if element.kind in "begfh" else _bare(element.parameters.get("value", ""))


def _bare(text: str) -> str:
    text = text.strip("{}'")
    return text.removesuffix("u") if text.removesuffix("u").replace(".", "", 1).isdigit() else text


def _rows(columns: Sequence[Column]) -> list[Sequence[Column]]:
    """Columns in rows of about equal length, broken where no wire would be cut, if there is such a place."""
    rows, start = [], 0
    while start < len(columns):
        left = len(columns) - start
        wanted = ceil(left / ceil(left / A_ROW))
        breaks = [wanted, *(wanted + step for change in range(1, 4) for step in (change, -change))]
        fits = [n for n in breaks if 0 < n <= min(left, A_ROW + 1)]
        free = [n for n in fits if n == left or not _wired(columns[start + n - 1], columns[start + n])]
        rows.append(columns[start : start + (free or fits)[0]])
        start += len(rows[-1])
    return rows


def _wired(column: Column, following: Column) -> bool:
    """Whether a wire goes from a column to the next one."""
    return (
        bool(_mirrored((column, following))) or _pair_gate(following) == column.middle or _level_wire(column, following)
    )


def _pair_gate(column: Column) -> str | None:
    """Net of the gates that a p and an n transistor on either side of the middle line share."""
    if not 0 < column.above < len(column.elements):
        return None
    net = gate(column.elements[column.above])
    return net if net == gate(column.elements[column.above - 1]) else None


def _level_wire(column: Column, following: Column) -> bool:
    net = following.middle
    return column.middle == net and _pair_gate(following) is None and net not in SUPPLIES | GROUNDS


def _place_row(drawing: Schematic, row: Sequence[Column], middle: float) -> None:
    mirrored = _mirrored(row)
    for index, column in enumerate(row):
        x = index * PITCH
        _place_column(drawing, column, (x, middle), [name in mirrored for name in _names(column)])
    for index, (column, following) in enumerate(pairwise(row)):
        _join(drawing, column, following, (index * PITCH, middle), mirrored)


def _names(column: Column) -> list[str]:
    return [element.name for element in column.elements]


def _level(column: Column, index: int) -> int:
    """Steps from the middle line, above it positive."""
    return column.above - index


def _tied(column: Column, index: int) -> bool:
    """Whether a device shares its gate with the one above or below it."""
    own = gate(column.elements[index])
    near = [gate(column.elements[i]) for i in (index - 1, index + 1) if 0 <= i < len(column.elements)]
    return own is not None and own in near


def _mirrored(row: Sequence[Column]) -> dict[str, tuple[int, str]]:
    """Transistors whose gate faces right, to meet the same gate in the next column; with the level and the net."""
    found: dict[str, tuple[int, str]] = {}
    met: set[str] = set()
    for column, following in pairwise(row):
        levels = {_level(following, i): i for i in range(len(following.elements))}
        for i, element in enumerate(column.elements):
            net, other = gate(element), levels.get(_level(column, i))
            if net is None or other is None or net in SUPPLIES | GROUNDS or element.name in met:
                continue
            if gate(following.elements[other]) == net and not _tied(column, i) and not _tied(following, other):
                found[element.name] = (_level(column, i), net)
                met.add(following.elements[other].name)
    return found


def _place_column(drawing: Schematic, column: Column, at: Point, mirrored: Sequence[bool]) -> None:
    x, middle = at
    heights = [middle + LEVEL * _level(column, i) for i in range(len(column.nets))]
    for i, element in enumerate(column.elements):
        down = element.kind not in "iv" or element.nodes[0] == column.nets[i]
        drawing.devices.append(
            Placed(element.name, _symbol(element), (x, heights[i]), size_text(element), mirrored[i], down)
        )
        _gate(drawing, column, i, (x, heights[i] - LEVEL / 2), mirrored[i])
    for i, net in enumerate(column.nets):
        if net in SUPPLIES and i == 0:
            drawing.supplies.append((net, (x, heights[i])))
        elif net in GROUNDS and i == len(column.nets) - 1:
            drawing.grounds.append((net, (x, heights[i])))
        else:
            drawing.dots.append((x, heights[i]))
            drawing.names.append(NetName(net, (x, heights[i]), "right"))


def _symbol(element: Element) -> Symbol:
    if polarity(element):
        return "nfet" if polarity(element) == "n" else "pfet"
    symbols: dict[str, Symbol] = {"c": "capacitor", "r": "resistor", "i": "current", "v": "voltage"}
    return "memristor" if "memristor" in element.name else symbols.get(element.kind, "source")


def _gate(drawing: Schematic, column: Column, index: int, center: Point, mirrored: bool) -> None:
    """Stub, tie to the gate below, wire of a diode, and the name."""
    net = gate(column.elements[index])
    if net is None:
        return
    end = center[0] + (GATE if mirrored else -GATE)
    below = index + 1 < len(column.elements) and gate(column.elements[index + 1]) == net
    above = index > 0 and gate(column.elements[index - 1]) == net
    if below:
        drawing.wires.append(((end, center[1]), (end, center[1] - LEVEL)))
    diode = not below and not above and net in column.nets[index : index + 2]
    if diode:
        height = center[1] + (LEVEL / 2 if column.nets[index] == net else -LEVEL / 2)
        drawing.wires += [((end, center[1]), (end, height)), ((end, height), (center[0], height))]
        return
    if mirrored:
        return
    if not above:
        height = center[1] - (LEVEL / 2 if below else 0.0)
        drawing.names.append(NetName(net, (end, height), "left"))


def _join(
    drawing: Schematic, column: Column, following: Column, at: Point, mirrored: dict[str, tuple[int, str]]
) -> None:
    """Wires from a column to the next one."""
    x, middle = at
    right = x + PITCH
    for name in _names(column):
        if name in mirrored:
            level, net = mirrored[name]
            height = middle + LEVEL * level - LEVEL / 2
            drawing.wires.append(((x + GATE, height), (right - GATE, height)))
            _rename(drawing, net, (right - GATE, height), (x + PITCH / 2, height))
    net = column.middle
    if _pair_gate(following) == net:
        drawing.wires.append(((x, middle), (right - GATE, middle)))
        _rename(drawing, net, (right - GATE, middle), None)
    elif _level_wire(column, following):
        drawing.wires.append(((x, middle), (right, middle)))
        _rename(drawing, net, (x, middle), None)


def _rename(drawing: Schematic, net: str, place: Point, above: Point | None) -> None:
    """Move the name at the end of a gate above its wire, or take it away where the wire has a name already."""
    drawing.names = [one for one in drawing.names if one.net != net or dist(one.place, place) > 1e-6]
    if above is not None:
        drawing.names.append(NetName(net, above, "above"))
