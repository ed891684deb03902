"""`memchar explain`: where the joules of an evaluation come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memchar.commands.options import (
    ActingInterfaces,
    Device,
    Encoding,
    MnistFolder,
    Network,
    Readout,
    TrimGain,
    TrimOffset,
    Variant,
    Weights,
)
from memchar.commands.output import Json, columns, emit
from memchar.interfaces import IDEAL, TRIM_GAIN, TRIM_OFFSET, interfaces_named


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("explain")(explain_command)


def explain_command(
    tables: Annotated[Path, typer.Argument(help="Tables that memchar characterize wrote.")],
    device: Device,
    image: Annotated[int, typer.Option(min=0, max=9_999, help="Which test image, from 0.")] = 0,
    images: Annotated[int, typer.Option(min=1, max=1_000, help="Mean of so many from there.")] = 1,
    layer: Annotated[int | None, typer.Option(min=1, help="Print only this layer.")] = None,
    block: Annotated[
        str | None, typer.Option(help="Print only blocks of this name, such as crossbar or neuron_static_1.")
    ] = None,
    cells: Annotated[bool, typer.Option("--cells", help="Print every table point on a line of its own.")] = False,
    decks: Annotated[
        Path | None, typer.Option(help="Folder to write the decks behind the printed lines to, for ngspice -b.")
    ] = None,
    encoding: Encoding = "isi-full",
    readout: Readout = "ttfs",
    weights: Weights = None,
    network: Network = None,
    time_step: Annotated[
        str | None, typer.Option(help="With --network only: spikes are handed on at its multiples, as 5ns.")
    ] = None,
    interfaces: ActingInterfaces = IDEAL,
    trim_offset: TrimOffset = TRIM_OFFSET,
    trim_gain: TrimGain = TRIM_GAIN,
    data: MnistFolder = None,
    variant: Variant = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write the trace (JSON).")] = None,
    as_json: Json = False,
) -> None:
    """Trace an evaluation's energy: how many operations, which table and point, energy of each, product and sum.

    The sum of the lines is the evaluation's energy. Every table point names the deck that gave it; --decks writes
    those decks, and `ngspice -b` prints the figures that the table holds. Example:

        memchar explain tables.h5 --device device.json --image 7

        memchar explain tables.h5 --device device.json --block crossbar --cells --decks decks

        memchar explain tables.h5 --device device.json --network net.npz
    """
    from circuits.tables import read_tables
    from evaluator import load_mnist
    from measurements import InputError
    from memchar.config import config_of_tables
    from memchar.encodings import for_encoding, network_for, with_pulses_of
    from memchar.explain import (
        cell_rows,
        chosen,
        explain_document,
        merged_rows,
        points_of,
        write_decks,
    )
    from memchar.files import read_card, write_json
    from memchar.networks import network_of_file, refuse_two
    from memchar.pipeline import explain
    from memchar.quantities import parse_quantity

    table_set = for_encoding(read_tables(tables, variant), encoding)
    card, config = read_card(device), config_of_tables(table_set.attributes)
    refuse_two(network, weights)
    if network is None and time_step is not None:
        raise InputError(
            "equal steps are not traced to table points",
            hint="leave --time-step out; with --network it hands spikes on at its multiples, which is traced",
        )
    described = network_for(encoding, weights) if network is None else network_of_file(network, encoding)
    explained = with_pulses_of(described, config)
    selected = range(image, image + images)
    step = None if time_step is None else parse_quantity(time_step, "s")
    acting = interfaces_named(interfaces, trim_offset, trim_gain, config.neuron.supply_voltage)
    trace, evaluation = explain(table_set, card, config, load_mnist(data), explained, readout, selected, step, acting)
    document = explain_document(trace, evaluation, selected)
    rows = (cell_rows if cells else merged_rows)(trace.lines, layer, block)
    lines = columns(rows, words=cells)
    shown = chosen(trace.lines, layer, block)
    lines.append(
        f"sum of all lines {document['sum_of_lines_J']:.12g} J, evaluation {document['energy_per_image_J']:.12g} J"
        f" (relative difference {document['relative_difference']:.1e}); shown here"
        f" {sum(line.energy for line in shown):.6g} J"
    )
    lines += [f"not traced to a table: {name}: {joules:.4g} J" for name, joules in trace.untraced.items()]
    lines += [f"assumed: {line}" for line in document["assumed"]]
    lines += [f"not counted: {line}" for line in document["not_counted"]]
    if decks is not None:
        written = write_decks(points_of(shown), table_set, card, decks)
        document["decks"] = [str(path) for path in written]
        lines.append(f"{len(written)} decks -> {decks}; run one with: ngspice -b {written[0] if written else decks}")
    if output is not None:
        write_json(output, document)
    emit(document, lines, as_json=as_json)
