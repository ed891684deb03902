"""All membranes of a layer through a slice of time; compiled.

A neuron far from its threshold takes the slice in one step; one whose comparator moves takes it step by step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import larger, smaller
from evaluator.comparator import at_point, resting
from evaluator.compiled import inlined
from evaluator.layerstate import (
    Layer,
    State,
    book,
    climb,
    collect,
    drift,
    happen,
    lifted,
    look_up,
    settle_down,
    sort_out,
)
from evaluator.membrane import CALM, Membrane, advance_on, at_grid, calm, stirred, width_share
from evaluator.pulses import Pulses

FloatArray = NDArray[np.float64]
PULLS = 0.6
"""Up to here a membrane does not pull at the comparator [V]."""
TINY = 1e-18
"""Below any time that matters, above the rounding of sums of times [s]."""


@inlined
def rest_at(membrane: Membrane, state: State, neuron: int, voltage: float) -> None:
    """Put one membrane at `voltage` [V]; the static power that it draws there goes with it."""
    state.voltage[neuron] = voltage
    state.static[neuron] = at_grid(membrane.power, membrane.start, membrane.inverse_step, voltage)[0]


@inlined
def sleep(membrane: Membrane, state: State, neuron: int, time: float, end: float) -> float:
    """Take a neuron from `time` to the end of its dead time, or to `end` [s]; the time then is returned."""
    woken = smaller(state.dead_until[neuron], end)
    state.spent[neuron] += (woken - time) * state.static[neuron]
    state.returned[neuron] = stirred(membrane, 0.0, state.returned[neuron], woken - time)
    if state.dead_until[neuron] <= woken + TINY:
        rest_at(membrane, state, neuron, membrane.wake)
        state.node[neuron] = membrane.comparator.rest
        happen(state, woken, membrane.recovery)
        state.dead_until[neuron] = smaller(state.dead_until[neuron], woken)
    return float(woken)


@inlined
def fire(membrane: Membrane, state: State, neuron: int, at: float, height: float, mirror: float) -> float:
    """Book a spike at `at` [s] that begins with membrane and mirror at these voltages; its share of a pulse comes
    back.
    """
    comparator = membrane.comparator
    rest_at(membrane, state, neuron, 0.0)
    tired = state.tired[neuron] * np.exp((state.last[neuron] - at) / membrane.resting)
    share, kick = width_share(membrane, height, mirror), comparator.kick
    if state.dead_until[neuron] >= 0.0:
        since = np.log(at - state.last[neuron])
        share *= at_point(membrane.since, membrane.later, since)
        kick = at_point(membrane.since, membrane.later_kick, since)
    state.node[neuron], state.mirror[neuron] = comparator.rest, kick + comparator.keep * mirror
    happen(state, at, membrane.burst + membrane.burst_slope * mirror)
    state.dead_until[neuron] = at + membrane.dead_time + membrane.tiring * tired
    state.tired[neuron], state.last[neuron] = tired + 1.0, at
    return share


@inlined
def replay(
    membrane: Membrane, layer: Layer, pulses: Pulses, state: State, neuron: int, begin: float, step: float,
    spikes: FloatArray, shares: FloatArray,
) -> int:  # fmt: skip
    """Take one neuron through the slice step by step; times [s] of its spikes go to `spikes`, and what share of a
    pulse each gives the next layer to `shares`. Their number is returned.
    """
    fired, motion = 0, resting(state.node[neuron], state.mirror[neuron])
    for place in range(state.lift.shape[0]):
        time, end, lift = begin + place * step, begin + (place + 1) * step, state.lift[place, neuron]
        while time < end - TINY:
            if state.dead_until[neuron] > time + TINY:
                time = sleep(membrane, state, neuron, time, end)
                if time < end - TINY:
                    lift = lifted(layer, pulses, state, neuron, time, end, membrane.wake)
                motion = resting(state.node[neuron], state.mirror[neuron])
                continue
            before, returned, lasted = state.voltage[neuron], state.returned[neuron], end - time
            voltage, motion, at, energy = advance_on(membrane, before, motion, returned, lift, lasted)
            state.spent[neuron] += energy
            state.outside[0] += voltage > membrane.top
            middle = 0.5 * (before + voltage)
            state.returned[neuron] = stirred(membrane, middle, returned, lasted if at < 0.0 else at)
            if at < 0.0:
                rest_at(membrane, state, neuron, voltage)
                state.node[neuron], state.mirror[neuron] = motion.node, motion.mirror
                break
            height = before + (voltage - before) * smaller(at / lasted, 1.0)
            time += at
            spikes[fired], shares[fired] = time, fire(membrane, state, neuron, time, height, motion.mirror)
            fired += 1
    return fired


@inlined
def pull(membrane: Membrane, state: State, neuron: int) -> None:
    """Let the comparator follow a membrane that moves without tripping it."""
    start, inverse_step = membrane.start, membrane.inverse_step
    before, moved = state.voltage[neuron], state.moved[neuron]
    pushed = at_grid(membrane.pushed, start, inverse_step, before)[0]
    state.push[neuron] = at_grid(membrane.pushed, start, inverse_step, moved)[0] - pushed
    state.node[neuron] = at_grid(membrane.node, start, inverse_step, moved)[0]


@inlined
def run_slice(
    membrane: Membrane, layer: Layer, pulses: Pulses, state: State, begin: float, duration: float,
    times: FloatArray, neurons: NDArray[np.int64], shares: FloatArray,
) -> int:  # fmt: skip
    """Take a layer through the slice of `duration` [s] that begins at `begin` [s]; spikes are written to `times`,
    `neurons` and `shares`.

    A neuron whose comparator rests throughout the slice takes it in one step; the others take it step by step. Returns
    the number of spikes (unsorted).
    """
    step = duration / state.lift.shape[0]
    book(state)
    collect(layer, pulses, state, begin, step)
    climb(state.lift, membrane.floor, step, state.voltage, state.rise, state.area, state.highest)
    drift(membrane, state, duration)
    look_up(membrane.power, membrane.start, membrane.inverse_step, state.moved, state.moved_static)
    sort_out(
        membrane.trip_start,
        membrane.comparator.rest - CALM,
        begin,
        state.voltage,
        state.highest,
        state.node,
        state.dead_until,
        state.busy,
    )
    found = 0
    for neuron in range(state.busy.size):
        if state.busy[neuron]:
            if state.dead_until[neuron] >= begin + duration:
                state.spent[neuron] += duration * state.static[neuron]
                state.returned[neuron] = stirred(membrane, 0.0, state.returned[neuron], duration)
            elif (
                state.dead_until[neuron] <= begin
                and state.voltage[neuron] + state.highest[neuron] < membrane.trip_start
                and calm(membrane, state.voltage[neuron], state.node[neuron])
            ):
                state.busy[neuron] = False
            else:
                fired = replay(membrane, layer, pulses, state, neuron, begin, step, times[found:], shares[found:])
                for index in range(found, found + fired):
                    neurons[index] = neuron
                found += fired
        if not state.busy[neuron] and larger(state.moved[neuron], state.voltage[neuron]) > PULLS:
            pull(membrane, state, neuron)
    forgotten = 1.0 - duration / (membrane.comparator.recovery + 0.5 * duration)
    settle_down(
        duration,
        forgotten,
        state.busy,
        state.moved,
        state.moved_static,
        state.voltage,
        state.static,
        state.mirror,
        state.push,
        state.gone,
        state.returned,
        state.spent,
    )
    return found
