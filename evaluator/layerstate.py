"""State of one layer while one image passes: column currents, membranes, pulses to come; compiled.

The current of a column is the sum of the effective conductances (`evaluator.crossbar`) of the rows that read pulses
now hold at the read voltage. Columns 0 ... n-1 are the plus columns of the n neurons, n ... 2n-1 the minus columns.

The loops over columns are short and touch few arrays each, so that the compiler can turn them into vector
code.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled, compiled_sum
from evaluator.membrane import Membrane, after, at_grid

FloatArray = NDArray[np.float64]
BLOCK = 64  # constant-current segments kept before the membranes are advanced


class Layer(NamedTuple):
    """What does not change: effective `conductance` (rows, 2 n) [S] and its sum over each row, `drawn` [S]; `slope`
    [V/s] of one siemens on a membrane; `width` [s] and `delay` [s] of the pulses on the rows.
    """

    conductance: FloatArray
    drawn: FloatArray
    slope: float
    width: float
    delay: float


class State(NamedTuple):
    """What changes.

    Per column: `current` [S]; `total`: the sum of that over columns [S] and its integral over time [S s]; per neuron:
    voltage [V], comparator's node and mirror [V], end of dead time [s], static power [W]; the block of segments since
    the last advance, with the rise of each membrane [V], the area under it [V s], its highest; where each would be
    after it; `spent` static energy [J] and number of look-ups `outside` the grids since they were last booked.
    """

    current: FloatArray
    total: FloatArray
    voltage: FloatArray
    node: FloatArray
    mirror: FloatArray
    dead_until: FloatArray
    static: FloatArray
    segment_slope: FloatArray
    segment_duration: FloatArray
    rise: FloatArray
    area: FloatArray
    highest: FloatArray
    moved: FloatArray
    moved_static: FloatArray
    spent: FloatArray
    outside: NDArray[np.int64]


@compiled
def new_state(layer: Layer, membrane: Membrane) -> State:
    """A layer at rest: no pulse, membranes at 0 V."""
    columns = layer.conductance.shape[1]
    neurons = columns // 2
    rest = at_grid(membrane.power, membrane.start, membrane.inverse_step, 0.0)[0]
    return State(
        np.zeros(columns), np.zeros(2),
        np.zeros(neurons), np.full(neurons, membrane.comparator.rest), np.zeros(neurons),
        np.full(neurons, -1.0), np.full(neurons, rest),
        np.zeros((BLOCK, neurons)), np.zeros(BLOCK),
        np.zeros(neurons), np.zeros(neurons), np.zeros(neurons),
        np.zeros(neurons), np.zeros(neurons), np.zeros(neurons), np.zeros(1, np.int64),
    )  # fmt: skip


@compiled_sum
def switch_row(conductance: FloatArray, row: int, share: float, current: FloatArray) -> None:
    """Start the pulse on a row (`share` of a whole one, above 0), or end it (below)."""
    for column in range(current.size):
        current[column] += share * conductance[row, column]


@compiled
def hold(
    current: FloatArray, gain: float, floor: float, duration: float, voltage: FloatArray,
    slopes: FloatArray, segment: int, rise: FloatArray, area: FloatArray, highest: FloatArray,
) -> None:  # fmt: skip
    """Add a segment of `duration` [s] at the present currents to the block; no membrane sinks below `floor`
    [V].
    """
    neurons = rise.size
    for neuron in range(neurons):
        slopes[segment, neuron] = gain * (current[neuron] - current[neurons + neuron])
    for neuron in range(neurons):
        before, deepest = rise[neuron], floor - voltage[neuron]
        now = before + slopes[segment, neuron] * duration
        now = now if now > deepest else deepest
        area[neuron] += 0.5 * duration * (before + now)
        rise[neuron] = now
    for neuron in range(neurons):
        highest[neuron] = rise[neuron] if rise[neuron] > highest[neuron] else highest[neuron]


@compiled
def drift(
    leak: FloatArray, start: float, inverse_step: float, floor: float,
    voltage: FloatArray, rise: FloatArray, area: FloatArray, duration: float, moved: FloatArray,
) -> None:  # fmt: skip
    """All membranes after `rise` [V] within `duration` [s], none firing, into `moved` [V]."""
    for neuron in range(voltage.size):
        lateness = 0.5 * rise[neuron] * duration - area[neuron]
        moved[neuron] = after(leak, start, inverse_step, floor, voltage[neuron], rise[neuron], duration, lateness)


@compiled
def look_up(values: FloatArray, start: float, inverse_step: float, at: FloatArray, found: FloatArray) -> None:
    """Grid values at all voltages `at` [V]."""
    for index in range(at.size):
        found[index] = at_grid(values, start, inverse_step, at[index])[0]
