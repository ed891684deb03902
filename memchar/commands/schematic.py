"""`memchar schematic`: a cell's schematic as SVG, drawn from its netlist."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memchar.commands.output import Json, emit


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("schematic")(schematic_command)


def schematic_command(
    output: Annotated[Path, typer.Option("-o", "--output", help="SVG to write; with --all a folder.")],
    cell: Annotated[str | None, typer.Argument(help="Subcircuit to draw.")] = None,
    netlist: Annotated[
        Path | None, typer.Option(help="File with the subcircuit; the shipped cells if not given.")
    ] = None,
    all_cells: Annotated[bool, typer.Option("--all", help="All shipped cells, and the page cells.md.")] = False,
    as_json: Json = False,
) -> None:
    """Draw the schematic of a cell from its netlist.

    Examples:

        memchar schematic lif_neuron -o neuron.svg

        memchar schematic my_cell --netlist my_cell.cir -o my_cell.svg
    """
    from measurements.errors import InputError, NetlistError

    if all_cells == (cell is not None) or (all_cells and netlist is not None):
        raise InputError(
            "one cell is drawn, or all shipped ones", hint="memchar schematic CELL -o FILE, or --all -o FOLDER"
        )
    try:
        written = _all(output) if cell is None else [_one(cell, netlist, output)]
    except NetlistError as error:
        raise InputError(str(error), path=netlist) from error
    emit({"files": [str(path) for path in written]}, [str(path) for path in written], as_json=as_json)


def _one(cell: str, netlist: Path | None, output: Path) -> Path:
    from memchar.drawing import schematic_svg
    from memchar.files import read_text, write_text
    from netlists.macroarea import shipped_subcircuits
    from netlists.subcircuit import parse_subcircuits

    definitions = shipped_subcircuits() if netlist is None else parse_subcircuits(read_text(netlist))
    write_text(output, schematic_svg(definitions, cell.lower()))
    return output


def _all(folder: Path) -> list[Path]:
    from memchar.cellpage import cell_files, cells_markdown
    from memchar.drawing import schematic_svg
    from memchar.files import write_text
    from netlists.macroarea import shipped_subcircuits

    definitions, found = shipped_subcircuits(), cell_files()
    (folder / "schematics").mkdir(parents=True, exist_ok=True)
    written = [folder / "cells.md"]
    write_text(written[0], cells_markdown(found))
    for name in (name for subcircuits in found.values() for name in subcircuits):
        written.append(folder / "schematics" / f"{name}.svg")
        write_text(written[-1], schematic_svg(definitions, name))
    return written
