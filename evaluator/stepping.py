"""All membranes of a layer through a block of segments of constant current; compiled.

A neuron far from its threshold takes the block in one step; one whose comparator moves takes it segment by segment.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled
from evaluator.layerstate import State, drift, look_up
from evaluator.membrane import Membrane, advance, at_grid

FloatArray = NDArray[np.float64]


@compiled
def rest_at(membrane: Membrane, state: State, neuron: int, voltage: float) -> None:
    """Put one membrane at `voltage` [V]; the static power that it draws there goes with it."""
    state.voltage[neuron] = voltage
    state.static[neuron] = at_grid(membrane.power, membrane.start, membrane.inverse_step, voltage)[0]


@compiled
def replay(
    membrane: Membrane, state: State, neuron: int, begin: float, segments: int,
    spikes: FloatArray, shares: FloatArray,
) -> int:  # fmt: skip
    """Take one neuron through the block segment by segment; times [s] of its spikes go to `spikes`, and what share of a
    pulse each gives the next layer to `shares`. Their number is returned.
    """
    fired, time, comparator = 0, begin, membrane.comparator
    for segment in range(segments):
        stop = time + state.segment_duration[segment]
        while time < stop:
            awake = min(state.dead_until[neuron], stop)
            if awake > time:
                state.spent[neuron] += (awake - time) * state.static[neuron]
                time = awake
                if state.dead_until[neuron] <= stop:
                    rest_at(membrane, state, neuron, membrane.wake)
                    state.spent[neuron] += membrane.recovery
                continue
            voltage, node, mirror, at, energy = advance(
                membrane, state.voltage[neuron], state.node[neuron], state.mirror[neuron],
                state.segment_slope[segment, neuron], stop - time,
            )  # fmt: skip
            state.spent[neuron] += energy
            if voltage > membrane.top:
                state.outside[0] += 1
            if at < 0.0:
                rest_at(membrane, state, neuron, voltage)
                state.node[neuron], state.mirror[neuron] = node, mirror
                break
            rest_at(membrane, state, neuron, 0.0)
            state.node[neuron], state.mirror[neuron] = comparator.rest, comparator.kick + comparator.keep * mirror
            time += at
            spikes[fired] = time + comparator.lag
            shares[fired] = membrane.width_share + membrane.width_slope * mirror
            state.spent[neuron] += membrane.burst + membrane.burst_slope * mirror
            if state.dead_until[neuron] >= 0.0:
                shares[fired] *= membrane.later
            fired += 1
            state.dead_until[neuron] = time + comparator.lag + membrane.dead_time
        time = stop
    return fired


@compiled
def advance_block(
    membrane: Membrane,
    state: State,
    begin: float,
    segments: int,
    times: FloatArray,
    neurons: NDArray[np.int64],
    shares: FloatArray,
) -> int:
    """Advance all membranes through the block that began at `begin` [s]; spikes are written to `times`,
    `neurons` and `shares`.

    A neuron whose comparator rests throughout the block takes it in one step; the others take it segment by segment.
    Returns the number of spikes (unsorted) and empties the block.
    """
    duration = 0.0
    for segment in range(segments):
        duration += state.segment_duration[segment]
    start, inverse_step = membrane.start, membrane.inverse_step
    voltage, rise, moved = state.voltage, state.rise, state.moved
    highest = state.highest
    static, moved_static, spent, dead_until = state.static, state.moved_static, state.spent, state.dead_until
    node, mirror = state.node, state.mirror
    forgotten = np.exp(-duration / membrane.comparator.recovery)
    drift(membrane.leak, start, inverse_step, membrane.floor, voltage, rise, state.area, duration, moved)
    look_up(membrane.power, start, inverse_step, moved, moved_static)
    found = 0
    for neuron in range(voltage.size):
        if dead_until[neuron] >= begin + duration:
            spent[neuron] += duration * static[neuron]
        elif (
            dead_until[neuron] > begin
            or node[neuron] < membrane.calm
            or voltage[neuron] + highest[neuron] >= membrane.trip_start
        ):
            fired = replay(membrane, state, neuron, begin, segments, times[found:], shares[found:])
            for index in range(found, found + fired):
                neurons[index] = neuron
            found += fired
        else:
            voltage[neuron] = moved[neuron]
            mirror[neuron] *= forgotten
            spent[neuron] += 0.5 * duration * (static[neuron] + moved_static[neuron])
            static[neuron] = moved_static[neuron]
    rise[:] = 0.0
    state.area[:] = 0.0
    highest[:] = 0.0
    return found
