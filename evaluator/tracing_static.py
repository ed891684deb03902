"""Static energy of neurons by table point.

What the kernel books as static is linear in the power that the neuron draws in each state, and the power changes
nothing of what the neuron does. So the same images are simulated again with a power of 1 W near one table point and
none elsewhere: the joules that come out are the seconds that the neurons spent there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from circuits.tables import Table, TableSet
from evaluator.membrane import Membrane
from evaluator.neuron_behaviour import charge_scale
from evaluator.neuron_points import STEEP, charge_points, leak_points
from evaluator.prepared import ImageRun
from evaluator.summary import Simulated
from evaluator.table_points import axis, values
from evaluator.traceline import EnergyLine, TablePoint, nearest_point, point_at

FloatArray = NDArray[np.float64]
UInt8Array = NDArray[np.uint8]
Booked = Callable[[Membrane], FloatArray]
"""What a membrane with other powers books as static, by layer, mean of an image."""


def static_lines(run: ImageRun, simulated: Simulated, tables: TableSet, pixels: UInt8Array) -> list[EnergyLine]:
    """Rest by point of `neuron_leak`, moving comparators by point of `neuron_comparator`, waking up and bursts."""
    full = simulated.neuron.membrane
    silent = full._replace(
        power=np.zeros_like(full.power),
        comparator=full.comparator._replace(power=np.zeros_like(full.comparator.power)),
        recovery=0.0,
        burst=0.0,
        burst_slope=0.0,
    )

    def booked(membrane: Membrane) -> FloatArray:
        return np.asarray(replace(run, membrane=membrane, recorded=0)(pixels).static.mean(axis=0))

    return [
        *_rest_lines(full, silent, booked, simulated, tables),
        *_moving_lines(full, silent, booked, simulated, tables),
        *_spike_lines(full, silent, booked, simulated, tables["neuron_fire"]),
    ]


def _rest_lines(
    full: Membrane, silent: Membrane, booked: Booked, simulated: Simulated, tables: TableSet
) -> list[EnergyLine]:
    """The power grid is linear between the table's points: a hat of 1 W at each gives the time that belongs to it."""
    table = tables["neuron_leak"]
    leak = leak_points(table)
    scale = charge_scale(charge_points(tables["neuron_charge"], leak), simulated.neuron.capacitance)
    places = scale(leak.voltage)
    grid = full.start + np.arange(full.power.size) / full.inverse_step
    lines = []
    for number, power in enumerate(leak.power):
        hat = np.zeros(places.size)
        hat[number] = 1.0
        seconds = booked(silent._replace(power=np.interp(grid, places, hat)))
        points = _leak_sources(table, number)
        for layer, time in enumerate(seconds):
            lines.append(
                EnergyLine(
                    layer + 1, f"neuron_static_{layer + 1}", "waiting", "static",
                    float(simulated.mapped[layer].plus.shape[1]), float(time), "s", float(power),
                    "energy over time between the two shortest intervals" if len(points) > 1 else
                    "energy over the shortest interval", points,
                    {"initial_voltage": float(axis(table, "initial_voltage")[number])},
                )
            )  # fmt: skip
    return lines


def _leak_sources(table: Table, number: int) -> tuple[TablePoint, ...]:
    """The points that `leak_points` takes a power from."""
    after = values(table, "final_voltage", ("initial_voltage", "interval"))[number]
    single = after.size == 1 or abs(after[1] - after[0]) > STEEP
    return tuple(
        point_at(table, {"initial_voltage": number, "interval": place}) for place in ((0,) if single else (1, 0))
    )


def _moving_lines(
    full: Membrane, silent: Membrane, booked: Booked, simulated: Simulated, tables: TableSet
) -> list[EnergyLine]:
    """Each cell of the comparator's power grid belongs to the nearest table point: its time, and its mean power."""
    table, comparator = tables["neuron_comparator"], full.comparator
    scale = charge_scale(
        charge_points(tables["neuron_charge"], leak_points(tables["neuron_leak"])), simulated.neuron.capacitance
    )
    rows, columns = _owners(table, full, scale)
    shape = comparator.power.shape
    lines = []
    for row in np.unique(rows):
        if not booked(_moving(silent, (rows == row)[:, None] & np.ones(shape[1], bool), 1.0)).any():
            continue
        for column in np.unique(columns):
            mask = (rows == row)[:, None] & (columns == column)
            seconds = booked(_moving(silent, mask, 1.0))
            if not seconds.any():
                continue
            joules = booked(_moving(silent, mask, comparator.power))
            at = {
                "membrane_voltage": float(axis(table, "membrane_voltage")[row]),
                "comparator_share": float(axis(table, "comparator_share")[column]),
                "mirror_shift": 0.0,
            }
            points = (nearest_point(table, at),)
            for layer, (time, energy) in enumerate(zip(seconds, joules, strict=True)):
                if time == 0.0:
                    continue
                lines.append(
                    EnergyLine(
                        layer + 1, f"neuron_static_{layer + 1}", "moving comparator", "static",
                        float(simulated.mapped[layer].plus.shape[1]), float(time), "s", float(energy / time),
                        "mean of the interpolated power over the time near this point", points, at,
                    )
                )  # fmt: skip
    return lines


def _moving(silent: Membrane, mask: NDArray[np.bool_], power: FloatArray | float) -> Membrane:
    return silent._replace(comparator=silent.comparator._replace(power=np.where(mask, power, 0.0)))


def _owners(table: Table, full: Membrane, scale: PchipInterpolator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Nearest membrane voltage and share of the table to each line and column of the comparator's grid."""
    comparator = full.comparator
    volts = comparator.start + np.arange(comparator.power.shape[0]) / comparator.inverse_step
    nodes = comparator.node_start + np.arange(comparator.power.shape[1]) / comparator.inverse_node_step
    known = scale(axis(table, "membrane_voltage"))
    shares = axis(table, "comparator_share") * comparator.rest
    return (
        np.argmin(np.abs(volts[:, None] - known), axis=1),
        np.argmin(np.abs(nodes[:, None] - shares), axis=1),
    )


def _spike_lines(
    full: Membrane, silent: Membrane, booked: Booked, simulated: Simulated, table: Table
) -> list[EnergyLine]:
    """What of a spike's energy is booked with the static: on waking up, at once, and with the comparator's mirror."""
    parts = (
        ("waking up", silent._replace(recovery=1.0), full.recovery, "1",
         "median of recovery_energy, less half a dead time at rest"),
        ("burst", silent._replace(burst=1.0), full.burst, "1",
         "line through what spikes draw beyond their median, against the comparator's mirror: its value at 0 V"),
        ("burst, slow comparator", silent._replace(burst_slope=1.0), full.burst_slope, "V",
         "the slope of that line: the count is the sum of the mirrors' shifts"),
    )  # fmt: skip
    start = axis(table, "initial_voltage")
    rest = float(start[int(np.argmin(np.abs(start)))])
    currents = axis(table, "input_current")
    found = [nearest_point(table, {"initial_voltage": rest, "input_current": float(amperes)}) for amperes in currents]
    points = tuple(point for point in found if "spike_energy" in point.values)
    lines = []
    for operation, membrane, each, unit, how in parts:
        for layer, count in enumerate(booked(membrane)):
            spikes = float(simulated.outcome.spikes[:, layer + 1].mean())
            lines.append(
                EnergyLine(
                    layer + 1, f"neuron_static_{layer + 1}", operation, "dynamic", spikes, float(count), unit,
                    float(each), how, points, {"initial_voltage": rest},
                )
            )  # fmt: skip
    return lines
