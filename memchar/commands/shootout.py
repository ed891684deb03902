"""`memchar compare-devices`: the same accelerator with one device after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memchar.commands.options import MnistFolder
from memchar.commands.output import Json, columns, emit


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("compare-devices")(compare_devices_command)


def compare_devices_command(
    tables: Annotated[Path, typer.Argument(help="Tables of memchar run: their neuron and configuration are used.")],
    device: Annotated[
        list[Path] | None, typer.Option("--device", help="Device card (JSON); several times for several. First first.")
    ] = None,
    published: Annotated[bool, typer.Option(help="Compare the published cards of all models, too.")] = True,
    data: MnistFolder = None,
    images: Annotated[int, typer.Option(min=1, max=10_000, help="How many test images, from the first.")] = 2_000,
    select: Annotated[
        list[float] | None,
        typer.Option("--select", help="Series element to try [ohm]; several times for the best."),
    ] = None,
    whole: Annotated[bool, typer.Option(help="Characterize drivers and interfaces around each device, too.")] = False,
    sink: Annotated[
        str | None, typer.Option(help="Compare each fitted device on this inert electrode, too, such as Rh50/Cr20.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Of the published cards those whose name holds this; several times.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="ngspice processes side by side; all cores.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write the comparison (JSON).")] = None,
    as_json: Json = False,
) -> None:
    """Evaluate the same network in the same circuit with one device after the other, side by side.

    A crossbar column is characterized in ngspice for each card (finished points stay beside the tables and are not
    simulated again); neurons, select element, wires and read pulse stay as they are in the tables. Published cards
    bring no spread: for them there is no accuracy with drawn cells. With --select each device has a series element of
    its own: of those within a point of its best accuracy the one with the least energy. Example:

        memchar compare-devices runs/first/tables.h5 --device runs/first/device.json -o runs/first/devices.json
    """
    from circuits import Cache
    from circuits.tables import read_tables
    from evaluator import load_mnist
    from measurements import InputError
    from memchar.files import write_json
    from memchar.heatplan import comparison_on
    from memchar.progress import show_progress
    from memchar.shootout import (
        failure_lines,
        published_contenders,
        read_contenders,
        shoot_out,
        standing_document,
        standing_rows,
        with_better_sink,
    )

    fitted = read_contenders(device or [])
    cooled = [] if sink is None else [with_better_sink(one, comparison_on(sink)) for one in fitted]
    others = published_contenders() if published else []
    wanted = [one for one in others if only is None or any(part.lower() in one.name.lower() for part in only)]
    contenders = [*fitted, *cooled, *wanted]
    if not contenders:
        raise InputError("there is no device to compare", hint="give cards with --device, or leave --no-published out")
    table_set, mnist = read_tables(tables), load_mnist(data)
    cache = Cache(tables.with_suffix(".devices"))
    with show_progress("devices", quiet=as_json) as progress:
        found = list(shoot_out(contenders, table_set, mnist, images, jobs, cache, progress, select or (), whole=whole))
    document = {"images": images, "tables": str(tables), "devices": standing_document(found)}
    if output is not None:
        write_json(output, document)
    emit(document, [*columns(standing_rows(found)), *failure_lines(found)], as_json=as_json)
