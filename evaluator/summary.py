"""From the raw outcome of the kernel to the figures of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluator.behaviour import ColumnBehaviour, NeuronBehaviour
from evaluator.evaluation import COUNTED, Evaluation, Periphery
from evaluator.interface import InterfaceErrors
from evaluator.mapping import MappedLayer
from evaluator.network import Evaluated
from evaluator.outcome import Outcome, row_pulses
from evaluator.prepared import ImageRun

UInt8Array = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Simulated:
    """Raw outcome of the kernel, and the behaviour that it rests on; `seconds` of wall-clock time it took.

    `interface_errors` are those of each layer's column interfaces where they act, else none; `run` simulates again.
    """

    outcome: Outcome
    neuron: NeuronBehaviour
    columns: tuple[ColumnBehaviour, ...]
    gains: tuple[float, ...]
    mapped: tuple[MappedLayer, ...]
    seconds: float
    interface_errors: tuple[InterfaceErrors, ...] = ()
    run: ImageRun | None = None

    @property
    def row_pulses(self) -> NDArray[np.int64]:
        """Row drivers that switched until the decision, (images, layers)."""
        return row_pulses(self.outcome)


def summarize(network: Evaluated, simulated: Simulated, labels: UInt8Array, periphery: Periphery) -> Evaluation:
    """Figures of `simulated` images with `labels`, and of the circuits around the crossbar."""
    outcome, neuron, columns = simulated.outcome, simulated.neuron, simulated.columns
    classes = network.sizes[-1]
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, outcome.winner), 1)
    breakdown = energies(outcome, neuron, columns) | dict(periphery.breakdown_J)
    energy = sum(breakdown.values())
    spikes, events = float(outcome.spikes.sum(axis=1).mean()), float(outcome.events.sum(axis=1).mean())
    latency = float(outcome.decision.mean())
    outside = int(outcome.outside.sum())
    return Evaluation(
        accuracy=float(np.trace(confusion) / len(labels)),
        undecided=float(1 - outcome.fired.mean()),
        images=len(labels),
        energy_per_image_J=energy,
        energy_per_spike_J=energy / spikes if spikes else float("nan"),
        energy_per_synaptic_event_J=energy / events if events else float("nan"),
        spikes_per_image=spikes,
        synaptic_events_per_image=events,
        latency_per_image_s=latency,
        power_W=energy / latency,
        images_per_second=len(labels) / simulated.seconds,
        spikes_by_layer=tuple(outcome.spikes.mean(axis=0).tolist()),
        breakdown_J=breakdown,
        confusion=confusion,
        predictions=outcome.winner,
        latencies=outcome.decision,
        gains=simulated.gains,
        clamped_lookups=outside,
        spread={
            **neuron.spread,
            "array": max(column.array_error for column in columns),
            "column_energy_ratio": max(column.energy_spread for column in columns),
        },
        counted=COUNTED + periphery.counted,
        assumed=assumptions(simulated) + periphery.assumed,
        not_counted=periphery.not_counted,
    )


def energies(outcome: Outcome, neuron: NeuronBehaviour, columns: tuple[ColumnBehaviour, ...]) -> dict[str, float]:
    """Mean energy of an image by block [J]; layers count from 1."""
    found = {}
    for layer, column in enumerate(columns):
        per_siemens_second = column.read_voltage**2 * column.energy_ratio
        found[f"crossbar_{layer + 1}"] = float(outcome.charge[:, layer].mean()) * per_siemens_second
    for layer in range(outcome.static.shape[1]):
        found[f"neuron_static_{layer + 1}"] = float(outcome.static[:, layer].mean())
        found[f"neuron_spikes_{layer + 1}"] = float(outcome.spikes[:, layer + 1].mean()) * neuron.spike_energy
    return found


_INTERFACE = {
    False: "ideal column interface in time and charge, no delay",
    True: "column interface with the gains, offsets and mean delay of its tables, linear in the current",
}


def _column_assumptions(column: ColumnBehaviour) -> tuple[str, ...]:
    """Wires and drivers of the column table."""
    return (
        f"column wire of {column.wire_resistance:g} ohm a cell, row wires without resistance",
        f"row drivers of {column.driver_resistance:g} ohm, idle rows held at 0 V",
    )


def _selects(simulated: Simulated) -> str:
    """Of all layers, or each layer's where they differ."""
    found = [f"{column.select_resistance:g} ohm" for column in simulated.columns]
    return found[0] if len(set(found)) == 1 else f"of {', '.join(found)} (layer by layer)"


def assumptions(simulated: Simulated) -> tuple[str, ...]:
    """What was assumed, with the numbers used."""
    gains = ", ".join(f"{gain:.3g}" for gain in simulated.gains)
    membrane, neuron = simulated.neuron.membrane, simulated.neuron
    return (
        f"{_INTERFACE[bool(simulated.interface_errors)]}: current gains {gains}; stops at {membrane.floor:.3g} V",
        f"select resistance {_selects(simulated)} in series with every cell",
        f"a membrane stays at 0 V for {membrane.dead_time * 1e9:.4g} ns after a spike, whatever its input",
        f"a hidden spike is a read pulse of about {neuron.spike_width * 1e9:.4g} ns on its row",
        *_column_assumptions(simulated.columns[0]),
        "cells stay in their state while they are read",
    )
