"""`memchar heat`: what a better heat sink changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memchar.commands.output import Json, columns, emit
from memchar.quantities import format_quantity, parse_quantity

_Row = tuple[str, str, str, float | None]
_READING = (
    "How to read it. At equal power the better sink keeps the filament cooler, so a given spread of power moves its",
    "temperature less; how far that narrows the resistance depends on the rate's own slope d ln(rate)/d ln(power) =",
    "Ea rise/(k T^2), which is flat around a rise of one ambient temperature. To reach the same temperature the better",
    "sink takes more power. Heat that leaves faster along a line also reaches that line's neighbours.",
    "Not measured on these devices:",
)

if TYPE_CHECKING:
    from devicefit.heat import MeasuredHeat, SinkComparison, SinkFigures


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("heat")(heat_command)


def heat_command(
    plan: Annotated[Path | None, typer.Argument(help="Plan (TOML); options below override it.")] = None,
    first: Annotated[str | None, typer.Option(help="Inert electrode to compare with, such as Pt50/Ti20.")] = None,
    second: Annotated[str | None, typer.Option(help="Inert electrode compared, such as Rh50/Cr20.")] = None,
    active: Annotated[str | None, typer.Option(help="Active electrode, such as Cu150.")] = None,
    power: Annotated[str | None, typer.Option(help="Power of the heated cell, such as 5.8mW.")] = None,
    duration: Annotated[str | None, typer.Option(help="How long it is heated, such as 10s.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Store, file or folder with heat measurements: fits replace assumptions.")
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Also draw the comparison into this PNG.")] = None,
    as_json: Json = False,
) -> None:
    """Say what a better heat sink changes: variation, switching power and disturbed neighbours of two stacks.

    Layers are metal and thickness in nm from the switching oxide outwards. Each figure is given for lines on an
    oxidised wafer and for lines that lose nothing to it (the upper bound of cross-talk). Example:

        memchar heat --first Pt50/Ti20 --second Rh50/Cr20 --power 5.8mW
    """
    from devicefit.heat import Drive, compare_sinks, fit_measured, measured_degradation
    from memchar.figures import heat_figure
    from memchar.files import write_bytes
    from memchar.heatplan import array_of, critical_of, load_heat_plan
    from memchar.pipeline import open_records

    changes = {
        "first": first,
        "second": second,
        "active": active,
        "power": None if power is None else parse_quantity(power, "W"),
        "duration": None if duration is None else parse_quantity(duration, "s"),
    }
    chosen = load_heat_plan(plan, changes)
    drive = Drive(chosen.power, chosen.duration, chosen.waiting_time, chosen.ambient_temperature)
    records = None if data is None else open_records(data)
    reading = array_of(chosen, insulated=chosen.insulated)
    measured = () if records is None else fit_measured(records, reading, critical_of(chosen))
    model = measured_degradation(measured)
    comparisons = {
        name: compare_sinks(array_of(chosen, insulated=insulated), chosen.second, chosen.filament_radius, drive, model)
        for name, insulated in (("oxidised wafer", False), ("no loss to the wafer", True))
    }
    if figure is not None:
        write_bytes(figure, heat_figure(comparisons))
    emit(_document(chosen.model_dump(), comparisons, measured), _lines(comparisons, measured), as_json=as_json)


def _lines(comparisons: dict[str, SinkComparison], measured: Sequence[MeasuredHeat]) -> list[str]:
    lines = [line for result in measured for line in _measured_lines(result)]
    for name, comparison in comparisons.items():
        a, b = comparison.first, comparison.second
        rows = [(name, a.electrode, b.electrode, "second/first")]
        rows += [(label, left, right, _ratio(ratio)) for label, left, right, ratio in _rows(comparison)]
        lines += [*columns(rows), ""]
    lines += list(_READING)
    for key, p in next(iter(comparisons.values())).assumptions.items():
        lines.append(f"  {key.replace('_', ' ')} = {format_quantity(p.value, p.unit)} ({p.origin}): {p.note}")
    return lines


def _measured_lines(result: MeasuredHeat) -> list[str]:
    lines = [f"measured: {result.title} ({len(result.files)} files, first {result.files[0]})"]
    if result.refused:
        return [*lines, f"  not fitted: {result.refused}", ""]
    for name, p in result.parameters.items():
        error = "" if p.standard_error is None else f" +- {p.standard_error:.2g}"
        lines.append(f"  {name.replace('_', ' ')} = {p.value:.4g}{error} {p.unit} ({p.origin})")
    if result.undetermined:
        lines.append(f"  not determined by these data: {', '.join(result.undetermined).replace('_', ' ')}")
    return [*lines, *([f"  {result.note}"] if result.note else []), ""]


def _rows(comparison: SinkComparison) -> list[_Row]:
    a, b, change = comparison.first, comparison.second, comparison.change

    def pair(label: str, unit: str, left: float, right: float, ratio: float | None = None) -> _Row:
        return label, _text(left, unit), _text(right, unit), ratio

    def relative(label: str, key: str) -> _Row:
        return label, "1", f"{change[key]:.3g}", change[key]

    rows = [pair("filament thermal resistance", "K/W", a.paths.total, b.paths.total, change["rise"])]
    for name, label in (("axial", "down"), ("lateral_active", "along the Cu line"), ("lateral_inert", "along Pt")):
        rows.append(pair(f"  share of heat {label}", "", a.paths.fractions[name], b.paths.fractions[name]))
    rows += [
        pair("variation: temperature rise at equal power", "K", a.rise, b.rise, change["rise"]),
        pair("variation: d ln(rate)/d ln(power)", "", a.variation_gain, b.variation_gain, change["variation"]),
        relative("switching power for equal temperature", "power_for_equal_rise"),
        relative("on power of the isothermal law (axial)", "isothermal_on_power"),
        pair("healing length along Pt", "m", a.healing_length_inert, b.healing_length_inert),
    ]
    for line, lefts, rights in (("Cu", a.along_active, b.along_active), ("Pt", a.along_inert, b.along_inert)):
        for number, (left, right) in enumerate(zip(lefts[:4], rights[:4], strict=True), start=1):
            rows.append(pair(f"rise of neighbour {number} along {line}", "K", float(left), float(right), right / left))
    rows.append(("disturbed neighbours", str(a.disturbed), str(b.disturbed), None))
    return rows


def _text(value: float, unit: str) -> str:
    """A quantity; none is infinite but the healing length of a line that loses nothing."""
    if not math.isfinite(value):
        return "no loss"
    return format_quantity(value, unit) if unit else f"{value:.3g}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _document(
    plan: dict[str, Any], comparisons: dict[str, SinkComparison], measured: Sequence[MeasuredHeat]
) -> dict[str, Any]:
    return {
        "plan": plan,
        "measured": [
            {
                "title": result.title,
                "files": list(result.files),
                "parameters": {name: asdict(parameter) for name, parameter in result.parameters.items()},
                "undetermined": list(result.undetermined),
                "note": result.note,
                "refused": result.refused,
            }
            for result in measured
        ],
        "comparisons": {
            name.replace(" ", "_"): {
                "first": _figures(comparison.first),
                "second": _figures(comparison.second),
                "change": dict(comparison.change),
            }
            for name, comparison in comparisons.items()
        },
        "assumptions": {
            name: {"value": p.value, "unit": p.unit, "origin": p.origin, "note": p.note}
            for comparison in comparisons.values()
            for name, p in comparison.assumptions.items()
        },
    }


def _figures(figures: SinkFigures) -> dict[str, Any]:
    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "electrode": figures.electrode,
        "thermal_resistance [K/W]": figures.paths.total,
        "constriction [K/W]": figures.paths.constriction,
        "axial [K/W]": finite(figures.paths.axial),
        "lateral_active [K/W]": figures.paths.lateral_active,
        "lateral_inert [K/W]": figures.paths.lateral_inert,
        "healing_length_active [m]": finite(figures.healing_length_active),
        "healing_length_inert [m]": finite(figures.healing_length_inert),
        "rise [K]": figures.rise,
        "variation_gain [1]": figures.variation_gain,
        "axial_conductance [W/(m^2 K)]": figures.axial_conductance,
        "neighbours_along_active [K]": figures.along_active.tolist(),
        "neighbours_along_inert [K]": figures.along_inert.tolist(),
        "cycles_along_active [1]": figures.cycles_active.tolist(),
        "cycles_along_inert [1]": figures.cycles_inert.tolist(),
        "disturbed": figures.disturbed,
    }
