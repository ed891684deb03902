"""What an evaluation of one network on one set of tables shares between chips, batches of images and machines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.behaviour import ColumnBehaviour, NeuronBehaviour
from evaluator.code import VALUES, Encoder
from evaluator.kernel import Clock, run_threads
from evaluator.layercells import Cells, DenseCells
from evaluator.layerstate import Layer
from evaluator.mapping import MappedLayer, column_behaviours, interface_gains, kernel_layers, pulse_widths
from evaluator.membrane import Membrane
from evaluator.network import Evaluated, SpikingNetwork
from evaluator.outcome import Outcome, joined
from evaluator.pulses import Trains
from measurements.errors import InputError, TableError

UInt8Array = NDArray[np.uint8]
BATCH = 10_000
"""Images that go through the kernel, or to another machine, together."""
SLICE_TIME, STEP_TIME = 20e-9, 2.5e-9
"""Longest step of a membrane far from its threshold, and of one near it [s]."""
LIFT = 20e-3
"""What one pulse may lift a membrane by in a step near the threshold: where in the step its edge is does not count [V].
"""
MOST_STEPS = 100_000
"""Equal steps of a window: more of them only cost memory and time."""


@dataclass(frozen=True, eq=False)
class ImageRun:
    """Everything the kernel needs besides the images: small, and can be sent to other processes."""

    trains: Trains
    layers: tuple[Layer, ...]
    membrane: Membrane
    fanout: NDArray[np.int64]
    clock: Clock
    recorded: int = 0
    threads: int = 1

    def on_one_thread(self) -> ImageRun:
        """The same on one thread."""
        return replace(self, threads=1)

    def __call__(self, pixels: UInt8Array) -> Outcome:
        """The outcome of `pixels` (images, rows)."""
        return run_threads(
            pixels, self.trains, self.layers, self.membrane, self.fanout, self.clock, threads=self.threads,
            recorded=self.recorded,
        )  # fmt: skip


class Run(Protocol):
    """A network ready for images; it can be sent to other processes."""

    def __call__(self, pixels: UInt8Array) -> Outcome:
        """The outcome of `pixels` (images, rows)."""

    def on_one_thread(self) -> Run:
        """The same on one thread, as a worker among others runs it."""


Place = Callable[[Run, Iterable[UInt8Array]], Iterable[Outcome]]
"""Where batches run: gives the outcome of each, in their order."""


def here(run: Run, parts: Iterable[UInt8Array]) -> Iterator[Outcome]:
    """One batch after the other in this process."""
    for part in parts:
        yield run(part)


def run_part(run: Run, part: UInt8Array) -> Outcome:
    """One batch, as a function that other processes can be sent."""
    return run(part)


def run_batches(run: Run, pixels: UInt8Array, batch: int = BATCH, place: Place = here) -> Outcome:
    """The outcome of all images, `batch` at a time; bit for bit that of any other batch and place.

    Raises
    ------
    InputError
        A batch of no image.
    """
    if batch < 1:
        raise InputError(f"batches of {batch} images; one or more are needed")
    return joined(place(run, (pixels[first : first + batch] for first in range(0, len(pixels), batch))))


@dataclass(frozen=True, eq=False)
class Prepared:
    """A network on tables, less the states of a chip's `cells`."""

    network: Evaluated
    neuron: NeuronBehaviour
    columns: tuple[ColumnBehaviour, ...]
    widths: tuple[float, ...]
    gains: tuple[float, ...]
    clock: Clock
    cells: tuple[Cells, ...]

    def image_run(
        self, mapped: tuple[MappedLayer, ...], deviations: Sequence[NDArray[np.float32]] = (), seed: int = 0, *,
        recorded: int = 0, threads: int = 1,
    ) -> ImageRun:  # fmt: skip
        """The network on the cells of one chip; `deviations` [S] of each layer's reads and their `seed`: read noise."""
        layers = kernel_layers(mapped, self.gains, self.widths, self.neuron, self.columns)
        if deviations:
            noisy = zip(layers, deviations, strict=True)
            layers = tuple(layer._replace(deviation=own, seed=seed + k) for k, (layer, own) in enumerate(noisy))
        fanout = np.concatenate([layer.fanout for layer in mapped])
        membrane, trains = self.neuron.membrane, input_trains(self.network)
        return ImageRun(trains, layers, membrane, fanout, self.clock, recorded, threads)


