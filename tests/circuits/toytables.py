"""A set of three tables by formula, of the kind that characterization makes, with one failed point each."""

from __future__ import annotations

import numpy as np
import xarray as xr

from circuits.status import Status
from circuits.tables import TableSet

CURRENT = np.logspace(-7, -4, 7)
ROWS, OHM = np.array([1.0, 4.0, 16.0]), np.array([1e3, 1e4, 1e5])
NEURON = {
    "neuron_membrane_capacitance": 1e-12,
    "neuron_supply_voltage": 1.8,
    "neuron_spike_load": 2e-14,
    "technology": "toy */ cell (evil)",
    "memchar_version": "0.1.0",
    "ngspice_version": "39",
}
REST_POWER = 2e-7


def delay(current: np.ndarray, start: np.ndarray | float = 0.0) -> np.ndarray:
    """Time to 0.9 V [s]."""
    return 1e-12 * (0.9 - start) / current


def table(axes: dict[str, tuple[np.ndarray, str, str]], quantities: dict[str, tuple], attributes: dict) -> xr.Dataset:
    """Dataset over the mesh of `axes`; the last point of all has timed out."""
    names = tuple(axes)
    mesh = np.meshgrid(*(values for values, _, _ in axes.values()), indexing="ij")
    status = np.zeros(mesh[0].shape, dtype=np.int32)
    status.flat[-1] = Status.TIMED_OUT
    variables: dict[str, tuple] = {}
    for name, (function, unit, scale) in quantities.items():
        values = np.array(np.broadcast_to(function(*mesh), mesh[0].shape), dtype=float)
        values[status != Status.OK] = np.nan
        variables[name] = (names, values, {"units": unit, "role": "quantity", "scale": scale})
    variables["status"] = (names, status, {})
    coordinates = {name: (name, values, {"units": u, "scale": s}) for name, (values, u, s) in axes.items()}
    return xr.Dataset(variables, coordinates, attributes)


def toy_tables() -> TableSet:
    """`neuron_fire`, `neuron_leak` and `column_read`."""
    fire = table(
        {"initial_voltage": (np.array([-0.2, 0.0, 0.3]), "V", "linear"), "input_current": (CURRENT, "A", "log")},
        {
            "delay": (lambda v, i: delay(i, v), "s", "log"),
            "trip_voltage": (lambda v, i: 0.9 + 0 * v, "V", "linear"),
            "energy": (lambda v, i: 5e-13 + 2.5e-7 * delay(i, v), "J", "log"),
            "spike_energy": (lambda v, i: 6e-13 + 2.5e-7 * delay(i, v), "J", "log"),
            "spike_width": (lambda v, i: 1e-8 + 0 * v, "s", "log"),
        },
        NEURON,
    )
    leak = table(
        {"initial_voltage": (np.array([0.0, 0.4]), "V", "linear"), "interval": (np.array([1e-8, 1e-6]), "s", "linear")},
        {
            "final_voltage": (lambda v, t: v - 1e4 * t, "V", "linear"),
            "energy": (lambda v, t: REST_POWER * t, "J", "linear"),
        },
        NEURON,
    )
    read = {"rows": 16, "read_voltage": 0.1, "pulse_width": 5e-9, "edge_time": 2e-10}
    column = table(
        {
            "active_rows": (ROWS, "1", "log"),
            "device_resistance": (OHM, "ohm", "log"),
            "row_load": (np.array([0.0, 1e-3]), "S", "linear"),
            "on_fraction": (np.array([0.0, 1.0]), "1", "linear"),
        },
        {
            "charge": (lambda n, r, g, f: n * 0.1 / (r + 2e4) * 5e-9, "C", "log"),
            "energy": (lambda n, r, g, f: n * 0.01 / (r + 2e4) * 5e-9 * (1.1 + 0.1 * f), "J", "log"),
            "delay": (lambda n, r, g, f: 2e-12 * n, "s", "linear"),
        },
        read,
    )
    return TableSet.of({"column_read": column, "neuron_fire": fire, "neuron_leak": leak}, {})
