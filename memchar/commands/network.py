"""`memchar evaluate`: a network on the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memchar.commands.output import Json, columns, emit


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("evaluate")(evaluate_command)


def evaluate_command(
    tables: Annotated[Path, typer.Argument(help="Tables that memchar characterize wrote.")],
    device: Annotated[Path, typer.Option("--device", help="Device card (JSON).")],
    workload: Annotated[str, typer.Option(help="Network and task: mnist-isi-ttfs.")] = "mnist-isi-ttfs",
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with the four MNIST files; else MEMCHAR_MNIST, the cache, a download."),
    ] = None,
    images: Annotated[int, typer.Option(min=1, max=10_000, help="How many test images, from the first.")] = 10_000,
    variant: Annotated[
        str | None, typer.Option("--variant", help="Corner or draw of the plan; the first if not given.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write the evaluation (JSON).")] = None,
    as_json: Json = False,
) -> None:
    """Evaluate a spiking network on tables alone: accuracy, energy, latency and power per image.

    Example:

        memchar evaluate tables.h5 --device device.json --workload mnist-isi-ttfs
    """
    from circuits.tables import read_tables
    from devicefit import card_from_json
    from evaluator import load_mnist
    from measurements import InputError
    from memchar.config import config_of_tables, with_images
    from memchar.files import read_text, write_json
    from memchar.pipeline import evaluate
    from memchar.report import seed_rows

    if workload != "mnist-isi-ttfs":
        raise InputError(f"there is no workload {workload!r}", hint="use mnist-isi-ttfs")
    table_set = read_tables(tables, variant)
    config = with_images(config_of_tables(table_set.attributes), images)
    document = evaluate(table_set, card_from_json(read_text(device), path=device), config, load_mnist(data)).as_json()
    if output is not None:
        write_json(output, document)
    rows = [
        ("figure", "published", "here"),
        *((r["name"], r["published"], r["here"]) for r in seed_rows(document)),
    ]
    speed = f"{document['images_per_second']:.0f} images/s"
    head = f"accuracy {100 * document['accuracy']:.2f} % on {document['images']} images, {speed}"
    emit(document, [head, *columns(rows)], as_json=as_json)
