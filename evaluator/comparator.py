"""The neuron's comparator under a membrane that moves evenly, compiled.

    da/dt = -r(V, a) - m(a) p          a: comparator's node [V]; it rests at the supply, at `level` the neuron trips
    dp/dt = -p / tau + k(a) da/dt      p: gate of the comparator's load, off its rest [V]

The membrane V pulls the node down, a current mirror holds it up: near the threshold their difference is a hundredth of
either, and what the falling node couples into the mirror's gate (millivolts, which take half a microsecond to go)
decides when the neuron fires. The spike follows when the stages behind have: `lag` after the node has passed `level`,
the less the faster it does.

Steps are those of Bogacki and Shampine (doi 10.1016/0893-9659(89)90079-7), of third order, as long as an estimate of
their error allows: the node settles within nanoseconds, but a membrane near its threshold takes a hundred.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import ONE, larger, smaller, whole, within
from evaluator.compiled import inlined

FloatArray = NDArray[np.float64]
ERROR = 2e-3
"""Estimated error of the node that a step may have [V]."""
MOST = 0.25
"""Move of the node that a step begins with at most [V]."""
LONGEST = 5e-9
"""Longest step [s]: the node's settling is stable in it."""
NINTH = 1.0 / 9.0
SHORTEST = 1e-12
"""A step of this length is taken whatever its error [s]."""


