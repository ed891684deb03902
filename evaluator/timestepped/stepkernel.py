"""The time-stepped network kernel: images in, decisions, spikes and energies out; compiled.

A step of time takes the layers in order: lifts are summed, membranes move, comparators make progress and fire, and
their spikes lift the membranes of the next layer by the share of the pulse that falls into each step. An image ends
with the first output spike or the window, is simulated by one thread from rest, and does not depend on its batch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import larger, smaller, whole
from evaluator.compiled import borrowing, compiled_unlocked, inlined
from evaluator.freshnoise import QUIET, image_key, noisy_row, pulse_key
from evaluator.layerstate import Layer
from evaluator.membrane import Membrane
from evaluator.outcome import Outcome, decide, decide_by_membrane
from evaluator.pulses import Trains
from evaluator.timestepped.rampneuron import RampNeuron
from evaluator.timestepped.stepfiring import Spikes, idle_power, new_spikes, take_step
from evaluator.timestepped.stepinput import CHUNK, Rows, add_noise, count_pulses, enter, new_rows, sum_pulses
from evaluator.timestepped.stepstate import AFTER, BEFORE, Steps, StepState, move, new_state, put_to_rest

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
UInt8Array = NDArray[np.uint8]


class Circuit(NamedTuple):
    """What no image changes: `layers`, their rows padded; their `neurons`; `scale` of their lifts [V/S]; `variance` of
    a read of each cell of the first [S^2]; neurons in steps and as they are; `fanout` of all rows.
    """

    trains: Trains
    layers: tuple[Layer, ...]
    neurons: IntArray
    scale: Float32Array
    variance: Float32Array
    kind: RampNeuron
    membrane: Membrane
    fanout: IntArray
    steps: Steps


class StepRoom(NamedTuple):
    """What a thread works on, image after image: state of all layers, rows of the first, what fired or woke up in a
    step, of each layer how many were `found` to; `seen`: a row of a later layer as one read has seen it [S].
    """

    state: StepState
    rows: Rows
    spikes: Spikes
    found: IntArray
    seen: Float32Array


def new_room(circuit: Circuit) -> StepRoom:
    """Room for any image."""
    neurons = circuit.neurons
    return StepRoom(
        new_state(neurons, CHUNK, circuit.steps.number + 2, circuit.variance.size > 0),
        new_rows(circuit.trains.row_delay.size),
        new_spikes(int(neurons.sum())),
        np.zeros(neurons.size, np.int64),
        np.zeros((1, max(layer.conductance.shape[1] for layer in circuit.layers)), np.float32),
    )


@borrowing
def send(layer: Layer, neurons: int, later: Float32Array, column: int, row: int, start: float, share: float,
         length: float, key: np.uint64, seen: Float32Array) -> None:  # fmt: skip
    """Lift the membranes of the next layer, the first in `column`, by a pulse on `row` from `start` [s], each step by
    what falls into it.
    """
    conductance, from_row, inverse = layer.conductance, row, 1.0 / length
    if layer.deviation.size > 0:
        noisy_row(layer.conductance, layer.deviation, row, pulse_key(key, row, start), seen)
        conductance, from_row = seen, 0
    begun = start + layer.delay
    over = begun + layer.width
    for place in range(whole(begun * inverse), min(whole(over * inverse) + 1, later.shape[0])):
        lasted = smaller(over, (place + 1) * length) - larger(begun, place * length)
        part = np.float32(larger(lasted, 0.0) / layer.width * share)
        for neuron in range(neurons):
            later[place, column + neuron] += part * conductance[from_row, neuron]


@borrowing
def book(
    circuit: Circuit, spikes: Spikes, first: int, found: int, layer: int, until: float, over: float, image: int,
    outcome: Outcome,
) -> None:  # fmt: skip
    """Book what fired and woke up in a layer by `until` [s]; pulses that it sends lift nothing after `over` [s]."""
    last = len(circuit.layers) - 1
    following, fanout = circuit.layers[min(layer + 1, last)], circuit.fanout[circuit.layers[0].drawn.size + first :]
    for place in range(first, first + found):
        at = spikes.time[place]
        if at > until:
            continue
        outcome.static[image, layer] += spikes.energy[place]
        if spikes.share[place] == 0.0:
            continue
        outcome.spikes[image, layer + 1] += 1
        outcome.first_spike[image, layer + 1] = smaller(outcome.first_spike[image, layer + 1], at)
        if layer == last:
            outcome.output_spikes[image, spikes.neuron[place]] += 1
        else:
            row = spikes.neuron[place]
            outcome.events[image, layer + 1] += fanout[row]
            lasted = smaller(larger(over - at - following.delay, 0.0), following.width)
            outcome.charge[image, layer + 1] += spikes.share[place] * lasted * following.drawn[row]


@inlined
def hand_on(
    circuit: Circuit, room: StepRoom, layer: int, image: int, key: np.uint64, outcome: Outcome
) -> None:  # fmt: skip
    """What a layer's spikes of a step do: pulses on the rows of the next, or a decision."""
    state, spikes, last = room.state, room.spikes, len(circuit.layers) - 1
    first, column = state.first[layer], state.first[min(layer + 1, last)] - state.first[1]
    for place in range(first, first + room.found[layer]):
        if spikes.share[place] == 0.0:
            continue
        at, row = spikes.time[place], spikes.neuron[place]
        if layer == last:
            decide(outcome, image, at, row)
        else:
            send(
                circuit.layers[layer + 1], circuit.neurons[layer + 1], state.later, column, row, at,
                spikes.share[place], circuit.steps.length, key, room.seen,
            )  # fmt: skip


