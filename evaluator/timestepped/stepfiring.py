"""The comparators' part of a step of time: neurons that wake up, make progress, fire; compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import ONE, larger, smaller, whole, within
from evaluator.compiled import inlined
from evaluator.membrane import Membrane
from evaluator.timestepped.rampneuron import RampNeuron
from evaluator.timestepped.stepstate import AFTER, ASLEEP, AWAKE, StepState

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
POWER = 3  # place in `RampNeuron.cells`
LEVEL = 1e-6
"""A membrane that moves by less in a step is taken as level [V]."""
ROUNDS = 4
"""Of false position, to find where within a step a neuron fires: to a thousandth of the step."""


class Spikes(NamedTuple):
    """What fired or woke up in a step: `time` [s], `neuron` of its layer, its `share` of a pulse [1] (0 where it woke
    up), and the `energy` that goes with it [J].
    """

    time: FloatArray
    neuron: NDArray[np.int64]
    share: FloatArray
    energy: FloatArray


def new_spikes(neurons: int) -> Spikes:
    """Room for a step: each neuron wakes up or fires once at most."""
    return Spikes(np.zeros(neurons), np.zeros(neurons, np.int64), np.zeros(neurons), np.zeros(neurons))


@inlined
def idle_power(kind: RampNeuron) -> float:
    """Static supply power of a neuron at 0 V [W]."""
    return float(kind.cells[whole(-kind.start * kind.inverse_step + 0.5), POWER])


@inlined
def above_foot(kind: RampNeuron, values: FloatArray, voltage: float) -> float:
    """Value of a grid above the foot, its first below."""
    position = larger((voltage - kind.foot) * kind.inverse_cell, 0.0)
    index = within(whole(position), values.size - 2)
    return float(values[index] + (position - index) * (values[index + ONE] - values[index]))


@inlined
def gained(kind: RampNeuron, before: float, after: float, length: float) -> float:
    """Progress in a step of `length` [s] over which the membrane goes evenly `before` to `after` [V]."""
    way = after - before
    if abs(way) < LEVEL:
        way = LEVEL
    first = above_foot(kind, kind.rise, before)
    return (above_foot(kind, kind.rise, before + way) - first) / way * length


@inlined
def fires_at(kind: RampNeuron, before: float, after: float, length: float, left: float) -> float:
    """Share of such a step after which the progress is `left` more; false position between its ends (Illinois)."""
    low, high, share = 0.0, 1.0, 0.5
    below, above = -left, gained(kind, before, after, length) - left
    for _ in range(ROUNDS):
        share = smaller(larger(low - (high - low) * below / (above - below), low), high)
        value = share * gained(kind, before, before + share * (after - before), length) - left
        if value > 0.0:
            high, above, below = share, value, 0.5 * below
        else:
            low, below, above = share, value, 0.5 * above
    return share


@inlined
def wake_up(membrane: Membrane, state: StepState, neuron: int, end: float, length: float, lift: float) -> float:
    """End a neuron's dead time within the step until `end` [s]; what is left of the step's `lift` [V] is its own."""
    at = float(state.dead_until[neuron])
    state.voltage[neuron] = membrane.wake + (end - at) / length * lift
    state.awake[neuron] = AWAKE
    return at


@inlined
def fall_asleep(membrane: Membrane, state: StepState, neuron: int, at: float) -> None:
    """Begin the dead time of a neuron that fires at `at` [s]."""
    tired = state.tired[neuron] * np.exp((state.last[neuron] - at) / membrane.resting)
    state.tired[neuron], state.last[neuron] = tired + 1.0, at
    state.dead_until[neuron] = at + membrane.dead_time + membrane.tiring * tired
    state.awake[neuron], state.voltage[neuron], state.progress[neuron] = ASLEEP, ASLEEP, 0.0


@inlined
def take_step(
    kind: RampNeuron, membrane: Membrane, state: StepState, layer: int, lift: Float32Array, scale: float,
    begin: float, length: float, outside: NDArray[np.int64], spikes: Spikes,
) -> int:  # fmt: skip
    """Comparators of a layer whose membranes have moved through the step from `begin` [s]; returns how many woke up or
    fired, which are written from the place of its first neuron on. `lift`, `scale` as for `move`.
    """
    first, busy, end = state.first[layer], 0, begin + length
    found = first
    at_foot, idle = whole((kind.foot - kind.start) * kind.inverse_step), idle_power(kind)
    own = slice(first, state.first[layer + 1])
    awake, cell, progressed = state.awake[own], state.cell[own], state.progress[own]
    for place in range(awake.size):
        if awake[place] == AWAKE and cell[place] < at_foot and progressed[place] == 0.0:
            continue
        neuron = first + place
        if awake[place] == ASLEEP:
            if state.dead_until[neuron] < end:
                rise = scale * lift[place]
                spikes.time[found] = wake_up(membrane, state, neuron, end, length, rise)
                spikes.share[found], spikes.energy[found] = 0.0, membrane.recovery
                found += 1
            else:
                busy += 1
            continue
        after, lifted = float(state.voltage[neuron]), float(state.lifted[neuron])
        before = lifted - scale * lift[place]
        progress = gained(kind, before, after, length)
        if state.progress[neuron] + progress < 1.0:
            state.progress[neuron] = state.progress[neuron] + progress if after > kind.foot else 0.0
            outside[layer] += after > membrane.top
            busy += after > kind.foot
            continue
        share = fires_at(kind, before, after, length, 1.0 - state.progress[neuron])
        height, at = before + share * (after - before), begin + share * length
        outside[layer] += height > membrane.top
        spikes.time[found], spikes.neuron[found] = at, place
        spikes.share[found] = above_foot(kind, kind.share, height)
        spikes.energy[found] = above_foot(kind, kind.beside, height)
        # at the end of the step the membrane is at 0 V
        state.drawn[layer, AFTER] -= state.power[neuron] - idle
        state.power[neuron] = idle
        fall_asleep(membrane, state, neuron, at)
        found, busy = found + 1, busy + 1
    state.busy[layer] = busy
    return int(found - first)
