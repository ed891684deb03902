"""State of one layer while one image passes: lifts of the membranes, membranes, static power; compiled.

The current of a column is the sum of the effective conductances (`evaluator.crossbar`) of the rows that read pulses now
hold at the read voltage; a neuron gets the difference of its two columns. What each membrane is lifted by is summed
pulse by pulse, each step with the share of the pulse that falls into it.

The loops over neurons are short and touch few arrays each, so that the compiler can turn them into vector code.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import larger, smaller, whole
from evaluator.compiled import borrowing, inlined
from evaluator.freshnoise import noisy_cell, noisy_row, pulse_key
from evaluator.membrane import Membrane, after, at_grid, calmed
from evaluator.pulses import ENDED, STORED, Pulses
from evaluator.strobes import NO_OFFSET, Offset, add_common, common_slope, lift_of_one, strobe

FloatArray = NDArray[np.float64]
TIME, ENERGY = 0, 1  # places in `State.happened`
NO_NOISE = np.zeros((0, 0), np.float32)


class Layer(NamedTuple):
    """What does not change: effective `conductance` of the neurons' plus less that of their minus columns, (rows,
    neurons) [S]; the sum of both over each row, `drawn` [S]; `slope` [V/s] of one siemens on a membrane; `width` [s]
    and `delay` [s] of the pulses on the rows. `deviation`: standard deviation of the conductance from one read to the
    next, in its shape [S], without any where reads have no noise; `seed` of that noise; `offset` of the
    interfaces.
    """

    conductance: NDArray[np.float32]
    drawn: FloatArray
    slope: float
    width: float
    delay: float
    deviation: NDArray[np.float32] = NO_NOISE
    seed: int = 0
    offset: Offset = NO_OFFSET


class State(NamedTuple):
    """What changes.

    `lift` of each step of the present slice and neuron [V]; `total`: integral over time of the conductance of all
    columns under pulses before the slice and in it [S s], and energy of what `happened` before it [J]; of what happened
    in it, `events` in number, time [s] and energy [J]; `strobed`: until when each tile's strobe is accounted for,
    `opened`: how long strobes of all tiles of each place are open in sum in each step [s]; per neuron: voltage [V],
    comparator's node and mirror [V], what of its leak's kick has `returned` [V], end of dead time [s], how `tired` [1]
    from the spike at `last` [s], static power [W]; of the slice the rise of each membrane [V], the area under it [V s],
    its highest; where each would be after it, what would have `gone` of the leak's kick [V], and its `push` on the
    comparator's mirror [V]; static energy `spent` in this slice [J], and `booked` in those before; which neurons are
    `busy`. Number of look-ups `outside` the grids; `key` of the image's read noise, and a row as one read has `seen` it
    [S].
    """

    lift: FloatArray
    total: FloatArray
    happened: FloatArray
    events: NDArray[np.int64]
    booked: FloatArray
    strobed: FloatArray
    opened: FloatArray
    voltage: FloatArray
    node: FloatArray
    mirror: FloatArray
    returned: FloatArray
    dead_until: FloatArray
    tired: FloatArray
    last: FloatArray
    static: FloatArray
    rise: FloatArray
    area: FloatArray
    highest: FloatArray
    moved: FloatArray
    moved_static: FloatArray
    gone: FloatArray
    push: FloatArray
    spent: FloatArray
    busy: NDArray[np.bool_]
    outside: NDArray[np.int64]
    key: NDArray[np.uint64]
    seen: NDArray[np.float32]


def new_state(layer: Layer, steps: int, spikes: int) -> State:
    """Arrays of a layer, to be put at rest, for slices of `steps` steps with `spikes` spikes of a neuron at most."""
    neurons = layer.conductance.shape[1]

    def each() -> FloatArray:
        return np.zeros(neurons)

    return State(
        np.zeros((steps, neurons)), np.zeros(3), np.zeros((2, 2 * spikes * neurons)), np.zeros(1, np.int64),
        each(), np.zeros(layer.offset.slope.shape[0]),
        np.zeros((steps, layer.offset.strobed.places)),
        each(), each(), each(), each(), each(), each(), each(), each(),
        each(), each(), each(), each(), each(), each(), each(), each(),
        np.zeros(neurons, np.bool_), np.zeros(1, np.int64), np.zeros(1, np.uint64), np.zeros((1, neurons), np.float32),
    )  # fmt: skip


@borrowing
def put_to_rest(state: State, membrane: Membrane, key: np.uint64) -> None:
    """No pulse, membranes at 0 V, nothing booked; `key` of the image's read noise."""
    power = at_grid(membrane.power, membrane.start, membrane.inverse_step, 0.0)[0]
    state.total[:], state.booked[:], state.events[0], state.outside[0], state.key[0] = 0.0, 0.0, 0, 0, key
    for neuron in range(state.voltage.size):
        state.voltage[neuron] = state.mirror[neuron] = state.returned[neuron] = 0.0
        state.tired[neuron] = state.last[neuron] = state.push[neuron] = state.spent[neuron] = 0.0
        state.node[neuron], state.static[neuron] = membrane.comparator.rest, power
        state.dead_until[neuron] = -1.0


