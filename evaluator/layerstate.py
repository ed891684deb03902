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

from evaluator.compiled import compiled
from evaluator.membrane import Membrane, after, at_grid, calmed
from evaluator.pulses import ENDED, STORED, Pulses

FloatArray = NDArray[np.float64]


class Layer(NamedTuple):
    """What does not change: effective `conductance` of the neurons' plus less that of their minus columns, (rows,
    neurons) [S]; the sum of both over each row, `drawn` [S]; `slope` [V/s] of one siemens on a membrane; `width` [s]
    and `delay` [s] of the pulses on the rows.
    """

    conductance: NDArray[np.float32]
    drawn: FloatArray
    slope: float
    width: float
    delay: float


class State(NamedTuple):
    """What changes.

    `lift` of each step of the present slice and neuron [V]; `total`: integral over time of the conductance of all
    columns under pulses [S s]; per neuron: voltage [V], comparator's node and mirror [V], what of its leak's kick has
    `returned` [V], end of dead time [s], how `tired` [1] from the spike at `last` [s], static power [W]; of the slice
    the rise of each membrane [V], the area under it [V s], its highest; where each would be after it, what would have
    `gone` of the leak's kick [V], and its `push` on the comparator's mirror [V]; `spent` static energy in this slice
    [J], `booked` that of those before; which neurons are `busy`, and number of look-ups `outside` the grids.
    """

    lift: FloatArray
    total: FloatArray
    booked: FloatArray
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


@compiled
def new_state(layer: Layer, membrane: Membrane, steps: int) -> State:
    """A layer at rest: no pulse, membranes at 0 V; slices of `steps` steps."""
    neurons = layer.conductance.shape[1]
    rest = at_grid(membrane.power, membrane.start, membrane.inverse_step, 0.0)[0]
    return State(
        np.zeros((steps, neurons)), np.zeros(2), np.zeros(1),
        np.zeros(neurons), np.full(neurons, membrane.comparator.rest), np.zeros(neurons),
        np.zeros(neurons), np.full(neurons, -1.0), np.zeros(neurons), np.zeros(neurons), np.full(neurons, rest),
        np.zeros(neurons), np.zeros(neurons), np.zeros(neurons),
        np.zeros(neurons), np.zeros(neurons), np.zeros(neurons), np.zeros(neurons), np.zeros(neurons),
        np.zeros(neurons, np.bool_), np.zeros(1, np.int64),
    )  # fmt: skip


@compiled
def book(state: State) -> None:
    """Close the account of the last slice."""
    state.total[0] += state.total[1]
    state.total[1] = 0.0
    for neuron in range(state.spent.size):
        state.booked[0] += state.spent[neuron]
        state.spent[neuron] = 0.0


@compiled
def add_row(conductance: NDArray[np.float32], row: int, scale: float, lift: FloatArray) -> None:
    """Add `scale` times a row."""
    for neuron in range(lift.size):
        lift[neuron] += scale * conductance[row, neuron]


@compiled
def collect(layer: Layer, pulses: Pulses, state: State, begin: float, step: float) -> None:
    """Sum what the pulses on the rows lift each membrane by in each `step` [s] of the slice from `begin` [s]."""
    lift, steps = state.lift, state.lift.shape[0]
    end = begin + steps * step
    lift[:] = 0.0
    for index in range(pulses.cursor[ENDED], pulses.cursor[STORED]):
        start = pulses.start[index] + layer.delay
        over = start + layer.width
        if start >= end:
            break
        if over <= begin:
            pulses.cursor[ENDED] = index + 1
            continue
        row, share = pulses.row[index], pulses.share[index]
        state.total[1] += share * layer.drawn[row] * (min(over, end) - max(start, begin))
        for place in range(max(int((start - begin) / step), 0), steps):
            lasted = min(over, begin + (place + 1) * step) - max(start, begin + place * step)
            if lasted <= 0.0:
                break
            add_row(layer.conductance, row, layer.slope * share * lasted, lift[place])


@compiled
def lifted(layer: Layer, pulses: Pulses, neuron: int, begin: float, end: float) -> float:
    """What the pulses lift one membrane by between two times [s], exactly [V]."""
    lift = 0.0
    for index in range(pulses.cursor[ENDED], pulses.cursor[STORED]):
        start = pulses.start[index] + layer.delay
        if start >= end:
            break
        lasted = min(start + layer.width, end) - max(start, begin)
        if lasted > 0.0:
            lift += layer.slope * pulses.share[index] * lasted * layer.conductance[pulses.row[index], neuron]
    return lift


@compiled
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


@compiled
def drift(
    leak: FloatArray, feel: FloatArray, kick: FloatArray, start: float, inverse_step: float, floor: float,
    calming: float, voltage: FloatArray, returned: FloatArray, rise: FloatArray, area: FloatArray, duration: float,
    moved: FloatArray, gone: FloatArray,
) -> None:  # fmt: skip
    """All membranes after `rise` [V] within `duration` [s], none firing, into `moved` [V]; what is `gone` by then of
    their leaks' kicks [V].
    """
    for neuron in range(voltage.size):
        lateness = 0.5 * rise[neuron] * duration - area[neuron]
        moved[neuron], shift = after(
            leak, feel, kick, start, inverse_step, floor,
            calming, voltage[neuron], returned[neuron], rise[neuron], duration, lateness,
        )  # fmt: skip
        gone[neuron] = calmed(returned[neuron], shift, duration, calming)


@compiled
def look_up(values: FloatArray, start: float, inverse_step: float, at: FloatArray, found: FloatArray) -> None:
    """Grid values at all voltages `at` [V]."""
    for index in range(at.size):
        found[index] = at_grid(values, start, inverse_step, at[index])[0]


@compiled
def sort_out(
    trip_start: float, rested: float, begin: float, voltage: FloatArray, highest: FloatArray, node: FloatArray,
    dead_until: FloatArray, busy: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Which neurons may have to take the slice that starts at `begin` [s] step by step."""
    for neuron in range(busy.size):
        busy[neuron] = (
            (dead_until[neuron] > begin) | (voltage[neuron] + highest[neuron] >= trip_start) | (node[neuron] < rested)
        )


@compiled
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
