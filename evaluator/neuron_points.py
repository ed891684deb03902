"""Steps from the tables of the neuron to the numbers of its behaviour."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid
from scipy.optimize import brentq

from circuits.status import Status
from circuits.tables import Table
from evaluator.table_points import axis, number, require, status, values
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
REST = 0.05
"""Largest initial voltage [V] that counts as a neuron at rest."""
STEEP = 20e-3
"""Largest fall of a membrane that counts as even [V]."""


class LeakPoints(NamedTuple):
    """Membrane voltage [V], fall g of the membrane [V/s], supply power [W]."""

    voltage: FloatArray
    fall: FloatArray
    power: FloatArray


class FirePoints(NamedTuple):
    """Per input current [A] from rest: delay [s], trip voltage [V], interval [s], energy per interval [J], that of it
    which is drawn in the second half of spike and reset [J], spike width [s], that of the second spike [s], mirror of
    the comparator after the spike [V] and by how much it differs after the second one [V], time from each of the two
    spikes to the end of its reset [s].
    """

    current: FloatArray
    delay: FloatArray
    trip_voltage: FloatArray
    interval: FloatArray
    spike_energy: FloatArray
    recovery_energy: FloatArray
    spike_width: FloatArray
    later_width: FloatArray
    mirror_shift: FloatArray
    mirror_change: FloatArray
    reset: FloatArray
    later_reset: FloatArray


def leak_points(table: Table) -> LeakPoints:
    """Fall and power between the ends of the two shortest intervals, at the mean of the voltages there.

    What settles within the shortest interval is left out so. Where the membrane falls by more than `STEEP` in between,
    they are those over the shortest interval.
    """
    dimensions = ("initial_voltage", "interval")
    require(table, status(table, dimensions)[:, :2], "the two shortest intervals at every voltage")
    before, interval = axis(table, "initial_voltage"), axis(table, "interval")
    after, energy = (values(table, name, dimensions) for name in ("final_voltage", "energy"))
    low, high, spent, lasted = before, after[:, 0], energy[:, 0], np.full(before.size, interval[0])
    if interval.size > 1:
        steep = np.abs(after[:, 1] - after[:, 0]) > STEEP
        low, high = np.where(steep, low, after[:, 0]), np.where(steep, high, after[:, 1])
        spent = np.where(steep, spent, energy[:, 1] - energy[:, 0])
        lasted = np.where(steep, lasted, interval[1] - interval[0])
    voltage = (low + high) / 2
    if np.any(np.diff(voltage) <= 0):
        raise TableError(f"{table.name}: final voltages must rise with the initial ones over {interval[0]:g} s")
    return LeakPoints(voltage, (low - high) / lasted, spent / lasted)


class LeakGatePoints(NamedTuple):
    """Membrane voltage [V], 0 V among them; how far a membrane taken there lifts the gate of its leak [V], what the
    leak gives for that [A/V]; and the time constant with which the gate returns [s].
    """

    voltage: FloatArray
    kick: FloatArray
    feel: FloatArray
    recovery: float


def leak_gate_points(table: Table) -> LeakGatePoints:
    """Kick and feel over voltage, the median of the return."""
    dimensions = ("membrane_voltage",)
    require(table, status(table, dimensions), "every point")
    voltage = axis(table, "membrane_voltage")
    kick, feel, recovery = (values(table, name, dimensions) for name in ("gate_shift", "sensitivity", "recovery"))
    if voltage.size < 2 or np.any(voltage == 0.0) or not voltage[0] < 0.0 < voltage[-1] or np.any(recovery <= 0.0):
        raise TableError(f"{table.name}: voltages on both sides of 0 V, and a gate that returns, are needed")
    place = int(np.searchsorted(voltage, 0.0))
    between = float(np.interp(0.0, voltage[place - 1 : place + 1], feel[place - 1 : place + 1]))
    return LeakGatePoints(
        np.insert(voltage, place, 0.0),
        np.insert(kick, place, 0.0),
        np.insert(feel, place, between),
        float(np.median(recovery)),
    )


class ChargePoints(NamedTuple):
    """Membrane voltage [V], 0 V among them, and the charge that takes it there, the leak's left out [C]."""

    voltage: FloatArray
    charge: FloatArray


