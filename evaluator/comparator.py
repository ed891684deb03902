"""The neuron's comparator under a membrane that moves evenly, compiled.

    da/dt = -r(V, a) - m(a) p          a: comparator's node [V]; it rests at the supply, at `level` the neuron trips
    dp/dt = -p / tau + k(a) da/dt      p: gate of the comparator's load, off its rest [V]

The membrane V pulls the node down, a current mirror holds it up: near the threshold their difference is a hundredth of
either, and what the falling node couples into the mirror's gate (millivolts, which take half a microsecond to go)
decides when the neuron fires. The spike follows `lag` after the node has passed `level`.

Steps are linearly implicit and short enough that the node moves by `MOST` at most; where the membrane holds the node,
they are as long as the membrane allows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled

FloatArray = NDArray[np.float64]
MOST = 0.03
"""Largest move of the comparator's node in one step [V]."""
MOST_MEMBRANE = 0.02
"""Largest move of the membrane in one step [V]."""
LONGEST = 5e-9
"""Longest step [s]."""


class Comparator(NamedTuple):
    """Arrays and numbers of one kind of comparator.

    `rate` r [V/s] and supply `power` [W] on the grid of membrane voltages `start` + i / `inverse_step` [V] and nodes
    `node_start` + j / `inverse_node_step` [V]; on the latter also `feel` m [1/s] and `coupling` k [1]. `recovery` tau
    [s], `level` [V], `lag` [s], `rest` of the node [V]; p is `kick` [V] + `keep` [1] times what it was before a spike
    when the neuron wakes up from it; `top` is the highest membrane voltage of the grid [V].
    """

    start: float
    inverse_step: float
    node_start: float
    inverse_node_step: float
    rate: FloatArray
    power: FloatArray
    feel: FloatArray
    coupling: FloatArray
    recovery: float
    level: float
    lag: float
    rest: float
    kick: float
    keep: float
    top: float


@compiled
def place(position: float, size: int) -> tuple[int, float]:
    """Grid cell of a position in steps, and the share within it; the first cell's below, the last one's above."""
    index = min(max(int(position), 0), size - 2)
    return index, position - index


@compiled
def fall(comparator: Comparator, membrane: float, node: float) -> tuple[float, float, float, float, float]:
    """Rate at which the node falls [V/s] and its slope over the node [1/s], m [1/s] and k [1] there, and power [W]."""
    membrane = max(membrane, comparator.start)
    row, down = place((membrane - comparator.start) * comparator.inverse_step, comparator.rate.shape[0])
    column, along = place((node - comparator.node_start) * comparator.inverse_node_step, comparator.rate.shape[1])
    rate, power = comparator.rate, comparator.power
    left = rate[row, column] + down * (rate[row + 1, column] - rate[row, column])
    right = rate[row, column + 1] + down * (rate[row + 1, column + 1] - rate[row, column + 1])
    low = power[row, column] + down * (power[row + 1, column] - power[row, column])
    high = power[row, column + 1] + down * (power[row + 1, column + 1] - power[row, column + 1])
    feel = comparator.feel[column] + along * (comparator.feel[column + 1] - comparator.feel[column])
    coupling = comparator.coupling[column] + along * (comparator.coupling[column + 1] - comparator.coupling[column])
    slope = (right - left) * comparator.inverse_node_step
    return left + along * (right - left), slope, feel, coupling, low + along * (high - low)


@compiled
def follow(
    comparator: Comparator, voltage: float, slope: float, duration: float, node: float, mirror: float
) -> tuple[float, float, float, float]:
    """Node and mirror [V] after `duration` [s] of a membrane that moves from `voltage` at `slope` [V/s].

    Third the time at which the node passed the level [s], or -1: then the first two are those of that moment. Last the
    energy from the supply [J].
    """
    longest = LONGEST
    if abs(slope) * longest > MOST_MEMBRANE:
        longest = MOST_MEMBRANE / abs(slope)
    time, energy = 0.0, 0.0
    while time < duration:
        step = min(longest, duration - time)
        rate, steep, feel, coupling, power = fall(comparator, voltage + slope * (time + 0.5 * step), node)
        moved = step * (rate + feel * mirror) / (1.0 + 0.5 * step * max(steep, 0.0))
        if abs(moved) > MOST:
            step *= MOST / abs(moved)
            rate, steep, feel, coupling, power = fall(comparator, voltage + slope * (time + 0.5 * step), node)
            moved = step * (rate + feel * mirror) / (1.0 + 0.5 * step * max(steep, 0.0))
        if node - moved <= comparator.level:
            share = (node - comparator.level) / moved if moved > 0.0 else 0.0
            return comparator.level, mirror, time + share * step, energy + share * step * power
        node -= moved
        mirror += (-step * mirror / comparator.recovery - coupling * moved) / (1.0 + 0.5 * step / comparator.recovery)
        energy += step * power
        time += step
    return node, mirror, -1.0, energy
