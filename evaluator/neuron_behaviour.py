"""The neuron as the kernel needs it, derived from the tables `neuron_leak` and `neuron_fire` and from nothing
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from circuits.tables import TableSet
from evaluator.membrane import Membrane
from evaluator.neuron_points import FirePoints, LeakPoints, capacitance, fire_points, leak_points, ramp_energy
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
GRID_STEP = 1e-3
"""Step of the voltage grids handed to the kernel [V]; the tables are ten and more millivolts apart."""
TYPICAL_RISE = 2e6
"""Slope [V/s] at which `threshold` is quoted: a membrane that fires after about half a microsecond."""


@dataclass(frozen=True, eq=False)
class NeuronBehaviour:
    """Membrane, comparator and supply power of one neuron.

        dV/dt = I/C - g(V)      g: fall of the membrane over the shortest interval of `neuron_leak`
        dy/dt = f(V), fires at y = 1      F(V) = integral of f; F(V_trip) = I/C - g(V_trip) at the points of
        `neuron_fire` after a spike V = 0 for the dead time (interval less delay); the spike drives the next
        row for `spike_width` supply power P(V): `neuron_leak` up to its highest voltage, above it from what a
        slower input costs more in `neuron_fire` (see `extra_power`); each spike adds `spike_energy`

    C [F] is the median over `neuron_fire` of what delays from different initial voltages need. F begins at
    V_0, to which the two slowest trip voltages extrapolate. g is continued at its last value above the
    highest voltage of `neuron_leak` (a saturated current source). F, g and P end at the highest trip voltage.
    The membrane cannot be drawn below `floor`, the lowest voltage of `neuron_leak`: assumed of the ideal
    column interface.

    `membrane` holds these as arrays; `trip_voltage` [V] against `trip_slope` [V/s] are the points F goes
    through; `threshold` is the trip voltage at `TYPICAL_RISE` [V]; `spread`: half the range, relative [1], of
    what varies over the tables while one value of it is used here (capacitance, dead_time, spike_width), and
    the largest relative error of the energy of a spike interval put together again (spike_energy).
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
        dead = fire.interval - fire.delay
        dead_time, width = float(np.median(dead)), float(np.median(fire.spike_width))
        extra, spike_energy, energy_error = extra_power(leak, fire, slope, farad)
        return cls(
            membrane=_membrane(leak, fire.trip_voltage, slope, extra, dead_time),
            capacitance=farad,
            threshold=float(np.interp(TYPICAL_RISE, slope, fire.trip_voltage)),
            trip_voltage=fire.trip_voltage,
            trip_slope=slope,
            spike_width=width,
            spike_energy=spike_energy,
            spread={
                "capacitance": farad_spread,
                "dead_time": float(np.ptp(dead)) / 2 / dead_time,
                "spike_width": float(np.ptp(fire.spike_width)) / 2 / width,
                "spike_energy": energy_error,
            },
        )


def extra_power(
    leak: LeakPoints, fire: FirePoints, slope: FloatArray, farad: float
) -> tuple[PchipInterpolator | None, float, float]:
    """Supply energy W(V) s above the highest voltage of `neuron_leak`, energy of a spike, largest relative
    error.

    The energy of a spike interval, less the static energy of the ramp below that voltage and of the dead
    time, is e(s) = e_spike + (1/s) integral of P dV from there to the trip voltage. With W(V) that integral
    [W V], W = s (e - e_spike) at the trip voltage of slope s, and P = dW/dV. W is made to rise, so that P is
    nowhere negative, and e_spike is what then remains at the fastest input. None where every trip voltage
    lies within `neuron_leak`.
    """
    top = float(leak.voltage[-1])
    rest = float(np.interp(0.0, leak.voltage, leak.power))
    below = np.array(
        [ramp_energy(current / farad, leak, 0.0, min(top, float(trip)))
         for current, trip in zip(fire.current, fire.trip_voltage, strict=True)]
    )  # fmt: skip
    known = below + rest * (fire.interval - fire.delay)
    beyond = fire.spike_energy - known
    if fire.trip_voltage[0] <= top:
        spike = float(np.median(beyond))
        return None, spike, float(np.max(np.abs(spike / beyond - 1)))
    raised = np.maximum.accumulate(np.maximum(slope * (beyond - beyond[-1]), 0.0))
    spike = float(beyond[-1] - raised[-1] / slope[-1])
    extra = PchipInterpolator(np.r_[top, fire.trip_voltage], np.r_[0.0, raised])
    again = known + spike + raised / slope
    return extra, spike, float(np.max(np.abs(again / fire.spike_energy - 1)))


def _membrane(
    leak: LeakPoints,
    trip_voltage: FloatArray,
    slope: FloatArray,
    extra: PchipInterpolator | None,
    dead_time: float,
) -> Membrane:
    """Uniform grids for the kernel."""
    root = np.sqrt(slope)
    first = float(trip_voltage[0] - root[0] * (trip_voltage[1] - trip_voltage[0]) / (root[1] - root[0]))
    start, top = float(leak.voltage[0]), max(float(leak.voltage[-1]), float(trip_voltage[-1]))
    grid = np.linspace(start, top, round((top - start) / GRID_STEP) + 1)
    power = np.interp(grid, leak.voltage, leak.power)
    if extra is not None:
        power = np.where(grid > leak.voltage[-1], np.maximum(extra.derivative()(grid), 0.0), power)
    trip_top = float(trip_voltage[-1])
    trip_grid = np.linspace(first, trip_top, round((trip_top - first) / GRID_STEP) + 1)
    # The comparator's current is linear near balance, so F begins as a parabola: its root is the smooth one.
    trip = PchipInterpolator(np.r_[first, trip_voltage], np.r_[0.0, root])(trip_grid) ** 2
    return Membrane(
        start=start,
        inverse_step=float((grid.size - 1) / (top - start)),
        leak=np.interp(grid, leak.voltage, leak.fall),
        power=power,
        trip_start=first,
        inverse_trip_step=float((trip_grid.size - 1) / (trip_top - first)),
        trip=trip,
        floor=start,
        dead_time=dead_time,
        top=top,
        trip_top=trip_top,
    )
