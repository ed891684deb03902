"""The event-driven network kernel: images in, decisions, spikes and energies out; compiled, parallel over
images.

Time runs in slices. Within a slice the layers are taken in order: what the pulses lift each membrane by is summed, the
membranes are advanced, and their spikes put pulses on the rows of the next layer, which is taken after it. No layer
looks back, so the slices change nothing but the size of a membrane's longest step.

An image ends at the first output spike (time to first spike) or at the end of the window. It is simulated by
one thread from rest, so that its result is the same bit for bit in any batch and with any number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import smaller
from evaluator.compiled import borrowing, compiled_unlocked
from evaluator.freshnoise import QUIET, image_key
from evaluator.kernelchecks import check_dense, check_trains
from evaluator.layerstate import Layer, State, new_state, put_to_rest
from evaluator.membrane import Membrane
from evaluator.outcome import Outcome, conclude, count, decide, empty_outcome, record
from evaluator.pulses import STORED, Pulses, Sorting, Trains, add_pulse, encode, most_pulses, new_sorting, no_pulses
from evaluator.sharing import in_shares
from evaluator.stepping import run_slice
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
UInt8Array = NDArray[np.uint8]
SHARE = 50  # images a thread takes at a time


class Clock(NamedTuple):
    """`window` [s]; `slices` that it is cut into, and `steps` that a slice is for neurons of each layer near their
    threshold; `stop_at_first` output spike or run the
    whole window.
    """

    window: float
    slices: int
    steps: tuple[int, ...]
    stop_at_first: bool


class Room(NamedTuple):
    """What a thread works on, image after image: state of each layer, pulses on its rows, how those of the image are
    sorted, and spikes of a slice.
    """

    states: tuple[State, ...]
    queues: tuple[Pulses, ...]
    sorting: Sorting
    times: FloatArray
    neurons: IntArray
    shares: FloatArray


def new_room(layers: tuple[Layer, ...], trains: Trains, membrane: Membrane, clock: Clock) -> Room:
    """Room for any image."""
    spikes = [layer.conductance.shape[1] * most_spikes(membrane, clock.window) for layer in layers]
    of_slice = most_spikes(membrane, clock.window / clock.slices)
    largest = max(spikes)
    return Room(
        tuple(new_state(layer, steps, of_slice) for layer, steps in zip(layers, clock.steps, strict=True)),
        tuple(no_pulses(size) for size in [most_pulses(trains), *spikes[:-1]]),
        new_sorting(trains.row_delay.size), np.empty(largest), np.empty(largest, np.int64), np.empty(largest),
    )  # fmt: skip


def most_spikes(membrane: Membrane, duration: float) -> int:
    """More spikes than these no neuron can have within `duration` [s]."""
    return int(duration / membrane.dead_time) + 2


@borrowing
def enter(pixels: UInt8Array, trains: Trains, layers: tuple[Layer, ...], membrane: Membrane, room: Room) -> None:
    """All layers at rest, no pulses but those of the image."""
    for index in range(len(layers)):
        noisy = layers[index].deviation.size > 0
        put_to_rest(room.states[index], membrane, image_key(pixels, layers[index].seed) if noisy else QUIET)
        room.queues[index].cursor[:] = 0
    encode(pixels, trains, room.queues[0], room.sorting)


@borrowing
def run_image(
    pixels: UInt8Array, trains: Trains, layers: tuple[Layer, ...], membrane: Membrane, fanout: IntArray,
    clock: Clock, image: int, outcome: Outcome, room: Room,
) -> None:  # fmt: skip
    """Simulate one image and write its line of the outcome."""
    last, kept = len(layers) - 1, 0
    states, queues, _, times, neurons, shares = room
    enter(pixels, trains, layers, membrane, room)
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
            for spike in range(found):
                if times[spike] > clock.window:
                    continue
                kept = record(outcome, image, kept, times[spike], index, neurons[spike])
                outcome.first_spike[image, index + 1] = smaller(outcome.first_spike[image, index + 1], times[spike])
                if index < last:
                    add_pulse(queues[index + 1], times[spike], neurons[spike], shares[spike])
                elif not clock.stop_at_first or not outcome.fired[image]:
                    outcome.spikes[image, last + 1] += 1
                    outcome.output_spikes[image, neurons[spike]] += 1
                if index == last:
                    decide(outcome, image, times[spike], neurons[spike])
        if outcome.fired[image] and clock.stop_at_first:
            share = smaller((outcome.decision[image] - begin) / duration, 1.0)
            break
    until = outcome.decision[image] if clock.stop_at_first and outcome.fired[image] else clock.window
    conclude(states, share, until, clock.window, image, outcome)
    count(layers, queues, fanout, image, until, outcome)


@compiled_unlocked
def run_images(
    pixels: UInt8Array, trains: Trains, layers: tuple[Layer, ...], membrane: Membrane, fanout: IntArray,
    clock: Clock, first: int, beyond: int, outcome: Outcome, room: Room,
) -> None:  # fmt: skip
    """Simulate images `first` to `beyond` - 1 of (images, rows), each into its line of `outcome`."""
    for image in range(first, beyond):
        run_image(pixels[image], trains, layers, membrane, fanout, clock, image, outcome, room)


def run_threads(
    pixels: UInt8Array, trains: Trains, layers: tuple[Layer, ...], membrane: Membrane, fanout: IntArray,
    clock: Clock, *, threads: int = 1, recorded: int = 0,
) -> Outcome:  # fmt: skip
    """Simulate all images, (images, rows) uint8, on `threads` threads; up to `recorded` spikes are kept of
    each.
    """
    check_dense(pixels.shape[1], layers, fanout)
    check_trains(pixels, trains)
    check_times(membrane, clock)
    images = pixels.shape[0]
    outcome = empty_outcome(images, len(layers), layers[-1].conductance.shape[1], recorded)

    def run_share(first: int, beyond: int) -> None:
        room = new_room(layers, trains, membrane, clock)
        run_images(pixels, trains, layers, membrane, fanout, clock, first, beyond, outcome, room)

    in_shares(run_share, images, SHARE, threads)
    return outcome


def check_times(membrane: Membrane, clock: Clock) -> None:
    """InputError where a time of the neuron or of the clock is none."""
    if not (membrane.dead_time > 0 and clock.window > 0 and clock.slices > 0 and min(clock.steps) > 0):
        raise InputError("dead time, window and slices must be positive")