@inlined
def run_layer(
    circuit: Circuit, room: StepRoom, layer: int, lift: Float32Array, at_foot: int, begin: float, outside: IntArray
) -> None:
    """Membranes and comparators of a layer through the step of `lift` that begins at `begin` [s]."""
    state, scale = room.state, circuit.scale[layer]
    room.found[layer] = 0
    if move(circuit.kind, state, layer, lift, scale) >= at_foot or state.busy[layer] > 0:
        room.found[layer] = take_step(
            circuit.kind, circuit.membrane, state, layer, lift, scale, begin, circuit.steps.length, outside,
            room.spikes,
        )  # fmt: skip


@borrowing
def run_image(pixels: UInt8Array, circuit: Circuit, image: int, outcome: Outcome, room: StepRoom) -> None:
    """Simulate one image and write its line of the outcome."""
    trains, layers, steps, kind, state = circuit.trains, circuit.layers, circuit.steps, circuit.kind, room.state
    last, length, window, key = len(layers) - 1, steps.length, steps.number * steps.length, QUIET
    if circuit.variance.size > 0:
        key = image_key(pixels, layers[0].seed)
    put_to_rest(state, idle_power(kind))
    enter(pixels, trains, room.rows)
    at_foot, outside = whole((kind.foot - kind.start) * kind.inverse_step), outcome.outside[image]
    for step in range(steps.number):
        begin, place = step * length, step % CHUNK
        if place == 0:
            sum_pulses(trains, layers[0], circuit.variance, steps, step, room.rows, state)
        if circuit.variance.size > 0:
            add_noise(state, place, key, step)
        run_layer(circuit, room, 0, state.lift[place], at_foot, begin, outside)
        hand_on(circuit, room, 0, image, key, outcome)
        for layer in range(1, last + 1):
            column = state.first[layer] - state.first[1]
            run_layer(circuit, room, layer, state.later[step, column:], at_foot, begin, outside)
            hand_on(circuit, room, layer, image, key, outcome)
        decided = outcome.fired[image] and steps.stop_at_first
        until, over = begin + length, window
        if decided:
            until = over = outcome.decision[image]
        for layer in range(last + 1):
            power = 0.5 * (state.drawn[layer, BEFORE] + state.drawn[layer, AFTER])
            outcome.static[image, layer] += (until - begin) * power
            if room.found[layer] > 0:
                book(circuit, room.spikes, state.first[layer], room.found[layer], layer, until, over, image, outcome)
        if decided:
            break
    decide_by_membrane(state.voltage[state.first[last] :], window, image, outcome)
    until = outcome.decision[image] if steps.stop_at_first else window
    count_pulses(trains, layers[0], circuit.fanout, room.rows, until, image, outcome)


@compiled_unlocked
def run_images(
    pixels: UInt8Array, circuit: Circuit, first: int, beyond: int, outcome: Outcome, room: StepRoom
) -> None:  # fmt: skip
    """Simulate images `first` to `beyond` - 1 of (images, rows), each into its line of `outcome`."""
    for image in range(first, beyond):
        run_image(pixels[image], circuit, image, outcome, room)
