"""The neuron in steps of tens of nanoseconds: its leak over a step, and what rises of its membrane make it fire.

    V1 = F(V) - T' f(V) (k(V) - q)      V: the membrane after the lifts of the step; F: the leak alone for a step T,
                                        dF/dt = -g(F); f, k, q as in `evaluator.membrane`, T' = T tau / (tau + T / 2)
    d(progress)/dt = s'(V)              the neuron fires when its comparator's progress is 1

An even rise s [V/s] fires at a membrane voltage V(s), which rises with s; s(V) is its inverse, 0 at `foot`, where the
slowest rises fire. With s' as its pace a comparator fires on every even rise where it does on the tables: the integral
of s'(V) over the time of a rise s is s(V) / s. A membrane that sinks below the foot sets the progress back: there the
comparator follows within nanoseconds. V(s), what a comparator on its way draws beside the static power, and the width
of the spike are found with the two-state comparator of `evaluator.membrane`: no further table and no fit. What uneven
rises and earlier spikes leave in the comparator's mirror is left out, a millivolt or two of the threshold.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.comparator import resting
from evaluator.compiled import borrowing, inlined
from evaluator.membrane import Membrane, advance_on, at_grid, width_share
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
RISES = np.geomspace(2e4, 5e8, 80)
"""Even rises that are tried [V/s]."""
LONGEST, HIGHEST = 2.5e-9, 20e-3
"""Steps in which they are followed: time [s] and rise [V] at most."""
CELL = 1e-3
"""Step of the grid over voltages above the foot [V]."""
PARTS = 64
"""Steps in which the leak alone is followed through one step of time."""
LEAST = 4
"""Rises that must fire within the tables."""


class RampNeuron(NamedTuple):
    """Arrays and numbers of one kind of neuron and one length of step.

    `cells` (voltages, 4) at `start` + i / `inverse_step` [V]: what the leak takes in a step, V - F(V) [V]; f T' [1]; k
    [V]; supply power [W]. `calming`: share of k - q that goes in a step [1]. On the grid `foot` + j / `inverse_cell`
    [V]: `rise` s(V) [V/s]; and of a spike at V what is drawn `beside` the static power and the energy of every spike
    [J] and its `share` of a pulse [1].
    """

    start: float
    inverse_step: float
    cells: Float32Array
    calming: float
    foot: float
    inverse_cell: float
    rise: FloatArray
    beside: FloatArray
    share: FloatArray


def ramp_neuron(membrane: Membrane, step: float) -> RampNeuron:
    """Of a membrane, in steps of `step` [s].

    Raises
    ------
    TableError
        Too few rises fire within the tables, or faster ones not at higher voltages.
    """
    found = np.array([fired_at(membrane, float(rise)) for rise in RISES])
    fired = found[:, 0] > 0.0
    rises, (voltage, beside, share) = RISES[fired], found[fired].T
    if rises.size < LEAST or np.any(np.diff(voltage) <= 0.0):
        raise TableError(
            f"neuron_comparator: of {RISES.size} even rises {rises.size} fire within the tables, at {voltage.tolist()} "
            "V; steps of time need several, and higher ones the faster the membrane rises: evaluate event by event"
        )
    foot = float(voltage[0] - rises[0] * (voltage[1] - voltage[0]) / (rises[1] - rises[0]))
    grid = np.linspace(foot, membrane.top, round((membrane.top - foot) / CELL) + 1)
    volts = membrane.start + np.arange(membrane.leak.size) / membrane.inverse_step
    lasting = step * membrane.calming / (membrane.calming + 0.5 * step)
    cells = np.column_stack(
        [volts - leaked(membrane, volts, step), membrane.feel * lasting, membrane.kick, membrane.power]
    )
    return RampNeuron(
        start=membrane.start,
        inverse_step=membrane.inverse_step,
        cells=np.ascontiguousarray(cells, dtype=np.float32),
        calming=step / (membrane.calming + 0.5 * step),
        foot=foot,
        inverse_cell=float((grid.size - 1) / (grid[-1] - grid[0])),
        rise=np.interp(grid, np.r_[foot, voltage], np.r_[0.0, rises]),
        beside=np.interp(grid, voltage, beside),
        share=np.interp(grid, voltage, share),
    )


def leaked(membrane: Membrane, volts: FloatArray, step: float) -> FloatArray:
    """Membranes at each of the grid's `volts` [V] after the leak alone has acted for `step` [s]."""
    now, part = volts.copy(), step / PARTS
    steepness = np.maximum(np.gradient(membrane.leak, volts), 0.0)
    for _ in range(PARTS):
        now -= np.interp(now, volts, membrane.leak) * part / (1.0 + 0.5 * np.interp(now, volts, steepness) * part)
    return now


@inlined
def _known(membrane: Membrane, values: FloatArray, voltage: float) -> float:
    return at_grid(values, membrane.start, membrane.inverse_step, voltage)[0]


@borrowing
def fired_at(membrane: Membrane, rise: float) -> tuple[float, float, float]:
    """A membrane that rises from 0 V evenly at `rise` [V/s] until it fires: its voltage then [V], energy beside the
    static power and that of every spike [J], the spike's share of a pulse [1]; all 0 where it leaves the tables first.
    """
    voltage, motion, beside = 0.0, resting(membrane.comparator.rest, 0.0), 0.0
    step = min(LONGEST, HIGHEST / rise)
    while voltage < membrane.top:
        before, calm = voltage, _known(membrane, membrane.kick, voltage)  # the leak's gate at rest
        lift = (rise + _known(membrane, membrane.leak, before)) * step
        voltage, motion, at, energy = advance_on(membrane, before, motion, calm, lift, step)
        lasted = step if at < 0.0 else at
        reached = before + (voltage - before) * lasted / step  # the lag may go beyond the step
        static = _known(membrane, membrane.power, before) + _known(membrane, membrane.power, reached)
        beside += energy - 0.5 * lasted * static
        if at >= 0.0:
            beside += membrane.burst + membrane.burst_slope * motion.mirror
            return reached, beside, width_share(membrane, reached, motion.mirror)
    return 0.0, 0.0, 0.0
