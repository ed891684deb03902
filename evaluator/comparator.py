"""The neuron's comparator under a membrane that moves evenly, compiled.

    da/dt = -r(V, a) - m(a) p          a: comparator's node [V]; it rests at the supply, at `level` the neuron trips
    dp/dt = -p / tau + k(a) da/dt      p: gate of the comparator's load, off its rest [V]

The membrane V pulls the node down, a current mirror holds it up: near the threshold their difference is a hundredth of
either, and what the falling node couples into the mirror's gate (millivolts, which take half a microsecond to go)
decides when the neuron fires. The spike follows `lag` after the node has passed `level`.

Steps are explicit midpoint steps, short enough that the node moves by `MOST` at most and that its fastest settling, a
few nanoseconds, is followed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled

FloatArray = NDArray[np.float64]
MOST = 0.03
"""Largest move of the comparator's node in one step [V]; it settles to its rest over several times that."""
MOST_MEMBRANE = 0.02
"""Largest move of the membrane in one step [V]."""
LONGEST = 2.5e-9
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
def between(values: FloatArray, row: int, down: float, column: int, along: float) -> float:
    """Bilinear value in a cell of a grid."""
    upper = values[row, column] + along * (values[row, column + 1] - values[row, column])
    lower = values[row + 1, column] + along * (values[row + 1, column + 1] - values[row + 1, column])
    return float(upper + down * (lower - upper))


@compiled
def fall(comparator: Comparator, membrane: float, node: float, mirror: float) -> tuple[float, float, float]:
    """Rate at which the node falls [V/s], the coupling into the mirror there [1], and the supply power [W]."""
    membrane = max(membrane, comparator.start)
    row, down = place((membrane - comparator.start) * comparator.inverse_step, comparator.rate.shape[0])
    column, along = place((node - comparator.node_start) * comparator.inverse_node_step, comparator.rate.shape[1])
    feel = comparator.feel[column] + along * (comparator.feel[column + 1] - comparator.feel[column])
    coupling = comparator.coupling[column] + along * (comparator.coupling[column + 1] - comparator.coupling[column])
    rate = between(comparator.rate, row, down, column, along) + feel * mirror
    return rate, coupling, between(comparator.power, row, down, column, along)


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
        now = voltage + slope * time
        rate, coupling, _ = fall(comparator, now, node, mirror)
        step = min(longest, duration - time)
        if abs(rate) * step > MOST:
            step = MOST / abs(rate)
        half = 0.5 * step
        rate, coupling, power = fall(
            comparator, now + slope * half, node - rate * half,
            mirror - (mirror / comparator.recovery + coupling * rate) * half,
        )  # fmt: skip
        after = node - rate * step
        if after <= comparator.level:
            share = (node - comparator.level) / (node - after) if node > after else 0.0
            return comparator.level, mirror, time + share * step, energy + share * step * power
        middle = mirror - 0.5 * step * (mirror / comparator.recovery + coupling * rate)
        mirror -= step * (middle / comparator.recovery + coupling * rate)
        node = after
        energy += step * power
        time += step
    return node, mirror, -1.0, energy
