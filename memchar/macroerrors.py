"""How far the evaluator is from ngspice on whole networks: errors of one image, and their summary over all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

TIE = 0.2e-9
"""Output spikes closer than this come together as far as ngspice can tell [s].

Spikes of neurons under random pulses move by up to 17 ps when the steps are a quarter and the tolerances a tenth, and
by up to 166 ps when Gear's method takes the trapezoidal one's place (`python -m benchmarks.spikeresolution`).
"""

Spikes = dict[tuple[int, int], list[float]]
"""Spike times [s] by (layer from 1, neuron from 0)."""


@dataclass(frozen=True)
class MacroOutcome:
    """One image in one of the two: spikes, class, whether an output spiked, latency [s] and energies by block [J].

    The class is the evaluator's: that of the first output spike; without one, that of the highest output membrane.
    """

    spikes: Spikes
    decided: int
    fired: bool
    latency: float
    energy: Mapping[str, float]


@dataclass(frozen=True)
class MacroComparison:
    """One image, evaluator against ngspice.

    `spike_time_errors` are |difference| of matched spikes over the window [1]; the k-th spike of a neuron is matched
    with its k-th. `unmatched_spikes` have no partner. Where no output spiked, which `fired` says, the highest membrane
    at the end of the window gives the class. `energy_error` is the relative error of all counted energy, `block_errors`
    by block. `margin`: by how much the first output spike of ngspice leads that of any other neuron, or the end of the
    window [s]; 0 without one.
    """

    image: int
    label: int
    ngspice_class: int
    evaluator_class: int
    ngspice_fired: bool
    evaluator_fired: bool
    spikes: int
    unmatched_spikes: int
    spike_time_errors: tuple[float, ...]
    latency_ngspice: float
    latency_evaluator: float
    energy_ngspice: float
    energy_evaluator: float
    energy_error: float
    block_errors: Mapping[str, float]
    margin: float


def decided(layers: int, window: float, spikes: Spikes, highest: int, energy: Mapping[str, float]) -> MacroOutcome:
    """Class and latency by the first output spike; the `highest` membrane and the whole `window` [s] without one."""
    first = {neuron: times[0] for (layer, neuron), times in spikes.items() if layer == layers and times}
    if not first:
        return MacroOutcome(spikes, highest, False, window, energy)
    winner = min(first, key=lambda neuron: first[neuron])
    return MacroOutcome(spikes, winner, True, first[winner], energy)


def lead(truth: MacroOutcome, window: float) -> float:
    """Time from the deciding spike to the first of any other output neuron, or to the end of the window [s]."""
    layer = max((layer for layer, _ in truth.spikes), default=0)
    others = [times[0] for (at, neuron), times in truth.spikes.items() if at == layer and neuron != truth.decided]
    return min(min(others, default=window), window) - truth.latency if truth.fired else 0.0


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
        ngspice_fired=truth.fired,
        evaluator_fired=table.fired,
        spikes=sum(map(len, truth.spikes.values())),
        unmatched_spikes=unmatched,
        spike_time_errors=tuple(errors),
        latency_ngspice=truth.latency,
        latency_evaluator=table.latency,
        energy_ngspice=total,
        energy_evaluator=found,
        energy_error=found / total - 1.0,
        block_errors={block: table.energy[block] / value - 1.0 for block, value in truth.energy.items() if value > 0},
        margin=lead(truth, window),
    )


def summary(compared: Sequence[MacroComparison]) -> dict[str, Any]:
    """Agreement over all images: share of equal classes; median, 95th percentile and worst of each error."""
    times = [error for item in compared for error in item.spike_time_errors]
    clear = [item for item in compared if not item.ngspice_fired or item.margin >= TIE]
    return {
        "images": len(compared),
        "class_agreement": float(np.mean([item.ngspice_class == item.evaluator_class for item in compared])),
        "same_decision": _same_decision(compared),
        "ties": len(compared) - len(clear),
        "same_decision_but_ties": _same_decision(clear),
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
        ("same class, and both or neither by a spike", f"{100 * found['same_decision']:.4g} %", "", ""),
        (
            f"the same, {found['ties']} ties within {1e9 * TIE:g} ns aside",
            f"{100 * found['same_decision_but_ties']:.4g} %",
            "",
            "",
        ),
        *_differing(document),
    ]


def _differing(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A line for each image on which the two differ."""

    def told(name: int, fired: bool) -> str:
        return f"{name}" if fired else f"{name} by its membrane"

    return [
        (
            f"image {item['image']}",
            f"ngspice {told(item['ngspice_class'], item['ngspice_fired'])}",
            f"tables {told(item['evaluator_class'], item['evaluator_fired'])}",
            f"lead {1e9 * item['margin']:.3g} ns",
        )
        for item in document["images"]
        if (item["ngspice_class"], item["ngspice_fired"]) != (item["evaluator_class"], item["evaluator_fired"])
    ]


def _same_decision(compared: Sequence[MacroComparison]) -> float:
    """Share of images of the same class, in both by a spike or in both by the membrane; 1 of none."""
    same = [(i.ngspice_class, i.ngspice_fired) == (i.evaluator_class, i.evaluator_fired) for i in compared]
    return float(np.mean(same)) if same else 1.0


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {"median": 0.0, "p95": 0.0, "worst": 0.0}
    return {
        "median": float(np.median(values)),
        "p95": float(np.percentile(values, 95)),
        "worst": float(np.max(values)),
    }
