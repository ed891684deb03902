"""Figures of each layer out of a simulated network, and what layers add to what was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluator.evaluation import Evaluation
from evaluator.networks.description import LayeredNetwork
from evaluator.networks.neuronmodel import LIF
from evaluator.networks.wiring import Wiring
from evaluator.summary import Simulated


@dataclass(frozen=True, eq=False, kw_only=True)
class SimulatedLayers(Simulated):
    """Raw outcome of the layer kernel, and how the layers lie on their arrays."""

    wirings: tuple[Wiring, ...]


@dataclass(frozen=True, eq=False)
class LayeredEvaluation:
    """`total`: the figures of the whole network. Then of each layer with neurons, in order: `energy_J` [J], the sum of
    its blocks of `total.breakdown_J`; `first_spike_s`: mean time of its first spike over the images on which it spiked
    [s], None where it never did; `spikes`, `synaptic_events`, `row_pulses` an image [1]; `weight_error`: relative error
    of its weights on the device's levels [1].
    """

    total: Evaluation
    energy_J: tuple[float, ...]
    first_spike_s: tuple[float | None, ...]
    spikes: tuple[float, ...]
    synaptic_events: tuple[float, ...]
    row_pulses: tuple[float, ...]
    weight_error: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """The figures of the whole, and `layers` with those of each."""
        names = [name for name in vars(self) if name != "total"]
        rows = zip(*(getattr(self, name) for name in names), strict=True)
        return {**self.total.as_json(), "layers": [dict(zip(names, row, strict=True)) for row in rows]}


def by_layer(
    total: Evaluation, network: LayeredNetwork, simulated: SimulatedLayers, time_step: float | None
) -> LayeredEvaluation:
    """The figures of the whole, `total`, with those of each layer and what layers add to what was assumed."""
    outcome = simulated.outcome
    count = len(simulated.wirings)
    return LayeredEvaluation(
        total=replace(total, assumed=total.assumed + assumptions(network, simulated, time_step)),
        energy_J=layer_energies(total.breakdown_J, count),
        first_spike_s=tuple(_mean_of_known(outcome.first_spike[:, index + 1]) for index in range(count)),
        spikes=tuple(outcome.spikes[:, 1:].mean(axis=0).tolist()),
        synaptic_events=tuple(outcome.events.mean(axis=0).tolist()),
        row_pulses=tuple(simulated.row_pulses.mean(axis=0).tolist()),
        weight_error=tuple(wiring.error for wiring in simulated.wirings),
    )


def layer_energies(breakdown: Mapping[str, float], count: int) -> tuple[float, ...]:
    """Energy of each layer [J]: the blocks that are named with its number.

    >>> layer_energies({"crossbar_1": 1.0, "neuron_static_1": 2.0, "crossbar_2": 4.0, "decoder": 8.0}, 2)
    (3.0, 4.0)
    """
    found = [0.0] * count
    for name, energy in breakdown.items():
        numbers = [int(part) for part in name.split("_") if part.isdigit()]
        if numbers:
            found[numbers[0] - 1] += energy
    return tuple(found)


def assumptions(network: LayeredNetwork, simulated: SimulatedLayers, time_step: float | None) -> tuple[str, ...]:
    """What layers add to what was assumed."""
    lines = []
    membrane, threshold = simulated.neuron.membrane, simulated.neuron.threshold
    at_half = float(np.interp(0.5 * threshold, _grid(membrane.start, membrane.inverse_step, membrane.leak.size),
                              membrane.leak))  # fmt: skip
    for number, (layer, wiring) in enumerate(zip(network.weighted, simulated.wirings, strict=True), 1):
        if wiring.places > 1:
            lines.append(f"layer {number}: weights are shared by {wiring.places} copies of an array, counted all")
        if wiring.once:
            lines.append(f"layer {number}: what passes the first spike of a window of max pooling costs nothing")
        if wiring.delay is not None:
            lines.append(f"layer {number}: spikes come back after {wiring.delay:g} s; the delay line costs nothing")
            if number == 1:
                lines.append("layer 1: spikes that come back are pulses as wide as its inputs', with their own charge")
        if wiring.error > 0:
            lines.append(f"layer {number}: weights on {network.levels} levels a sign miss by {wiring.error:.3g}")
        if layer.neuron.kind == LIF:
            wanted = 0.5 * threshold / (layer.neuron.membrane_time * network.timing.scale)
            lines.append(
                f"layer {number}: at half the threshold the circuit's membrane falls by {at_half:.3g} V/s, a leak of "
                f"{layer.neuron.membrane_time * network.timing.scale:.3g} s would by {wanted:.3g} V/s"
            )
    if time_step is not None:
        lines.append(f"spikes are handed on at multiples of {time_step:g} s only")
    return tuple(lines)


def _grid(start: float, inverse_step: float, size: int) -> NDArray[np.float64]:
    return np.asarray(start + np.arange(size) / inverse_step)


def _mean_of_known(times: NDArray[np.float64]) -> float | None:
    known = times[np.isfinite(times)]
    return float(known.mean()) if known.size else None
