"""What the kernel writes down of each image, and how it books it; compiled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import borrowing
from evaluator.layerstate import Layer, State, happened_by
from evaluator.pulses import STORED, Pulses

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Outcome(NamedTuple):
    """Per image: winning output, whether an output spiked, decision time [s] (end of the window where none
    did).

    Then, up to the decision, `spikes` (images, 1 + layers) of the inputs and of each layer; per layer:
    `driven` (row drivers that switched; (images, 0) where each spike switches one, `row_pulses`), `events` (pulses
    times +-1 weights on their row), `charge` (integral of the column conductance, plus and minus columns, [S s]),
    `static` supply energy beside the mean of each spike [J], `outside` (look-ups off the grids).
    `first_spike` [s] of the inputs and of each layer, infinite where there was none.
    Of each output (images, outputs): `output_spikes` and the membrane at the end `output_voltage` [V].
    Last, where asked for, every spike: time [s] (NaN: no more), layer, neuron.
    """

    winner: IntArray
    fired: NDArray[np.bool_]
    decision: FloatArray
    spikes: IntArray
    driven: IntArray
    events: IntArray
    charge: FloatArray
    static: FloatArray
    outside: IntArray
    first_spike: FloatArray
    output_spikes: IntArray
    output_voltage: FloatArray
    spike_time: FloatArray
    spike_layer: IntArray
    spike_neuron: IntArray


def empty_outcome(images: int, layers: int, outputs: int, recorded: int, *, copies: bool = False) -> Outcome:
    """Arrays for `images`; up to `recorded` spikes are kept of each. With `copies` of an array a spike switches several
    row drivers.
    """
    return Outcome(
        winner=np.zeros(images, np.int64),
        fired=np.zeros(images, np.bool_),
        decision=np.zeros(images),
        spikes=np.zeros((images, layers + 1), np.int64),
        driven=np.zeros((images, layers if copies else 0), np.int64),
        events=np.zeros((images, layers), np.int64),
        charge=np.zeros((images, layers)),
        static=np.zeros((images, layers)),
        outside=np.zeros((images, layers), np.int64),
        first_spike=np.full((images, layers + 1), np.inf),
        output_spikes=np.zeros((images, outputs), np.int64),
        output_voltage=np.zeros((images, outputs)),
        spike_time=np.full((images, recorded), np.nan),
        spike_layer=np.zeros((images, recorded), np.int64),
        spike_neuron=np.zeros((images, recorded), np.int64),
    )


def row_pulses(outcome: Outcome) -> IntArray:
    """Row drivers that switched until the decision, (images, layers)."""
    return outcome.driven if outcome.driven.shape[1] else outcome.spikes[:, :-1]


def of_image(outcome: Outcome, index: int) -> Outcome:
    """The outcome of one image alone."""
    return Outcome._make(array[index : index + 1] for array in outcome)


def joined(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of all images of several batches, in their order."""
    return Outcome._make(np.concatenate(arrays) for arrays in zip(*outcomes, strict=True))


@borrowing
def settle(state: State, share: float, until: float, image: int, index: int, outcome: Outcome) -> None:
    """Book what a layer spent: of its last slice `share` of what grows with time, and what happened by `until` [s]."""
    outcome.charge[image, index] = state.total[0] + share * state.total[1]
    outcome.static[image, index] = state.booked.sum() + share * state.spent.sum()
    outcome.static[image, index] += state.total[2] + happened_by(state, until)
    outcome.outside[image, index] = state.outside[0]


@borrowing
def decide(outcome: Outcome, image: int, time: float, neuron: int) -> None:
    """An output's spike: the earliest decides."""
    if not outcome.fired[image] or time < outcome.decision[image]:
        outcome.fired[image], outcome.decision[image] = True, time
        outcome.winner[image] = neuron


@borrowing
def conclude(
    states: tuple[State, ...], share: float, until: float, window: float, image: int, outcome: Outcome
) -> None:  # fmt: skip
    """Book all layers until `until` [s], `share` of their last slice; without a spike the highest membrane decides."""
    for index in range(len(states)):
        settle(states[index], share, until, image, index, outcome)
    decide_by_membrane(states[-1].voltage, window, image, outcome)


@borrowing
def decide_by_membrane(voltage: FloatArray | NDArray[np.float32], window: float, image: int, outcome: Outcome) -> None:
    """Write down the output membranes [V]; where none fired the highest decides, at the end of the `window` [s]."""
    highest = 0
    for neuron in range(voltage.size):
        outcome.output_voltage[image, neuron] = voltage[neuron]
        highest = neuron if voltage[neuron] > voltage[highest] else highest
    if not outcome.fired[image]:
        outcome.decision[image] = window
        outcome.winner[image] = highest


@borrowing
def count(
    layers: tuple[Layer, ...],
    queues: tuple[Pulses, ...],
    fanout: IntArray,
    image: int,
    until: float,
    outcome: Outcome,
) -> None:
    """Count input spikes, hidden spikes and synaptic events that began by the time `until` [s]."""
    first_row = 0
    for index in range(len(layers)):
        pulses = queues[index]
        spikes, events = 0, 0
        for place in range(pulses.cursor[STORED]):
            if pulses.start[place] > until:
                break
            spikes += 1
            events += fanout[first_row + pulses.row[place]]
        outcome.spikes[image, index] += spikes
        outcome.events[image, index] += events
        first_row += layers[index].drawn.size


@borrowing
def record(outcome: Outcome, image: int, kept: int, time: float, index: int, neuron: int) -> int:
    """Keep one spike where spikes are recorded; the number kept so far is returned."""
    if kept < outcome.spike_time.shape[1]:
        outcome.spike_time[image, kept] = time
        outcome.spike_layer[image, kept] = index
        outcome.spike_neuron[image, kept] = neuron
    return kept + 1