@inlined
def book(state: State) -> None:
    """Close the account of the last slice."""
    state.total[0] += state.total[1]
    state.total[1] = 0.0
    state.total[2] += happened_by(state, np.inf)
    state.events[0] = 0
    for neuron in range(state.spent.size):
        state.booked[neuron] += state.spent[neuron]
        state.spent[neuron] = 0.0


@inlined
def happen(state: State, time: float, energy: float) -> None:
    """Keep what is drawn at once at a `time` of this slice [s]: `energy` [J]."""
    place = state.events[0]
    state.happened[TIME, place], state.happened[ENERGY, place] = time, energy
    state.events[0] = place + 1


@inlined
def happened_by(state: State, until: float) -> float:
    """Energy of all that happened in this slice by `until` [s] [J]."""
    total = 0.0
    for place in range(state.events[0]):
        total += state.happened[ENERGY, place] if state.happened[TIME, place] <= until else 0.0
    return total


@inlined
def add_row(conductance: NDArray[np.float32], row: int, scale: float, lift: FloatArray) -> None:
    """Add `scale` times a row."""
    for neuron in range(lift.size):
        lift[neuron] += scale * conductance[row, neuron]


@inlined
def collect(layer: Layer, pulses: Pulses, state: State, begin: float, step: float) -> None:
    """Sum what the pulses on the rows lift each membrane by in each `step` [s] of the slice from `begin` [s]."""
    lift, steps = state.lift, state.lift.shape[0]
    end = begin + steps * step
    tiles, longest = state.strobed.size, larger(layer.width, layer.offset.strobe)
    lift[:] = 0.0
    state.strobed[:] = begin
    state.opened[:] = 0.0
    for index in range(pulses.cursor[ENDED], pulses.cursor[STORED]):
        start = pulses.start[index] + layer.delay
        over = start + layer.width
        if start >= end:
            break
        if start + longest <= begin:
            pulses.cursor[ENDED] = index + 1
            continue
        row, share = pulses.row[index], pulses.share[index]
        if tiles > 0:
            strobe(layer.offset, row, start, begin, step, state.strobed, state.opened, lift)
        if over <= begin:
            continue
        state.total[1] += share * layer.drawn[row] * (smaller(over, end) - larger(start, begin))
        seen, seen_row = layer.conductance, row
        if layer.deviation.size > 0:
            key = pulse_key(state.key[0], row, pulses.start[index])
            noisy_row(layer.conductance, layer.deviation, row, key, state.seen)
            seen, seen_row = state.seen, 0
        for place in range(larger(whole((start - begin) / step), 0), steps):
            lasted = smaller(over, begin + (place + 1) * step) - larger(start, begin + place * step)
            if lasted <= 0.0:
                break
            add_row(seen, seen_row, layer.slope * share * lasted, lift[place])
    if tiles > 0:
        add_common(layer.offset, state.voltage, state.opened, lift)


