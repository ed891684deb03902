"""`memchar explain`: the trace of an evaluation's energy as rows and JSON, and the decks behind it as files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measurements.errors import InputError
from memchar.files import write_json, write_text
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from circuits.tables import TableSet
    from devicefit import DeviceCard
    from evaluator import Evaluation
    from evaluator.traceline import EnergyLine, TablePoint
    from evaluator.tracing import Trace
    from netlists import Deck


def merged_rows(lines: Sequence[EnergyLine], layer: int | None, block: str | None) -> list[tuple[str, ...]]:
    """The operations of a trace as text, header first, largest first; lines of one operation over many table points
    stand together. `layer` and `block` choose.
    """
    header = ("layer", "block", "operation", "kind", "operations", "amount", "each", "energy", "table", "points")
    groups: dict[tuple[object, ...], list[EnergyLine]] = {}
    for line in chosen(lines, layer, block):
        groups.setdefault((line.layer, line.block, line.operation, line.table), []).append(line)
    ordered = sorted(groups.values(), key=lambda group: -sum(line.energy for line in group))
    return [header, *(_row(group) for group in ordered)]


def chosen(lines: Sequence[EnergyLine], layer: int | None, block: str | None) -> list[EnergyLine]:
    """Lines of a layer (from 1) and of blocks whose name begins with `block`; all for None."""
    return [
        line
        for line in lines
        if (layer is None or line.layer == layer) and (block is None or line.block.startswith(block))
    ]


def _row(group: Sequence[EnergyLine]) -> tuple[str, ...]:
    first, energy = group[0], sum(line.energy for line in group)
    count = sum(line.count for line in group)
    several = first.kind == "static"
    unit = f"J/{first.unit}" if first.unit != "1" else "J"
    return (
        "all" if first.layer is None else str(first.layer),
        first.block,
        first.operation,
        first.kind,
        f"{first.operations if several else _operations(group):.4g}",
        format_quantity(count, first.unit, 4) if first.unit != "1" else f"{count:.4g}",
        format_quantity(energy / count, "W" if unit == "J/s" else unit, 4) if count else "none",
        format_quantity(energy, "J", 4),
        first.table,
        str(len({point.deck_key for line in group for point in line.points})),
    )


def _operations(group: Sequence[EnergyLine]) -> float:
    """Operations of one kind: lines that share them (spikes over several terms) count them once."""
    counted = all(line.unit == "1" for line in group)
    return sum(line.operations for line in group) if counted else group[0].operations


def cell_rows(lines: Sequence[EnergyLine], layer: int | None, block: str | None) -> list[tuple[str, ...]]:
    """The same line by line, with the place in the table, the nearest simulated point and its deck."""
    header = ("block", "operation", "amount", "each", "energy", "table at", "nearest point", "deck")
    rows: list[tuple[str, ...]] = [header]
    for line in sorted(chosen(lines, layer, block), key=lambda line: -line.energy):
        unit = "J" if line.unit == "1" else "W" if line.unit == "s" else f"J/{line.unit}"
        point = line.points[0]
        more = f" and {len(line.points) - 1} more" if len(line.points) > 1 else ""
        rows.append(
            (
                line.block,
                line.operation,
                f"{line.count:.6g}" if line.unit == "1" else format_quantity(line.count, line.unit, 6),
                format_quantity(line.each, unit, 6),
                format_quantity(line.energy, "J", 6),
                f"{line.table} {_place(line.at)}",
                _place(point.at) + more,
                point.deck_key[:12] or "not known",
            )
        )
    return rows


def _place(at: Mapping[str, float]) -> str:
    return " ".join(f"{name}={value:.4g}" for name, value in at.items())


def explain_document(trace: Trace, evaluation: Evaluation, selected: Sequence[int]) -> dict[str, Any]:
    """The whole trace for JSON."""
    points: dict[str, dict[str, Any]] = {}
    lines = []
    for line in trace.lines:
        names = []
        for point in line.points:
            name = f"{point.table} {_place(point.at)}"
            points[name] = asdict(point)
            names.append(name)
        entry = {key: value for key, value in asdict(line).items() if key != "points"}
        lines.append(entry | {"energy_J": line.energy, "table": line.table, "points": names})
    return {
        "images": list(selected),
        "energy_per_image_J": trace.energy,
        "sum_of_lines_J": trace.total,
        "relative_difference": trace.total / trace.energy - 1.0,
        "lines": lines,
        "points": points,
        "untraced_J": dict(trace.untraced),
        "breakdown_J": dict(evaluation.breakdown_J),
        "counted": list(evaluation.counted),
        "assumed": list(evaluation.assumed),
        "not_counted": list(evaluation.not_counted),
    }


def points_of(lines: Iterable[EnergyLine]) -> list[TablePoint]:
    """Every simulated point that the lines rest on, once."""
    found = {(point.table, tuple(point.at.items())): point for line in lines for point in line.points}
    return list(found.values())


def deck_of(point: TablePoint, tables: TableSet, card: DeviceCard) -> Deck:
    """The deck that gave a table point, composed anew from the configuration in the tables.

    Raises
    ------
    InputError
        The tables do not say how they were made, or another card or version made them: the deck would be another.
    """
    from circuits.refinement import on_grid_of
    from memchar.config import config_of_tables
    from memchar.pipeline import compose
    from memchar.variants import config_of, variants

    config = config_of_tables(tables.attributes)
    label = tables.attributes.get("variant")
    own = next((variant for variant in variants(config) if variant.label == label), variants(config)[0])
    circuits = compose(card, config_of(config, own), own.draw)
    procedure = next((found for found in circuits.procedures if found.name == point.table), None)
    if procedure is None:
        raise InputError(f"the table {point.table} was not made by the configuration that its file holds")
    coarse = on_grid_of(procedure, tables[point.table]).deck(point.at)
    deck = coarse.with_maximum_step(coarse.maximum_step / 2.0)
    if deck.key != point.deck_key:
        raise InputError(
            f"the deck of {point.table} {_place(point.at)} is {deck.key[:12]}, the table was made with"
            f" {point.deck_key[:12] or 'an unknown one'}",
            hint="give the card that the tables were made with, in the version that made them",
        )
    return deck


def write_decks(points: Sequence[TablePoint], tables: TableSet, card: DeviceCard, folder: Path) -> list[Path]:
    """The deck of every point as `TABLE-KEY.cir`, and `decks.json` with what the table has for each."""
    written, index = [], {}
    for point in points:
        deck = deck_of(point, tables, card)
        path = folder / f"{point.table}-{deck.key[:12]}.cir"
        write_text(path, deck.text)
        index[path.name] = asdict(point) | {"measures": [measure.name for measure in deck.measures]}
        written.append(path)
    write_json(folder / "decks.json", index)
    return written
