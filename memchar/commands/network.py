"""`memchar evaluate`: a network on the tables; `memchar network`: files of networks."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memchar.commands.options import (
    ActingInterfaces,
    Network,
    Readout,
    TimeStep,
    TrimGain,
    TrimOffset,
    Variant,
    Weights,
)
from memchar.commands.output import Json, columns, emit
from memchar.interfaces import IDEAL, TRIM_GAIN, TRIM_OFFSET, interfaces_named

if TYPE_CHECKING:
    from evaluator.prepared import Place

SPIKING = "mnist-isi-ttfs"
CLUSTER_BATCH = 250
"""Images that are sent to a worker together, where not said."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("evaluate")(evaluate_command)
    group = typer.Typer(help="Networks of layers: import, export, show.", rich_markup_mode=None)
    group.command("import")(import_command)
    group.command("export")(export_command)
    group.command("show")(show_command)
    app.add_typer(group, name="network")


def evaluate_command(
    tables: Annotated[Path | None, typer.Argument(help="Tables that memchar characterize wrote.")] = None,
    device: Annotated[Path | None, typer.Option("--device", help="Device card (JSON).")] = None,
    workload: Annotated[
        str,
        typer.Option(
            help="Network and task: mnist-isi-ttfs, deep-dfr, or mixed-precision-lenet, which needs no tables."
        ),
    ] = SPIKING,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE of another workload, as epochs=3; repeatable.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the four files of MNIST or Fashion-MNIST; else MEMCHAR_MNIST, the cache, a download."
        ),
    ] = None,
    encoding: Annotated[
        str, typer.Option(help="How pixels become spikes; memchar encodings compares them all.")
    ] = "isi-full",
    readout: Readout = "ttfs",
    weights: Weights = None,
    network: Network = None,
    time_step: TimeStep = None,
    interfaces: ActingInterfaces = IDEAL,
    trim_offset: TrimOffset = TRIM_OFFSET,
    trim_gain: TrimGain = TRIM_GAIN,
    images: Annotated[int, typer.Option(min=1, max=10_000, help="How many test images, from the first.")] = 10_000,
    variant: Variant = None,
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
    figure: Annotated[Path | None, typer.Option(help="Draw what another workload found (.png, .html).")] = None,
    as_json: Json = False,
) -> None:
    """Evaluate a spiking network on tables alone: accuracy, energy, latency and power per image; or another workload.

    Examples:

        memchar evaluate tables.h5 --device device.json --encoding rate --readout membrane

        memchar evaluate tables.h5 --device device.json --time-step 20ns

        memchar evaluate reservoir.h5 --device device.json --workload deep-dfr --set tasks=narma10 --figure narma.png

    The workload's own network codes by ISI and reads out the first spike; --encoding, --readout, --weights change that.
    With --network the encoder is the file's own, for a NIR graph --encoding. Fashion-MNIST: --data with its four files.
    --interfaces needs tables of memchar explore --interface-draws.
    Other workloads take their settings by --set: deep-dfr, a delay-feedback reservoir with its readout in memristors,
    on the tables of examples/deep_dfr.toml (docs/deep_dfr.md); mixed-precision-lenet, a network trained on crossbars
    (docs/mixed_precision.md).
    """
    from circuits.tables import read_tables
    from evaluator import load_mnist
    from measurements import InputError
    from memchar.config import config_of_tables, with_images
    from memchar.encodings import for_encoding, network_for, with_pulses_of
    from memchar.files import read_card, write_json
    from memchar.netfigures import area_document, figure_lines
    from memchar.networks import evaluate_network, layer_lines, network_of_file, refuse_two, step_words
    from memchar.pipeline import evaluate
    from memchar.publishedrows import seed_rows
    from memchar.quantities import parse_quantity
    from memchar.workloads import Request, run_workload, settings_of

    if workload != SPIKING:
        if any(one is not None for one in (network, weights, time_step, cluster, batch)) or interfaces != IDEAL:
            named = "--network, --weights, --time-step, --interfaces, --cluster and --batch"
            raise InputError(f"{named} are for spiking networks")
        request = Request(tables, device, variant, data, images, settings_of(setting), output, figure, as_json)
        findings = run_workload(workload, request)
        if output is not None:
            write_json(output, findings.document)
        emit(findings.document, findings.lines, as_json=as_json)
        return
    if tables is None or device is None:
        raise InputError(f"{SPIKING} needs tables and --device", hint="memchar characterize and memchar fit write them")
    if setting or figure is not None:
        raise InputError(f"--set and --figure are not for {SPIKING}", hint="leave them out")
    table_set = for_encoding(read_tables(tables, variant), encoding)
    config = with_images(config_of_tables(table_set.attributes), images)
    card, mnist = read_card(device), load_mnist(data)
    refuse_two(network, weights)
    acting = interfaces_named(interfaces, trim_offset, trim_gain, config.neuron.supply_voltage)
    step = None if time_step is None else parse_quantity(time_step, "s")
    with ExitStack() as stack:
        place = None if cluster is None else cluster_place(cluster, stack)
        count = batch or (None if cluster is None else CLUSTER_BATCH)
        if network is not None:
            described = with_pulses_of(network_of_file(network, encoding), config)
            found = evaluate_network(described, table_set, card, config, mnist, readout, step, place, count, acting)
            document = found.as_json() | {"readout": readout, "network": str(network)}
            document["area"] = area_document(described, config)
        else:
            spiking = with_pulses_of(network_for(encoding, weights), config)
            made = evaluate(table_set, card, config, mnist, spiking, readout, place, count, acting, step)
            document = made.as_json() | {"encoding": encoding, "readout": readout, "weights": spiking.recipe}
            document["area"] = area_document(spiking, config)
    if step is not None:
        document["time_step_s"] = step
    if output is not None:
        write_json(output, document)
    rows = [
        ("figure", "published", "here"),
        *((r["name"], r["published"], r["here"]) for r in seed_rows(document)),
    ]
    speed = f"{document['images_per_second']:.0f} images/s"
    steps = step_words(step, layered=network is not None)
    head = f"accuracy {100 * document['accuracy']:.2f} % on {document['images']} images, {speed}{steps}"
    emit(document, [head, *columns(rows), *layer_lines(document), *figure_lines(document)], as_json=as_json)


