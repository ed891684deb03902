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
    """What a thread works on, image after image. Of each layer its state, what fired or woke up in a step and how many
    were `found`, its mean `power` in the step [W]; `seen`: a row of a later layer as one read has seen it [S].
    """

    states: tuple[StepState, ...]
    rows: Rows
    spikes: tuple[Spikes, ...]
    found: IntArray
    power: FloatArray
    seen: Float32Array


def new_room(circuit: Circuit) -> StepRoom:
    """Room for any image."""
    neurons, later = circuit.neurons.tolist(), circuit.steps.number + 2
    return StepRoom(
        tuple(
            new_state(size, CHUNK if place == 0 else later, place == 0 and circuit.variance.size > 0)
            for place, size in enumerate(neurons)
        ),
        new_rows(circuit.trains.row_delay.size),
        tuple(new_spikes(size) for size in neurons),
        np.zeros(len(neurons), np.int64),
        np.zeros(len(neurons)),
        np.zeros((1, max(layer.conductance.shape[1] for layer in circuit.layers)), np.float32),
    )


@inlined
def send(layer: Layer, state: StepState, row: int, start: float, share: float, length: float, key: np.uint64,
         seen: Float32Array) -> None:  # fmt: skip
    """Lift the membranes of the next layer by a pulse on `row` from `start` [s], each step by what falls into it."""
    conductance, from_row, inverse = layer.conductance, row, 1.0 / length
    if layer.deviation.size > 0:
        noisy_row(layer.conductance, layer.deviation, row, pulse_key(key, row, start), seen)
        conductance, from_row = seen, 0
    begun = start + layer.delay
    over = begun + layer.width
    for place in range(whole(begun * inverse), min(whole(over * inverse) + 1, state.lift.shape[0])):
        lasted = smaller(over, (place + 1) * length) - larger(begun, place * length)
        part = np.float32(larger(lasted, 0.0) / layer.width * share)
        for neuron in range(state.voltage.size):
            state.lift[place, neuron] += part * conductance[from_row, neuron]


@inlined
def book(spikes: Spikes, found: int, layer: int, last: int, until: float, over: float, image: int, fanout: IntArray,
         following: Layer, outcome: Outcome) -> None:  # fmt: skip
    """Book what fired and woke up in a layer by `until` [s]; pulses that it sends lift nothing after `over` [s]."""
    for place in range(found):
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


@borrowing
def run_image(pixels: UInt8Array, circuit: Circuit, image: int, outcome: Outcome, room: StepRoom) -> None:
    """Simulate one image and write its line of the outcome."""
    trains, layers, neurons, scale, variance, kind, membrane, fanout, steps = circuit
    states, rows, spikes, found, power, seen = room
    last, length, window, key = len(layers) - 1, steps.length, steps.number * steps.length, QUIET
    if variance.size > 0:
        key = image_key(pixels, layers[0].seed)
    for index in range(last + 1):
        put_to_rest(states[index], idle_power(kind))
    enter(pixels, trains, rows)
    at_foot = whole((kind.foot - kind.start) * kind.inverse_step)
    for step in range(steps.number):
        begin = step * length
        if step % CHUNK == 0:
            sum_pulses(trains, layers[0], variance, steps, step, rows, states[0])
        for index in range(last + 1):
            state, place = states[index], step if index > 0 else step % CHUNK
            if index == 0 and variance.size > 0:
                add_noise(state, place, key, step)
            found[index] = 0
            if move(kind, state, place, scale[index]) >= at_foot or state.busy[0] > 0:
                outside = outcome.outside[image, index : index + 1]
                found[index] = take_step(
                    kind, membrane, state, place, scale[index], begin, length, outside, spikes[index]
                )  # fmt: skip
            power[index] = 0.5 * (state.drawn[BEFORE] + state.drawn[AFTER])
            for place in range(found[index]):
                if spikes[index].share[place] > 0.0:
                    at, neuron = spikes[index].time[place], spikes[index].neuron[place]
                    if index == last:
                        decide(outcome, image, at, neuron)
                    else:
                        send(layers[index + 1], states[index + 1], neuron, at, spikes[index].share[place], length,
                             key, seen)  # fmt: skip
        decided = outcome.fired[image] and steps.stop_at_first
        until = outcome.decision[image] if decided else begin + length
        first_row = layers[0].drawn.size
        for index in range(last + 1):
            outcome.static[image, index] += (until - begin) * power[index]
            if found[index] > 0:
                following = layers[index + 1] if index < last else layers[index]
                over = until if decided else window
                book(
                    spikes[index], found[index], index, last, until, over, image, fanout[first_row:], following, outcome
                )
            first_row += neurons[index]
        if decided:
            break
    decide_by_membrane(states[last].voltage, window, image, outcome)
    until = outcome.decision[image] if steps.stop_at_first else window
    count_pulses(trains, layers[0], fanout, rows, until, image, outcome)


@compiled_unlocked
def run_images(
    pixels: UInt8Array, circuit: Circuit, first: int, beyond: int, outcome: Outcome, room: StepRoom
) -> None:  # fmt: skip
    """Simulate images `first` to `beyond` - 1 of (images, rows), each into its line of `outcome`."""
    for image in range(first, beyond):
        run_image(pixels[image], circuit, image, outcome, room)
