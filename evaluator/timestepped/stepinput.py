"""Pulses of an image in steps of time: what they lift the first layer's membranes by, how many there were; compiled.

Nothing is sorted: every row goes through its own train, step after step, and adds its conductances to the lift of the
step in which the middle of each pulse is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import larger, smaller, whole
from evaluator.compiled import borrowing, inlined
from evaluator.freshnoise import normal_pair, pulse_key
from evaluator.layerstate import Layer
from evaluator.outcome import Outcome
from evaluator.pulses import Trains, choose_trains
from evaluator.timestepped.stepstate import Steps, StepState

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
CHUNK = 25
"""Steps of time whose lifts are summed together: few enough to stay close to the processor."""


class Rows(NamedTuple):
    """Of each row its train as `chosen`; of those with any pulse the `active` row, its `next` pulse and the one
    `beyond` its last; how many they are, `driven` (1,).
    """

    chosen: IntArray
    active: IntArray
    next: IntArray
    beyond: IntArray
    driven: IntArray


def new_rows(rows: int) -> Rows:
    """For images of `rows` pixels."""
    chosen, active, following, beyond = np.zeros((4, rows), np.int64)
    return Rows(chosen, active, following, beyond, np.zeros(1, np.int64))


@borrowing
def enter(pixels: NDArray[np.uint8], trains: Trains, rows: Rows) -> None:
    """Find the rows that an image drives at all."""
    choose_trains(pixels, trains, rows.chosen)
    count = 0
    for row in range(pixels.size):
        first, beyond = trains.offset[rows.chosen[row]], trains.offset[rows.chosen[row] + 1]
        late = trains.last_start - trains.row_delay[row]
        while beyond > first and trains.times[beyond - 1] > late:
            beyond -= 1
        if beyond > first:
            rows.active[count], rows.next[count], rows.beyond[count] = row, first, beyond
            count += 1
    rows.driven[0] = count


@inlined
def add_row(values: Float32Array, row: int, lift: Float32Array, place: int) -> None:
    """Add a row's values to the lifts of one step."""
    for column in range(values.shape[1]):
        lift[place, column] += values[row, column]


@borrowing
def sum_pulses(
    trains: Trains, layer: Layer, variance: Float32Array, steps: Steps, first: int, rows: Rows, state: StepState
) -> None:
    """Lifts of the `CHUNK` steps from step `first` on; `variance` [S^2] of a read, empty where it has no noise."""
    state.lift[:] = np.float32(0.0)
    state.variance[:] = np.float32(0.0)
    inverse, middle, beyond = 1.0 / steps.length, 0.5 * layer.width + layer.delay, first + CHUNK
    for index in range(rows.driven[0]):
        row, pulse, over = rows.active[index], rows.next[index], rows.beyond[index]
        delay = trains.row_delay[row] + middle
        while pulse < over:
            step = whole((trains.times[pulse] + delay) * inverse)
            if step >= beyond:
                break
            add_row(layer.conductance, row, state.lift, step - first)
            if variance.size > 0:
                add_row(variance, row, state.variance, step - first)
            pulse += 1
        rows.next[index] = pulse


@borrowing
def add_noise(state: StepState, place: int, key: np.uint64, step: int) -> None:
    """Read noise of all pulses of a step together: independent errors add to a normal one of the summed variance."""
    own = pulse_key(key, step, 0.0)
    neurons = state.first[1]
    for pair in range((neurons + 1) // 2):
        one, two = normal_pair(own, pair)
        neuron = 2 * pair
        state.lift[place, neuron] += np.sqrt(state.variance[place, neuron]) * one
        if neuron + 1 < neurons:
            state.lift[place, neuron + 1] += np.sqrt(state.variance[place, neuron + 1]) * two


@borrowing
def count_pulses(
    trains: Trains, layer: Layer, fanout: IntArray, rows: Rows, until: float, image: int, outcome: Outcome
) -> None:  # fmt: skip
    """Book the pulses that began by `until` [s], their synaptic events and the charge through their rows."""
    begun = np.inf
    for index in range(rows.driven[0]):
        row, beyond, pulse = rows.active[index], rows.beyond[index], rows.next[index]
        first, left = trains.offset[rows.chosen[row]], until - trains.row_delay[row]
        begun = smaller(begun, trains.times[first] + trains.row_delay[row])
        while pulse < beyond and trains.times[pulse] <= left:
            pulse += 1
        while pulse > first and trains.times[pulse - 1] > left:
            pulse -= 1
        pulses, charged = pulse - first, (pulse - first) * layer.width
        while pulse > first and left - layer.delay - trains.times[pulse - 1] < layer.width:
            pulse -= 1
            charged -= layer.width - larger(left - layer.delay - trains.times[pulse], 0.0)
        outcome.spikes[image, 0] += pulses
        outcome.events[image, 0] += pulses * fanout[row]
        outcome.charge[image, 0] += charged * layer.drawn[row]
    outcome.first_spike[image, 0] = begun
