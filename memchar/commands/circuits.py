"""`memchar netlist`, `characterize` and `export`: decks and tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memchar.commands.options import Device, Jobs, Variant
from memchar.commands.output import Json, columns, emit
from memchar.commands.owncircuit import OwnProcedure, TrustNetlist, characterize_own_command
from memchar.files import read_card
from memchar.owncircuit import own_procedures

if TYPE_CHECKING:
    from devicefit import DeviceCard
    from memchar.config import PipelineConfig


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("netlist")(netlist_command)
    app.command("characterize")(characterize_command)
    app.command("export")(export_command)


def netlist_command(
    kind: Annotated[str, typer.Argument(help="column, neuron-fire, neuron-leak or device-sweep.")],
    device: Device,
    output: Annotated[Path, typer.Option("-o", "--output", help="Deck to write.")],
    rows: Annotated[int | None, typer.Option(min=1, max=1024, help="Cells on the column.")] = None,
    config: Annotated[Path | None, typer.Option(help="pipeline.toml with other values than the defaults.")] = None,
    as_json: Json = False,
) -> None:
    """Write one deck that `ngspice -b` runs as it is and whose measures it prints.

    Example:

        memchar netlist column --device device.json --rows 64 -o column.cir && ngspice -b column.cir
    """
    from measurements import InputError
    from memchar.config import load_config, with_rows
    from memchar.files import write_text
    from memchar.pipeline import compose

    settings = load_config(config)
    if rows is not None:
        settings = with_rows(settings, rows)
    names = {
        "column": "column_read",
        "neuron-fire": "neuron_fire",
        "neuron-leak": "neuron_leak",
        "device-sweep": "device_sweep",
    }
    if kind not in names:
        raise InputError(f"there is no deck {kind!r}", hint=f"use {', '.join(names)}")
    deck = compose(read_card(device), settings).samples[names[kind]]
    write_text(output, deck.text)
    document = {
        "deck": str(output),
        "sha256": deck.key,
        "stop_time_s": deck.stop_time,
        "saved": list(deck.saved),
    }
    emit(document, [f"{kind} -> {output}; run it with: ngspice -b {output}"], as_json=as_json)


def characterize_command(
    config: Annotated[
        Path | None,
        typer.Argument(help="pipeline.toml, defaults if not given; with --procedure the netlist of your own circuit."),
    ] = None,
    device: Annotated[Path | None, typer.Option("--device", help="Device card (JSON) that memchar fit wrote.")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Tables to write (netCDF-4 / HDF5).")] = Path(
        "tables.h5"
    ),
    plan: Annotated[
        Path | None, typer.Option("--plan", help="plan.toml: axes, corners and Monte-Carlo draws (docs/plans.md).")
    ] = None,
    validation_points: Annotated[
        int | None,
        typer.Option(min=0, help="Random points off each grid to validate at; with --plan as configured, else none."),
    ] = None,
    jobs: Jobs = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder of finished points, which calls and machines may share; OUTPUT.cache if not given."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Simulate on the workers of the Dask scheduler at this address, tcp://host:8786, or on processes of"
            " this machine: local (docs/cluster.md)."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option(help="Take up points that an earlier call finished.")] = True,
    procedure: OwnProcedure = None,
    trust_netlist: TrustNetlist = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan, run and write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Fill the tables of energy, delay and charge by running every point in ngspice.

    Finished points are kept in a folder by the content of what was simulated, so a call that was interrupted or
    extended goes on where it stopped, also on another machine that shares the folder. Example:

        memchar characterize --device device.json -o tables.h5

        memchar characterize --device device.json --plan examples/plan.toml --dry-run

    A circuit of your own, whose plan says what its pins are (docs/own_circuits.md):

        memchar characterize my_cell.cir --procedure spiking-cell --plan plan.toml --trust-netlist
    """
    from circuits import Cache
    from measurements import InputError

    finished = partial(Cache, cache or output.with_name(output.name + ".cache"), read=resume)
    if procedure is not None:
        if device is not None or validation_points is not None:
            raise InputError("--device and --validation-points are not for a circuit of your own; take them away")
        own = own_procedures(procedure, config, plan, trusted=trust_netlist)
        with place(None if dry_run else cluster, jobs):
            characterize_own_command(own, output, finished, jobs=jobs, dry_run=dry_run, as_json=as_json)
        return
    if device is None:
        raise InputError("--device is needed: a device card", hint="memchar fit writes one")
    from memchar.characterization import characterize_variants, save_as_finished, variant_document, variant_rows
    from memchar.config import load_config, with_jobs, with_plan
    from memchar.progress import show_progress

    settings = with_jobs(with_plan(load_config(config), plan), jobs)
    card = read_card(device)
    if validation_points is None:
        validation_points = 0 if plan is None else settings.simulation.validation_points
    if dry_run:
        document, lines = _plan_document(card, settings, validation_points)
        emit(document, lines, as_json=as_json)
        return
    found = characterize_variants(
        card,
        settings,
        partial(show_progress, quiet=as_json),
        cache=finished(),
        validation_points=validation_points,
    )
    with place(cluster, settings.simulation.jobs):
        sets = save_as_finished(output, found)
    counts = {name: table.status_counts() for name, table in sets[0].items()}
    lines = [f"{name}: " + ", ".join(f"{n} {status}" for status, n in found.items()) for name, found in counts.items()]
    if plan is not None:
        lines = columns(variant_rows(sets))
    document = {"tables": str(output), "status": counts, "variants": variant_document(sets)}
    emit(document, [*lines, f"tables -> {output}"], as_json=as_json)


@contextmanager
def place(cluster: str | None, jobs: int | None) -> Iterator[None]:
    """Where points are simulated within the block: on the cluster at an address, or here."""
    if cluster is None:
        yield
        return
    from circuits.cluster import connected
    from circuits.points import simulated_on

    with connected(cluster, jobs) as found, simulated_on(found):
        yield


def _plan_document(
    card: DeviceCard, config: PipelineConfig, validation_points: int
) -> tuple[dict[str, Any], list[str]]:
    """What a characterization comes to, for programs and for people; refuses what would be refused later."""
    from dataclasses import asdict

    from circuits.parallel import core_count
    from memchar.pipeline import compose
    from memchar.plancount import plan_lines, plan_rows
    from memchar.variants import check_variants, config_of, variants

    check_variants(card, config)
    found = variants(config)
    circuits = compose(card, config_of(config, found[0]))
    rows = plan_rows(config, circuits.procedures, validation_points)
    jobs = config.simulation.jobs or core_count()
    document = {"plan": [asdict(row) for row in rows], "variants": [variant.label for variant in found], "jobs": jobs}
    return document, plan_lines(rows, jobs)


def export_command(
    tables: Annotated[Path, typer.Argument(help="Tables that memchar characterize wrote.")],
    format_name: Annotated[
        str,
        typer.Option(
            "--format",
            help="csv, json, parquet, liberty, accelergy (energy per action), verilog-a ($table_model) or spice"
            " (macro-models of neuron and column).",
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File; for csv, parquet and verilog-a a folder of files.")
    ],
    variant: Variant = None,
    as_json: Json = False,
) -> None:
    """Write tables for other tools; points that failed stay empty and carry their status.

    A device card is exported by memchar export-device.
    """
    from circuits.tables import read_tables
    from memchar.export import export_tables

    written = export_tables(read_tables(tables, variant), format_name, output)
    emit({"written": [str(path) for path in written]}, [str(path) for path in written], as_json=as_json)
