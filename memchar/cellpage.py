"""The page of cells in the documentation: what each does, its ports, sizes and limits, all from its netlist."""

from __future__ import annotations

import re
from collections.abc import Mapping

from netlists.columnorder import polarity
from netlists.composition import cell, cell_names
from netlists.macroarea import circuit_cells, shipped_subcircuits
from netlists.schematic import size_text
from netlists.subcircuit import Element, Subcircuit, parse_subcircuits

_INTRODUCTION = """# The cells

Written by `make schematics` from `netlists/cells/*.cir`; change those, not this page. Every picture is drawn from its
netlist: p transistors above a middle line, n transistors below it, pins in blue, W/L in um; one name is one net.
Bulks are not drawn: p to `vdd`, n to `vss`. Equations, reasons for the sizes and what was measured stand in the files.
`memchar schematic CELL -o cell.svg` draws one; `--netlist FILE` takes it from a file of yours.
"""


def cell_files() -> dict[str, dict[str, Subcircuit]]:
    """Subcircuits with transistors of each shipped file that has some, by the file's name."""
    found: dict[str, dict[str, Subcircuit]] = {}
    built = set(circuit_cells(shipped_subcircuits()))
    for name in cell_names():
        if not name.endswith("transistors"):
            text = parse_subcircuits(cell(name))
            drawn = {key: one for key, one in text.items() if key in built}
            if drawn:
                found[name] = drawn
    return found


def cells_markdown(found: Mapping[str, Mapping[str, Subcircuit]]) -> str:
    """The page, with pictures from `schematics/NAME.svg`."""
    parts = [_INTRODUCTION]
    for name, subcircuits in found.items():
        comment = header(cell(name))
        parts.append(f"## {name}\n\n{comment['What']}\n")
        if "Limits" in comment:
            parts.append(f"**Limits.** {comment['Limits']}\n")
        parts += [_section(subcircuit) for subcircuit in subcircuits.values()]
    return "\n".join(parts)


def header(text: str) -> dict[str, str]:
    """First paragraph (`What`) and the paragraph `Limits.` of the comment at the head of a cell's file."""
    comment = text[: re.search(r"^\.subckt", text, re.MULTILINE | re.IGNORECASE).start()]  # type: ignore[union-attr]
    lines = [line[1:].strip() for line in comment.splitlines() if line.startswith("*")]
    paragraphs = [" ".join(part.split("\n")) for part in "\n".join(lines).split("\n\n")]
    found = {"What": paragraphs[0]}
    for part in paragraphs[1:]:
        if part.startswith("Limits. "):
            found["Limits"] = part.removeprefix("Limits. ").replace(" Transistors nch and pch: `transistors.cir`.", "")
    return found


def _section(subcircuit: Subcircuit) -> str:
    rows = "\n".join(
        f"| {_name(e)} | {_kind(e)} | {size_text(e) or e.target} | {_nets(e)} |" for e in subcircuit.elements
    )
    defaults = ", ".join(f"`{key}={value}`" for key, value in subcircuit.defaults.items())
    return f"""### {subcircuit.name}

Ports: {", ".join(f"`{pin}`" for pin in subcircuit.pins)}.{f" Parameters: {defaults}." if defaults else ""}

![{subcircuit.name}](schematics/{subcircuit.name}.svg)

| device | kind | W/L [um] or value | nets |
|---|---|---|---|
{rows}
"""


def _name(element: Element) -> str:
    return element.name.capitalize()


def _kind(element: Element) -> str:
    kinds = {"c": "capacitor", "r": "resistor", "i": "ideal current", "v": "ideal voltage", "x": "block"}
    if "memristor" in element.name:
        return "memristor"
    return f"{polarity(element)}MOS" if polarity(element) else kinds.get(element.kind, "source")


def _nets(element: Element) -> str:
    if not polarity(element):
        return " ".join(element.nodes) + (f" ({element.target})" if element.target and size_text(element) else "")
    drain, gate, source, bulk = element.nodes
    return f"d {drain}, g {gate}, s {source}, b {bulk}"