def charge_points(table: Table, leak: LeakPoints) -> ChargePoints:
    """Charge over voltage; the leak's share is that of an even ramp of the table's `edge`."""
    require(table, status(table, ("membrane_voltage",)), "every point")
    voltage, charge = axis(table, "membrane_voltage"), values(table, "charge", ("membrane_voltage",))
    edge = number(table, "edge")
    if np.any(voltage == 0.0) or voltage[0] > 0.0 or np.any(np.diff(charge) <= 0) or charge[0] > 0.0:
        raise TableError(f"{table.name}: charges that rise with the voltage, on both sides of 0 V, are needed")
    lost = [float(np.mean(np.interp(np.linspace(0.0, end, 201), leak.voltage, leak.fall))) for end in voltage]
    own = charge - charge / voltage * np.array(lost) * edge
    place = int(np.searchsorted(voltage, 0.0))
    return ChargePoints(np.insert(voltage, place, 0.0), np.insert(own, place, 0.0))


def fire_points(table: Table) -> FirePoints:
    """The row of `neuron_fire` that starts from rest; inputs at which the neuron rightly stays silent are
    left out.
    """
    dimensions = ("initial_voltage", "input_current")
    start = axis(table, "initial_voltage")
    row = int(np.argmin(np.abs(start)))
    if abs(start[row]) > REST:
        raise TableError(f"{table.name}: an initial voltage near 0 V is needed, the nearest is {start[row]:g} V")
    codes = status(table, dimensions)[row]
    require(table, codes, "every current from rest", (Status.OK, Status.DID_NOT_FIRE))
    fired = codes == Status.OK
    if fired.sum() < 3:
        raise TableError(f"{table.name}: three currents at which the neuron fires are needed, found {fired.sum()}")
    names = (
        "delay",
        "trip_voltage",
        "interval",
        "spike_energy",
        "recovery_energy",
        "spike_width",
        "later_width",
        "mirror_shift",
        "mirror_change",
        "dead_time",
        "later_dead_time",
    )
    columns = (values(table, name, dimensions)[row, fired] for name in names)
    return FirePoints(axis(table, "input_current")[fired], *columns)


def ramp_time(drive: float, leak: LeakPoints, low: float, high: float) -> float:
    """Time [s] from voltage `low` to `high` [V] at input slope `drive` = I/C [V/s]: integral of dV / (drive -
    g).
    """
    return float(_ramp(drive, leak, low, high, None)[-1])


def ramp_energy(drive: float, leak: LeakPoints, low: float, high: float) -> float:
    """Static supply energy [J] of the same ramp: integral of P dV / (drive - g)."""
    return float(_ramp(drive, leak, low, high, leak.power)[-1])


def _ramp(drive: float, leak: LeakPoints, low: float, high: float, power: FloatArray | None) -> FloatArray:
    voltage = np.linspace(low, high, 1001)
    weight = 1.0 if power is None else np.interp(voltage, leak.voltage, power)
    return np.asarray(cumulative_trapezoid(weight / (drive - np.interp(voltage, leak.voltage, leak.fall)), voltage))


def capacitance(table: Table, leak: LeakPoints) -> tuple[float, float]:
    """Effective capacitance [F] from the difference of delays between initial voltages, and half its relative
    range.

    Median over neighbouring initial voltages from 0 V up and over currents of the C at which the ramp between
    the two voltages takes the difference of their delays.
    """
    dimensions = ("initial_voltage", "input_current")
    start, current = axis(table, "initial_voltage"), axis(table, "input_current")
    delay = values(table, "delay", dimensions)
    rows = np.flatnonzero(start >= -REST)
    found = []
    for low, high in pairwise(rows):
        for column in np.flatnonzero(np.isfinite(delay[low] - delay[high])):
            lasted = float(delay[low, column] - delay[high, column])
            found.append(_fitting(float(current[column]), lasted, leak, float(start[low]), float(start[high])))
    if not found:
        raise TableError(
            f"{table.name}: two initial voltages from 0 V up with delays are needed to find the capacitance"
        )
    middle = float(np.median(found))
    return middle, float(np.ptp(found) / 2 / middle)


def _fitting(current: float, lasted: float, leak: LeakPoints, low: float, high: float) -> float:
    """Capacitance [F] at which `current` [A] takes the membrane from `low` to `high` [V] in the time `lasted`
    [s].
    """
    if lasted <= 0:
        raise TableError(
            f"neuron_fire: delays at {current:g} A must fall with the initial voltage, {low:g} to {high:g} V"
        )
    plain = current * lasted / (high - low)
    slowest = float(np.max(np.interp(np.linspace(low, high, 101), leak.voltage, leak.fall)))
    largest = min(2.0, 0.999 * current / plain / slowest) if slowest > 0 else 2.0

    def excess(scale: float) -> float:
        return ramp_time(current / plain / scale, leak, low, high) / lasted - 1.0

    if excess(0.1) * excess(largest) > 0:
        raise TableError(f"neuron_fire: the delays at {current:g} A from {low:g} and {high:g} V fit no capacitance")
    return plain * float(brentq(excess, 0.1, largest))
