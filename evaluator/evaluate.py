"""Evaluate a network of fitted devices on images, from tables only."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.accounting import Account, without_encoder
from evaluator.evaluation import Evaluation
from evaluator.interface import InterfaceErrors, Interfaces, acting_errors, with_errors
from evaluator.mapping import MappedLayer, map_network
from evaluator.network import Evaluated, SpikingNetwork
from evaluator.outcome import Outcome
from evaluator.prepared import (
    BATCH,
    ImageRun,
    Place,
    Run,
    here,
    input_trains,
    prepare,
    refuse_outside,
    run_batches,
)
from evaluator.readout import TTFS, for_readout
from evaluator.summary import Simulated, energies
from evaluator.timestepped import stepped, steps_assumed
from measurements.errors import InputError

UInt8Array = NDArray[np.uint8]


def evaluate(
    network: SpikingNetwork, tables: TableSet, card: DeviceCard, images: UInt8Array, labels: UInt8Array, *,
    spread_seed: int | None = None, threads: int | None = None, clamp: bool = False, readout: str = TTFS,
    batch: int = BATCH, place: Place = here, interfaces: Interfaces | None = None, time_step: float | None = None,
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
    batch, place
        Images that are simulated together, and where: in this process, or as `place` does it. Memory beside the images
        and a few hundred bytes of result each is that of one batch. The result does not depend on them.
    interfaces
        That gains, offsets and delays of the column interfaces act on the spikes, and how they are trimmed; None: they
        are ideal. Needs `column_interface_common` and, to draw them, `column_interface_mismatch`.
    time_step
        Equal steps of this length [s] in place of events: several times faster, and approximate
        (`evaluator.timestepped.rampneuron` says what is left out). It must divide the window and be shorter than the
        dead time; not with `interfaces`.

    Encoders are counted where they are those of the table `encoder_full`, which code by inter-spike intervals.

    Raises
    ------
    InputError
        Images or labels do not fit the network, there is no such readout, or such a time step cannot be taken.
    TableError
        A table lacks something, or the simulation leaves the range of a table.
    """
    images = checked_images(network, images)
    labels = checked_labels(network, images, labels)
    network = for_readout(network, readout)
    simulated = simulate(
        network, tables, card, images, spread_seed=spread_seed, threads=threads, clamp=clamp,
        stop_at_first=readout == TTFS, batch=batch, place=place, interfaces=interfaces, time_step=time_step,
    )  # fmt: skip
    found = Account(network, simulated, tables, images, labels, readout, interfaces).evaluation()
    return found if time_step is None else replace(found, assumed=(*found.assumed, steps_assumed(time_step)))


def simulate(
    network: SpikingNetwork, tables: TableSet, card: DeviceCard, images: UInt8Array, *,
    spread_seed: int | None = None, threads: int | None = None, clamp: bool = False,
    stop_at_first: bool = True, recorded: int = 0, batch: int = BATCH, place: Place = here,
    interfaces: Interfaces | None = None, time_step: float | None = None,
) -> Simulated:  # fmt: skip
    """Run the kernel on `images` and keep its raw outcome, with up to `recorded` spikes of each image.

    `stop_at_first` False runs the whole window and lets outputs spike again. For the other parameters and the
    errors see `evaluate`.
    """
    pixels = checked_images(network, images)
    prepared = prepare(network, tables, card, stop_at_first=stop_at_first)
    mapped = map_network(network, card, prepared.columns, spread_seed=spread_seed)
    neuron = prepared.neuron
    run = prepared.image_run(mapped, recorded=recorded, threads=threads or len(os.sched_getaffinity(0)))
    run, errors = with_interfaces(run, tables, prepared.gains, mapped, neuron.capacitance, interfaces)
    chosen: Run = run if time_step is None else stepped(run, time_step)
    outcome, seconds = timed(chosen, pixels, batch, place)
    kept = run if time_step is None else None
    if not clamp:
        refuse_outside(outcome, neuron)
    return Simulated(outcome, neuron, prepared.columns, prepared.gains, mapped, seconds, errors, kept)


def with_interfaces(
    run: ImageRun, tables: TableSet, gains: tuple[float, ...], mapped: tuple[MappedLayer, ...], capacitance: float,
    interfaces: Interfaces | None,
) -> tuple[ImageRun, tuple[InterfaceErrors, ...]]:  # fmt: skip
    """The run with what its column interfaces do wrong, and that, layer by layer; none of it for None.

    `gains` [1] are those that the network needs, membranes are of `capacitance` [F].
    """
    if interfaces is None:
        return run, ()
    errors = acting_errors(tables, gains, mapped, interfaces)
    each = zip(run.layers, errors, mapped, strict=True)
    return replace(run, layers=tuple(with_errors(layer, one, cells, capacitance) for layer, one, cells in each)), errors


def timed(run: Run, pixels: UInt8Array, batch: int, place: Place) -> tuple[Outcome, float]:
    """The outcome of all images, and the wall-clock time that it took without compilation [s]."""
    if place is here:
        run(pixels[:1])  # compiles, or loads what was compiled before
    began = time.perf_counter()
    outcome = run_batches(run, pixels, batch, place)
    return outcome, time.perf_counter() - began


def checked_images(network: Evaluated, images: UInt8Array) -> UInt8Array:
    """The images as (count, rows); InputError where they do not fit the network."""
    pixels = np.asarray(images)
    if pixels.dtype != np.uint8 or pixels.ndim < 2 or len(pixels) == 0:
        raise InputError(
            f"images must be uint8, (count, rows) or (count, height, width), found {pixels.dtype} {pixels.shape}"
        )
    pixels = np.ascontiguousarray(pixels.reshape(len(pixels), -1))
    if pixels.shape[1] != network.sizes[0]:
        raise InputError(f"images have {pixels.shape[1]} pixels, the network has {network.sizes[0]} inputs")
    return pixels


def checked_labels(network: Evaluated, images: UInt8Array, labels: UInt8Array) -> UInt8Array:
    """The labels; InputError where they fit neither the images nor the network."""
    labels = np.asarray(labels)
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        raise InputError(
            f"labels must be integers, one for each of {len(images)} images, found {labels.dtype} {labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= network.sizes[-1]:
        raise InputError(f"labels must be 0 to {network.sizes[-1] - 1}, found {labels.min()} to {labels.max()}")
    return labels


__all__ = ["Simulated", "energies", "evaluate", "input_trains", "simulate", "without_encoder"]
