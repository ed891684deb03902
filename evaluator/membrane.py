"""One step of a membrane and its comparator under constant input current, compiled.

    dV/dt = a - g(V) - f(V) (k(V) - q)      a = I / C, g = I_leak / C [V/s]
    dq/dt = (k(V) - q) / tau                k - q: gate of the leak's mirror, off its rest [V]
    the comparator follows V (`evaluator.comparator`); the neuron fires when it trips

A membrane that moves lifts the gate of its own leak by the change of k(V), millivolts that take tau, half a
microsecond, to go: q is what of k has gone already, and f what the leak gives for the rest.

The step is linearly implicit, V1 = V + (a - g(V)) dt / (1 + g'(V) dt / 2), g with what f adds: second order, and stable
where the leak is steep (below 0 V). Within a step V is taken as linear in time. Up to `trip_start` the comparator's
node is where the membrane holds it, and only looked up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.arithmetic import ONE, larger, smaller, whole, within
from evaluator.comparator import Comparator, Motion, fall, follow_on, resting
from evaluator.compiled import borrowing, inlined

FloatArray = NDArray[np.float64]
CALM = 5e-3
"""A comparator's node within this of where the membrane holds it follows the membrane [V]."""


class Membrane(NamedTuple):
    """Arrays and numbers of one kind of neuron, as the kernel wants them.

    On the grid `start` + k / `inverse_step` [V]: `leak` g [V/s], `feel` f [1/s], `kick` k [V]; and, of a comparator
    that follows, supply `power` [W], `node` [V], and what the node has `pushed` its mirror by [V]. Up to `trip_start`
    [V] a comparator follows within a few nanoseconds. `calming` is tau [s]. `floor` is the lowest and `top` the highest
    membrane voltage that the tables know [V]; after `dead_time` + `tiring` m [s] the membrane is at `wake` [V]; m, how
    tired the neuron is, is the sum over its earlier spikes of what is left of 1 after the time constant `resting` [s].

    With p the comparator's mirror at a spike and d by how much its node falls on within `falling` [s], the spike's
    width is `width_share` + `width_slope` p + `width_tilt` d of the layer's pulse [1]. Over the logarithm `since` of
    the time from the spike before [s]: the width's factor `later` [1], and `later_kick` [V] for the comparator's kick.
    `recovery` is what of a spike's energy is drawn when it wakes up [J], `burst` + `burst_slope` p what the spike costs
    beside that and the neuron's spike energy [J].
    """

    start: float
    inverse_step: float
    leak: FloatArray
    feel: FloatArray
    kick: FloatArray
    calming: float
    power: FloatArray
    node: FloatArray
    pushed: FloatArray
    trip_start: float
    comparator: Comparator
    floor: float
    dead_time: float
    wake: float
    top: float
    width_share: float
    width_slope: float
    width_tilt: float
    falling: float
    since: FloatArray
    later: FloatArray
    later_kick: FloatArray
    tiring: float
    resting: float
    recovery: float
    burst: float
    burst_slope: float


@inlined
def spot(size: int, start: float, inverse_step: float, voltage: float) -> tuple[np.uint64, float]:
    """Grid cell of `voltage` [V], the first or last one beyond the ends, and the share of the cell before it."""
    position = (voltage - start) * inverse_step
    index = within(whole(position), size - 2)
    return index, position - index


@inlined
def at_spot(values: FloatArray, index: np.uint64, share: float) -> tuple[float, float]:
    """Value there of a linearly interpolated grid, and its rise over the cell."""
    rise = values[index + ONE] - values[index]
    return values[index] + rise * share, rise


@inlined
def at_grid(values: FloatArray, start: float, inverse_step: float, voltage: float) -> tuple[float, float]:
    """Value and slope at `voltage` [V] of a linearly interpolated grid, continued linearly at its ends."""
    index, share = spot(values.size, start, inverse_step, voltage)
    value, rise = at_spot(values, index, share)
    return value, rise * inverse_step


@inlined
def after(
    membrane: Membrane, voltage: float, returned: float, rise: float, duration: float, lateness: float
) -> tuple[float, float]:
    """Membrane voltage [V] after an input that alone would lift it by `rise` [V] within `duration` [s], and by how much
    the leak's gate is off its rest before it [V].

    `lateness` [V s] is by how much the area under that lift falls short of an even ramp's, rise * duration /
    2: charge that comes late leaks away for a shorter time.
    """
    index, share = spot(membrane.leak.size, membrane.start, membrane.inverse_step, voltage)
    lost, steep = at_spot(membrane.leak, index, share)
    gain, steeper = at_spot(membrane.feel, index, share)
    lifted, along = at_spot(membrane.kick, index, share)
    shift = lifted - returned
    mean = shift * membrane.calming * (1.0 / (membrane.calming + 0.5 * duration))
    steepness = larger(steep + steeper * mean + gain * along, 0.0) * membrane.inverse_step
    lost += gain * mean
    end = voltage + (rise - lost * duration + steepness * lateness) / (1.0 + 0.5 * steepness * duration)
    return larger(end, membrane.floor), shift


