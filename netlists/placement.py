"""Where each device of a subcircuit stands in its schematic, and which wires join them; drawn by `memchar.drawing`.

Supplies are on top, grounds below, p transistors above a middle line and n transistors under it (`columnorder`). Wires
are drawn inside a column, between the gates of a pair, around a diode, from an output to the gates beside it, and
between equal nets of neighbouring columns on the middle line; every other connection is by name. Bulks are not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, dist

from measurements.errors import NetlistError
from netlists.columnorder import GROUNDS, SUPPLIES, Column, columns_of, gate, polarity
from netlists.flattening import TRANSISTORS
from netlists.schematic import A_ROW, GATE, LEVEL, PITCH, NetName, Placed, Point, Schematic, Symbol, size_text
from netlists.subcircuit import Element, Subcircuit


def place_schematic(subcircuit: Subcircuit) -> Schematic:
    """The schematic of a subcircuit without its instances of others, which `place_blocks` adds.

    Raises
    ------
    NetlistError
        A device that has no symbol here, or a transistor without its four nets.
    """
    drawing = Schematic(subcircuit.name, subcircuit.pins)
    own = [e for e in subcircuit.elements if e.kind != "x" or e.target in TRANSISTORS]
    for element in own:
        _require_symbol(element)
    columns = columns_of(own)
    top = 0.0
    for row in _rows(columns):
        middle = top - LEVEL * max(column.above for column in row)
        _place_row(drawing, row, middle)
        top = middle - LEVEL * max(len(column.elements) - column.above for column in row) - 2.4
    return drawing


def _require_symbol(element: Element) -> None:
    if polarity(element) and len(element.nodes) != 4:
        raise NetlistError(f"line {element.line}: {element.name!r} has {len(element.nodes)} nets; 4 are needed")
    if not polarity(element) and element.kind in "mdqsl":
        raise NetlistError(f"line {element.line}: there is no symbol here for {element.name!r} ({element.target})")


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
