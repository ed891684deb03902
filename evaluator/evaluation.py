"""What an evaluation says, with the definition of each figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from evaluator.distribution import BlockFigures


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Figures of a network on a set of images, at the decision of each (first output spike, or the end of the
    window).

    accuracy
        Share of images whose first output spike names their label; where no output spiked the highest output
        membrane does [1].
    undecided
        Share of images on which no output spiked within the window [1].
    images
        Number of images [1].
    energy_per_image_J
        Mean of all counted energies up to the decision [J]; `breakdown_J` gives it by block.
    energy_per_spike_J
        energy_per_image_J over the mean number of all spikes of an image: inputs, hidden, outputs [J].
    energy_per_synaptic_event_J
        energy_per_image_J over the mean number of synaptic events: one pulse on a row times each +-1 weight
        on it [J].
    spikes_per_image, synaptic_events_per_image
        Those means [1]; `spikes_by_layer` starts with the inputs.
    latency_per_image_s
        Mean time from the start of the image to its decision [s].
    power_W
        energy_per_image_J / latency_per_image_s [W].
    images_per_second
        Images over wall-clock time of this evaluation, encoding included, compilation and mapping not [1/s].
    confusion
        (label, decision) counts.
    predictions, latencies
        Per image: decided class, time of decision [s].
    gains
        Current gain of the column interface of each layer [1].
    clamped_lookups
        Look-ups outside the tables; 0 unless they were allowed [1].
    spread
        Relative uncertainty of numbers that the tables show to vary while one value is used [1].
    counted, assumed, not_counted
        What the energies contain, what was assumed, and what is left out.
    static_J, dynamic_J
        Parts of energy_per_image_J that grow with time, and with what happens; what of a spike is drawn on waking up
        is booked with the static energy of its neuron [J]. None, and the three below empty, where only means were made.
    percentiles
        Of energy [J], latency [s] and power [W] over images, by name of the figure.
    blocks
        Energy by layer, block and operation, static and dynamic, in distribution over images (`BlockFigures`).
    first_spikes
        When the inputs and each layer first spike until the decision (`distribution.first_spikes`).
    """

    accuracy: float
    undecided: float
    images: int
    energy_per_image_J: float
    energy_per_spike_J: float
    energy_per_synaptic_event_J: float
    spikes_per_image: float
    synaptic_events_per_image: float
    latency_per_image_s: float
    power_W: float
    images_per_second: float
    spikes_by_layer: tuple[float, ...]
    breakdown_J: Mapping[str, float]
    confusion: NDArray[np.int64]
    predictions: NDArray[np.int64]
    latencies: NDArray[np.float64]
    gains: tuple[float, ...]
    clamped_lookups: int
    spread: Mapping[str, float]
    counted: tuple[str, ...]
    assumed: tuple[str, ...]
    not_counted: tuple[str, ...]
    static_J: float | None = None
    dynamic_J: float | None = None
    percentiles: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    blocks: tuple[BlockFigures, ...] = ()
    first_spikes: tuple[Mapping[str, float | None], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Everything but the per-image arrays, in JSON types."""
        out: dict[str, Any] = {}
        for name, value in vars(self).items():
            if name in ("predictions", "latencies"):
                continue
            if name == "blocks":
                out[name] = [asdict(block) for block in self.blocks]
            elif isinstance(value, np.ndarray):
                out[name] = value.tolist()
            elif isinstance(value, Mapping):
                out[name] = dict(value)
            else:
                out[name] = list(value) if isinstance(value, tuple) else value
        return out


COUNTED = (
    "crossbar: energy drawn from the row drivers through every cell of the tiles while a pulse is on its row",
    "neurons: static supply power of every neuron until the decision, as a function of its membrane voltage",
    "neurons: supply energy of every spike beyond that",
)
NOT_COUNTED: Mapping[str, str] = {
    "encoder": "encoder: input pulses come from ideal sources",
    "column_interface": "column interface: sense circuit and current gain of every neuron",
    "row_drivers": "row drivers beyond the energy that they pass into the crossbar",
    "decoder": "decoder: winner-take-all circuit and time-out at the outputs",
    "rest": "control, clocks, programming of the cells",
}
"""What no table says, by block; `evaluator.periphery` takes out those that one says."""


@dataclass(frozen=True)
class Periphery:
    """Mean energy of an image by block [J], what was counted and assumed for it, and what is not counted."""

    breakdown_J: Mapping[str, float] = field(default_factory=dict)
    counted: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    not_counted: tuple[str, ...] = tuple(NOT_COUNTED.values())
