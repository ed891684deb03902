"""State of one layer while one image passes: column currents, membranes, pulses to come; compiled.

Column current of a tile (98 rows that share one wire): i(S) = S (1 + b1 S + b2 S^2 + b3 S^3), with S the conductance
[S] of the cells that read pulses now hold at the read voltage: the more cells conduct, the more of the read voltage is
lost along the wires. The power drawn from the rows has its own such polynomial. Columns 0 ... n-1 are the plus columns of the n
neurons, n ... 2n-1 the minus columns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from devicefit.compiled import compiled
from evaluator.membrane import Membrane, advance, after, at_grid

FloatArray = NDArray[np.float64]
BLOCK = 64  # constant-current segments kept before the membranes are advanced


class Layer(NamedTuple):
    """What does not change: `conductance` (rows, 2 n) [S], `tile` of each row, `slope` [V/s] of one siemens of
    attenuated conductance on a membrane, `power` [W] of one siemens, `charge_loss` and `energy_loss` (b1, b2, b3),
    `width` [s] and `delay` [s] of the pulses on the rows.
    """

    conductance: FloatArray
    tile: NDArray[np.int64]
    slope: float
    power: float
    charge_loss: FloatArray
    energy_loss: FloatArray
    width: float
    delay: float


class Pulses(NamedTuple):
    """Pulses on the rows in order of their start: `start` [s], `row`; `cursor` = (stored, started, ended)."""

    start: FloatArray
    row: NDArray[np.int64]
    cursor: NDArray[np.int64]


class State(NamedTuple):
    """What changes: per tile and column active conductance `active` [S], attenuated current and power conductance;
    their sums over tiles; per neuron voltage [V], trip integral, end of dead time [s], power [W]; the block of
    segments since the last advance; `account` = (static energy, crossbar energy, look-ups outside the grids, largest
    active conductance) of the time since it was last emptied; spikes of the block.
    """

    active: FloatArray
    tile_current: FloatArray
    tile_power: FloatArray
    current: FloatArray
    power: FloatArray
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
    rest = at_grid(membrane.power, membrane.start, membrane.step, 0.0)[0]
    return State(
        np.zeros((tiles, columns)), np.zeros((tiles, columns)), np.zeros((tiles, columns)),
        np.zeros(columns), np.zeros(columns),
        np.zeros(neurons), np.zeros(neurons), np.full(neurons, -1.0), np.full(neurons, rest),
        np.zeros((BLOCK, neurons)), np.zeros(BLOCK), np.zeros(neurons), np.zeros(neurons), np.zeros(4),
    )  # fmt: skip


@compiled
def switch_row(layer: Layer, state: State, row: int, sign: float) -> None:
    """Start (+1) or end (-1) the pulse on a row."""
    tile = layer.tile[row]
    b1, b2, b3 = layer.charge_loss
    e1, e2, e3 = layer.energy_loss
    cells = layer.conductance[row]
    active, old, old_power = state.active[tile], state.tile_current[tile], state.tile_power[tile]
    current, power = state.current, state.power
    for column in range(cells.size):
        total = active[column] + sign * cells[column]
        passed = total * (1.0 + total * (b1 + total * (b2 + total * b3)))
        drawn = total * (1.0 + total * (e1 + total * (e2 + total * e3)))
        active[column] = total
        current[column] += passed - old[column]
        power[column] += drawn - old_power[column]
        old[column] = passed
        old_power[column] = drawn
    if sign > 0:
        for column in range(cells.size):
            state.account[3] = max(state.account[3], active[column])


@compiled
def hold(layer: Layer, state: State, segment: int, duration: float) -> None:
    """Add a segment of `duration` [s] at the present currents to the block."""
    neurons = state.voltage.size
    slopes = state.segment_slope[segment]
    state.segment_duration[segment] = duration
    for neuron in range(neurons):
        slope = layer.slope * (state.current[neuron] - state.current[neurons + neuron])
        slopes[neuron] = slope
        state.rise[neuron] += slope * duration
        state.highest[neuron] = max(state.highest[neuron], state.rise[neuron])
    drawn = 0.0
    for column in range(2 * neurons):
        drawn += state.power[column]
    state.account[1] += drawn * layer.power * duration


@compiled
def spend(membrane: Membrane, state: State, neuron: int, duration: float) -> None:
    """Charge the static supply energy of one neuron: trapezium of its power before and after `duration` [s]."""
    voltage = state.voltage[neuron]
    now = at_grid(membrane.power, membrane.start, membrane.step, voltage)[0]
    state.account[0] += 0.5 * duration * (state.static[neuron] + now)
    state.static[neuron] = now
    if voltage > membrane.start + membrane.step * (membrane.leak.size - 1):
        state.account[2] += 1.0


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
                if peak > membrane.trip_start + membrane.trip_step * (membrane.trip.size - 1):
                    state.account[2] += 1.0
                state.voltage[neuron] = peak
                spend(membrane, state, neuron, at)
                state.voltage[neuron], state.trip[neuron] = 0.0, 0.0
                state.static[neuron] = at_grid(membrane.power, membrane.start, membrane.step, 0.0)[0]
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
    found = 0
    for neuron in range(state.voltage.size):
        voltage = state.voltage[neuron]
        if state.dead_until[neuron] <= begin and voltage + state.highest[neuron] < membrane.trip_start:
            state.voltage[neuron] = after(membrane, voltage, state.rise[neuron], duration)
            state.trip[neuron] = 0.0
            spend(membrane, state, neuron, duration)
        else:
            fired = replay(membrane, state, neuron, begin, segments, times[found:])
            for index in range(found, found + fired):
                neurons[index] = neuron
            found += fired
        state.rise[neuron] = 0.0
        state.highest[neuron] = 0.0
    return found
