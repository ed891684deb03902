"""The evaluator against the truth: the same small network on tables and, transistor by transistor, in ngspice.

For each image the network is written as one deck (`netlists.network_deck`) and simulated for the whole window. Spike
times, class, latency and energies are held against those of the event-driven kernel, which sees nothing but tables.
Only the column table is made for the purpose: the shipped one is of a 98-row tile, this network's columns are shorter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from memchar.config import PipelineConfig, with_rows
from memchar.progress import ProgressCallback

if TYPE_CHECKING:
    from circuits.tables import TableSet
    from circuits.waveforms import Waveforms
    from devicefit import DeviceCard
    from evaluator import SpikingNetwork
    from netlists import Deck

NETWORKS = {"16x8x4": "mnist-16-8-4"}
"""Macros that can be compared, and the weights each ships with."""
_RECORDED = 1000

Spikes = dict[tuple[int, int], list[float]]
"""Spike times [s] by (layer from 1, neuron from 0)."""


@dataclass(frozen=True)
class MacroOutcome:
    """One image in one of the two: spikes, class (None: no output spike), latency [s] and energies by block [J]."""

    spikes: Spikes
    decided: int | None
    latency: float
    energy: Mapping[str, float]


@dataclass(frozen=True)
class MacroComparison:
    """One image, evaluator against ngspice.

    `spike_time_errors` are |difference| of matched spikes over the window [1]; the k-th spike of a neuron is matched
    with its k-th. `unmatched_spikes` have no partner. `energy_error` is the relative error of all counted energy,
    `block_errors` by block.
    """

    image: int
    label: int
    ngspice_class: int | None
    evaluator_class: int | None
    spikes: int
    unmatched_spikes: int
    spike_time_errors: tuple[float, ...]
    latency_ngspice: float
    latency_evaluator: float
    energy_ngspice: float
    energy_evaluator: float
    energy_error: float
    block_errors: Mapping[str, float]


def compare_macro(
    name: str,
    card: DeviceCard,
    tables: TableSet,
    config: PipelineConfig,
    *,
    images: int,
    mnist: Path | None,
    progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Compare a macro on the first test images; returns errors by image and their summary, ready for JSON.

    Raises
    ------
    InputError
        The macro is not known, or MNIST cannot be found.
    SimulationError
        A deck could not be simulated; the image is named.
    """
    from circuits import run_decks
    from circuits.outcome import Failure
    from evaluator import load_mnist, load_network, shipped_weights, small_digits
    from measurements.errors import InputError, SimulationError

    if name not in NETWORKS:
        raise InputError(f"there is no macro {name!r}", hint=f"use {', '.join(NETWORKS)}")
    network = load_network(shipped_weights(NETWORKS[name]))
    data = load_mnist(mnist)
    pixels, labels = (part[:images] for part in small_digits(data.test_images, data.test_labels))
    short = _with_short_columns(card, tables, config, network.sizes[0])
    predicted = [_on_tables(network, short, card, image) for image in pixels]
    gains = predicted[0][1]
    decks = [_deck(network, gains, card, config, image) for image in pixels]
    outcomes = run_decks(decks, config.simulation.jobs, config.simulation.timeout, progress)
    compared = []
    for index, (deck, outcome) in enumerate(zip(decks, outcomes, strict=True)):
        if isinstance(outcome, Failure):
            raise SimulationError(f"macro {name}, image {index}: {outcome.message}")
        truth = _in_ngspice(network, deck, outcome, config.neuron.supply_voltage)
        compared.append(compare(index, int(labels[index]), truth, predicted[index][0], network.encoder.window))
    return {"macro": name, "images": [asdict(item) for item in compared], "summary": summary(compared)}


def compare(image: int, label: int, truth: MacroOutcome, table: MacroOutcome, window: float) -> MacroComparison:
    """Errors of the evaluator on one image."""
    errors, unmatched = [], 0
    for key in sorted(set(truth.spikes) | set(table.spikes)):
        there, here = truth.spikes.get(key, []), table.spikes.get(key, [])
        errors += [abs(a - b) / window for a, b in zip(there, here, strict=False)]
        unmatched += abs(len(there) - len(here))
    total, found = sum(truth.energy.values()), sum(table.energy.values())
    return MacroComparison(
        image=image,
        label=label,
        ngspice_class=truth.decided,
        evaluator_class=table.decided,
        spikes=sum(map(len, truth.spikes.values())),
        unmatched_spikes=unmatched,
        spike_time_errors=tuple(errors),
        latency_ngspice=truth.latency,
        latency_evaluator=table.latency,
        energy_ngspice=total,
        energy_evaluator=found,
        energy_error=found / total - 1.0,
        block_errors={block: table.energy[block] / value - 1.0 for block, value in truth.energy.items() if value > 0},
    )


def summary(compared: Sequence[MacroComparison]) -> dict[str, Any]:
    """Agreement over all images: share of equal classes; median, 95th percentile and worst of each error."""
    times = [error for item in compared for error in item.spike_time_errors]
    return {
        "images": len(compared),
        "class_agreement": float(np.mean([item.ngspice_class == item.evaluator_class for item in compared])),
        "spikes": sum(item.spikes for item in compared),
        "unmatched_spikes": sum(item.unmatched_spikes for item in compared),
        "spike_time_error_of_window": _quantiles(times),
        "latency_error": _quantiles([abs(i.latency_evaluator / i.latency_ngspice - 1.0) for i in compared]),
        "energy_error": _quantiles([abs(item.energy_error) for item in compared]),
        "block_energy_error": {
            block: _quantiles([abs(item.block_errors[block]) for item in compared if block in item.block_errors])
            for block in compared[0].block_errors
        },
    }


