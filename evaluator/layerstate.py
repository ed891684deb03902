"""State of one layer while one image passes: column currents, membranes, pulses to come; compiled.

Column current of a tile (98 rows that share one wire): i(S) = S (1 + b1 S + b2 S^2 + b3 S^3), with S the conductance
[S] of the cells that read pulses now hold at the read voltage: the more cells conduct, the more of the read voltage is
lost along the wires. Columns 0 ... n-1 are the plus columns of the n neurons, n ... 2n-1 the minus columns.

The loops over columns are short and touch few arrays each, so that the compiler can turn them into vector code.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled
from evaluator.membrane import Membrane, advance, after, at_grid

FloatArray = NDArray[np.float64]
BLOCK = 64  # constant-current segments kept before the membranes are advanced
STATIC, OUTSIDE = 0, 1  # places in `State.account`


class Layer(NamedTuple):
    """What does not change: `conductance` (rows, 2 n) [S], `tile` of each row, `slope` [V/s] of one siemens of
    attenuated conductance on a membrane, `loss` (b1, b2, b3), `width` [s] and `delay` [s] of the pulses on the rows.
    """

    conductance: FloatArray
    tile: NDArray[np.int64]
    slope: float
    loss: FloatArray
    width: float
    delay: float


class State(NamedTuple):
    """What changes.

    Per tile and column: `active` conductance and what is left of it, `passed` [S]; per column: `current` (sum of
    `passed` over tiles) and its largest `active` conductance so far, `peak` [S], and its integral `charge` [S s];
    per neuron: voltage [V], trip integral, end of dead time [s], static power [W]; the block of segments since the
    last advance, with the rise of each membrane [V] and its highest; `account`: static energy [J] and number of
    look-ups outside the grids since it was last emptied.
    """

    active: FloatArray
    passed: FloatArray
    current: FloatArray
    peak: FloatArray
    charge: FloatArray
    voltage: FloatArray
    trip: FloatArray
    dead_until: FloatArray
    static: FloatArray
    segment_slope: FloatArray
    segment_duration: FloatArray
    rise: FloatArray
    highest: FloatArray
    account: FloatArray


@compiled
def new_state(layer: Layer, membrane: Membrane) -> State:
    """A layer at rest: no pulse, membranes at 0 V."""
    columns = layer.conductance.shape[1]
    neurons = columns // 2
    tiles = layer.tile[-1] + 1
    rest = at_grid(membrane.power, membrane.start, membrane.inverse_step, 0.0)[0]
    return State(
        np.zeros((tiles, columns)), np.zeros((tiles, columns)), np.zeros(columns), np.zeros(columns), np.zeros(columns),
        np.zeros(neurons), np.zeros(neurons), np.full(neurons, -1.0), np.full(neurons, rest),
        np.zeros((BLOCK, neurons)), np.zeros(BLOCK), np.zeros(neurons), np.zeros(neurons), np.zeros(2),
    )  # fmt: skip


@compiled
def switch_row(
    conductance: FloatArray, row: int, sign: float, loss: FloatArray,
    active: FloatArray, passed: FloatArray, tile: int, current: FloatArray, peak: FloatArray,
) -> None:  # fmt: skip
    """Start (+1) or end (-1) the pulse on a row of a tile. Arrays come one by one: taking them out of a tuple costs more."""
    b1, b2, b3 = loss[0], loss[1], loss[2]
    columns = current.size
    for column in range(columns):
        active[tile, column] += sign * conductance[row, column]
    for column in range(columns):
        total = active[tile, column]
        now = total * (1.0 + total * (b1 + total * (b2 + total * b3)))
        current[column] += now - passed[tile, column]
        passed[tile, column] = now
    if sign > 0:
        for column in range(columns):
            total = active[tile, column]
            peak[column] = total if total > peak[column] else peak[column]


@compiled
def hold(
    current: FloatArray, gain: float, duration: float, charge: FloatArray,
    slopes: FloatArray, segment: int, rise: FloatArray, highest: FloatArray,
) -> None:  # fmt: skip
    """Add a segment of `duration` [s] at the present currents to the block."""
    neurons = rise.size
    for column in range(2 * neurons):
        charge[column] += current[column] * duration
    for neuron in range(neurons):
        slopes[segment, neuron] = gain * (current[neuron] - current[neurons + neuron])
    for neuron in range(neurons):
        now = rise[neuron] + slopes[segment, neuron] * duration
        rise[neuron] = now
        highest[neuron] = now if now > highest[neuron] else highest[neuron]


@compiled
def spend(membrane: Membrane, state: State, neuron: int, duration: float) -> None:
    """Charge the static supply energy of one neuron: trapezium of its power before and after `duration` [s]."""
    voltage = state.voltage[neuron]
    now = at_grid(membrane.power, membrane.start, membrane.inverse_step, voltage)[0]
    state.account[STATIC] += 0.5 * duration * (state.static[neuron] + now)
    state.static[neuron] = now
    if voltage > membrane.start + (membrane.leak.size - 1) / membrane.inverse_step:
        state.account[OUTSIDE] += 1.0


@compiled
def replay(membrane: Membrane, state: State, neuron: int, begin: float, segments: int, spikes: FloatArray) -> int:
    """Take one neuron through the block segment by segment; spike times [s] go to `spikes`, their number is returned."""
    fired, time = 0, begin
    for segment in range(segments):
        stop = time + state.segment_duration[segment]
        while time < stop:
            awake = state.dead_until[neuron]
            if awake >= stop:
                spend(membrane, state, neuron, stop - time)
                break
            if awake > time:
                spend(membrane, state, neuron, awake - time)
                time = awake
            voltage, trip, at = advance(
                membrane, state.voltage[neuron], state.trip[neuron], state.segment_slope[segment, neuron], stop - time
            )
            if at >= 0.0:
                spikes[fired] = time + at
                fired += 1
                peak = state.voltage[neuron] + (voltage - state.voltage[neuron]) * at / (stop - time)
                if peak > membrane.trip_start + (membrane.trip.size - 1) / membrane.inverse_trip_step:
                    state.account[OUTSIDE] += 1.0
                state.voltage[neuron] = peak
                spend(membrane, state, neuron, at)
                state.voltage[neuron], state.trip[neuron] = 0.0, 0.0
                state.static[neuron] = at_grid(membrane.power, membrane.start, membrane.inverse_step, 0.0)[0]
                state.dead_until[neuron] = time + at + membrane.dead_time
                time += at
                continue
            state.voltage[neuron], state.trip[neuron] = voltage, trip
            spend(membrane, state, neuron, stop - time)
            break
        time = stop
    return fired


@compiled
def advance_block(
    membrane: Membrane, state: State, begin: float, segments: int, times: FloatArray, neurons: NDArray[np.int64]
) -> int:
    """Advance all membranes through the block that began at `begin` [s]; spikes are written to `times` and `neurons`.

    A neuron that cannot reach its first trip voltage within the block takes it in one step; the others take it
    segment by segment. Returns the number of spikes (unsorted) and empties the block.
    """
    duration = 0.0
    for segment in range(segments):
        duration += state.segment_duration[segment]
    leak, power, start, inverse = membrane.leak, membrane.power, membrane.start, membrane.inverse_step
    floor, trip_start, top = membrane.floor, membrane.trip_start, start + (leak.size - 1) / inverse
    voltages, rise, highest = state.voltage, state.rise, state.highest
    static, dead_until = state.static, state.dead_until
    found, spent, outside = 0, 0.0, 0
    for neuron in range(voltages.size):
        voltage = voltages[neuron]
        if dead_until[neuron] <= begin and voltage + highest[neuron] < trip_start:
            voltage = after(leak, start, inverse, floor, voltage, rise[neuron], duration)
            now = at_grid(power, start, inverse, voltage)[0]
            spent += duration * (static[neuron] + now)
            outside += voltage > top
            voltages[neuron], static[neuron] = voltage, now
        else:
            fired = replay(membrane, state, neuron, begin, segments, times[found:])
            for index in range(found, found + fired):
                neurons[index] = neuron
            found += fired
        rise[neuron] = 0.0
        highest[neuron] = 0.0
    state.account[STATIC] += 0.5 * spent
    state.account[OUTSIDE] += outside
    return found
