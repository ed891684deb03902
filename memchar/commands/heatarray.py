"""`memchar heat-array`: a whole array of one or two layers with heat."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memchar.commands.output import Json, columns, emit
from memchar.quantities import format_quantity, parse_quantity

if TYPE_CHECKING:
    from memchar.arrayheat import ArrayHeat


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("heat-array")(heat_array_command)


def heat_array_command(
    plan: Annotated[Path | None, typer.Argument(help="Plan (TOML); options below override it.")] = None,
    device: Annotated[Path | None, typer.Option("--device", help="Device card (JSON), whose cells are read.")] = None,
    layers: Annotated[int | None, typer.Option(min=1, max=2, help="Layers of cells.")] = None,
    rows: Annotated[int | None, typer.Option(help="Active lines.")] = None,
    columns_: Annotated[int | None, typer.Option("--columns", help="Inert lines.")] = None,
    line_width: Annotated[str | None, typer.Option(help="Width of all lines, such as 10u [m].")] = None,
    pitch: Annotated[str | None, typer.Option(help="Lines, centre to centre, such as 160u [m].")] = None,
    gap: Annotated[str | None, typer.Option(help="Dielectric between the layers, such as 200n [m].")] = None,
    shared_lines: Annotated[
        bool | None, typer.Option("--shared-lines/--own-lines", help="The active lines are those of both layers.")
    ] = None,
    power: Annotated[str | None, typer.Option(help="Power of a programming pulse, such as 5.8mW.")] = None,
    pulse_width: Annotated[str | None, typer.Option(help="Width of a programming pulse, such as 1us.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Store, file or folder with heat measurements: fits replace assumed rates.")
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Also draw maps of temperature and loss (PNG).")] = None,
    as_json: Json = False,
) -> None:
    """Say how warm the cells of a whole array get while it is read and programmed, and what their states lose.

    Each cell's power warms all others through lines, wafer and, in a stack, the dielectric between the layers. Given
    for lines on an oxidised wafer and for lines that lose nothing to it (the upper bound). Example:

        memchar heat-array --device device.json --layers 2 --rows 16 --columns 16 --pitch 1u --line-width 0.3u
    """
    from devicefit.heat import fit_measured, measured_degradation
    from devicefit.synthesis import reference_truth
    from memchar.arrayheat import array_heat, load_array_plan
    from memchar.figures import array_heat_figure
    from memchar.files import read_card, write_bytes
    from memchar.heatplan import array_of, critical_of
    from memchar.pipeline import open_records

    lengths = {"line_width": line_width, "pitch": pitch, "gap": gap}
    changes: dict[str, Any] = {
        "layers": layers,
        "rows": rows,
        "columns": columns_,
        "shared_lines": shared_lines,
        "power": None if power is None else parse_quantity(power, "W"),
        "pulse_width": None if pulse_width is None else parse_quantity(pulse_width, "s"),
    } | {name: None if text is None else parse_quantity(text, "m") for name, text in lengths.items()}
    chosen = load_array_plan(plan, changes)
    card = reference_truth() if device is None else read_card(device)
    records = None if data is None else open_records(data)
    reading = array_of(chosen, insulated=chosen.insulated)
    measured = () if records is None else fit_measured(records, reading, critical_of(chosen))
    model = measured_degradation(measured)
    found = {
        "oxidised wafer": array_heat(chosen, card, model),
        "no loss to the wafer": array_heat(chosen, card, model, insulated=True),
    }
    if figure is not None:
        write_bytes(figure, array_heat_figure(found))
    document = {"device": card.label, "plan": chosen.model_dump()}
    document |= {name.replace(" ", "_"): _document(one) for name, one in found.items()}
    emit(document, [*columns(_rows(found)), "", *columns(_sneak_rows(next(iter(found.values()))))], as_json=as_json)


def _rows(found: dict[str, ArrayHeat]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("", *found)]
    labels: tuple[tuple[str, str, Callable[[ArrayHeat], float]], ...] = (
        ("power of the array, read", "W", lambda one: one.reading.power.sum()),
        ("  of it into wafer and pads", "W", lambda one: one.reading.given),
        ("  warmest crossing", "K", lambda one: one.reading.rise.max()),
        ("  warmest filament", "K", lambda one: one.reading.filament_rise.max()),
        ("  least chance that a state is kept", "", lambda one: one.reading.kept.min()),
        ("  that at ambient temperature alone", "", lambda one: one.reading.kept_cold),
        ("programmed: the filament's own rise, mean", "K", lambda one: one.programming.own_rise.mean()),
        ("  warmest victim", "K", lambda one: one.programming.worst_rise.max()),
        ("  warmest victim of the other layer", "K", lambda one: one.programming.other_layer_rise.max()),
        ("  least chance that a state is kept", "", lambda one: one.programming.kept.min()),
        ("  states lost, mean share", "", lambda one: 1.0 - one.programming.kept.mean()),
    )
    for label, unit, read in labels:
        values = [float(read(one)) for one in found.values()]
        texts = [format_quantity(value, unit) if unit else f"{value:.6g}" for value in values]
        rows.append((label, *texts))
    return rows


def _sneak_rows(one: ArrayHeat) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("off cell read, all others on", "its own", "its column", "of an on cell's")]
    for path in one.sneak:
        texts = (format_quantity(path.own, "A"), format_quantity(path.column, "A"), f"{path.error:.2%}")
        rows.append((path.scheme, *texts))
    return rows


def _document(one: ArrayHeat) -> dict[str, Any]:
    reading, programming = one.reading, one.programming
    return {
        "read": {
            "power [W]": reading.power.tolist(),
            "given_to_sinks [W]": reading.given,
            "rise [K]": reading.rise.tolist(),
            "filament_rise [K]": reading.filament_rise.tolist(),
            "kept [1]": reading.kept.tolist(),
            "kept_at_ambient [1]": reading.kept_cold,
        },
        "programmed": {
            "own_rise [K]": programming.own_rise.tolist(),
            "worst_rise [K]": programming.worst_rise.tolist(),
            "other_layer_rise [K]": programming.other_layer_rise.tolist(),
            "kept [1]": programming.kept.tolist(),
            "duration [s]": programming.duration,
        },
        "sneak": [
            {"scheme": path.scheme, "own [A]": path.own, "column [A]": path.column, "error [1]": path.error}
            for path in one.sneak
        ],
    }
