"""The comparator as the kernel needs it, from the tables `neuron_comparator` and `neuron_trip`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid
from scipy.interpolate import PchipInterpolator
from scipy.optimize import least_squares

from circuits.status import Status
from circuits.tables import Table, TableSet
from evaluator.comparator import Comparator, fall, follow
from evaluator.table_points import axis, number, require, status, values
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
MEMBRANE_STEP, NODE_STEP = 5e-3, 5e-3
"""Steps of the grids handed to the kernel [V]."""
EDGE = 1e-9
"""Time in which the membrane of `neuron_trip` is taken to its voltage [s]."""
SWING = 0.06
"""Within so much above the level the restoring inverter swings [V]."""
NEAR = 0.02
"""So near to that node the stages behind the comparator switch already [V]."""
FAST, SHARE = 0.2e-9, 0.01
"""What counts as a time well met [s], [1]."""
CREEPING = 150e-9
"""A trip that takes longer says nothing of the stages behind the comparator [s]."""
MOVING = 5e6
"""A node that moves slower than this says nothing of what it couples into the mirror [V/s]."""
DIMENSIONS = ("membrane_voltage", "comparator_share", "mirror_shift")


def comparator_from_tables(tables: TableSet, scale: PchipInterpolator) -> tuple[Comparator, float]:
    """The comparator, unmoved by earlier spikes, and the largest relative miss of a time of `neuron_trip` [1].

    r and power are those of the unshifted mirror, m the difference over the shift, k what the mirror moves when the
    node does, tau what it moves beside that; the last three are medians over membrane voltages. `neuron_trip` gives the
    level and what happens near it. `scale` takes membrane voltages to those of the kernel.

    Raises
    ------
    TableError
        A table, quantity or needed point is missing.
    """
    table = tables["neuron_comparator"]
    require(table, status(table, DIMENSIONS), "every point")
    membrane, shift = scale(axis(table, "membrane_voltage")), axis(table, "mirror_shift")
    middle = int(np.argmin(np.abs(shift)))
    if shift.size < 3 or shift[middle] != 0.0 or not shift[0] < 0.0 < shift[-1]:
        raise TableError(f"{table.name}: mirror shifts below, at and above 0 V are needed, found {shift.tolist()}")
    nodes = values(table, "comparator_middle", DIMENSIONS)
    starts = axis(table, "comparator_share") * number(table, "neuron_supply_voltage")
    rest = float(starts[-1])
    low = float(nodes.min(axis=1).max())
    grid = np.linspace(low, rest, round((rest - low) / NODE_STEP) + 1)
    rate, mirror, power = (_on_nodes(table, name, nodes, grid) for name in ("comparator_rate", "mirror_rate", "power"))
    still, apart = rate[:, :, middle], float(shift[-1] - shift[0])
    feel = np.median((rate[:, :, -1] - rate[:, :, 0]) / apart, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        coupling = np.nanmedian(np.where(np.abs(still) > MOVING, -mirror[:, :, middle] / still, np.nan), axis=0)
    own = (mirror[:, :, -1] - mirror[:, :, 0]) / apart + coupling * (rate[:, :, -1] - rate[:, :, 0]) / apart
    before_spike = _held_below(power[:, :, middle], grid, starts, tables["neuron_trip"])
    volts = np.linspace(membrane[0], membrane[-1], round((membrane[-1] - membrane[0]) / MEMBRANE_STEP) + 1)
    made = Comparator(
        start=float(volts[0]),
        inverse_step=float((volts.size - 1) / (volts[-1] - volts[0])),
        node_start=float(grid[0]),
        inverse_node_step=float((grid.size - 1) / (grid[-1] - grid[0])),
        rate=np.ascontiguousarray(PchipInterpolator(membrane, still)(volts)),
        power=np.ascontiguousarray(PchipInterpolator(membrane, before_spike)(volts)),
        feel=feel,
        coupling=coupling,
        recovery=float(-1.0 / np.median(own)),
        level=rest / 2,
        pace=np.zeros(1),
        lag=np.zeros(1),
        rest=rest,
        kick=0.0,
        keep=0.0,
        top=float(volts[-1]),
    )
    return _tripping(made, tables["neuron_trip"], scale)


def _on_nodes(table: Table, name: str, nodes: FloatArray, grid: FloatArray) -> FloatArray:
    """A quantity on the grid of nodes: (membrane, node, shift)."""
    found = values(table, name, DIMENSIONS)
    made = np.empty((found.shape[0], grid.size, found.shape[2]))
    for i in range(found.shape[0]):
        for k in range(found.shape[2]):
            made[i, :, k] = PchipInterpolator(nodes[i, :, k], found[i, :, k], extrapolate=True)(grid)
    return made


def _held_below(power: FloatArray, grid: FloatArray, nodes: FloatArray, table: Table) -> FloatArray:
    """Power above the node at which the slowest trip becomes a spike; below, where the spike draws, held."""
    fired = status(table, ("membrane_voltage",)) == Status.OK
    delay, at = (values(table, name, ("membrane_voltage",))[fired] for name in ("delay", "comparator_voltage"))
    lowest = nodes[nodes > at[np.argmax(delay)] + NEAR][0]
    return power[:, np.maximum(np.arange(grid.size), np.searchsorted(grid, lowest))]


def _tripping(comparator: Comparator, table: Table, scale: PchipInterpolator) -> tuple[Comparator, float]:
    """The comparator with level, lags and slowing with which it takes the times of `neuron_trip`; its largest miss of
    one, of no less than `EDGE` [1].

    The level is where the node is when the slowest trip becomes a spike. Over `SWING` before it the inverter behind
    swings and holds the node back through its gates. By how much, by what the membrane's voltage is off (hundredths of
    a millivolt decide when a membrane at the threshold trips) and a common lag of the stages after it are fitted, a
    time counting as well met within `FAST` or `SHARE` of it. What trips that do not creep miss then is how the
    lag changes with the rate at which the node passes the level.
    """
    fired = status(table, ("membrane_voltage",)) == Status.OK
    if fired.sum() < 3:
        raise TableError(f"{table.name}: three voltages at which the neuron fires are needed, found {fired.sum()}")
    voltage = scale(axis(table, "membrane_voltage")[fired])
    delay, at = (values(table, name, ("membrane_voltage",))[fired] for name in ("delay", "comparator_voltage"))
    level = float(at[np.argmax(delay)])
    nodes = comparator.node_start + np.arange(comparator.feel.size) / comparator.inverse_node_step
    within = np.clip((level + SWING - nodes) / SWING, 0.0, 1.0)

    def slowed(parameters: FloatArray) -> Comparator:
        rate, feel = (array / (1.0 + parameters[0] * within) for array in (comparator.rate, comparator.feel))
        start = comparator.start - 1e-3 * float(parameters[2])
        return comparator._replace(rate=rate, feel=feel, level=level, start=start, lag=np.array([1e-9 * parameters[1]]))

    def missed(parameters: FloatArray) -> FloatArray:
        tried = slowed(parameters)
        times = np.array([trip_time(tried, float(volts)) for volts in voltage])
        return np.asarray((times - delay) / (FAST + SHARE * delay))

    found = least_squares(missed, (1.0, 0.5, 0.0), bounds=((0.0, 0.0, -1.0), (10.0, 5.0, 1.0)), loss="soft_l1")
    made = slowed(found.x)
    quick = delay < CREEPING
    if quick.any():
        times, paces = np.array([passing(made, float(volts)) for volts in voltage[quick]]).T
        order = np.argsort(paces)
        made = made._replace(pace=paces[order], lag=np.maximum(delay[quick] - times, 0.0)[order])
    times = np.array([trip_time(made, float(volts)) for volts in voltage])
    return made, float(np.max(np.abs(times - delay) / np.maximum(delay, EDGE)))


def trip_time(comparator: Comparator, voltage: float, longest: float = 20e-6) -> float:
    """Time [s] to the spike of a membrane held at `voltage` [V] from 0 on, after an edge; `longest` for none."""
    node, mirror, at, _ = follow(comparator, 0.0, voltage / EDGE, EDGE, comparator.rest, 0.0)
    if at >= 0.0:
        return at - EDGE
    _, _, at, _ = follow(comparator, voltage, 0.0, longest, node, mirror)
    return at if at >= 0.0 else longest


def passing(comparator: Comparator, voltage: float, longest: float = 20e-6) -> tuple[float, float]:
    """The same without the lag [s]; and the rate at which the node passes the level [V/s]."""
    plain = comparator._replace(lag=np.zeros(1))
    node, mirror, at, _ = follow(plain, 0.0, voltage / EDGE, EDGE, comparator.rest, 0.0)
    time, height = at - EDGE, voltage * at / EDGE
    if at < 0.0:
        _, mirror, time, _ = follow(plain, voltage, 0.0, longest, node, mirror)
        height = voltage
    return time, -fall(plain, height, comparator.level, mirror)[0]


def held_nodes(comparator: Comparator, membrane: FloatArray) -> FloatArray:
    """Node at which a membrane held at each of `membrane` [V] lets the comparator stay [V]; the level where it falls.

    Raises
    ------
    TableError
        The lowest membrane does not let it rest, or the highest does not make it fall.
    """
    volts = comparator.start + np.arange(comparator.rate.shape[0]) / comparator.inverse_step
    nodes = comparator.node_start + np.arange(comparator.feel.size) / comparator.inverse_node_step
    within = nodes >= comparator.level
    held = np.full(volts.size, comparator.level)
    for i, rates in enumerate(comparator.rate):
        falling = np.flatnonzero((rates[:-1] <= 0.0) & (rates[1:] > 0.0) & within[:-1])
        if falling.size:
            k = falling[-1]
            held[i] = np.interp(0.0, rates[k : k + 2], nodes[k : k + 2])
        elif rates[-1] <= 0.0:
            held[i] = comparator.rest
    if held[0] < comparator.rest - NODE_STEP or held[-1] > comparator.level:
        raise TableError("neuron_comparator: the lowest membrane must let the comparator rest, and the highest trip it")
    return np.asarray(np.interp(membrane, volts, held))


def pushed_by(comparator: Comparator, held: FloatArray) -> FloatArray:
    """What the node, on its way from rest to each of `held` [V], has pushed the mirror by [V]."""
    nodes = comparator.node_start + np.arange(comparator.coupling.size) / comparator.inverse_node_step
    total = cumulative_trapezoid(comparator.coupling, nodes, initial=0.0)
    return np.asarray(np.interp(held, nodes, total) - total[-1])
