"""What a schematic holds: devices, wires and names at their places, and the blocks of a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from netlists.columnorder import polarity
from netlists.flattening import TRANSISTORS, subcircuit_of
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


def place_blocks(drawing: Schematic, subcircuit: Subcircuit, definitions: Mapping[str, Subcircuit]) -> None:
    """Add the instances of other subcircuits below what is there, as blocks with the pins of `definitions`.

    Raises
    ------
    NetlistError
        An instance of what is not defined, or with more or fewer nets than it has pins.
    """
    blocks = [e for e in subcircuit.elements if e.kind == "x" and e.target not in TRANSISTORS]
    bottoms = [place[1] - LEVEL for place in (device.place for device in drawing.devices)]
    top = min(bottoms, default=2.4) - 2.4
    for start in range(0, len(blocks), BLOCKS_A_ROW):
        row = blocks[start : start + BLOCKS_A_ROW]
        for index, element in enumerate(row):
            pins = tuple(zip(subcircuit_of(definitions, element).pins, element.nodes, strict=True))
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
