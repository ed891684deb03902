"""All encodings side by side: what the evaluator found as rows, a JSON document and a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from measurements.errors import InputError
from memchar.config import PipelineConfig
from memchar.encodingverdict import verdict
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from circuits.tables import TableSet
    from devicefit import DeviceCard
    from evaluator import Mnist, SpikingNetwork
    from evaluator.encoding_calibration import Task
    from evaluator.encoding_comparison import Compared, Comparison, CurvePoint, SameCircuit
    from evaluator.evaluation import Evaluation
    from evaluator.networks import LayeredNetwork

Network = TypeVar("Network", bound="SpikingNetwork | LayeredNetwork")
CALIBRATION_IMAGES = 2000
CURVE = (0.25, 0.5, 0.75, 0.9)
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
    from evaluator.encoding_calibration import Task
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
    """The comparison side by side as text, header first; the last column is accuracy within full ISI's energy.

    Raises
    ------
    InputError
        The document is of a version that did not compare in the same circuit.
    """
    if "same_circuit" not in document:
        raise InputError("a comparison of encodings by an older version", hint="run memchar encodings again")
    header = (
        "encoding", "weights", "scales", "accuracy", "energy", "latency", "spikes", "energy/spike", "encoders", "bits",
        "bits/spike", "same circuit", "at equal energy",
    )  # fmt: skip
    return [header, *(_row(entry) for entry in document["encodings"])]


def _row(entry: Mapping[str, Any]) -> tuple[str, ...]:
    each, encoders = entry["energy_per_spike_J"], entry["encoder_energy_J"]
    same = entry["same_circuit"]
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
        "leaves the tables" if same is None else f"{same['accuracy']:.2%}",
        _within_text(entry["within"]),
    )


def same_circuit_rows(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Every code in the circuit of one of them as text, header first."""
    header = ("same circuit", "accuracy", "energy", "latency", "spikes", "undecided", "at equal energy")
    found = ((entry["encoding"], entry["same_circuit"]) for entry in document["encodings"])
    return [header, *(_same_row(name, same) for name, same in found if same is not None)]


def _same_row(name: str, same: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        name,
        f"{same['accuracy']:.2%}",
        format_quantity(same["energy_per_image_J"], "J"),
        format_quantity(same["latency_per_image_s"], "s"),
        f"{sum(same['spikes_by_layer']):.0f}",
        f"{same['undecided']:.1%}",
        _within_text(same["within"]),
    )


def _within_text(point: Mapping[str, Any] | None) -> str:
    return "none" if point is None else f"{point['accuracy']:.2%} ({format_quantity(point['energy_J'], 'J')})"


def encoding_document(comparison: Comparison, task: Task) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "images": len(task.test[1]),
        "calibration_images": len(task.calibration[1]),
        "readout": task.readout,
        "reference": comparison.reference,
        "reference_energy_J": comparison.budget,
        "same_circuit": {
            "calibrated_for": comparison.circuit,
            "scales": list(comparison.circuit_scales),
            "reference_energy_J": comparison.circuit_budget,
        },
        "encodings": [_entry(one) for one in comparison.compared],
        "verdict": verdict(comparison),
        "assumed": [
            "energy of an image is without encoders; theirs is encoder_energy_J, from the typical corner's figures at "
            "the head of the cells in netlists/cells, null where there is no circuit",
            "weights say for which encoding they were trained; pulse steps were scaled on training images",
            f"same circuit: the pulse steps are those scaled for {comparison.circuit}, whatever the code",
            f"within the energy: scales and window that are best on training images with no more energy there than "
            f"{comparison.reference} takes, {format_quantity(comparison.budget, 'J')}, in the same circuit "
            f"{format_quantity(comparison.circuit_budget, 'J')}",
        ],
    }


def _entry(one: Compared) -> Mapping[str, Any]:
    bits = one.information
    return {
        "encoding": one.encoding.name,
        "equation": one.encoding.equation,
        "encoder_table": one.encoding.table,
        "window_s": one.encoding.encoder.window,
        "weights": one.weights,
        "scales": list(one.scales),
        **_figures(one.evaluation),
        "encoder_energy_J": one.encoder_energy,
        "within": _point(one.within),
        "bits_per_window": bits.bits_per_window,
        "bits_per_spike": bits.bits_per_spike,
        "bits_per_second": bits.bits_per_second,
        "curve": [_point(point) for point in one.curve],
        "same_circuit": None if one.same_circuit is None else _same_entry(one.same_circuit),
    }


def _same_entry(same: SameCircuit) -> Mapping[str, Any]:
    curve = [_point(point) for point in same.curve]
    return {**_figures(same.evaluation), "within": _point(same.within), "curve": curve}


def _figures(found: Evaluation) -> Mapping[str, Any]:
    return {
        "accuracy": found.accuracy,
        "undecided": found.undecided,
        "energy_per_image_J": found.energy_per_image_J,
        "latency_per_image_s": found.latency_per_image_s,
        "spikes_by_layer": list(found.spikes_by_layer),
        "energy_per_spike_J": found.energy_per_spike_J if found.spikes_per_image else None,
    }


def _point(point: CurvePoint | None) -> Mapping[str, Any] | None:
    if point is None:
        return None
    return {
        "window_s": point.window,
        "scales": list(point.scales),
        "accuracy": point.accuracy,
        "energy_J": point.energy,
        "latency_s": point.latency,
    }


def encoding_figure(document: Mapping[str, Any]) -> bytes:
    """Accuracy against energy of an image as PNG, a line for each encoding over its windows: each with a gain of its
    own, and all in the same circuit.
    """
    from matplotlib.figure import Figure

    from memchar.figures import png

    if not document["encodings"]:
        raise InputError("there is no encoding to draw")
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    own, same = figure.subplots(1, 2)
    for entry, marker in zip(document["encodings"], "osv^<>DPX*hp", strict=False):
        _curve(own, entry["encoding"], entry["curve"], marker)
        if entry["same_circuit"] is not None:
            _curve(same, entry["encoding"], entry["same_circuit"]["curve"], marker)
    for panel, title in ((own, "each with its own gain"), (same, "all in the same circuit")):
        panel.set_title(title, fontsize=10)
        panel.set_xlabel("energy of an image, without encoders [pJ]")
        panel.set_ylabel("accuracy [%]")
        panel.grid(alpha=0.3)
    own.legend(fontsize=7)
    return png(figure)


def _curve(panel: Axes, name: str, points: Sequence[Mapping[str, Any]], marker: str) -> None:
    energies, accuracies = [1e12 * one["energy_J"] for one in points], [100 * one["accuracy"] for one in points]
    panel.plot(energies, accuracies, marker=marker, ms=5, lw=1.2, label=name)
