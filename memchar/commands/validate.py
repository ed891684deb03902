"""`memchar validate`: tables and evaluator held against fresh ngspice runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memchar.commands.options import Device, Jobs, Variant
from memchar.commands.output import Json, columns, emit
from memchar.files import read_card


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("validate")(validate_command)


def validate_command(
    tables: Annotated[Path, typer.Argument(help="Tables that memchar characterize wrote.")],
    device: Device,
    points: Annotated[int, typer.Option(min=1, help="Random points off the grid, per procedure.")] = 50,
    seed: Annotated[int | None, typer.Option(help="Seed of the points.")] = None,
    jobs: Jobs = None,
    macro: Annotated[
        str | None,
        typer.Option(help="Compare the evaluator with a whole network in ngspice instead: 16x8x4 or 64x16x10."),
    ] = None,
    images: Annotated[int, typer.Option(min=1, help="Images of the --macro comparison.")] = 5,
    cache: Annotated[
        Path | None, typer.Option(help="Folder of finished images of --macro; TABLES.macro if not given.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder with the MNIST files, for --macro.")] = None,
    variant: Variant = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write the result (JSON).")] = None,
    as_json: Json = False,
) -> None:
    """Hold the tables against fresh ngspice runs off the grid: median, 95th percentile and worst relative error.

    The errors found are also written into the tables' file, beside the quantities they belong to.

    With --macro, hold the network evaluator against a network of transistors in ngspice: spike times, class, energy.
    Finished images are kept: after Ctrl-C the same command goes on.
    """
    from circuits import Cache
    from circuits.tables import read_tables
    from memchar.config import config_of_tables, with_jobs, with_validation
    from memchar.files import write_json
    from memchar.macro import compare_macro
    from memchar.macroerrors import macro_rows
    from memchar.pipeline import compose, validate
    from memchar.progress import show_progress
    from memchar.run import record_validation
    from memchar.tablerows import validation_rows

    table_set = read_tables(tables, variant)
    config = with_validation(with_jobs(config_of_tables(table_set.attributes), jobs), points, seed)
    card, draw = read_card(device), int(table_set.attributes.get("draw", 0))
    with show_progress("validate", quiet=as_json) as progress:
        if macro is not None:
            document = compare_macro(
                macro, card, table_set, config, images=images, mnist=data, progress=progress,
                cache=Cache(cache or tables.with_name(tables.name + ".macro")),
            )  # fmt: skip
            rows = macro_rows(document)
        else:
            report = validate(compose(card, config, draw), table_set, config, progress=progress)
            record_validation(tables, table_set, report)
            document = report.to_json()
            head = ("procedure", "quantity", "points", "median", "p95", "worst")
            rows = [head, *(tuple(row.values()) for row in validation_rows(document))]
    if output is not None:
        write_json(output, document)
    emit(document, columns(rows), as_json=as_json)
