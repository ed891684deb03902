"""The network kernel for layers of any kind: convolutions, pooling and spikes that come back; compiled.

Membranes, comparators and slices of time are those of `evaluator.kernel`, which stays the fast way of dense networks;
on those both give the same bits. Spikes go where `evaluator.networks.routes` says. A recurrent layer looks back by its
delay, so no slice may be longer than the shortest delay: then what comes back begins after the slice, and nothing
depends on the slices but the size of a membrane's longest step.

Evaluation is event-driven, or time-stepped: then a slice is one step, and all spikes, inputs too, are handed on only at
the ends of steps. Halving the step halves that delay, and the figures go to those of the events.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import borrowing, compiled_unlocked
from evaluator.kernel import SHARE, Clock, Room, check_times, enter, most_spikes, new_room
from evaluator.kernelchecks import check_trains
from evaluator.layerstate import Layer
from evaluator.membrane import Membrane
from evaluator.networks.routes import Route, send
from evaluator.outcome import Outcome, conclude, decide, empty_outcome, record
from evaluator.pulses import STORED, Pulses, Trains, no_pulses
from evaluator.sharing import in_shares
from evaluator.stepping import run_slice
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
UInt8Array = NDArray[np.uint8]
ROUNDING = 1e-9
"""Share of a step by which a time may lie past a step's end and still count as on it [1]."""


@borrowing
def on_grid(time: float, grid: float) -> float:
    """`time` [s], or the next multiple of `grid` [s] where that is positive."""
    return time if grid <= 0.0 else float(np.ceil(time / grid - ROUNDING)) * grid


class Traffic(NamedTuple):
    """What a thread works on beside the dense kernel's room: which rows have `taken` their one spike, spikes of each
    layer that `fired`, and their `order` within a slice.
    """

    room: Room
    taken: tuple[NDArray[np.bool_], ...]
    fired: tuple[Pulses, ...]
    order: IntArray


def new_traffic(
    layers: tuple[Layer, ...], routes: tuple[Route, ...], trains: Trains, membrane: Membrane, clock: Clock
) -> Traffic:
    """Room for any image."""
    room = new_room(layers, trains, membrane, clock)
    fired = tuple(no_pulses(layer.conductance.shape[1] * most_spikes(membrane, clock.window)) for layer in layers)
    back = [spikes.start.size if route.delay >= 0.0 else 0 for spikes, route in zip(fired, routes, strict=True)]
    queues = tuple(no_pulses(queue.start.size + more) for queue, more in zip(room.queues, back, strict=True))
    taken = tuple(np.zeros(layer.drawn.size, np.bool_) for layer in layers)
    return Traffic(room._replace(queues=queues), taken, fired, np.empty(room.times.size, np.int64))


@borrowing
def sort_times(times: FloatArray, found: int, order: IntArray) -> None:
    """Places of the first `found` times as they rise; of equal ones the earlier place first."""
    for new in range(found):
        place = new
        while place > 0 and times[order[place - 1]] > times[new]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = new


@borrowing
def run_layers_image(
    pixels: UInt8Array, trains: Trains, layers: tuple[Layer, ...], routes: tuple[Route, ...], membrane: Membrane,
    fanout: IntArray, clock: Clock, grid: float, image: int, outcome: Outcome, traffic: Traffic,
) -> None:  # fmt: skip
    """Simulate one image and write its line of `outcome`."""
    last, kept = len(layers) - 1, 0
    room, taken, fired, order = traffic
    states, queues, _, times, neurons, shares = room
    enter(pixels, trains, layers, membrane, room)
    for index in range(last + 1):
        taken[index][:] = False
        fired[index].cursor[:] = 0
    for place in range(queues[0].cursor[STORED]):
        queues[0].start[place] = on_grid(queues[0].start[place], grid)
    if queues[0].cursor[STORED] > 0:
        outcome.first_spike[image, 0] = queues[0].start[0]
    duration = clock.window / clock.slices
    share = 1.0
    for piece in range(clock.slices):
        begin = piece * duration
        for index in range(last + 1):
            found = run_slice(
                membrane, layers[index], queues[index], states[index], begin, duration, times, neurons, shares
            )
            sort_times(times, found, order)
            following = queues[min(index + 1, last)]
            for place in range(found):
                spike = order[place]
                time = on_grid(times[spike], grid)
                neuron = neurons[spike]
                kept = record(outcome, image, kept, time, index, neuron)
                outcome.first_spike[image, index + 1] = min(outcome.first_spike[image, index + 1], time)
                note(fired[index], time, neuron)
                send(
                    routes[index], queues[index], following, taken[min(index + 1, last)], index == last,
                    time, neuron, shares[spike],
                )  # fmt: skip
                if index == last:
                    decide(outcome, image, time, neuron)
        if outcome.fired[image] and clock.stop_at_first:
            share = min((outcome.decision[image] - begin) / duration, 1.0)
            break
    until = outcome.decision[image] if clock.stop_at_first and outcome.fired[image] else clock.window
    conclude(states, share, until, clock.window, image, outcome)
    count_layers(routes, queues, fired, fanout, image, until, clock.stop_at_first, outcome)


