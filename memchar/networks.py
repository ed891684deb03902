"""Networks of layers on the command line: read, imported, evaluated, as lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measurements.errors import InputError
from memchar.commands.output import columns
from memchar.config import PipelineConfig
from memchar.quantities import format_quantity, parse_quantity

if TYPE_CHECKING:
    from circuits.tables import TableSet
    from devicefit import DeviceCard
    from evaluator import Interfaces, Mnist
    from evaluator.networks import LayeredEvaluation, LayeredNetwork
    from evaluator.prepared import Place
    from netlists.macroarea import ArrayShape


def imported(source: Path, encoding: str | None, levels: int | None, spike_duration: str, step: str) -> LayeredNetwork:
    """The network in a file, with what a NIR graph does not say.

    Raises
    ------
    InputError
        As `evaluator.networks.read_network`, or a time that is no time.
    """
    from evaluator import encoding_named
    from evaluator.networks import Timing, read_network

    lasts, becomes = parse_quantity(spike_duration, "s"), parse_quantity(step, "s")
    encoder = None if encoding is None else encoding_named(encoding).encoder
    timing = None if (spike_duration, step) == DEFAULT_TIMES else Timing(lasts, becomes / lasts)
    return read_network(source, timing=timing, encoder=encoder, levels=levels)


DEFAULT_TIMES = ("100us", "25ns")
"""Defaults of the command: with them the times that our own export wrote hold."""


def refuse_two(network: Path | None, weights: Path | None) -> None:
    """InputError where two networks are named."""
    if network is not None and weights is not None:
        raise InputError("--network and --weights name two networks", hint="use one of them")


def network_of_file(path: Path, encoding: str) -> LayeredNetwork:
    """The network in a file; a NIR graph's encoder is that of `encoding`, where it is not its own."""
    from evaluator import encoding_named
    from evaluator.networks import read_network
    from evaluator.networks.nirfile import is_hdf5

    return read_network(path, encoder=encoding_named(encoding).encoder if is_hdf5(path) and encoding != ISI else None)


def evaluate_network(
    network: LayeredNetwork, tables: TableSet, card: DeviceCard, config: PipelineConfig, mnist: Mnist, readout: str,
    time_step: float | None, place: Place | None = None, batch: int | None = None, interfaces: Interfaces | None = None,
) -> LayeredEvaluation:  # fmt: skip
    """A network of layers on the tables, on as many test images as the configuration says; `batch` at a time, in this
    process or at `place`; `time_step` in [s].
    """
    from evaluator.networks import evaluate_layers
    from evaluator.prepared import BATCH, here
    from memchar.variants import device_of

    chosen = config.evaluation
    return evaluate_layers(
        network,
        tables,
        device_of(card, config),
        mnist.test_images[: chosen.images],
        mnist.test_labels[: chosen.images],
        spread_seed=chosen.seed if chosen.device_spread else None,
        readout=readout,
        time_step=time_step,
        batch=batch or BATCH,
        place=place or here,
        interfaces=interfaces,
    )


ISI = "isi-full"


def array_shapes(network: LayeredNetwork) -> tuple[ArrayShape, ...]:
    """Arrays of each layer with neurons, for `memchar area`; rows beyond the edge of a map need no driver."""
    from evaluator.networks.wiring import wirings
    from netlists.macroarea import ArrayShape

    found = []
    for wiring in wirings(network):
        rows, outputs = wiring.signs.shape
        found.append(ArrayShape(rows, outputs, wiring.places, network.levels, int(wiring.copies.sum())))
    return tuple(found)


def without_circuit(network: LayeredNetwork) -> tuple[str, ...]:
    """What the network has and no circuit is drawn of."""
    from evaluator.networks import Pooling, Recurrent
    from evaluator.networks.layers import MAXIMUM

    pooled = any(isinstance(layer, Pooling) and layer.kind == MAXIMUM for layer in network.layers)
    looped = any(isinstance(layer, Recurrent) for layer in network.layers)
    return (*(["first-spike routes of max pooling"] if pooled else ()), *(["delay lines"] if looped else ()))


def step_words(time_step: float | None, *, layered: bool) -> str:
    """How time went in an evaluation, behind its other figures; nothing where it went from event to event.

    >>> step_words(20e-9, layered=False)
    ', in equal steps of 20 ns'
    """
    if time_step is None:
        return ""
    how = "spikes handed on at multiples of" if layered else "in equal steps of"
    return f", {how} {format_quantity(time_step, 's')}"


def layer_lines(document: Mapping[str, Any]) -> list[str]:
    """Figures of each layer as aligned lines; none for a network that has no list of them."""
    if "layers" not in document:
        return []
    rows: list[tuple[str, ...]] = [
        ("layer", "energy", "first spike", "spikes", "synaptic events", "row pulses", "weights miss")
    ]
    for number, one in enumerate(document["layers"], 1):
        first = one["first_spike_s"]
        rows.append(
            (
                str(number),
                format_quantity(one["energy_J"], "J"),
                "none" if first is None else format_quantity(first, "s"),
                *(f"{one[name]:.1f}" for name in ("spikes", "synaptic_events", "row_pulses")),
                f"{100 * one['weight_error']:.2g} %",
            )
        )
    return columns(rows)


def summary_lines(document: Mapping[str, Any]) -> list[str]:
    """What `memchar network show` prints."""
    names = ("kind", "shape", "array_rows", "array_columns", "arrays", "tiles", "cells", "synapses", "weight_bits")
    rows: list[tuple[str, ...]] = [
        ("layer", "kind", "shape", "rows", "columns", "arrays", "tiles", "cells", "synapses", "bits", "miss")
    ]
    for number, one in enumerate(document["layers"], 1):
        cells = ("x".join(map(str, one[name])) if name == "shape" else _short(one[name]) for name in names)
        rows.append((str(number), *cells, f"{100 * one['weight_error']:.2g} %"))
    shape = "x".join(map(str, document["input_shape"]))
    return [
        f"input {shape} by {document['encoder']}, {document['input_bits']:.0f} bits an image in "
        f"{format_quantity(document['window_s'], 's')}; {document['levels']} levels of a sign; "
        f"tiles of {document['tile_rows']} rows",
        *columns(rows),
        f"in all {document['neurons']} neurons, {document['tiles']} tiles, {document['cells']} cells, "
        f"{document['synapses']} synapses, {document['weight_bits']:.0f} bits of weights",
        *([document["recipe"]] if document["recipe"] else []),
    ]


def _short(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) else str(value)
