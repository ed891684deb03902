"""`memchar inspect`: what the measurements of each cell give, with error bars, and what they do not."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memchar.commands.output import Json, columns, emit
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from measurements.cellreport import CellReport
    from measurements.estimate import Estimate


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("inspect")(inspect_command)


def inspect_command(
    data: Annotated[
        Path,
        typer.Argument(help="Measurement store (memchar import), instrument file, folder, or a device card (.json)."),
    ],
    device: Annotated[str | None, typer.Option(help="Only this device, such as 'wafer2(0,7)'.")] = None,
    cell: Annotated[str | None, typer.Option(help="Only this cell, such as '(1,1)'.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Folder for a PNG of each cell.")] = None,
    as_json: Json = False,
) -> None:
    """Print every quantity that the measurements give, with its 95 % interval, and what is missing and why.

    Of a device card: its parameters, and the laws from device to device and from cycle to cycle.

    Example:

        memchar inspect data.h5 --device 'wafer2(0,7)' --cell '(1,1)' --plots plots/
    """
    from measurements.cellreport import describe_cell
    from measurements.errors import InputError
    from memchar.cellfigure import cell_figure
    from memchar.files import write_bytes
    from memchar.pipeline import open_records

    if data.is_file() and data.suffix == ".json":
        show_card(data, as_json=as_json)
        return
    records = open_records(data)
    chosen = [
        names
        for names in records.devices_and_cells()
        if (device is None or names[0] == device) and (cell is None or names[1] == cell)
    ]
    if not chosen:
        known = ", ".join(f"{one[0]} {one[1]}" for one in records.devices_and_cells()[:5])
        raise InputError(f"no record of device {device!r}, cell {cell!r}", hint=f"there are {known}, …")
    documents: list[dict[str, Any]] = []
    lines: list[str] = []
    for number, names in enumerate(chosen):
        own = records.of_cell(*names)
        report = describe_cell(own)
        document = report_document(report)
        lines += [*([""] if lines else []), *report_lines(report)]
        drawn = None if plots is None else cell_figure(own, report)
        if plots is not None and drawn is not None:
            plots.mkdir(parents=True, exist_ok=True)
            picture = plots / f"{number:03d}_{_file_name(*names)}.png"
            write_bytes(picture, drawn)
            document["plot"] = str(picture)
            lines.append(f"  plot -> {picture}")
        documents.append(document)
    emit({"cells": documents}, lines, as_json=as_json)


def show_card(path: Path, *, as_json: bool) -> None:
    """Print a device card: parameters, and both levels of a population."""
    import json

    from devicefit import card_to_json
    from memchar.commands.population import population_lines
    from memchar.files import read_card

    card = read_card(path)
    rows = [("parameter", "value", "standard error", "origin", "note")]
    for name, p in card.parameters.items():
        error = "" if p.standard_error is None else format_quantity(p.standard_error, p.unit, 2)
        rows.append((name, format_quantity(p.value, p.unit, 4), error, p.origin, p.note))
    title = f"{card.label}: {card.model}{', synthetic' if card.synthetic else ''}"
    lines = [title, *columns(rows, words=True)]
    if card.population is not None:
        lines += population_lines(card)
    elif card.distribution is not None:
        laws = [(q.name, q.distribution.family, str(q.count)) for q in card.distribution.quantities]
        lines += ["from cycle to cycle:", *columns([("parameter", "law", "cycles"), *laws], words=True)]
    emit({"card": json.loads(card_to_json(card))}, lines, as_json=as_json)


def report_document(report: CellReport) -> dict[str, Any]:
    """The report as JSON: infinite and unknown ends are null."""
    return {
        "device": report.device,
        "cell": report.cell,
        "records": dict(report.counts),
        "figures": {name: _number(estimate) for name, estimate in report.figures.items()},
        "missing": dict(report.missing),
        "flags": list(report.flags),
        "events": [
            {
                "kind": str(one.kind),
                "cycle": one.cycle,
                "file": one.source.file,
                "clean": one.clean,
                "reason": one.reason,
                "abrupt": one.abrupt,
                **{
                    name: _number(estimate)
                    for name in ("voltage", "onset", "width", "current", "power", "time")
                    if (estimate := getattr(one, name)) is not None
                },
            }
            for one in report.transitions
        ],
    }


def report_lines(report: CellReport) -> list[str]:
    """The report as text."""
    counts = ", ".join(f"{count} {name}" for name, count in report.counts.items())
    rows = [("quantity", "value", "95 % interval", "how")]
    rows += [
        (name, _value(estimate), _interval(estimate), estimate.method) for name, estimate in report.figures.items()
    ]
    table = columns(tuple(row[:3]) for row in rows)
    lines = [f"{report.device} {report.cell}: {counts}"]
    lines += [f"  {line}  {row[3]}" for line, row in zip(table, rows, strict=True)]
    lines += [f"  not found: {name}: {reason}" for name, reason in report.missing.items()]
    lines += [f"  note: {flag}" for flag in report.flags]
    return lines


def _number(estimate: Estimate) -> dict[str, Any]:
    ends = [end if math.isfinite(end) else None for end in (estimate.low, estimate.high)]
    return {
        "value": float(estimate.value),
        "unit": estimate.unit,
        "interval_95": [None if end is None else float(end) for end in ends],
        "standard_error": None if estimate.standard_error is None else float(estimate.standard_error),
        "bound": None if estimate.bound is None else str(estimate.bound),
        "method": estimate.method,
    }


def _value(estimate: Estimate) -> str:
    text = _shown(estimate.value, estimate.unit)
    return text if estimate.bound is None else f"{estimate.bound} {text}"


def _interval(estimate: Estimate) -> str:
    if estimate.bound is not None or not math.isfinite(estimate.low + estimate.high):
        return ""
    return f"{_shown(estimate.low, estimate.unit)} … {_shown(estimate.high, estimate.unit)}"


def _shown(value: float, unit: str) -> str:
    return f"{value:.4g}" if unit == "1" else format_quantity(value, unit, 4)


def _file_name(device: str, cell: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", f"{device}_{cell}").strip("_")[:80] or "cell"