@borrowing
def note(fired: Pulses, time: float, neuron: int) -> None:
    """Keep a spike of a layer."""
    place = fired.cursor[STORED]
    fired.start[place], fired.row[place] = time, neuron
    fired.cursor[STORED] = place + 1


@borrowing
def count_layers(
    routes: tuple[Route, ...], queues: tuple[Pulses, ...], fired: tuple[Pulses, ...], fanout: IntArray, image: int,
    until: float, stop_at_first: bool, outcome: Outcome,
) -> None:  # fmt: skip
    """Count input spikes, spikes, synaptic events and switched drivers that began by the time `until` [s]."""
    first_row, last = 0, len(routes) - 1
    for index in range(last + 1):
        pulses, route, spikes = queues[index], routes[index], fired[index]
        for place in range(pulses.cursor[STORED]):
            if pulses.start[place] <= until:
                row = pulses.row[place]
                if index == 0 and row < route.inputs:
                    outcome.spikes[image, 0] += 1
                outcome.events[image, index] += fanout[first_row + row]
                outcome.driven[image, index] += route.copies[row]
        first_row += route.copies.size
        for place in range(spikes.cursor[STORED]):
            decided = index == last and stop_at_first
            if spikes.start[place] <= until and not (decided and outcome.spikes[image, last + 1] > 0):
                outcome.spikes[image, index + 1] += 1
                if index == last:
                    neuron = outcome.winner[image] if decided else spikes.row[place]
                    outcome.output_spikes[image, neuron] += 1


@compiled_unlocked
def run_layers_images(
    pixels: UInt8Array, trains: Trains, layers: tuple[Layer, ...], routes: tuple[Route, ...], membrane: Membrane,
    fanout: IntArray, clock: Clock, grid: float, first: int, beyond: int, outcome: Outcome, traffic: Traffic,
) -> None:  # fmt: skip
    """Simulate images `first` to `beyond` - 1 of (images, rows), each into its line."""
    for image in range(first, beyond):
        run_layers_image(pixels[image], trains, layers, routes, membrane, fanout, clock, grid, image, outcome, traffic)


def run_layers(
    pixels: UInt8Array, trains: Trains, layers: tuple[Layer, ...], routes: tuple[Route, ...], membrane: Membrane,
    fanout: IntArray, clock: Clock, *, grid: float = 0.0, threads: int = 1, recorded: int = 0,
) -> Outcome:  # fmt: skip
    """Simulate all images, (images, rows) uint8, on `threads` threads; up to `recorded` spikes are kept of each.

    `grid` [s]: ends of steps at which spikes are handed on, a slice each; 0: they are when they are.
    """
    _check_routes(pixels.shape[1], layers, routes, fanout, clock)
    check_trains(pixels, trains)
    check_times(membrane, clock)
    images = pixels.shape[0]
    outcome = empty_outcome(images, len(layers), layers[-1].conductance.shape[1], recorded, copies=True)

    def run_share(first: int, beyond: int) -> None:
        traffic = new_traffic(layers, routes, trains, membrane, clock)
        run_layers_images(
            pixels, trains, layers, routes, membrane, fanout, clock, grid, first, beyond, outcome, traffic
        )

    in_shares(run_share, images, SHARE, threads)
    return outcome


def _check_routes(
    inputs: int, layers: tuple[Layer, ...], routes: tuple[Route, ...], fanout: IntArray, clock: Clock
) -> None:
    """InputError where layers, routes and the fanouts of rows do not follow on `inputs` and on each other."""
    rows = [layer.conductance.shape[0] for layer in layers]
    neurons = [layer.conductance.shape[1] for layer in layers]
    if len(routes) != len(layers) or rows != [route.copies.size for route in routes] or fanout.size != sum(rows):
        raise InputError(f"{len(routes)} routes, {fanout.size} fanouts do not fit layers of {rows} rows")
    if rows != [layer.drawn.size for layer in layers] or inputs != routes[0].inputs:
        raise InputError(f"layers of {rows} rows do not fit {inputs} pixels")
    for index, (route, count) in enumerate(zip(routes, neurons, strict=True)):
        if route.inputs + (count if route.delay >= 0.0 else 0) != rows[index]:
            raise InputError(f"layer {index + 1}: {route.inputs} inputs do not fit {rows[index]} rows")
        if route.delay >= 0.0 and route.delay < clock.window / clock.slices * (1.0 - ROUNDING):
            raise InputError(f"layer {index + 1}: spikes come back within a slice, after {route.delay:g} s")
        after = route.row.size == count and index + 1 < len(rows) and int(route.row.max()) < routes[index + 1].inputs
        if not after and index + 1 < len(rows):
            raise InputError(f"layer {index + 1}: {route.row.size} routes do not fit {count} neurons")
