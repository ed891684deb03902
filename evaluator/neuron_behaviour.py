"""The neuron as the kernel needs it, derived from the tables `neuron_leak` and `neuron_fire` and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid
from scipy.interpolate import PchipInterpolator

from circuits.tables import TableSet
from evaluator.membrane import Membrane
from evaluator.table_points import good_row, quantity
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
GRID_STEP = 2e-3
"""Step of the voltage grids handed to the kernel [V]; the tables are tens of millivolts apart."""
TYPICAL_RISE = 2e6
"""Slope [V/s] at which `threshold` is quoted: a membrane that fires after half a microsecond."""


@dataclass(frozen=True, eq=False)
class NeuronBehaviour:
    """Membrane, comparator and supply power of one neuron.

        C dV/dt = I - C g(V)       g from the fall of the membrane over the shortest interval of `neuron_leak`
        dy/dt = f(V), fires at y = 1       F = integral of f: F(V_trip) = I/C - g(V_trip) in `neuron_fire`
        after a spike V = 0 for the dead time; the spike drives the next row for `spike_width`
        supply power P(V): `neuron_leak` below its highest voltage; above it what a slower input costs more in `neuron_fire`
        each spike adds `spike_energy`

    C [F] is the median over `neuron_fire` of I / (mean slope + mean g) between initial voltages. V_0, where F begins, is
    where the two slowest trip voltages extrapolate to zero slope. g is continued at its last value above the highest
    voltage of `neuron_leak` (a saturated current source); F and P end at the highest trip voltage. The membrane cannot
    be drawn below `floor`, the lowest voltage of `neuron_leak`: assumed of the ideal column interface.

    `membrane` holds these as arrays; `trip_voltage` [V] against `trip_slope` [V/s] are the points F goes through;
    `threshold` is the trip voltage at `TYPICAL_RISE` [V]; `spread` gives, for each number that the tables show to depend on
    the input current while one value is used here, half its range over the table relative to that value [1].
    """

    membrane: Membrane
    capacitance: float
    threshold: float
    trip_voltage: FloatArray
    trip_slope: FloatArray
    spike_width: float
    spike_energy: float
    spread: dict[str, float]

    @property
    def floor(self) -> float:
        """Lowest membrane voltage [V]."""
        return self.membrane.floor

    @property
    def dead_time(self) -> float:
        """Time after a spike in which the membrane stays at 0 V [s]."""
        return self.membrane.dead_time

    @classmethod
    def from_tables(cls, tables: TableSet) -> NeuronBehaviour:
        """Behaviour in `tables`.

        Raises
        ------
        TableError
            A table or quantity is missing, points that are needed failed, or trip voltages that do not rise with the input.
        """
        leak, fire = tables["neuron_leak"], tables["neuron_fire"]
        low, slope_low, power_low = _leak_points(quantity(leak, "final_voltage"), quantity(leak, "energy"))
        delays = quantity(fire, "delay")
        resting = good_row(fire)
        current = delays["input_current"].to_numpy().astype(float)[resting.columns]
        column = {name: quantity(fire, name).to_numpy()[resting.row, resting.columns] for name in
                  ("delay", "trip_voltage", "interval", "spike_energy", "spike_width")}  # fmt: skip
        capacitance, capacitance_spread = _capacitance(delays.to_numpy(), delays, low, slope_low)
        trip = column["trip_voltage"]
        slope = current / capacitance - np.interp(trip, low, slope_low)
        _must_rise(trip, slope)
        dead, width = column["interval"] - column["delay"], column["spike_width"]
        dead_time, spike_width = float(np.median(dead)), float(np.median(width))
        rest_power = float(np.interp(0.0, low, power_low))
        beyond = column["spike_energy"] - rest_power * dead - _ramp_energy(current / capacitance, low, slope_low, power_low)
        extra, spike_energy, energy_error = _extra_power(float(low[-1]), trip, slope, beyond, power_low[-1])
        first = trip[0] - slope[0] * (trip[1] - trip[0]) / (slope[1] - slope[0])
        membrane = _membrane(low, slope_low, power_low, extra, float(first), trip, slope, dead_time)
        spread = {
            "capacitance": capacitance_spread,
            "dead_time": float(np.ptp(dead) / 2 / dead_time),
            "spike_width": float(np.ptp(width) / 2 / spike_width),
            "spike_energy": energy_error,
        }
        threshold = float(np.interp(TYPICAL_RISE, slope, trip))
        return cls(membrane, capacitance, threshold, trip, slope, spike_width, spike_energy, spread)


def _leak_points(final: object, energy: object) -> tuple[FloatArray, FloatArray, FloatArray]:
    raise NotImplementedError
