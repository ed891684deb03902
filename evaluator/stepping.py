"""All membranes of a layer through a block of segments of constant current; compiled.

A neuron far from its threshold takes the block in one step; one whose comparator moves takes it segment by segment.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled
from evaluator.layerstate import State, drift, look_up
from evaluator.membrane import CALM, Membrane, advance, at_grid, calm

FloatArray = NDArray[np.float64]
TOGETHER, LIFT = 2.5e-9, 20e-3
"""Segments are taken together up to this time [s] and this way of the membrane [V]."""
PULLS = 0.6
"""Up to here a membrane does not pull at the comparator [V]."""
TINY = 1e-18
"""Below any time that matters, above the rounding of sums of times [s]."""


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
    segment, left = 0, state.segment_duration[0]
    while segment < segments:
        asleep = min(state.dead_until[neuron] - time, left)
        if asleep > 0.0:
            state.spent[neuron] += asleep * state.static[neuron]
            time += asleep
            left -= asleep
            if state.dead_until[neuron] <= time + TINY:
                rest_at(membrane, state, neuron, membrane.wake)
                state.node[neuron] = comparator.rest
                state.spent[neuron] += membrane.recovery
                state.dead_until[neuron] = min(state.dead_until[neuron], time)
            if left <= TINY:
                segment += 1
                left = state.segment_duration[segment] if segment < segments else 0.0
            continue
        # Short segments are taken together: the comparator feels the membrane's mean slope and mean voltage.
        duration, rise, following = left, left * state.segment_slope[segment, neuron], segment + 1
        area = 0.5 * duration * rise
        while following < segments:
            more = state.segment_duration[following]
            lift = more * state.segment_slope[following, neuron]
            if duration + more > TOGETHER or abs(rise + lift) > LIFT or abs(lift) + abs(rise) > LIFT:
                break
            area += more * (rise + 0.5 * lift)
            duration, rise, following = duration + more, rise + lift, following + 1
        voltage, node, mirror, at, energy = advance(
            membrane, state.voltage[neuron], state.node[neuron], state.mirror[neuron], rise / duration, duration,
            area / duration - 0.5 * rise,
        )  # fmt: skip
        state.spent[neuron] += energy
        if voltage > membrane.top:
            state.outside[0] += 1
        if at < 0.0:
            rest_at(membrane, state, neuron, voltage)
            state.node[neuron], state.mirror[neuron] = node, mirror
            time += duration
            segment = following
            left = state.segment_duration[segment] if segment < segments else 0.0
            continue
        rest_at(membrane, state, neuron, 0.0)
        state.node[neuron], state.mirror[neuron] = comparator.rest, comparator.kick + comparator.keep * mirror
        spikes[fired] = time + at + comparator.lag
        shares[fired] = membrane.width_share + membrane.width_slope * mirror
        if state.dead_until[neuron] >= 0.0:
            shares[fired] *= membrane.later
        state.spent[neuron] += membrane.burst + membrane.burst_slope * mirror
        state.dead_until[neuron] = spikes[fired] + membrane.dead_time
        fired += 1
        passed = at
        while segment < segments and passed >= left:
            passed -= left
            segment += 1
            left = state.segment_duration[segment] if segment < segments else 0.0
        left -= passed
        time += at
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
    rested = membrane.comparator.rest - CALM
    forgotten = 1.0 - duration / (membrane.comparator.recovery + 0.5 * duration)
    drift(membrane.leak, start, inverse_step, membrane.floor, voltage, rise, state.area, duration, moved)
    look_up(membrane.power, start, inverse_step, moved, moved_static)
    found = 0
    for neuron in range(voltage.size):
        if dead_until[neuron] >= begin + duration:
            spent[neuron] += duration * static[neuron]
        elif (
            dead_until[neuron] > begin
            or voltage[neuron] + highest[neuron] >= membrane.trip_start
            or voltage[neuron] > membrane.trip_start
            or (node[neuron] < rested and not calm(membrane, voltage[neuron], node[neuron]))
        ):
            fired = replay(membrane, state, neuron, begin, segments, times[found:], shares[found:])
            for index in range(found, found + fired):
                neurons[index] = neuron
            found += fired
        else:
            mirror[neuron] *= forgotten
            if moved[neuron] > PULLS or voltage[neuron] > PULLS:
                pushed = at_grid(membrane.pushed, start, inverse_step, voltage[neuron])[0]
                mirror[neuron] += at_grid(membrane.pushed, start, inverse_step, moved[neuron])[0] - pushed
                node[neuron] = at_grid(membrane.node, start, inverse_step, moved[neuron])[0]
            voltage[neuron] = moved[neuron]
            spent[neuron] += 0.5 * duration * (static[neuron] + moved_static[neuron])
            static[neuron] = moved_static[neuron]
    rise[:] = 0.0
    state.area[:] = 0.0
    highest[:] = 0.0
    return found
