"""All encodings side by side: what the evaluator found as rows, a JSON document and a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from measurements.errors import InputError
from memchar.config import PipelineConfig
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from circuits.tables import TableSet
    from devicefit import DeviceCard
    from evaluator import Mnist, SpikingNetwork
    from evaluator.encoding_comparison import Compared, Task
    from evaluator.networks import LayeredNetwork

Network = TypeVar("Network", bound="SpikingNetwork | LayeredNetwork")
CALIBRATION_IMAGES = 1000
CURVE = (0.5, 0.75)
"""Shares of the encodings' window at which the curve over energy has points beside the whole [1]."""
NETWORK = "mnist-784-100-10"
FALLBACK = "isi-full"


def networks(weights: Path | None) -> dict[str, SpikingNetwork]:
    """Shipped networks by the encoding that they were trained for; with a file, that one alone in place of ISI's."""
    from evaluator import load_network
    from evaluator.encodings import ENCODINGS
    from evaluator.weights_file import shipped_weights, weights_name

    if weights is not None:
        return {FALLBACK: load_network(weights)}
    paths = {name: shipped_weights(weights_name(NETWORK, name)) for name in ENCODINGS}
    return {name: load_network(path) for name, path in paths.items() if path.is_file()}


def network_for(name: str, weights: Path | None) -> SpikingNetwork:
    """Network under encoding `name`: of a weights file, else the one trained for it, else ISI's.

    Raises
    ------
    InputError
        There is no such encoding, or the file is no weights file.
    """
    from evaluator import encoding_named

    found = networks(weights)
    return replace(found.get(name, found[FALLBACK]), encoder=encoding_named(name).encoder)


def with_pulses_of(network: Network, config: PipelineConfig) -> Network:
    """The network, its encoder giving pulses as wide as those of the tables' columns."""
    return replace(network, encoder=replace(network.encoder, pulse_width=config.array.pulse_width))


def for_encoding(tables: TableSet, name: str) -> TableSet:
    """The tables, without the full-iteration encoder's for an encoding that another circuit makes."""
    from evaluator import encoding_named
    from evaluator.evaluate import without_encoder
    from evaluator.periphery import ENCODER

    return tables if encoding_named(name).table == ENCODER else without_encoder(tables)


def task_of(
    tables: TableSet, card: DeviceCard, config: PipelineConfig, mnist: Mnist, readout: str, window: float
) -> Task:
    """The same task for every encoding: calibrated on the first training images, tested on the configuration's."""
    from evaluator.encoding_comparison import Task
    from memchar.variants import device_of

    count, chosen = CALIBRATION_IMAGES, config.evaluation
    return Task(
        tables=tables,
        card=device_of(card, config),
        calibration=(mnist.train_images[:count], mnist.train_labels[:count]),
        test=(mnist.test_images[: chosen.images], mnist.test_labels[: chosen.images]),
        windows=tuple(share * window for share in CURVE),
        readout=readout,
        spread_seed=chosen.seed if chosen.device_spread else None,
    )


