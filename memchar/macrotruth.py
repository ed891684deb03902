"""A whole network of transistors in ngspice, one image after another; what is finished is kept in a cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from memchar.config import PipelineConfig
from memchar.macroerrors import MacroOutcome, Spikes, decided
from memchar.progress import ProgressCallback

if TYPE_CHECKING:
    from circuits import Cache
    from circuits.engine import Engine
    from circuits.waveforms import Waveforms
    from devicefit import DeviceCard
    from evaluator import SpikingNetwork
    from netlists import Deck

PATIENCE = 10
"""A whole network may take so many times the time-out of a table's point [1]."""


def macro_deck(
    network: SpikingNetwork,
    gains: tuple[float, ...],
    card: DeviceCard,
    config: PipelineConfig,
    image: np.ndarray,
) -> Deck:
    """The network and the spike trains of one image as one deck."""
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
        neuron=Neuron(
            membrane_capacitance=neuron.membrane_capacitance,
            supply_voltage=neuron.supply_voltage,
            leak_bias=neuron.leak_bias,
        ),
        driver=RowDriver(array.driver_resistance),
        cells=CrossbarCells(
            array.select_resistance,
            array.sense_resistance,
            Wire(array.wire_resistance, array.wire_capacitance),
        ),
    )
    return network_deck(spec, technology_of(config), device_of(card, config))


def macro_truth(
    network: SpikingNetwork,
    decks: Sequence[Deck],
    config: PipelineConfig,
    cache: Cache | None,
    progress: ProgressCallback | None,
) -> list[MacroOutcome]:
    """What ngspice gives for each deck. An image in `cache` is not run again; each one that ends is put there at once.

    Raises
    ------
    SimulationError
        A deck could not be simulated; the image is named, and the others that ended are in the cache.
    """
    from circuits.outcome import Failure
    from circuits.parallel import run_tasks
    from measurements.errors import SimulationError

    tasks = [_Image(network, deck, config, cache, index) for index, deck in enumerate(decks)]
    found: list[Mapping[str, float]] = []
    for index, outcome in enumerate(run_tasks(tasks, config.simulation.jobs, progress)):
        if isinstance(outcome, Failure):
            raise SimulationError(f"macro, image {index}: {outcome.message}")
        found.append(outcome)
    return [_outcome(network, numbers) for numbers in found]


class _Image:
    """The task of one image: its numbers by name, from the cache or from ngspice."""

    def __init__(
        self, network: SpikingNetwork, deck: Deck, config: PipelineConfig, cache: Cache | None, index: int
    ) -> None:
        self._network, self._deck, self._config, self._cache, self._index = network, deck, config, cache, index

    def __call__(self, engine: Engine) -> Mapping[str, float]:
        from circuits.cache import point_key
        from circuits.result import Measured

        includes = [f"{file.name} {file.sha256}" for file in self._deck.includes]
        supply = self._config.neuron.supply_voltage
        key = point_key("macro", self._deck.key, f"ngspice {engine.ngspice.version} {supply!r}", *includes)
        kept = None if self._cache is None else self._cache.get(key)
        if kept is not None and kept.after is not None:
            return kept.after
        patience = PATIENCE * self._config.simulation.timeout
        waveforms = engine.run(self._deck, patience, f"image {self._index}")
        numbers = _numbers(self._network, self._deck, waveforms, supply)
        if self._cache is not None:
            self._cache.put(key, Measured(None, numbers, 0.0))
        return numbers


def _numbers(network: SpikingNetwork, deck: Deck, waveforms: Waveforms, supply: float) -> dict[str, float]:
    """Spikes at half of the supply [s], named by layer, neuron and number, the last membranes [V], energies [J]."""
    from circuits.measure import evaluate_all
    from netlists.network import membrane_vector, spike_vector

    numbers: dict[str, float] = {}
    for layer, matrix in enumerate(network.weights, 1):
        for neuron in range(matrix.shape[1]):
            times = _rises(waveforms.time, waveforms.vector(spike_vector(layer, neuron)), 0.5 * supply)
            numbers |= {f"spike {layer} {neuron} {k}": time for k, time in enumerate(times)}
            numbers[f"membrane {layer} {neuron}"] = float(waveforms.vector(membrane_vector(layer, neuron))[-1])
    measured = evaluate_all(deck, waveforms)
    for layer in range(1, len(network.weights) + 1):
        numbers[f"crossbar {layer}"] = measured[f"crossbar_energy_{layer}"]
        numbers[f"neurons {layer}"] = measured[f"neuron_energy_{layer}"]
    return numbers


def _outcome(network: SpikingNetwork, numbers: Mapping[str, float]) -> MacroOutcome:
    spikes: Spikes = {}
    for name, value in numbers.items():
        if name.startswith("spike "):
            layer, neuron, _ = (int(part) for part in name.split()[1:])
            spikes.setdefault((layer, neuron), []).append(value)
    layers = range(1, len(network.weights) + 1)
    blocks = [f"crossbar {k}" for k in layers] + [f"neurons {k}" for k in layers]
    ordered = {key: sorted(times) for key, times in spikes.items()}
    last = len(network.weights)
    membranes = [numbers[f"membrane {last} {neuron}"] for neuron in range(network.sizes[-1])]
    energy = {name: numbers[name] for name in blocks}
    return decided(last, network.encoder.window, ordered, int(np.argmax(membranes)), energy)


def _rises(time: np.ndarray, values: np.ndarray, level: float) -> list[float]:
    """Times at which `values` rise through `level`, linear between points [s]."""
    before = np.flatnonzero((values[:-1] < level) & (values[1:] >= level))
    share = (level - values[before]) / (values[before + 1] - values[before])
    return [float(t) for t in time[before] + share * (time[before + 1] - time[before])]
