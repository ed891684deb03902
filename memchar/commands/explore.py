"""`memchar explore`: search for the accelerator's operating point over designs, from tables of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from memchar.commands.options import Device, MnistFolder, TrimGain, TrimOffset
from memchar.commands.output import Json, columns, emit
from memchar.interfaces import TRIM_GAIN, TRIM_OFFSET, step_and_range


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("explore")(explore_command)


def explore_command(
    tables: Annotated[Path, typer.Argument(help="Tables of memchar run: their neuron and configuration are used.")],
    device: Device,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary", help="KEY=VALUE[,VALUE...] of array, interface, row_driver, neuron; simulation.temperature."
        ),
    ] = None,
    network: Annotated[
        Path | None,
        typer.Option("--network", help="Network of layers (.npz of this project, .nir); else the shipped one."),
    ] = None,
    data: MnistFolder = None,
    images: Annotated[int, typer.Option(min=1, max=10_000, help="How many test images, from the first.")] = 1_000,
    accuracy: Annotated[float, typer.Option(min=0, max=1, help="Least accuracy [1].")] = 0.97,
    latency: Annotated[float, typer.Option(min=0, help="Longest latency [s].")] = 2e-6,
    power: Annotated[float, typer.Option(min=0, help="Highest power [W].")] = 2.9e-3,
    energy_per_spike: Annotated[float, typer.Option(min=0, help="Highest energy of a spike [J].")] = 2.51e-12,
    cache: Annotated[Path | None, typer.Option(help="Folder of finished points; else beside the tables.")] = None,
    interface_draws: Annotated[
        int, typer.Option(min=0, max=1000, help="Draws of each column interface, whose errors then act; 8 or more.")
    ] = 0,
    trim_offset: TrimOffset = TRIM_OFFSET,
    trim_gain: TrimGain = TRIM_GAIN,
    trim_voltage: Annotated[
        float, typer.Option(min=0, max=1.8, help="Membrane voltage at which offsets are trimmed [V].")
    ] = 0.5,
    only_trimmed: Annotated[
        bool, typer.Option("--only-trimmed", help="Of evaluations with interfaces' errors only that after the trim.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many ngspice runs and how long.")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="ngspice processes side by side; all cores.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write the designs (JSON).")] = None,
    tables_output: Annotated[
        Path | None, typer.Option("--tables-output", help="Also write the tables of the chosen design, or the first's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Search for the operating point: every combination of the values, each with its own tables, side by side.

    Row driver, column, interface, encoder and decoder (and a changed neuron) of each design are characterized in
    ngspice on coarse grids; finished points are kept and not simulated again, so an interrupted search goes on. What
    follows from the tables is not varied: the interface's gain, and the resistances that the crossbar sees. Example:

        memchar explore runs/first/tables.h5 --device runs/first/device.json
        --vary array.tile_rows=98,784 --vary interface.bias_current=1e-6,1e-5
    """
    from circuits import Cache
    from circuits.tables import read_tables
    from evaluator import Trim, load_mnist
    from memchar.characterization import save_tables
    from memchar.config import config_of_tables
    from memchar.designcount import planned_rows
    from memchar.designtables import Workshop
    from memchar.exploration import ACTING, Limits, chosen, design_document, design_rows, designs, explore, tables_of
    from memchar.files import read_card, write_json
    from memchar.networks import ISI, network_of_file
    from memchar.plancount import plan_lines
    from memchar.progress import show_progress

    found = read_tables(tables)
    base = config_of_tables(found.attributes)
    candidates = designs(base, varied_values(vary or []))
    folder = Cache(cache or tables.with_suffix(".designs"))
    given = None if network is None else network_of_file(network, ISI)
    shop = Workshop(found, base, read_card(device), load_mnist(data), folder, jobs, interface_draws, given)
    trim = Trim(*step_and_range(trim_offset), *step_and_range(trim_gain), base.neuron.supply_voltage, trim_voltage)
    rows = planned_rows([config for _, config in candidates], shop)
    if dry_run:
        counted = {"designs": len(candidates), "runs": sum(row.runs for row in rows)}
        counted["seconds"] = round(sum(row.seconds for row in rows) / (jobs or 1))
        emit(counted, [f"{len(candidates)} designs", *plan_lines(rows, jobs or 1)], as_json=as_json)
        return
    limits = Limits(accuracy, latency, power, energy_per_spike)
    done = []
    with show_progress("designs", quiet=as_json) as progress:
        for design in explore(candidates, shop, images, trim, ACTING[-1:] if only_trimmed else ACTING):
            done.append(design)
            progress(len(done), len(candidates))
    document: dict[str, Any] = {"images": images, "tables": str(tables), "limits": vars(limits)}
    if network is not None:
        document["network"] = str(network)
    document |= {"interface_draws": interface_draws, "trim": vars(trim)}
    document["designs"] = design_document(done, limits)
    if output is not None:
        write_json(output, document)
    best = chosen(done, limits)
    if tables_output is not None:
        save_tables(tables_output, [tables_of(best or done[0])])
    last = "no design meets all limits" if best is None else f"chosen: {_words(best.settings)}"
    emit(document, [*columns(design_rows(done, limits)), last], as_json=as_json)


def varied_values(texts: list[str]) -> dict[str, list[float | str]]:
    """Keys and values of `KEY=VALUE,VALUE`.

    >>> varied_values(["array.tile_rows=98,784", "neuron.corner=ss"])
    {'array.tile_rows': [98.0, 784.0], 'neuron.corner': ['ss']}
    """
    from measurements.errors import InputError

    found: dict[str, list[float | str]] = {}
    for text in texts:
        key, equals, values = text.partition("=")
        if not equals or not key.strip() or not all(part.strip() for part in values.split(",")):
            raise InputError(f"--vary {text}: KEY=VALUE,VALUE is needed, as array.tile_rows=98,784")
        if key.strip() in found:
            raise InputError(f"--vary {key.strip()} is given twice")
        found[key.strip()] = [_value(part.strip()) for part in values.split(",")]
    return found


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _words(settings: object) -> str:
    return ", ".join(f"{key} {value}" for key, value in dict(settings).items())  # type: ignore[call-overload]
