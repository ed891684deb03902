"""Evaluate a network of layers of any kind on tables: decisions, energy and latency, of all and of each layer."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.accounting import Account
from evaluator.behaviour import NeuronBehaviour
from evaluator.evaluate import checked_images, checked_labels, timed, with_interfaces
from evaluator.interface import Interfaces
from evaluator.kernel import Clock
from evaluator.networks.arrays import ArrayCells, array_behaviours, array_gains, map_arrays
from evaluator.networks.description import LayeredNetwork
from evaluator.networks.layerrun import PreparedLayers
from evaluator.networks.layersummary import LayeredEvaluation, SimulatedLayers, by_layer
from evaluator.networks.neuronmodel import CUBALIF, NeuronModel
from evaluator.networks.wiring import Wiring, wirings
from evaluator.prepared import BATCH, SLICE_TIME, Place, here, refuse_outside, refuse_wide, steps_in, steps_of_slice
from evaluator.readout import MEMBRANE, MEMBRANE_GAIN, READOUTS, TTFS
from evaluator.tracing import Trace
from measurements.errors import InputError

UInt8Array = NDArray[np.uint8]


def evaluate_layers(
    network: LayeredNetwork, tables: TableSet, card: DeviceCard, images: UInt8Array, labels: UInt8Array, *,
    spread_seed: int | None = None, threads: int | None = None, clamp: bool = False, readout: str = TTFS,
    time_step: float | None = None, batch: int = BATCH, place: Place = here, interfaces: Interfaces | None = None,
) -> LayeredEvaluation:  # fmt: skip
    """Accuracy, energy and latency of `network` on `images`; parameters and errors as `evaluator.evaluate`.

    time_step
        Spikes are handed on at multiples of it only [s]; None: event by event.

    Raises
    ------
    InputError
        Images or labels do not fit the network, a layer's neurons are such as the circuit cannot stand for, there is
        no such readout, or a time step that does not divide the window.
    TableError
        A table lacks something, or the simulation leaves the range of a table.
    """
    images = checked_images(network, images)
    labels = checked_labels(network, images, labels)
    simulated = simulate_layers(
        network, tables, card, images, spread_seed=spread_seed, threads=threads, clamp=clamp, readout=readout,
        time_step=time_step, batch=batch, place=place, interfaces=interfaces,
    )  # fmt: skip
    found = Account(network, simulated, tables, images, labels, readout, interfaces).evaluation()
    return by_layer(found, network, simulated, time_step)


def explain_layers(
    network: LayeredNetwork, tables: TableSet, card: DeviceCard, images: UInt8Array, labels: UInt8Array, *,
    spread_seed: int | None = None, readout: str = TTFS, time_step: float | None = None,
    interfaces: Interfaces | None = None,
) -> tuple[Trace, LayeredEvaluation]:  # fmt: skip
    """As `evaluate_layers`, for a few images: the trace of their energy, and the evaluation whose energy it is.

    Raises
    ------
    InputError, TableError
        As `evaluate_layers`, or a block cannot be traced.
    """
    images = checked_images(network, images)
    labels = checked_labels(network, images, labels)
    simulated = simulate_layers(
        network, tables, card, images, spread_seed=spread_seed, readout=readout, time_step=time_step,
        interfaces=interfaces,
    )  # fmt: skip
    account = Account(network, simulated, tables, images, labels, readout, interfaces)
    return account.trace(card), by_layer(account.evaluation(), network, simulated, time_step)


def simulate_layers(
    network: LayeredNetwork, tables: TableSet, card: DeviceCard, images: UInt8Array, *,
    spread_seed: int | None = None, threads: int | None = None, clamp: bool = False, readout: str = TTFS,
    time_step: float | None = None, recorded: int = 0, batch: int = BATCH, place: Place = here,
    interfaces: Interfaces | None = None,
) -> SimulatedLayers:  # fmt: skip
    """Run the kernel on `images` and keep its raw outcome, with up to `recorded` spikes of each image."""
    pixels = checked_images(network, images)
    prepared = prepare_layers(network, tables, card, readout=readout, time_step=time_step)
    neuron, gains = prepared.neuron, prepared.gains
    mapped = map_arrays(prepared.cells, card, prepared.columns, spread_seed=spread_seed)
    run = prepared.image_run(mapped, recorded=recorded, threads=threads or len(os.sched_getaffinity(0)))
    acting, errors = with_interfaces(run, tables, gains, mapped, neuron.capacitance, interfaces)
    outcome, seconds = timed(acting, pixels, batch, place)
    if not clamp:
        refuse_outside(outcome, neuron)
    wired = tuple(layer.wiring for layer in prepared.cells)
    return SimulatedLayers(outcome, neuron, prepared.columns, gains, mapped, seconds, errors, acting, wirings=wired)


def prepare_layers(
    network: LayeredNetwork, tables: TableSet, card: DeviceCard, *, readout: str = TTFS, time_step: float | None = None
) -> PreparedLayers:
    """Wiring, behaviours, gains and clock of `network` on `tables`; for the errors see `evaluate_layers`."""
    if readout not in READOUTS:
        raise InputError(f"there is no readout {readout!r}", hint=f"use {', '.join(READOUTS)}")
    for number, layer in enumerate(network.weighted, 1):
        _check_neuron(number, layer.neuron)
    neuron = NeuronBehaviour.from_tables(tables)
    wired = wirings(network)
    if readout == MEMBRANE:
        wired = (*wired[:-1], replace(wired[-1], pulse_step=MEMBRANE_GAIN * wired[-1].pulse_step))
    widths = (network.encoder.pulse_width, *(neuron.spike_width for _ in wired[1:]))
    refuse_wide(widths, neuron)
    cells = tuple(ArrayCells.of(wiring, network.levels) for wiring in wired)
    columns = array_behaviours(cells, card, tables)
    return PreparedLayers(
        network=network,
        neuron=neuron,
        columns=columns,
        widths=widths,
        gains=array_gains(cells, widths, card, neuron, columns),
        clock=layers_clock(network, wired, widths, neuron.threshold, readout == TTFS, time_step),
        cells=cells,
        grid=time_step or 0.0,
    )


def layers_clock(
    network: LayeredNetwork, wired: tuple[Wiring, ...], widths: tuple[float, ...], threshold: float,
    stop_at_first: bool, time_step: float | None,
) -> Clock:  # fmt: skip
    """Slices no longer than the shortest delay of spikes that come back, and steps in them short enough for pulses of
    `widths` [s]; with a `time_step` each is a slice.
    """
    window = network.encoder.window
    longest = min([SLICE_TIME, *(one.delay for one in wired if one.delay is not None)])
    if time_step is not None:
        slices = steps_in(window, time_step)
        delays = [one.delay for one in wired if one.delay is not None]
        if delays and time_step > min(delays):
            raise InputError(f"a time step of {time_step:g} s is longer than a recurrent delay of {min(delays):g} s")
        return Clock(window, slices, (1,) * len(wired), stop_at_first)
    slices = int(np.ceil(window / longest))
    lifts = (one.pulse_step * threshold for one in wired)
    return Clock(window, slices, steps_of_slice(window / slices, lifts, widths), stop_at_first)


def _check_neuron(number: int, model: NeuronModel) -> None:
    """What the circuit's neuron cannot be: one with a filter before its membrane, or one not reset to rest."""
    if model.kind == CUBALIF:
        raise InputError(
            f"the neurons of layer {number} filter their input (cubalif); the circuit has no synapse that does",
            hint="train with lif or if neurons; evaluator.networks.ideal runs it without a circuit",
        )
    if model.reset != model.leak_voltage:
        raise InputError(
            f"the neurons of layer {number} are reset to {model.reset:g} and rest at {model.leak_voltage:g}; the "
            "circuit's are reset to rest"
        )