def prepare(network: SpikingNetwork, tables: TableSet, card: DeviceCard, *, stop_at_first: bool = True) -> Prepared:
    """Behaviours, gains and clock of `network` on `tables`; for the errors see `evaluator.evaluate`."""
    neuron = NeuronBehaviour.from_tables(tables)
    columns = column_behaviours(network, card, tables)
    widths = pulse_widths(network, neuron)
    refuse_wide(widths, neuron)
    gains = interface_gains(network, card, neuron, columns)
    clock = network_clock(network, widths, neuron.threshold, stop_at_first)
    cells = tuple(DenseCells(matrix) for matrix in network.weights)
    return Prepared(network, neuron, columns, widths, gains, clock, cells)


def steps_in(window: float, time_step: float) -> int:
    """How many equal steps of `time_step` [s] a window [s] has.

    >>> steps_in(2e-6, 20e-9)
    100

    Raises
    ------
    InputError
        They do not divide the window, or are more than `MOST_STEPS`.
    """
    count = round(window / time_step) if window / MOST_STEPS * (1 - 1e-9) < time_step <= window else 0
    if count < 1 or not math.isclose(count * time_step, window, rel_tol=1e-9):
        raise InputError(
            f"a time step must divide the window of {window:g} s, into {MOST_STEPS} at most; found {time_step:g} s",
            hint=f"take a whole part of the window, such as its hundredth, {0.01 * window:g} s",
        )
    return count


def network_clock(network: SpikingNetwork, widths: tuple[float, ...], threshold: float, stop_at_first: bool) -> Clock:
    """Slices, and steps in them short enough for the network's pulses of `widths` [s]."""
    window = network.encoder.window
    slices = int(np.ceil(window / SLICE_TIME))
    lifts = (step * threshold for step in network.pulse_steps)
    return Clock(window, slices, steps_of_slice(window / slices, lifts, widths), stop_at_first)


def steps_of_slice(duration: float, lifts: Iterable[float], widths: Iterable[float]) -> tuple[int, ...]:
    """Steps of a slice of `duration` [s] for each layer, short enough for its pulses: `lifts` [V] in `widths` [s]."""
    longest = (min(STEP_TIME, LIFT * width / lift) for lift, width in zip(lifts, widths, strict=True))
    return tuple(math.ceil(duration / step) for step in longest)


def input_trains(network: Evaluated) -> Trains:
    """Spike trains of the 256 pixel values and delays of the rows, for the kernel."""
    return encoder_trains(network.encoder, network.sizes[0])


def encoder_trains(encoder: Encoder, rows: int) -> Trains:
    """The same of an encoder in front of `rows` rows."""
    trains = encoder.pixel_trains()
    offset = np.concatenate([[0], np.cumsum([train.size for train in trains])]).astype(np.int64)
    return Trains(
        np.concatenate(trains),
        offset,
        encoder.row_delay(rows),
        encoder.window - encoder.pulse_width,
        max(len(trains) // VALUES, 1),
    )


def refuse_wide(widths: tuple[float, ...], neuron: NeuronBehaviour) -> None:
    """Raise where a neuron's pulses of `widths` [s], the encoder's first, last longer than its dead time."""
    if max(widths[1:], default=0.0) >= neuron.membrane.dead_time:
        raise TableError(f"spikes of {max(widths):g} s last longer than the dead time, {neuron.membrane.dead_time:g} s")


def refuse_outside(outcome: Outcome, neuron: NeuronBehaviour) -> None:
    """Raise where a look-up left the tables."""
    if outcome.outside.any():
        image = int(np.flatnonzero(outcome.outside.any(axis=1))[0])
        raise TableError(
            f"neuron_comparator: {int(outcome.outside.sum())} look-ups above the highest membrane voltage, "
            f"{neuron.membrane.top:.3g} V, first on image {image}; characterize higher ones, "
            "lower the pulse steps of the network, or allow clamping"
        )
