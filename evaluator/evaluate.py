"""Evaluate a network of fitted devices on images, from tables only."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.behaviour import NeuronBehaviour
from evaluator.code import VALUES, Encoder
from evaluator.encoding import IsiEncoder
from evaluator.evaluation import Evaluation
from evaluator.kernel import Clock, run_threads
from evaluator.mapping import (
    column_behaviours,
    interface_gains,
    kernel_layers,
    map_network,
    pulse_widths,
)
from evaluator.network import SpikingNetwork
from evaluator.outcome import Outcome
from evaluator.periphery import ENCODER, count_periphery
from evaluator.pulses import Trains
from evaluator.readout import TTFS, for_readout, read_out
from evaluator.summary import Simulated, energies, summarize
from measurements.errors import InputError, TableError

UInt8Array = NDArray[np.uint8]
SLICE_TIME, STEP_TIME = 20e-9, 2.5e-9
"""Longest step of a membrane far from its threshold, and of one near it [s]."""
LIFT = 20e-3
"""What one pulse may lift a membrane by in a step near the threshold: where in the step its edge is does not count [V].
"""


def evaluate(
    network: SpikingNetwork, tables: TableSet, card: DeviceCard, images: UInt8Array, labels: UInt8Array, *,
    spread_seed: int | None = None, threads: int | None = None, clamp: bool = False, readout: str = TTFS,
) -> Evaluation:  # fmt: skip
    """Accuracy, energy and latency of `network` on `images`.

    Parameters
    ----------
    network
        Ternary weights and encoder.
    tables
        `column_read`, `neuron_fire`, `neuron_leak`, `neuron_charge`, `neuron_comparator`, `neuron_trip`; counted where
        they are there: `encoder_full`, `row_drive`, `column_interface`.
    card
        Device whose on and off resistance the weights are mapped on.
    images, labels
        uint8, (count, rows) or (count, height, width), and (count,).
    spread_seed
        Draw on resistances from the card's cycle-to-cycle spread with this seed; None: all cells alike.
    threads
        Worker threads; None: all processors this process may use. The result does not depend on it.
    clamp
        Go on where the simulation leaves the range of the tables, with the nearest slope continued, and count
        it in `clamped_lookups`, instead of raising.
    readout
        `ttfs`, `rate` or `membrane`: see `evaluator.readout`.

    Encoders are counted where they are those of the table `encoder_full`, which code by inter-spike intervals.

    Raises
    ------
    InputError
        Images or labels do not fit the network, or there is no such readout.
    TableError
        A table lacks something, or the simulation leaves the range of a table.
    """
    images = _checked_images(network, images)
    labels = _checked_labels(network, images, labels)
    network = for_readout(network, readout)
    simulated = simulate(
        network, tables, card, images, spread_seed=spread_seed, threads=threads, clamp=clamp,
        stop_at_first=readout == TTFS,
    )  # fmt: skip
    simulated = replace(simulated, outcome=read_out(simulated.outcome, readout, network.encoder.window))
    counted = tables if isinstance(network.encoder, IsiEncoder) else without_encoder(tables)
    return summarize(network, simulated, labels, count_periphery(network, simulated, counted, images))


def without_encoder(tables: TableSet) -> TableSet:
    """The tables less the full-iteration encoder's: for codes that it does not make."""
    return TableSet({name: table for name, table in tables.items() if name != ENCODER}, tables.attributes)


def simulate(
    network: SpikingNetwork, tables: TableSet, card: DeviceCard, images: UInt8Array, *,
    spread_seed: int | None = None, threads: int | None = None, clamp: bool = False,
    stop_at_first: bool = True, recorded: int = 0,
) -> Simulated:  # fmt: skip
    """Run the kernel on `images` and keep its raw outcome, with up to `recorded` spikes of each image.

    `stop_at_first` False runs the whole window and lets outputs spike again. For the other parameters and the
    errors see `evaluate`.
    """
    pixels = _checked_images(network, images)
    neuron = NeuronBehaviour.from_tables(tables)
    columns = column_behaviours(network, card, tables)
    widths = pulse_widths(network, neuron)
    if max(widths[1:], default=0.0) >= neuron.membrane.dead_time:
        raise TableError(f"spikes of {max(widths):g} s last longer than the dead time, {neuron.membrane.dead_time:g} s")
    mapped = map_network(network, card, columns, spread_seed=spread_seed)
    gains = interface_gains(network, card, neuron, columns)
    layers = kernel_layers(mapped, gains, widths, neuron, columns)
    fanout = np.concatenate([layer.fanout for layer in mapped])
    clock = network_clock(network, widths, neuron.threshold, stop_at_first)
    run = partial(
        run_threads,
        trains=input_trains(network),
        layers=layers,
        membrane=neuron.membrane,
        fanout=fanout,
        clock=clock,
    )
    run(pixels[:1])  # compiles, or loads what was compiled before
    began = time.perf_counter()
    outcome = run(pixels, threads=threads or len(os.sched_getaffinity(0)), recorded=recorded)
    seconds = time.perf_counter() - began
    if not clamp:
        _refuse_outside(outcome, neuron)
    return Simulated(outcome, neuron, columns, gains, mapped, seconds)


def network_clock(network: SpikingNetwork, widths: tuple[float, ...], threshold: float, stop_at_first: bool) -> Clock:
    """Slices, and steps in them short enough for the network's pulses of `widths` [s]."""
    window = network.encoder.window
    steepest = max(step * threshold / width for step, width in zip(network.pulse_steps, widths, strict=True))
    slices = int(np.ceil(window / SLICE_TIME))
    return Clock(window, slices, int(np.ceil(window / slices / min(STEP_TIME, LIFT / steepest))), stop_at_first)


def input_trains(network: SpikingNetwork) -> Trains:
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


def _checked_images(network: SpikingNetwork, images: UInt8Array) -> UInt8Array:
    pixels = np.asarray(images)
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or len(pixels) == 0:
        raise InputError(
            f"images must be uint8, (count, rows) or (count, height, width), found {pixels.dtype} {pixels.shape}"
        )
    pixels = np.ascontiguousarray(pixels.reshape(len(pixels), -1))
    if pixels.shape[1] != network.sizes[0]:
        raise InputError(f"images have {pixels.shape[1]} pixels, the network has {network.sizes[0]} inputs")
    return pixels


def _checked_labels(network: SpikingNetwork, images: UInt8Array, labels: UInt8Array) -> UInt8Array:
    labels = np.asarray(labels)
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        raise InputError(
            f"labels must be integers, one for each of {len(images)} images, found {labels.dtype} {labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= network.sizes[-1]:
        raise InputError(f"labels must be 0 to {network.sizes[-1] - 1}, found {labels.min()} to {labels.max()}")
    return labels


def _refuse_outside(outcome: Outcome, neuron: NeuronBehaviour) -> None:
    """Raise where a look-up left the tables."""
    if outcome.outside.any():
        image = int(np.flatnonzero(outcome.outside.any(axis=1))[0])
        raise TableError(
            f"neuron_comparator: {int(outcome.outside.sum())} look-ups above the highest membrane voltage, "
            f"{neuron.membrane.top:.3g} V, first on image {image}; characterize higher ones, "
            "lower the pulse steps of the network, or allow clamping"
        )


__all__ = ["Simulated", "encoder_trains", "energies", "evaluate", "input_trains", "simulate", "without_encoder"]
