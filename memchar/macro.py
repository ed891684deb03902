"""The evaluator against the truth: the same small network on tables and, transistor by transistor, in ngspice.

For each image the network is written as one deck (`netlists.network_deck`) and simulated for the whole window. Spike
times, class, latency and energies are held against those of the event-driven kernel, which sees nothing but tables.
Only the column table is made for the purpose: the shipped one is of a 98-row tile, this network's columns are shorter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from memchar.config import PipelineConfig, with_rows
from memchar.macroerrors import MacroOutcome, Spikes, compare, decided, summary
from memchar.macrotruth import macro_deck, macro_truth
from memchar.progress import ProgressCallback

if TYPE_CHECKING:
    from circuits import Cache
    from circuits.tables import TableSet
    from devicefit import DeviceCard
    from evaluator import SpikingNetwork
    from evaluator.summary import Simulated

NETWORKS = {"16x8x4": "mnist-16-8-4", "64x16x10": "mnist-64-16-10"}
"""Macros that can be compared, and the weights each ships with; `reduced_digits` are their images."""
_RECORDED = 1000


def compare_macro(
    name: str,
    card: DeviceCard,
    tables: TableSet,
    config: PipelineConfig,
    *,
    images: int,
    mnist: Path | None,
    cache: Cache | None = None,
    progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Compare a macro on the first test images; returns errors by image and their summary, ready for JSON.

    Images in `cache` are not simulated again, and each that ends is in it at once: an interrupted comparison goes on.

    Raises
    ------
    InputError
        The macro is not known, MNIST cannot be found, or it has fewer images.
    SimulationError
        A deck could not be simulated; the image is named.
    """
    from evaluator import load_mnist, load_network, shipped_weights
    from measurements.errors import InputError

    if name not in NETWORKS:
        raise InputError(f"there is no macro {name!r}", hint=f"use {', '.join(NETWORKS)}")
    network = load_network(shipped_weights(NETWORKS[name]))
    data = load_mnist(mnist)
    pixels, labels = (part[:images] for part in reduced_digits(name)(data.test_images, data.test_labels))
    if len(pixels) < images:
        raise InputError(f"{images} images were asked for, there are {len(pixels)} of the classes of {name}")
    short = with_short_columns(card, tables, config, network.sizes[0], cache)
    predicted, gains = on_tables(network, short, card, pixels)
    decks = [macro_deck(network, gains, card, config, image) for image in pixels]
    truths = macro_truth(network, decks, config, cache, progress)
    compared = [
        compare(index, int(label), truth, found, network.encoder.window)
        for index, (label, truth, found) in enumerate(zip(labels, truths, predicted, strict=True))
    ]
    return {"macro": name, "images": [asdict(item) for item in compared], "summary": summary(compared)}


def reduced_digits(name: str) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The digits that a macro is shown: (images, labels) to pixels and labels."""
    from evaluator import middle_digits, small_digits

    return {"16x8x4": small_digits, "64x16x10": middle_digits}[name]


def with_short_columns(
    card: DeviceCard, tables: TableSet, config: PipelineConfig, rows: int, cache: Cache | None = None
) -> TableSet:
    """The tables with `column_read` made afresh for columns of `rows` cells."""
    from circuits.tables import TableSet
    from memchar.pipeline import characterize, compose

    circuits = compose(card, with_rows(config, rows))
    columns = replace(circuits, procedures=tuple(p for p in circuits.procedures if p.name == "column_read"))
    made = characterize(columns, config, cache=cache)
    return TableSet({**tables.tables, **made.tables}, tables.attributes)


def on_tables(
    network: SpikingNetwork, tables: TableSet, card: DeviceCard, images: np.ndarray
) -> tuple[list[MacroOutcome], tuple[float, ...]]:
    """The kernel's outcomes over the whole window, and the gains of the column interface it chose."""
    from evaluator import simulate

    simulated = simulate(network, tables, card, images, stop_at_first=False, recorded=_RECORDED)
    return [_of_image(network, simulated, index) for index in range(len(images))], simulated.gains


def _of_image(network: SpikingNetwork, simulated: Simulated, index: int) -> MacroOutcome:
    from evaluator.evaluate import energies
    from evaluator.outcome import of_image

    outcome = of_image(simulated.outcome, index)
    spikes: Spikes = {}
    real = ~np.isnan(outcome.spike_time[0])
    for time, layer, neuron in zip(
        outcome.spike_time[0][real], outcome.spike_layer[0][real], outcome.spike_neuron[0][real], strict=True
    ):
        spikes.setdefault((int(layer) + 1, int(neuron)), []).append(float(time))
    parts = energies(outcome, simulated.neuron, simulated.columns)
    layers = range(1, len(network.weights) + 1)
    blocks = {f"crossbar {k}": parts[f"crossbar_{k}"] for k in layers}
    blocks |= {f"neurons {k}": parts[f"neuron_static_{k}"] + parts[f"neuron_spikes_{k}"] for k in layers}
    ordered = {key: sorted(times) for key, times in spikes.items()}
    return decided(len(network.weights), network.encoder.window, ordered, int(outcome.winner[0]), blocks)
