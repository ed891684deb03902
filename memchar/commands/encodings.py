"""`memchar encodings`: the same network and images under one encoding after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memchar.commands.options import Device, Readout
from memchar.commands.output import Json, columns, emit


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("encodings")(encodings_command)


def encodings_command(
    tables: Annotated[Path, typer.Argument(help="Tables that memchar characterize wrote.")],
    device: Device,
    encoding: Annotated[
        list[str] | None, typer.Option("--encoding", help="Compare this one; several times for several. All if none.")
    ] = None,
    readout: Readout = "ttfs",
    weights: Annotated[
        Path | None, typer.Option(help="Weights of one ISI network for all encodings, in place of the shipped ones.")
    ] = None,
    circuit: Annotated[
        str, typer.Option("--circuit-of", help="Encoding for which the circuit that all share was calibrated.")
    ] = "isi-full",
    data: Annotated[
        Path | None, typer.Option(help="Folder with the four IDX files of MNIST or Fashion-MNIST; else as evaluate.")
    ] = None,
    images: Annotated[int, typer.Option(min=1, max=10_000, help="How many test images, from the first.")] = 2_000,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write the comparison (JSON).")] = None,
    figure: Annotated[Path | None, typer.Option(help="Also draw accuracy against energy (PNG).")] = None,
    as_json: Json = False,
) -> None:
    """Compare encodings at an equal time window: accuracy, energy, latency, spikes, bits.

    Every encoding's pulse steps are scaled on 2000 training images, and weights trained for it are used where they do
    better there than those trained for ISI; the column weights says which. Besides, all are put through one and the
    same circuit with the steps of one of them. Encoders are not in the energy but in a column of their own. Example:

        memchar encodings tables.h5 --device device.json -o encodings.json --figure encodings.png
    """
    from circuits.tables import read_tables
    from evaluator import encoding_named, load_mnist
    from evaluator.encoding_comparison import compare
    from evaluator.encodings import ENCODINGS
    from memchar.config import config_of_tables, with_images
    from memchar.encodings import (
        FALLBACK,
        document_rows,
        encoding_document,
        encoding_figure,
        networks,
        same_circuit_rows,
        task_of,
    )
    from memchar.files import read_card, write_bytes, write_json
    from memchar.progress import show_progress

    chosen = [encoding_named(name) for name in dict.fromkeys(encoding or ENCODINGS)]
    table_set, card = read_tables(tables), read_card(device)
    config = with_images(config_of_tables(table_set.attributes), images)
    window = chosen[0].encoder.window
    task = task_of(table_set, card, config, load_mnist(data), readout, window)
    with show_progress("encodings", quiet=as_json) as progress:
        found = compare(chosen, networks(weights), FALLBACK, task, progress, encoding_named(circuit).name)
    document = encoding_document(found, task)
    if output is not None:
        write_json(output, document)
    if figure is not None:
        write_bytes(figure, encoding_figure(document))
    lines = [*columns(document_rows(document)), "", *columns(same_circuit_rows(document)), "", *document["verdict"]]
    emit(document, lines, as_json=as_json)