@borrowing
def lifted(layer: Layer, pulses: Pulses, state: State, neuron: int, begin: float, end: float, voltage: float) -> float:
    """What pulses and offsets lift one membrane, at `voltage` [V] at `begin`, by between two times [s] [V]."""
    lift, open_time, offset, tiles, covered = 0.0, 0.0, layer.offset, state.strobed.size, state.strobed
    covered[:] = begin
    for index in range(pulses.cursor[ENDED], pulses.cursor[STORED]):
        start = pulses.start[index] + layer.delay
        if start >= end:
            break
        if tiles > 0:
            given, opened = lift_of_one(offset, pulses.row[index], neuron, start, end, covered)
            lift += given
            open_time += opened
        lasted = smaller(start + layer.width, end) - larger(start, begin)
        if lasted > 0.0:
            row = pulses.row[index]
            if layer.deviation.size > 0:
                own = pulse_key(state.key[0], row, pulses.start[index])
                seen = noisy_cell(layer.conductance, layer.deviation, row, neuron, own)
                lift += layer.slope * pulses.share[index] * lasted * seen
            else:
                lift += layer.slope * pulses.share[index] * lasted * layer.conductance[row, neuron]
    return lift + (common_slope(offset, voltage, lift, open_time) * open_time if open_time > 0.0 else 0.0)


@inlined
def climb(
    lift: FloatArray, floor: float, step: float, voltage: FloatArray, rise: FloatArray, area: FloatArray,
    highest: FloatArray,
) -> None:  # fmt: skip
    """Rise of each membrane over the slice, the area under it and its highest; none sinks below `floor` [V]."""
    rise[:] = 0.0
    area[:] = 0.0
    highest[:] = 0.0
    for place in range(lift.shape[0]):
        for neuron in range(rise.size):
            before, deepest = rise[neuron], floor - voltage[neuron]
            now = before + lift[place, neuron]
            now = now if now > deepest else deepest
            area[neuron] += 0.5 * step * (before + now)
            highest[neuron] = now if now > highest[neuron] else highest[neuron]
            rise[neuron] = now


@inlined
def drift(membrane: Membrane, state: State, duration: float) -> None:
    """Where all membranes would be after the slice, none firing; what would be gone by then of their leaks' kicks."""
    for neuron in range(state.voltage.size):
        rise, returned = state.rise[neuron], state.returned[neuron]
        lateness = 0.5 * rise * duration - state.area[neuron]
        state.moved[neuron], shift = after(membrane, state.voltage[neuron], returned, rise, duration, lateness)
        state.gone[neuron] = calmed(membrane, returned, shift, duration)


@inlined
def look_up(values: FloatArray, start: float, inverse_step: float, at: FloatArray, found: FloatArray) -> None:
    """Grid values at all voltages `at` [V]."""
    for index in range(at.size):
        found[index] = at_grid(values, start, inverse_step, at[index])[0]


@inlined
def sort_out(
    trip_start: float, rested: float, begin: float, voltage: FloatArray, highest: FloatArray, node: FloatArray,
    dead_until: FloatArray, busy: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Which neurons may have to take the slice that starts at `begin` [s] step by step."""
    for neuron in range(busy.size):
        busy[neuron] = (
            (dead_until[neuron] > begin) | (voltage[neuron] + highest[neuron] >= trip_start) | (node[neuron] < rested)
        )


@inlined
def settle_down(
    duration: float, forgotten: float, busy: NDArray[np.bool_], moved: FloatArray, moved_static: FloatArray,
    voltage: FloatArray, static: FloatArray, mirror: FloatArray, push: FloatArray, gone: FloatArray,
    returned: FloatArray, spent: FloatArray,
) -> None:  # fmt: skip
    """Put the neurons that are not busy where they have moved to, and book their static energy."""
    for neuron in range(busy.size):
        keep = busy[neuron]
        spent[neuron] += 0.0 if keep else 0.5 * duration * (static[neuron] + moved_static[neuron])
        voltage[neuron] = voltage[neuron] if keep else moved[neuron]
        static[neuron] = static[neuron] if keep else moved_static[neuron]
        mirror[neuron] = mirror[neuron] if keep else forgotten * mirror[neuron] + push[neuron]
        returned[neuron] = returned[neuron] if keep else gone[neuron]
        push[neuron] = 0.0
