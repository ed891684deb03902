"""The neuron as the kernel needs it, derived from the tables of the neuron and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from circuits.tables import TableSet
from evaluator.comparator import Comparator
from evaluator.comparator_behaviour import comparator_from_tables, held_nodes, pushed_by
from evaluator.membrane import Membrane
from evaluator.neuron_points import (
    ChargePoints,
    LeakGatePoints,
    LeakPoints,
    capacitance,
    charge_points,
    fire_points,
    leak_gate_points,
    leak_points,
)
from evaluator.spike_behaviour import with_spikes
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
GRID_STEP = 1e-3
"""Step of the voltage grids handed to the kernel [V]; the tables are ten and more millivolts apart."""
TYPICAL_RISE = 2e6
"""Slope [V/s] at which `threshold` is quoted: a membrane that fires after about half a microsecond."""
FOLLOWS = 40e-3
"""A comparator's node that the membrane holds down by less than this follows it within nanoseconds [V]."""


@dataclass(frozen=True, eq=False)
class NeuronBehaviour:
    """Membrane, comparator and supply power of one neuron.

        dU/dt = I/C - g(U) - f(U) b     U = Q(V) / C: the membrane's charge, from `neuron_charge`, on one capacitance,
                                so that what follows is written V; g: fall of the membrane in `neuron_leak`
        b: gate of the leak off its rest, moved by the membrane and back within half a microsecond; `neuron_leak_gate`
        the comparator follows V (`evaluator.comparator`), from `neuron_comparator` and `neuron_trip`
        after a spike V = 0 for the dead time, longer by what earlier spikes have left, then goes on from `wake`; the
        spike drives the next row for `spike_width`
        supply power: `neuron_leak` while the comparator rests, `neuron_comparator` where it moves; each spike adds
        `spike_energy`, and when the neuron wakes up the rest of what it costs

    C [F] is the median over `neuron_fire` of what delays from different initial voltages need. Dead time, wake (the
    reset's end couples a few millivolts into the membrane), spike energy and what a spike leaves in the mirror are what
    `neuron_fire` has beyond the ramp from 0 V, medians over its currents (`evaluator.spike_behaviour`). g is continued
    at its last value above the highest voltage of `neuron_leak` (a saturated current source). The membrane cannot be
    drawn below `floor`, the lowest voltage of `neuron_leak`: assumed of the ideal column interface.

    `trip_voltage` [V] against `trip_slope` [V/s] are the points of `neuron_fire` from rest; `threshold` is the trip
    voltage at `TYPICAL_RISE` [V]; `spread`: half the range, relative [1], of what varies over the tables while one
    value of it is used here (capacitance, dead_time, spike_width), the largest relative error of the energy of a spike
    interval put together again (spike_energy), of the delays of `neuron_fire` (delay) and of `neuron_trip` (trip).
    """

    membrane: Membrane
    capacitance: float
    threshold: float
    trip_voltage: FloatArray
    trip_slope: FloatArray
    spike_width: float
    spike_energy: float
    spread: Mapping[str, float]

    @property
    def dead_time(self) -> float:
        """Time for which the membrane stays at 0 V after a spike [s]."""
        return self.membrane.dead_time

    @classmethod
    def from_tables(cls, tables: TableSet) -> NeuronBehaviour:
        """Behaviour in `tables`.

        Raises
        ------
        TableError
            A table or quantity is missing, a point that is needed failed, or trip voltages do not rise with
            the input.
        """
        leak, fire = leak_points(tables["neuron_leak"]), fire_points(tables["neuron_fire"])
        farad, farad_spread = capacitance(tables["neuron_fire"], leak)
        slope = fire.current / farad - np.interp(fire.trip_voltage, leak.voltage, leak.fall)
        if np.any(np.diff(fire.trip_voltage) <= 0) or np.any(np.diff(slope) <= 0) or slope[0] <= 0:
            raise TableError(
                "neuron_fire: trip voltages must rise with the input current, and currents exceed the leak"
            )
        scale = charge_scale(charge_points(tables["neuron_charge"], leak), farad)
        comparator, trip_error = comparator_from_tables(tables, scale)
        even = LeakPoints(scale(leak.voltage), leak.fall * scale.derivative()(leak.voltage), leak.power)
        gate = leak_gate_points(tables["neuron_leak_gate"])
        stirring = gate._replace(voltage=scale(gate.voltage), feel=gate.feel / farad)
        membrane, spike_energy, errors = with_spikes(
            _membrane(even, stirring, comparator), fire, scale(fire.trip_voltage), farad
        )
        width = float(np.median(fire.spike_width))
        return cls(
            membrane=membrane,
            capacitance=farad,
            threshold=float(np.interp(TYPICAL_RISE, slope, fire.trip_voltage)),
            trip_voltage=fire.trip_voltage,
            trip_slope=slope,
            spike_width=width,
            spike_energy=spike_energy,
            spread={
                "capacitance": farad_spread,
                "trip": trip_error,
                **errors,
            },
        )


def charge_scale(points: ChargePoints, farad: float) -> PchipInterpolator:
    """The membrane's voltage as the kernel knows it, over the true one [V]: its charge over one capacitance.

    Gates and junctions beside the capacitor make C(V); on U = Q(V) / C the membrane is as simple as with C alone.
    """
    return PchipInterpolator(points.voltage, points.charge / farad, extrapolate=True)


def _membrane(leak: LeakPoints, gate: LeakGatePoints, comparator: Comparator) -> Membrane:
    """Uniform grids for the kernel; no dead time yet."""
    start, top = float(leak.voltage[0]), comparator.top
    grid = np.linspace(start, top, round((top - start) / GRID_STEP) + 1)
    nodes = held_nodes(comparator, grid)
    return Membrane(
        start=start,
        inverse_step=float((grid.size - 1) / (top - start)),
        leak=np.interp(grid, leak.voltage, leak.fall),
        feel=np.interp(grid, gate.voltage, gate.feel),
        kick=_kicks(gate, grid),
        calming=gate.recovery,
        power=np.interp(grid, leak.voltage, leak.power),
        node=nodes,
        pushed=pushed_by(comparator, nodes),
        trip_start=float(grid[np.argmax(nodes < comparator.rest - FOLLOWS) - 1]),
        comparator=comparator,
        floor=start,
        dead_time=0.0,
        wake=0.0,
        top=top,
        width_share=1.0,
        width_slope=0.0,
        width_tilt=0.0,
        falling=0.0,
        since=np.zeros(1),
        later=np.ones(1),
        later_kick=np.zeros(1),
        tiring=0.0,
        resting=1.0,
        recovery=0.0,
        burst=0.0,
        burst_slope=0.0,
    )


def _kicks(gate: LeakGatePoints, grid: FloatArray) -> FloatArray:
    """The kick on a grid; beyond the table's ends, where the leak is a current source, straight on."""
    curve = PchipInterpolator(gate.voltage, gate.kick)
    within = np.clip(grid, gate.voltage[0], gate.voltage[-1])
    return np.asarray(curve(within) + curve.derivative()(within) * (grid - within))
