"""`memchar evaluate`: a network on the tables."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memchar.commands.output import Json, columns, emit

if TYPE_CHECKING:
    from evaluator.prepared import Place

CLUSTER_BATCH = 250
"""Images that are sent to a worker together, where not said."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("evaluate")(evaluate_command)


def evaluate_command(
    tables: Annotated[Path, typer.Argument(help="Tables that memchar characterize wrote.")],
    device: Annotated[Path, typer.Option("--device", help="Device card (JSON).")],
    workload: Annotated[str, typer.Option(help="Network and task: mnist-isi-ttfs.")] = "mnist-isi-ttfs",
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the four files of MNIST or Fashion-MNIST; else MEMCHAR_MNIST, the cache, a download."
        ),
    ] = None,
    encoding: Annotated[
        str, typer.Option(help="How pixels become spikes; memchar encodings compares them all.")
    ] = "isi-full",
    readout: Annotated[str, typer.Option(help="How outputs name a class: ttfs, rate, membrane.")] = "ttfs",
    weights: Annotated[
        Path | None, typer.Option(help="Weights of python -m evaluator.train; else the encoding's own, or ISI's.")
    ] = None,
    images: Annotated[int, typer.Option(min=1, max=10_000, help="How many test images, from the first.")] = 10_000,
    variant: Annotated[
        str | None, typer.Option("--variant", help="Corner or draw of the plan; the first if not given.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Evaluate batches of images on the workers of the Dask scheduler at this address, tcp://host:8786, or"
            " on processes of this machine: local. The figures are the same bit for bit."
        ),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Images that are simulated, or sent, together; 10000, on a cluster 250.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write the evaluation (JSON).")] = None,
    as_json: Json = False,
) -> None:
    """Evaluate a spiking network on tables alone: accuracy, energy, latency and power per image.

    Example:

        memchar evaluate tables.h5 --device device.json --encoding rate --readout membrane

    The workload's own network codes by ISI and reads out the first spike; --encoding, --readout, --weights change that.
    """
    from circuits.tables import read_tables
    from evaluator import load_mnist
    from measurements import InputError
    from memchar.config import config_of_tables, with_images
    from memchar.encodings import for_encoding, network_for
    from memchar.files import read_card, write_json
    from memchar.netfigures import area_document, block_rows, percentile_rows
    from memchar.pipeline import evaluate
    from memchar.report import seed_rows

    if workload != "mnist-isi-ttfs":
        raise InputError(f"there is no workload {workload!r}", hint="use mnist-isi-ttfs")
    table_set = for_encoding(read_tables(tables, variant), encoding)
    config = with_images(config_of_tables(table_set.attributes), images)
    card, network = read_card(device), network_for(encoding, weights)
    with ExitStack() as stack:
        place = None if cluster is None else cluster_place(cluster, stack)
        count = batch or (None if cluster is None else CLUSTER_BATCH)
        found = evaluate(table_set, card, config, load_mnist(data), network, readout, place, count)
    document = found.as_json()
    document |= {"encoding": encoding, "readout": readout, "weights": network.recipe}
    document["area"] = area_document(network, config, encoding)
    if output is not None:
        write_json(output, document)
    rows = [
        ("figure", "published", "here"),
        *((r["name"], r["published"], r["here"]) for r in seed_rows(document)),
    ]
    speed = f"{document['images_per_second']:.0f} images/s"
    head = f"accuracy {100 * document['accuracy']:.2f} % on {document['images']} images, {speed}"
    area = document["area"]
    tail = f"area {1e6 * area['total_m2']:.4g} mm2 packed (memchar area), without {area['not_included']}"
    lines = [head, *columns(rows), "", *columns(block_rows(document)), "", *columns(percentile_rows(document)), tail]
    emit(document, lines, as_json=as_json)


def cluster_place(address: str, stack: ExitStack) -> Place:
    """Batches of images on the workers of a Dask scheduler, while `stack` is open."""
    from circuits.cluster import connected
    from circuits.clusterwork import on_cluster
    from evaluator.prepared import run_part

    found = stack.enter_context(connected(address))
    return lambda run, parts: on_cluster(found, run_part, replace(run, threads=1), parts)
