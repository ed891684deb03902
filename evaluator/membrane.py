"""One step of a membrane and its comparator under constant input current, compiled.

    dV/dt = a - g(V)            a = I / C, g = I_leak / C
    [V/s] dy/dt = f(V),  F(V) = integral of f from the first trip voltage V_0; the neuron fires when y = 1,
    and y = 0 while V <= V_0. On a ramp of slope r that starts below V_0, y = F(V) / r: it fires where F(V) =
    r, which is how F is read off the neuron's measured trip voltages.

The step is linearly implicit, V1 = V + (a - g(V)) dt / (1 + g'(V) dt / 2): second order, and stable where the
leak is steep (below 0 V). Within a step V is taken as linear in time, on which y and the instant of firing
are exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled

FloatArray = NDArray[np.float64]
FLAT = 1e-9  # voltage change of one step [V] below which the membrane counts as constant


class Membrane(NamedTuple):
    """Arrays and numbers of one kind of neuron, as the kernel wants them.

    `leak` g [V/s] and `power` static supply power [W] on the grid `start` + k / `inverse_step` [V]; `trip` F
    [V/s] on the grid `trip_start` (V_0) + k / `inverse_trip_step` [V]; `floor` lowest membrane voltage [V];
    `dead_time` [s]; `top` and `trip_top` ends of the grids [V].
    """

    start: float
    inverse_step: float
    leak: FloatArray
    power: FloatArray
    trip_start: float
    inverse_trip_step: float
    trip: FloatArray
    floor: float
    dead_time: float
    top: float
    trip_top: float


@compiled
def at_grid(values: FloatArray, start: float, inverse_step: float, voltage: float) -> tuple[float, float]:
    """Value and slope at `voltage` [V] of a linearly interpolated grid, continued linearly at its ends."""
    position = (voltage - start) * inverse_step
    index = min(max(int(position), 0), values.size - 2)
    rise = values[index + 1] - values[index]
    return values[index] + rise * (position - index), rise * inverse_step


@compiled
def after(
    leak: FloatArray, start: float, inverse_step: float, floor: float,
    voltage: float, rise: float, duration: float, lateness: float,
) -> float:  # fmt: skip
    """Membrane voltage [V] after an input that alone would lift it by `rise` [V] within `duration` [s].

    `lateness` [V s] is by how much the area under that lift falls short of an even ramp's, rise * duration /
    2: charge that comes late leaks away for a shorter time.
    """
    lost, steepness = at_grid(leak, start, inverse_step, voltage)
    steepness = max(steepness, 0.0)
    end = voltage + (rise - lost * duration + steepness * lateness) / (1.0 + 0.5 * steepness * duration)
    return max(end, floor)


@compiled
def trip_rate(membrane: Membrane, voltage: float) -> float:
    """F [V/s] at `voltage` [V]; 0 up to V_0."""
    if voltage <= membrane.trip_start:
        return 0.0
    return at_grid(membrane.trip, membrane.trip_start, membrane.inverse_trip_step, voltage)[0]


@compiled
def trip_voltage(membrane: Membrane, rate: float) -> float:
    """Voltage [V] at which F reaches `rate` [V/s]; F continues with its last slope above its grid."""
    trip = membrane.trip
    low, high = 0, trip.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if trip[middle] <= rate:
            low = middle
        else:
            high = middle
    rise = trip[high] - trip[low]
    fraction = (rate - trip[low]) / rise if rise > 0.0 else 0.0
    return membrane.trip_start + (low + fraction) / membrane.inverse_trip_step


@compiled
def advance(
    membrane: Membrane, voltage: float, trip: float, slope: float, duration: float
) -> tuple[float, float, float]:
    """One step of `duration` [s] at input `slope` a [V/s].

    Returns the membrane voltage [V] and y at its end, and the time of firing [s] within the step, or -1 where
    it does not fire (the voltage is then that of the whole step; a firing neuron's state is for the caller to
    reset).
    """
    end = after(
        membrane.leak, membrane.start, membrane.inverse_step, membrane.floor,
        voltage, slope * duration, duration, 0.0,
    )  # fmt: skip
    if voltage <= membrane.trip_start and end <= membrane.trip_start:
        return end, 0.0, -1.0
    change = end - voltage
    if abs(change) <= FLAT:
        rate = at_grid(membrane.trip, membrane.trip_start, membrane.inverse_trip_step, voltage)[1]
        if rate * duration >= 1.0 - trip:
            return end, 1.0, (1.0 - trip) / rate
        return end, trip + rate * duration, -1.0
    ramp = change / duration
    before = trip_rate(membrane, voltage)
    gained = (trip_rate(membrane, end) - before) / ramp
    if trip + gained >= 1.0:
        at = trip_voltage(membrane, before + ramp * (1.0 - trip))
        return end, 1.0, min(max((at - voltage) / ramp, 0.0), duration)
    return end, (0.0 if end <= membrane.trip_start else trip + gained), -1.0
