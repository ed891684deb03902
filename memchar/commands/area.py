"""`memchar area`: silicon area of every cell and of a whole accelerator, from the sizes in the netlists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from memchar.commands.output import Json, columns, emit

if TYPE_CHECKING:
    from netlists.layoutrules import Assumption
    from netlists.macroarea import ArrayShape, Block, Crosspoint
    from netlists.publishedlayouts import Comparison

_NOT_IN_IT = (
    "ideal bias sources inside cells (their count is listed), write drivers, control logic, decoupling, wiring between"
    " blocks, pads"
)


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("area")(area_command)


def area_command(
    network: Annotated[
        str, typer.Option("--network", help="Inputs and neurons of each layer, or a network's file.")
    ] = "784-100-10",
    tile_rows: Annotated[int, typer.Option(min=1, max=1_000_000, help="Rows of one tile of the crossbar.")] = 98,
    encoder: Annotated[str, typer.Option(help="Subcircuit of the encoder of one input.")] = "encoder_full",
    select_resistance: Annotated[float, typer.Option(min=0, help="Series element of each memristor [ohm].")] = 20e3,
    crosspoint: Annotated[str, typer.Option(help="resistor or 1t1r: what is in series with a memristor.")] = "resistor",
    feature_size: Annotated[float | None, typer.Option(help="Width of a memristor's lines [m]; 0.28e-6.")] = None,
    offset_trim: Annotated[bool, typer.Option(help="Count an offset trim for each column interface.")] = False,
    device: Annotated[
        Path | None, typer.Option(help="Device card; it has no size, its name goes with the result.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Estimate silicon area from drawn sizes: a lower figure (gates alone), a packed and an upper one (laid out).

    Example:

        memchar area --network 784-100-10 --json

        memchar area --network net.npz
    """
    from measurements.errors import InputError, NetlistError
    from netlists.layoutrules import LayoutRules, assumptions
    from netlists.macroarea import MacroShape, layer_blocks, macro_blocks, shipped_areas
    from netlists.publishedlayouts import compare_layouts

    try:
        rules = LayoutRules() if feature_size is None else replace(LayoutRules(), feature_size=feature_size)
        (sizes, arrays, missing), series = _layers(network), cast("Crosspoint", crosspoint)
        shape = MacroShape(sizes, tile_rows, encoder, select_resistance, series, offset_trim=offset_trim, arrays=arrays)
        blocks, by_layer = macro_blocks(shape, rules), layer_blocks(shape, rules)
    except NetlistError as error:
        raise InputError(str(error), hint="memchar area --help shows what is possible") from error
    name = _device_name(device)
    cells = {key: asdict(area) for key, area in shipped_areas(rules).items()}
    compared, listed = compare_layouts(rules), assumptions(rules)
    document = {
        "network": network,
        "device": name,
        "shape": asdict(shape) | {"interfaces": shape.interfaces, "crosspoints": shape.crosspoints},
        "unit": "m^2",
        "blocks": [asdict(block) for block in blocks],
        "layers": [asdict(block) for block in by_layer if block.layer is not None],
        "total": {
            key: sum(getattr(block, key) * block.count for block in blocks) for key in ("bare", "packed", "spread")
        },
        "cells": cells,
        "published": [asdict(c.layout) | {"packed": c.estimate.packed, "error": c.error} for c in compared],
        "assumptions": [asdict(one) for one in listed],
        "not_included": ", ".join((_NOT_IN_IT, *missing)),
    }
    lines = _lines(document, blocks, by_layer, cells, compared, listed)
    emit(document, lines, as_json=as_json)


def _layers(network: str) -> tuple[tuple[int, ...], tuple[ArrayShape, ...], tuple[str, ...]]:
    """Sizes, arrays of the layers (none: dense ones of these sizes), and what of them has no circuit."""
    from evaluator.networks import read_network
    from measurements.errors import InputError
    from memchar.networks import array_shapes, without_circuit

    words = network.split("-")
    if all(word.isascii() and word.isdigit() and len(word) < 9 for word in words):
        return tuple(int(word) for word in words), (), ()
    if not Path(network).is_file():
        raise InputError(
            f"{network!r} is not a network", hint="inputs and neurons of each layer, as 784-100-10, or a network's file"
        )
    described = read_network(Path(network))
    return described.sizes, array_shapes(described), without_circuit(described)


def _device_name(device: Path | None) -> str | None:
    from memchar.files import read_card

    if device is None:
        return None
    card = read_card(device)
    return f"{card.device} {card.cell}, {card.model}"


def _lines(
    document: Mapping[str, Any],
    blocks: tuple[Block, ...],
    by_layer: tuple[Block, ...],
    cells: dict[str, dict[str, Any]],
    compared: tuple[Comparison, ...],
    listed: tuple[Assumption, ...],
) -> list[str]:
    rows: list[tuple[str, ...]] = [
        ("block", "cell", "count", "bare", "packed", "spread", "total packed [mm2]", "spread")
    ]
    for block in blocks:
        each = [f"{value * 1e12:.4g}" for value in (block.bare, block.packed, block.spread)]
        totals = [f"{value * block.count * 1e6:.4f}" for value in (block.packed, block.spread)]
        rows.append((block.block, block.cell, f"{block.count}", *each, *totals))
    layer_rows: list[tuple[str, ...]] = [("layer", "block", "count", "total packed [mm2]", "spread")]
    for block in sorted((one for one in by_layer if one.layer is not None), key=lambda one: one.layer or 0):
        totals = [f"{value * block.count * 1e6:.4f}" for value in (block.packed, block.spread)]
        layer_rows.append((str(block.layer), block.block, f"{block.count}", *totals))
    sums = [sum(getattr(block, key) * block.count for block in blocks) * 1e6 for key in ("bare", "packed", "spread")]
    cell_rows: list[tuple[str, ...]] = [
        ("cell", "transistors", "capacitors", "ideal", "bare", "active", "packed", "spread")
    ]
    for name, area in cells.items():
        figures = [f"{area[key] * 1e12:.4g}" for key in ("bare", "active", "packed", "spread")]
        cell_rows.append((name, *(str(area[key]) for key in ("transistors", "capacitors", "ideal")), *figures))
    checks: list[tuple[str, ...]] = [("published layout", "um2", "packed", "off by")]
    for one in compared:
        figures = [f"{one.layout.area * 1e12:.2f}", f"{one.estimate.packed * 1e12:.2f}", f"{one.error:+.0%}"]
        checks.append((f"{one.layout.name} ({one.layout.remark})", *figures))
    return [
        f"{', '.join(filter(None, (document['network'], document['device'])))}; one each in um2",
        *columns(rows),
        f"total: gates alone {sums[0]:.3f} mm2, packed {sums[1]:.3f} mm2, laid out with room {sums[2]:.3f} mm2",
        f"not in it: {document['not_included']}",
        "",
        *columns(layer_rows),
        "",
        *columns(cell_rows),
        "",
        *columns(checks),
        "",
        *(f"{one.origin:9}  {one.name} = {one.value:g} {one.unit}: {one.source}" for one in listed),
    ]