def macro_rows(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The summary as lines of a text table."""
    found = document["summary"]

    def row(name: str, errors: Mapping[str, float]) -> tuple[str, ...]:
        return (name, *(f"{100 * errors[part]:.3g} %" for part in ("median", "p95", "worst")))

    return [
        (f"{document['macro']}, {found['images']} images", "median", "p95", "worst"),
        row("spike time, of the window", found["spike_time_error_of_window"]),
        row("latency", found["latency_error"]),
        row("energy", found["energy_error"]),
        *(row(f"energy, {block}", errors) for block, errors in found["block_energy_error"].items()),
        ("spikes without a partner", f"{found['unmatched_spikes']} of {found['spikes']}", "", ""),
        ("same class", f"{100 * found['class_agreement']:.4g} %", "", ""),
    ]


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {"median": 0.0, "p95": 0.0, "worst": 0.0}
    return {
        "median": float(np.median(values)),
        "p95": float(np.percentile(values, 95)),
        "worst": float(np.max(values)),
    }


def _with_short_columns(card: DeviceCard, tables: TableSet, config: PipelineConfig, rows: int) -> TableSet:
    """The tables with `column_read` made afresh for columns of `rows` cells."""
    from circuits.tables import TableSet
    from memchar.pipeline import characterize, compose

    circuits = compose(card, with_rows(config, rows))
    columns = replace(circuits, procedures=tuple(p for p in circuits.procedures if p.name == "column_read"))
    made = characterize(columns, config)
    return TableSet({**tables.tables, **made.tables}, tables.attributes)


def _on_tables(
    network: SpikingNetwork, tables: TableSet, card: DeviceCard, image: np.ndarray
) -> tuple[MacroOutcome, tuple[float, ...]]:
    """The kernel's outcome over the whole window, and the gains of the column interface it chose."""
    from evaluator import simulate
    from evaluator.evaluate import energies

    simulated = simulate(network, tables, card, image[None], threads=1, stop_at_first=False, recorded=_RECORDED)
    outcome = simulated.outcome
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
    return _decided(network, ordered, blocks), simulated.gains


def _decided(network: SpikingNetwork, spikes: Spikes, energy: Mapping[str, float]) -> MacroOutcome:
    """Class and latency by the first output spike."""
    last = len(network.weights)
    first = {neuron: times[0] for (layer, neuron), times in spikes.items() if layer == last and times}
    winner = min(first, key=lambda neuron: first[neuron]) if first else None
    latency = network.encoder.window if winner is None else first[winner]
    return MacroOutcome(spikes, winner, latency, energy)


def _deck(
    network: SpikingNetwork,
    gains: tuple[float, ...],
    card: DeviceCard,
    config: PipelineConfig,
    image: np.ndarray,
) -> Deck:
    from memchar.pipeline import technology_of
    from memchar.variants import device_of
    from netlists import Neuron, RowDriver, Wire
    from netlists.crossbar import CrossbarCells
    from netlists.network import NetworkSpec, network_deck

    array, neuron, encoder = config.array, config.neuron, network.encoder
    delays = encoder.row_delay(network.sizes[0])
    trains = encoder.pixel_trains()
    latest = encoder.window - encoder.pulse_width
    starts = [trains[value] + delay for value, delay in zip(image, delays, strict=True)]
    spec = NetworkSpec(
        weights=network.weights,
        # A pulse is counted from the middle of its edge.
        input_spikes=tuple(tuple(float(t) - array.edge_time / 2 for t in row if t <= latest) for row in starts),
        gains=gains,
        stop_time=encoder.window,
        read_voltage=array.read_voltage,
        pulse_width=encoder.pulse_width,
        edge_time=array.edge_time,
        neuron=Neuron(membrane_capacitance=neuron.membrane_capacitance, supply_voltage=neuron.supply_voltage),
        driver=RowDriver(array.driver_resistance),
        cells=CrossbarCells(
            array.select_resistance,
            array.sense_resistance,
            Wire(array.wire_resistance, array.wire_capacitance),
        ),
    )
    return network_deck(spec, technology_of(config), device_of(card, config))


def _in_ngspice(network: SpikingNetwork, deck: Deck, waveforms: Waveforms, supply: float) -> MacroOutcome:
    """Spikes at half of the supply, and the energies that the deck measures."""
    from circuits.measure import evaluate_all
    from netlists.network import spike_vector

    spikes: Spikes = {}
    for layer, matrix in enumerate(network.weights, 1):
        for neuron in range(matrix.shape[1]):
            times = _rises(waveforms.time, waveforms.vector(spike_vector(layer, neuron)), 0.5 * supply)
            if times:
                spikes[layer, neuron] = times
    measured = evaluate_all(deck, waveforms)
    layers = range(1, len(network.weights) + 1)
    blocks = {f"crossbar {k}": measured[f"crossbar_energy_{k}"] for k in layers}
    blocks |= {f"neurons {k}": measured[f"neuron_energy_{k}"] for k in layers}
    return _decided(network, spikes, blocks)


def _rises(time: np.ndarray, values: np.ndarray, level: float) -> list[float]:
    """Times at which `values` rise through `level`, linear between points [s]."""
    before = np.flatnonzero((values[:-1] < level) & (values[1:] >= level))
    share = (level - values[before]) / (values[before + 1] - values[before])
    return [float(t) for t in time[before] + share * (time[before + 1] - time[before])]
