"""Evaluate a network of fitted devices on images, from tables only."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.distribution import (
    Blocks,
    block_figures,
    first_spikes,
    image_energies,
    operation_counts,
    percentiles,
)
from evaluator.encoding import IsiEncoder
from evaluator.evaluation import Evaluation, Periphery
from evaluator.interface import Interfaces, acting_errors, trim_power, with_errors
from evaluator.mapping import map_network
from evaluator.network import SpikingNetwork
from evaluator.periphery import ENCODER, count_periphery
from evaluator.prepared import BATCH, Place, Run, here, input_trains, prepare, refuse_outside, run_batches
from evaluator.readout import TTFS, for_readout, read_out
from evaluator.summary import Simulated, energies, summarize
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
        Images or labels do not fit the network, or there is no such readout.
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
    simulated = replace(simulated, outcome=read_out(simulated.outcome, readout, network.encoder.window))
    counted = tables if isinstance(network.encoder, IsiEncoder) else without_encoder(tables)

    def around(one: Simulated) -> Periphery:
        periphery = count_periphery(network, one, counted, images)
        return periphery if interfaces is None else _with_trim(periphery, one, interfaces)

    found = summarize(network, simulated, labels, around(simulated))
    if time_step is not None:
        found = replace(found, assumed=(*found.assumed, steps_assumed(time_step)))
    return in_distribution(found, simulated, lambda one: around(one).breakdown_J)


def in_distribution(evaluation: Evaluation, simulated: Simulated, around: Blocks) -> Evaluation:
    """The evaluation with its figures over images; `around`: energies of the blocks around crossbars and neurons [J].

    Blocks that the evaluation counts and neither gives are in its mean energy, and in no distribution.
    """
    energy = image_energies(simulated, around)
    total = np.sum([one.total for one in energy.values()], axis=0)
    latency = simulated.outcome.decision
    spread = {"energy_per_image_J": total, "latency_per_image_s": latency, "power_W": total / latency}
    neurons = tuple(int(mapped.plus.shape[1]) for mapped in simulated.mapped)
    return replace(
        evaluation,
        static_J=float(sum(one.static.mean() for one in energy.values())),
        dynamic_J=float(sum(one.dynamic.mean() for one in energy.values())),
        percentiles={name: percentiles(values) for name, values in spread.items()},
        blocks=block_figures(simulated, energy, operation_counts(simulated.outcome, neurons)),
        first_spikes=first_spikes(simulated.outcome),
    )


def _with_trim(periphery: Periphery, simulated: Simulated, interfaces: Interfaces) -> Periphery:
    """What the trims' currents take until the decision, and how the interfaces' errors were taken."""
    power = trim_power(simulated.interface_errors, interfaces.trim)
    drawn = "as designed" if interfaces.seed is None else f"drawn with seed {interfaces.seed}"
    lines = (f"column interfaces {drawn} act on the spikes: gains of both sides, offsets, mean delay",)
    return replace(
        periphery,
        breakdown_J={**periphery.breakdown_J, "interface_trim": power * float(simulated.outcome.decision.mean())},
        assumed=periphery.assumed + lines,
    )


def without_encoder(tables: TableSet) -> TableSet:
    """The tables less the full-iteration encoder's: for codes that it does not make."""
    return TableSet({name: table for name, table in tables.items() if name != ENCODER}, tables.attributes)


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
    processors = threads or len(os.sched_getaffinity(0))
    run = prepared.image_run(mapped, recorded=recorded, threads=processors)
    errors = () if interfaces is None else acting_errors(tables, prepared.gains, mapped, interfaces)
    if errors:
        each = zip(run.layers, errors, mapped, strict=True)
        farad = prepared.neuron.capacitance
        run = replace(run, layers=tuple(with_errors(layer, one, cells, farad) for layer, one, cells in each))
    chosen: Run = run if time_step is None else stepped(run, time_step)
    if place is here:
        chosen(pixels[:1])  # compiles, or loads what was compiled before
    began = time.perf_counter()
    outcome = run_batches(chosen, pixels, batch, place)
    seconds = time.perf_counter() - began
    kept = run if time_step is None else None
    if not clamp:
        refuse_outside(outcome, prepared.neuron)
    return Simulated(outcome, prepared.neuron, prepared.columns, prepared.gains, mapped, seconds, errors, kept)


def checked_images(network: SpikingNetwork, images: UInt8Array) -> UInt8Array:
    """The images as (count, rows); InputError where they do not fit the network."""
    pixels = np.asarray(images)
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or len(pixels) == 0:
        raise InputError(
            f"images must be uint8, (count, rows) or (count, height, width), found {pixels.dtype} {pixels.shape}"
        )
    pixels = np.ascontiguousarray(pixels.reshape(len(pixels), -1))
    if pixels.shape[1] != network.sizes[0]:
        raise InputError(f"images have {pixels.shape[1]} pixels, the network has {network.sizes[0]} inputs")
    return pixels


def checked_labels(network: SpikingNetwork, images: UInt8Array, labels: UInt8Array) -> UInt8Array:
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