class Comparator(NamedTuple):
    """Arrays and numbers of one kind of comparator.

    `rate` r [V/s] and supply `power` [W] on the grid of membrane voltages `start` + i / `inverse_step` [V] and nodes
    `node_start` + j / `inverse_node_step` [V]; on the latter also `feel` m [1/s] and `coupling` k [1]. `recovery` tau
    [s], `level` [V]; `lag` [s] at rates of passing `pace` [V/s], rising; `rest` of the node [V]; p is `kick` [V] +
    `keep` [1] times what it was before a spike when the neuron wakes up from it; `top` is the highest membrane voltage
    of the grid [V].
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
    pace: FloatArray
    lag: FloatArray
    rest: float
    kick: float
    keep: float
    top: float


class Motion(NamedTuple):
    """`node` and `mirror` [V]; if `known`, at what rates they move [V/s] and the supply `power` [W] meanwhile."""

    node: float
    mirror: float
    rate: float
    push: float
    power: float
    known: bool


@inlined
def place(position: float, size: int) -> tuple[np.uint64, float]:
    """Grid cell of a position in steps, and the share within it; the first cell's below, the last one's above."""
    index = within(whole(position), size - 2)
    return index, position - index


@inlined
def between(values: FloatArray, row: np.uint64, down: float, column: np.uint64, along: float) -> float:
    """Bilinear value in a cell of a grid."""
    upper = values[row, column] + along * (values[row, column + ONE] - values[row, column])
    lower = values[row + ONE, column] + along * (values[row + ONE, column + ONE] - values[row + ONE, column])
    return float(upper + down * (lower - upper))


@inlined
def fall(comparator: Comparator, membrane: float, node: float, mirror: float) -> tuple[float, float, float]:
    """Rates at which node and mirror move [V/s], and the supply power [W]."""
    membrane = larger(membrane, comparator.start)
    row, down = place((membrane - comparator.start) * comparator.inverse_step, comparator.rate.shape[0])
    column, along = place((node - comparator.node_start) * comparator.inverse_node_step, comparator.rate.shape[1])
    feel = comparator.feel[column] + along * (comparator.feel[column + ONE] - comparator.feel[column])
    coupling = comparator.coupling[column] + along * (comparator.coupling[column + ONE] - comparator.coupling[column])
    rate = -between(comparator.rate, row, down, column, along) - feel * mirror
    power = between(comparator.power, row, down, column, along)
    return rate, coupling * rate - mirror * (1.0 / comparator.recovery), power


@inlined
def crossing(begin: float, end: float, first: float, last: float, level: float) -> float:
    """Share of a step at which the cubic through both ends, with moves `first` and `last` a step there, is at `level`.

    Newton's steps from the line through the ends.
    """
    share, way = (begin - level) / (begin - end), end - begin
    for _ in range(2):
        square, bend = share * share, first + last - 2.0 * way
        value = begin + first * share + (3.0 * way - 2.0 * first - last) * square + bend * square * share
        slope = first + 2.0 * (3.0 * way - 2.0 * first - last) * share + 3.0 * bend * square
        if slope >= 0.0:
            break
        share = smaller(larger(share - (value - level) / slope, 0.0), 1.0)
    return share


@inlined
def at_point(points: FloatArray, values: FloatArray, place: float) -> float:
    """Value at `place` between rising `points`, linear; held beyond their ends."""
    upper = np.searchsorted(points, place)
    if upper == 0:
        return float(values[0])
    if upper == points.size:
        return float(values[-1])
    share = (place - points[upper - 1]) / (points[upper] - points[upper - 1])
    return float(values[upper - 1] + share * (values[upper] - values[upper - 1]))


@inlined
def resting(node: float, mirror: float) -> Motion:
    """Node and mirror of which nothing more is known."""
    return Motion(node, mirror, 0.0, 0.0, 0.0, False)


@inlined
def follow_on(
    comparator: Comparator, voltage: float, slope: float, duration: float, motion: Motion
) -> tuple[Motion, float, float]:  # fmt: skip
    """Node and mirror after `duration` [s] of a membrane that moves from `voltage` at `slope` [V/s].

    Second the time of the spike [s] where the node passed the level, else -1: then the first is that of passing. Last
    the energy from the supply until then [J].
    """
    node, mirror, rate, push, power, known = motion
    time, energy, longest = 0.0, 0.0, LONGEST
    if node <= comparator.level:
        rate, push, power = fall(comparator, voltage, comparator.level, mirror)
        return resting(comparator.level, mirror), at_point(comparator.pace, comparator.lag, -rate), 0.0
    if not known:
        rate, push, power = fall(comparator, voltage, node, mirror)
    while time < duration:
        step = smaller(smaller(longest, LONGEST), duration - time)
        if abs(rate) * step > MOST:
            step = MOST / abs(rate)
        now = voltage + slope * time
        half, part, ninth = 0.5 * step, 0.75 * step, step * NINTH
        rate2, push2, power2 = fall(comparator, now + slope * half, node + half * rate, mirror + half * push)
        rate3, push3, power3 = fall(comparator, now + slope * part, node + part * rate2, mirror + part * push2)
        after = node + ninth * (2.0 * rate + 3.0 * rate2 + 4.0 * rate3)
        moved = mirror + ninth * (2.0 * push + 3.0 * push2 + 4.0 * push3)
        rate4, push4, power4 = fall(comparator, now + slope * step, after, moved)
        error = 0.125 * ninth * abs(6.0 * rate2 + 8.0 * rate3 - 5.0 * rate - 9.0 * rate4)
        if error > ERROR and step > SHORTEST:
            longest = step * larger(0.2, 0.9 * (ERROR / error) ** (1.0 / 3.0))
            continue
        mean = NINTH * (2.0 * power + 3.0 * power2 + 4.0 * power3)
        if after <= comparator.level:
            share = crossing(node, after, step * rate, step * rate4, comparator.level)
            return (
                resting(comparator.level, mirror + share * (moved - mirror)),
                time + share * step + at_point(comparator.pace, comparator.lag, -(rate + share * (rate4 - rate))),
                energy + share * step * mean,
            )
        longest = 4.0 * step
        energy += step * mean
        time += step
        node, mirror, rate, push, power = after, moved, rate4, push4, power4
    return Motion(node, mirror, rate, push, power, True), -1.0, energy


@inlined
def follow(
    comparator: Comparator, voltage: float, slope: float, duration: float, node: float, mirror: float
) -> tuple[float, float, float, float]:
    """The same from `node` and `mirror` [V], which come back as the first two."""
    motion, at, energy = follow_on(comparator, voltage, slope, duration, resting(node, mirror))
    return motion.node, motion.mirror, at, energy
