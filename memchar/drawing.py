"""Draws a placed schematic with schemdraw (the extra `docs`)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from measurements.errors import InputError, NetlistError
from netlists.placement import place_schematic
from netlists.schematic import (
    BLOCK_WIDTH,
    LEVEL,
    NetName,
    Placed,
    Schematic,
    block_height,
    place_blocks,
)
from netlists.subcircuit import Subcircuit

FONT = 9
PIN_COLOUR, NET_COLOUR = "#0b4f9e", "#555555"
_NOT_DRAWN = frozenset("<>&$\\")
"""schemdraw reads text as XML with formulas: what would be markup is refused."""
_LEAD = (LEVEL - 1.5) / 2


def netlist_digest(subcircuit: Subcircuit) -> str:
    """SHA-256 of a subcircuit's name, pins, defaults and elements: what its picture is drawn from."""
    elements = [(e.name, e.nodes, e.target, sorted(e.parameters.items())) for e in subcircuit.elements]
    content = (subcircuit.name, subcircuit.pins, sorted(subcircuit.defaults.items()), elements)
    return hashlib.sha256(repr(content).encode()).hexdigest()


def schematic_of(definitions: Mapping[str, Subcircuit], name: str) -> Schematic:
    """The placed schematic of a subcircuit with its blocks.

    Raises
    ------
    NetlistError
        There is no such subcircuit, or one of its blocks is not defined.
    """
    if name not in definitions:
        raise NetlistError(f"there is no cell {name!r}; {', '.join(sorted(definitions))} are drawn")
    subcircuit = definitions[name]
    drawing = place_schematic(subcircuit)
    place_blocks(drawing, subcircuit, definitions)
    return drawing


def schematic_svg(definitions: Mapping[str, Subcircuit], name: str) -> str:
    """SVG text of a cell's schematic, with the digest of the netlist that it was drawn from.

    Raises
    ------
    InputError
        schemdraw is not installed.
    NetlistError
        See `schematic_of`; or a name or size holds a character that would be markup.
    """
    try:
        import schemdraw
        import schemdraw.elements
    except ImportError as error:
        raise InputError("schemdraw is not installed", hint="pip install 'memchar[docs]'") from error
    elements: Any = schemdraw.elements
    placed = schematic_of(definitions, name)
    schemdraw.use("svg")
    drawing = schemdraw.Drawing(show=False)
    drawing.config(fontsize=FONT, lw=1.2, bgcolor="white", font="sans-serif", margin=0.8)
    for device in placed.devices:
        _add_device(drawing, elements, device, placed.pins)
    for start, end in placed.wires:
        drawing.add(elements.Line().at(start).to(end))
    for dot in placed.dots:
        drawing.add(elements.Dot(radius=0.06).at(dot))
    for net, place in placed.supplies:
        drawing.add(elements.Vdd().at(place).label(net, fontsize=FONT))
    for net, place in placed.grounds:
        drawing.add(elements.GroundSignal().at(place).label(net, "bottom", fontsize=FONT))
    for one in placed.names:
        _add_name(drawing, elements, one, placed.pins)
    title = f"{placed.name}: {' '.join(placed.pins)}"
    top = max([device.place[1] for device in placed.devices], default=0.0)
    drawing.add(_text(elements, title, (-1.4, top + 1.5), "left", 11, "black"))
    text = drawing.get_imagedata("svg").decode()
    return _stamped(text, netlist_digest(definitions[name]))


def _stamped(text: str, digest: str) -> str:
    """The SVG with the digest in a comment, coordinates to a tenth of a point and each style written once."""
    styles: dict[str, str] = {}

    def class_of(match: re.Match[str]) -> str:
        return f'class="{styles.setdefault(match[1], f"s{len(styles)}")}"'

    # inside tags only: the text between them holds sizes such as 4/0.28
    text = re.sub(r"<[^>]*>", lambda tag: re.sub(r"-?\d+\.\d{2,}", lambda m: f"{float(m[0]):.1f}", tag[0]), text)
    head, body = text.split(">", 1)
    body = re.sub(r'style="([^"]*)"', class_of, body)
    rules = "".join(f".{name}{{{style}}}" for style, name in styles.items())
    return f"{head}>\n<!-- drawn from netlist {digest} -->\n<style>{rules}</style>{body}"


