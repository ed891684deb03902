"""The neuron as its SPICE macro-model knows it: a comparator that only integrates, read off ramps.

    dy/dt = f(V), the neuron fires at y = 1; F(V) = integral of f, and on a ramp of slope r it fires where F(V) = r

True on ramps, which is what a macro-model is fitted to; a membrane held near the threshold it takes too fast through it
(`evaluator.comparator` is the comparator that holds there too).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from circuits.tables import TableSet
from evaluator.neuron_points import FirePoints, LeakPoints, capacitance, fire_points, leak_points, ramp_energy

Array = NDArray[np.float64]
STEP = 1e-3
"""Step of the voltage grids [V]."""


@dataclass(frozen=True, eq=False)
class RampNeuron:
    """`leak` [V/s] and supply `power` [W] at `voltage` [V], F at `trip_voltage` [V/s, V], numbers of a spike."""

    capacitance: float
    voltage: Array
    leak: Array
    power: Array
    trip_voltage: Array
    trip: Array
    dead_time: float
    spike_width: float
    spike_energy: float


def ramp_neuron(tables: TableSet) -> RampNeuron:
    """The neuron of `neuron_leak` and `neuron_fire`.

    Raises
    ------
    TableError
        A table or a needed point is missing.
    """
    leak, fire = leak_points(tables["neuron_leak"]), fire_points(tables["neuron_fire"])
    farad, _ = capacitance(tables["neuron_fire"], leak)
    slope = fire.current / farad - np.interp(fire.trip_voltage, leak.voltage, leak.fall)
    extra, spike = _extra_power(leak, fire, slope, farad)
    root = np.sqrt(slope)
    first = float(fire.trip_voltage[0] - root[0] * np.diff(fire.trip_voltage)[0] / np.diff(root)[0])
    start, top = float(leak.voltage[0]), max(float(leak.voltage[-1]), float(fire.trip_voltage[-1]))
    grid = np.linspace(start, top, round((top - start) / STEP) + 1)
    power = np.interp(grid, leak.voltage, leak.power)
    if extra is not None:
        power = np.where(grid > leak.voltage[-1], np.maximum(extra.derivative()(grid), 0.0), power)
    trip = np.linspace(first, fire.trip_voltage[-1], round((fire.trip_voltage[-1] - first) / STEP) + 1)
    # The comparator's current is linear near balance, so F begins as a parabola: its root is the smooth one.
    return RampNeuron(
        capacitance=farad,
        voltage=grid,
        leak=np.interp(grid, leak.voltage, leak.fall),
        power=power,
        trip_voltage=trip,
        trip=PchipInterpolator(np.r_[first, fire.trip_voltage], np.r_[0.0, root])(trip) ** 2,
        dead_time=float(np.median(fire.interval - fire.delay)),
        spike_width=float(np.median(fire.spike_width)),
        spike_energy=spike,
    )


def _extra_power(
    leak: LeakPoints, fire: FirePoints, slope: Array, farad: float
) -> tuple[PchipInterpolator | None, float]:
    """Supply energy W(V) s above the highest voltage of `neuron_leak`, and the energy of a spike.

    The energy of a spike interval, less the static energy of the ramp below that voltage and of the dead time, is e(s)
    = e_spike + (1/s) integral of P dV from there to the trip voltage. With W(V) that integral [W V], W = s (e -
    e_spike) at the trip voltage of slope s, and P = dW/dV. W is made to rise, so that P is nowhere negative, and
    e_spike is what then remains at the fastest input. None where every trip voltage lies within `neuron_leak`.
    """
    top = float(leak.voltage[-1])
    rest = float(np.interp(0.0, leak.voltage, leak.power))
    ramps = [
        ramp_energy(current / farad, leak, 0.0, min(top, float(trip)))
        for current, trip in zip(fire.current, fire.trip_voltage, strict=True)
    ]
    beyond = fire.spike_energy - np.array(ramps) - rest * (fire.interval - fire.delay)
    if fire.trip_voltage[0] <= top:
        return None, float(np.median(beyond))
    raised = np.maximum.accumulate(np.maximum(slope * (beyond - beyond[-1]), 0.0))
    spike = float(beyond[-1] - raised[-1] / slope[-1])
    return PchipInterpolator(np.r_[top, fire.trip_voltage], np.r_[0.0, raised]), spike