def import_command(
    source: Annotated[Path, typer.Argument(help="NIR graph (HDF5), or weights of python -m evaluator.train.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The network's file (.npz).")],
    encoding: Annotated[str | None, typer.Option(help="How pixels become spikes; else the file's own, or ISI.")] = None,
    levels: Annotated[
        int | None, typer.Option(min=1, max=64, help="Levels of a sign that weights are put on; else the file's, or 1.")
    ] = None,
    spike_duration: Annotated[str, typer.Option(help="How long a spike of the graph lasts in its own time.")] = "100us",
    step: Annotated[str, typer.Option(help="What that becomes in the circuit.")] = "25ns",
    as_json: Json = False,
) -> None:
    """Make a network of this project from another's file, and say by how much its weights miss the device's levels.

    Example:

        memchar network import graph.nir -o network.npz --levels 3
    """
    from evaluator.networks import network_summary, save_layers
    from memchar.networks import imported, summary_lines

    network = imported(source, encoding, levels, spike_duration, step)
    output.parent.mkdir(parents=True, exist_ok=True)
    save_layers(output, network)
    document = network_summary(network) | {"file": str(output)}
    emit(document, [*summary_lines(document), f"written to {output}"], as_json=as_json)


def export_command(
    source: Annotated[Path, typer.Argument(help="Network of this project (.npz).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The NIR graph (HDF5, usually .nir).")],
    as_json: Json = False,
) -> None:
    """Write a network as a NIR graph (needs the extra `nir`).

    Example:

        memchar network export network.npz -o graph.nir
    """
    from evaluator.networks import read_network
    from evaluator.networks.nirwrite import save_nir

    network = read_network(source)
    output.parent.mkdir(parents=True, exist_ok=True)
    save_nir(output, network)
    emit({"file": str(output), "layers": len(network.layers)}, [f"written to {output}"], as_json=as_json)


def show_command(
    source: Annotated[Path, typer.Argument(help="Network of this project (.npz) or NIR graph.")],
    tile_rows: Annotated[int, typer.Option(min=1, max=4096, help="Rows of a crossbar tile.")] = 98,
    as_json: Json = False,
) -> None:
    """Show a network: layers, arrays and tiles that it needs, synapses, bits.

    Example:

        memchar network show network.npz
    """
    from evaluator.networks import network_summary, read_network
    from memchar.networks import summary_lines

    document = network_summary(read_network(source), tile_rows)
    emit(document, summary_lines(document), as_json=as_json)


def cluster_place(address: str, stack: ExitStack) -> Place:
    """Batches of images on the workers of a Dask scheduler, while `stack` is open."""
    from circuits.cluster import connected
    from circuits.clusterwork import on_cluster
    from evaluator.prepared import run_part

    found = stack.enter_context(connected(address))
    return lambda run, parts: on_cluster(found, run_part, run.on_one_thread(), parts)