def _text(elements: Any, text: str, place: tuple[float, float], side: str, size: int, colour: str) -> Any:
    if set(text) & _NOT_DRAWN:
        raise NetlistError(f"{text[:60]!r} holds a character of {' '.join(sorted(_NOT_DRAWN))}, which no picture has")
    label = elements.Label().at((place[0], place[1] - 0.08)).theta(0)  # else it turns with the line before it
    return label.label(text, "center", (0, 0), halign=side, valign="center", fontsize=size, color=colour)


def _add_device(drawing: Any, elements: Any, device: Placed, pins: tuple[str, ...]) -> None:
    x, top = device.place
    if device.symbol == "block":
        _add_block(drawing, elements, device, pins)
        return
    if device.symbol in ("nfet", "pfet"):
        drawing.add(elements.Line().at((x, top)).to((x, top - _LEAD)))
        kind = elements.NFet() if device.symbol == "nfet" else elements.PFet()
        upper = "drain" if device.symbol == "nfet" else "source"
        kind = kind.theta(0).anchor(upper).at((x, top - _LEAD))
        drawing.add(kind if device.mirrored else kind.reverse())
        drawing.add(elements.Line().at((x, top - LEVEL + _LEAD)).to((x, top - LEVEL)))
    else:
        kind = {
            "capacitor": elements.Capacitor, "resistor": elements.ResistorIEC, "current": elements.SourceI,
            "voltage": elements.SourceV, "source": elements.SourceControlled,
            "memristor": elements.Memristor,
        }[device.symbol]()  # fmt: skip
        ends = [(x, top), (x, top - LEVEL)]
        drawing.add(kind.endpoints(*(ends if device.downwards else reversed(ends))))
    side, offset = ("right", -0.3) if device.mirrored else ("left", 0.3)
    offset *= 1.5 if device.symbol not in ("nfet", "pfet") else 1
    middle = top - LEVEL / 2
    drawing.add(_text(elements, device.name.capitalize(), (x + offset, middle + 0.2), side, FONT, "black"))
    drawing.add(_text(elements, device.size, (x + offset, middle - 0.2), side, FONT - 1, "black"))


def _add_block(drawing: Any, elements: Any, device: Placed, pins: tuple[str, ...]) -> None:
    x, top = device.place
    height = block_height(len(device.pins))
    left, right = x + 1.0, x + 1.0 + BLOCK_WIDTH
    corners = [(left, top), (right, top), (right, top - height), (left, top - height), (left, top)]
    for start, end in pairwise(corners):
        drawing.add(elements.Line().at(start).to(end))
    middle = (left + right) / 2
    drawing.add(_text(elements, device.name.capitalize(), (middle, top + 0.25), "center", FONT, "black"))
    drawing.add(_text(elements, device.size, (middle, top - 0.35), "center", FONT, "black"))
    half = (len(device.pins) + 1) // 2
    for index, (pin, net) in enumerate(device.pins):
        y = top - 0.9 - 0.7 * (index % half if index < half else index - half)
        edge, out, side = (left, -0.6, "left") if index < half else (right, 0.6, "right")
        drawing.add(elements.Line().at((edge, y)).to((edge + out, y)))
        drawing.add(_text(elements, pin, (edge - out / 4, y), side, FONT - 1, "black"))
        other = "right" if side == "left" else "left"
        colour = PIN_COLOUR if net in pins else NET_COLOUR
        drawing.add(_text(elements, net, (edge + out * 1.15, y), other, FONT, colour))


def _add_name(drawing: Any, elements: Any, one: NetName, pins: tuple[str, ...]) -> None:
    colour = PIN_COLOUR if one.net in pins else NET_COLOUR
    x, y = one.place
    if one.side == "left":
        drawing.add(_text(elements, one.net, (x - 0.15, y), "right", FONT, colour))
    elif one.side == "right":
        drawing.add(_text(elements, one.net, (x + 0.12, y + 0.22), "left", FONT, colour))
    else:
        drawing.add(_text(elements, one.net, (x, y + 0.22), "center", FONT, colour))