def document_rows(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The comparison side by side as text, header first; the last column is accuracy within full ISI's energy."""
    header = (
        "encoding", "weights", "scales", "accuracy", "energy", "latency", "spikes", "energy/spike", "encoders", "bits",
        "bits/spike", "at equal energy",
    )  # fmt: skip
    return [header, *(_row(entry) for entry in document["encodings"])]


def _row(entry: Mapping[str, Any]) -> tuple[str, ...]:
    each, encoders, equal = (
        entry[name] for name in ("energy_per_spike_J", "encoder_energy_J", "accuracy_at_reference_energy")
    )
    return (
        entry["encoding"],
        entry["weights"],
        "{:g}, {:g}".format(*entry["scales"]),
        f"{entry['accuracy']:.2%}",
        format_quantity(entry["energy_per_image_J"], "J"),
        format_quantity(entry["latency_per_image_s"], "s"),
        f"{sum(entry['spikes_by_layer']):.0f}",
        "none" if each is None else format_quantity(each, "J"),
        "no circuit" if encoders is None else format_quantity(encoders, "J"),
        f"{entry['bits_per_window']:.2f}",
        f"{entry['bits_per_spike']:.2f}",
        "none" if equal is None else f"{equal:.2%}",
    )


def reference_energy(compared: Sequence[Compared]) -> float | None:
    """Energy of an image of full-iteration ISI [J], the budget of the last column; None: it was not compared."""
    return next((one.evaluation.energy_per_image_J for one in compared if one.encoding.name == FALLBACK), None)


def verdict(compared: Sequence[Compared]) -> list[str]:
    """How the best ISI code stands against the other codes, in words."""
    mine = [one for one in compared if one.encoding.name.startswith("isi")]
    others = [one for one in compared if not one.encoding.name.startswith("isi")]
    if not mine or not others:
        return []
    first = max(mine, key=lambda one: one.evaluation.accuracy)
    ranked = sorted(others, key=lambda one: one.evaluation.accuracy)
    error = 100 * float(np.sqrt(first.evaluation.accuracy * (1 - first.evaluation.accuracy) / first.evaluation.images))
    lines = [f"{first.encoding.name}: {first.evaluation.accuracy:.2%} (one standard error {error:.2f} points)"]
    for word, one in (("best", ranked[-1]), ("worst", ranked[0])):
        ahead = 100 * (first.evaluation.accuracy - one.evaluation.accuracy)
        lines.append(f"{ahead:+.2f} points against the {word} other code, {one.encoding.name}")
    return lines


def encoding_document(compared: Sequence[Compared], task: Task) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "images": len(task.test[1]),
        "calibration_images": len(task.calibration[1]),
        "readout": task.readout,
        "reference_energy_J": reference_energy(compared),
        "encodings": [_entry(one, reference_energy(compared)) for one in compared],
        "verdict": verdict(compared),
        "assumed": [
            "energy of an image is without encoders; theirs is encoder_energy_J, from the typical corner's figures at "
            "the head of netlists/cells/encoders.cir, null where there is no circuit",
            "weights say for which encoding they were trained; pulse steps were scaled on training images",
        ],
    }


def _entry(one: Compared, budget: float | None) -> Mapping[str, Any]:
    found, bits = one.evaluation, one.information
    return {
        "encoding": one.encoding.name,
        "equation": one.encoding.equation,
        "encoder_table": one.encoding.table,
        "window_s": one.encoding.encoder.window,
        "weights": one.weights,
        "scales": list(one.scales),
        "accuracy": found.accuracy,
        "undecided": found.undecided,
        "energy_per_image_J": found.energy_per_image_J,
        "encoder_energy_J": one.encoder_energy,
        "latency_per_image_s": found.latency_per_image_s,
        "spikes_by_layer": list(found.spikes_by_layer),
        "energy_per_spike_J": found.energy_per_spike_J if found.spikes_per_image else None,
        "accuracy_at_reference_energy": None if budget is None else one.accuracy_within(budget),
        "bits_per_window": bits.bits_per_window,
        "bits_per_spike": bits.bits_per_spike,
        "bits_per_second": bits.bits_per_second,
        "curve": [
            {"window_s": p.window, "accuracy": p.accuracy, "energy_J": p.energy, "latency_s": p.latency}
            for p in one.curve
        ],
    }


def encoding_figure(document: Mapping[str, Any]) -> bytes:
    """Accuracy against energy of an image, a line for each encoding over its windows, as PNG."""
    from matplotlib.figure import Figure

    from memchar.figures import png

    if not document["encodings"]:
        raise InputError("there is no encoding to draw")
    figure = Figure(figsize=(7, 4.6), layout="constrained")
    panel = figure.subplots()
    for entry, marker in zip(document["encodings"], "osv^<>DPX*hp", strict=False):
        points = entry["curve"]
        panel.plot(
            [1e12 * point["energy_J"] for point in points],
            [100 * point["accuracy"] for point in points],
            marker=marker,
            ms=5,
            lw=1.2,
            label=entry["encoding"],
        )
    panel.set_xlabel("energy of an image, without encoders [pJ]")
    panel.set_ylabel("accuracy [%]")
    panel.grid(alpha=0.3)
    panel.legend(fontsize=7)
    return png(figure)