@inlined
def calmed(membrane: Membrane, returned: float, shift: float, duration: float) -> float:
    """What of the kick has gone after `duration` [s] in which the leak's gate was `shift` [V] off its rest."""
    return returned + shift * duration * (1.0 / (membrane.calming + 0.5 * duration))


@inlined
def width_share(membrane: Membrane, voltage: float, mirror: float) -> float:
    """Width of a spike that begins with membrane and mirror at these voltages, of the layer's pulse [1]."""
    comparator = membrane.comparator
    pace = -fall(comparator, voltage, comparator.level, mirror)[0]
    falls = smaller(larger(pace, 0.0) * membrane.falling, comparator.level)
    return membrane.width_share + membrane.width_slope * mirror + membrane.width_tilt * falls


@inlined
def calm(membrane: Membrane, voltage: float, node: float) -> bool:
    """Whether a comparator's node [V] is where a membrane at `voltage` [V], up to `trip_start`, holds it."""
    return node >= at_grid(membrane.node, membrane.start, membrane.inverse_step, voltage)[0] - CALM


@inlined
def advance_on(
    membrane: Membrane, voltage: float, motion: Motion, returned: float, rise: float, duration: float
) -> tuple[float, Motion, float, float]:
    """One step of `duration` [s] at an even input that alone would lift the membrane by `rise` [V].

    What of the leak's kick has `returned` [V] is for the caller to take on (`stirred`). Returns the membrane voltage
    [V]; the comparator's `motion` at its end; the time of the spike [s] where the comparator trips within the step, or
    -1 where it does not; and the energy from the supply until then [J]. The voltage is that of the whole step; the
    state of a neuron that tripped is for the caller to reset.
    """
    end, _ = after(membrane, voltage, returned, rise, duration, 0.0)
    comparator = membrane.comparator
    if voltage <= membrane.trip_start and end <= membrane.trip_start and calm(membrane, voltage, motion.node):
        start, inverse_step = membrane.start, membrane.inverse_step
        power = at_grid(membrane.power, start, inverse_step, voltage)[0] + at_grid(
            membrane.power, start, inverse_step, end)[0]  # fmt: skip
        pushed = at_grid(membrane.pushed, start, inverse_step, end)[0] - at_grid(
            membrane.pushed, start, inverse_step, voltage)[0]  # fmt: skip
        mirror = motion.mirror * (1.0 - duration / (comparator.recovery + 0.5 * duration)) + pushed
        node = at_grid(membrane.node, start, inverse_step, end)[0]
        return end, resting(node, mirror), -1.0, 0.5 * duration * power
    motion, at, energy = follow_on(comparator, voltage, (end - voltage) / duration, duration, motion)
    return end, motion, at, energy


@inlined
def advance(
    membrane: Membrane, voltage: float, node: float, mirror: float, returned: float, slope: float, duration: float
) -> tuple[float, float, float, float, float]:
    """The same at an input `slope` a [V/s], from and to `node` and `mirror` [V]."""
    start = resting(node, mirror)
    end, motion, at, energy = advance_on(membrane, voltage, start, returned, slope * duration, duration)
    return end, motion.node, motion.mirror, at, energy


@inlined
def stirred(membrane: Membrane, voltage: float, returned: float, duration: float) -> float:
    """What of the leak's kick has gone after `duration` [s] with the membrane at `voltage` [V]."""
    shift = at_grid(membrane.kick, membrane.start, membrane.inverse_step, voltage)[0] - returned
    return calmed(membrane, returned, shift, duration)


@borrowing
def ramp_up(
    membrane: Membrane, voltage: float, mirror: float, returned: float, slope: float, step: float, longest: float
) -> tuple[float, float, float, float]:
    """From `voltage` [V] to the spike at constant input: time [s], supply energy [J], comparator's mirror [V], what of
    the leak's kick has gone [V].

    The time is -1 where it takes more than `longest` [s].
    """
    node, time, spent = membrane.comparator.rest, 0.0, 0.0
    while time < longest:
        before = voltage
        voltage, node, mirror, at, energy = advance(membrane, before, node, mirror, returned, slope, step)
        spent += energy
        returned = stirred(membrane, 0.5 * (before + voltage), returned, step if at < 0.0 else at)
        if at >= 0.0:
            return time + at, spent, mirror, returned
        time += step
    return -1.0, spent, mirror, returned
