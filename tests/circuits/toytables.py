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


def table(
    axes: dict[str, tuple[np.ndarray, str, str]],
    quantities: dict[str, tuple],
    attributes: dict,
    *,
    complete: bool = False,
) -> xr.Dataset:
    """Dataset over the mesh of `axes`; the last point of all has timed out unless it is `complete`."""
    names = tuple(axes)
    mesh = np.meshgrid(*(values for values, _, _ in axes.values()), indexing="ij")
    status = np.zeros(mesh[0].shape, dtype=np.int32)
    status.flat[-1] = Status.OK if complete else Status.TIMED_OUT
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


def decoder_tables() -> TableSet:
    """`decoder_decide`, `decoder_tie` and `decoder_timeout` of 3 inputs, every point with numbers."""
    edges, loads = np.array([1e-10, 1e-9]), np.array([1e-14, 4e-14, 1.6e-13])
    attributes = {
        "decoder_inputs": 3,
        "decoder_supply_voltage": 1.8,
        "decoder_timer_bias": 2e-7,
        "cycle_time": 3.5e-8,
    }
    decide = table(
        {"input_transition": (edges, "s", "log"), "output_load": (loads, "F", "log")},
        {
            "delay": (lambda t, c: 3e-9 + 0.1 * t + 2e3 * c, "s", "log"),
            "valid_delay": (lambda t, c: 2.8e-9 + 0.1 * t + 0 * c, "s", "log"),
            "output_transition": (lambda t, c: 1e-10 + 4e3 * c + 0 * t, "s", "log"),
            "reset_delay": (lambda t, c: 8e-10 + 4e3 * c + 0 * t, "s", "log"),
            "fall_transition": (lambda t, c: 1e-10 + 3e3 * c + 0 * t, "s", "log"),
            "energy": (lambda t, c: 1e-12 + c * 1.8**2 + 0 * t, "J", "log"),
            "static_power": (lambda t, c: 7e-7 + 0 * t * c, "W", "log"),
            "reset_power": (lambda t, c: 6e-7 + 0 * t * c, "W", "log"),
            "input_capacitance": (lambda t, c: 1.7e-15 + 0 * t * c, "F", "log"),
        },
        attributes,
        complete=True,
    )
    apart = np.array([-6e-10, -4e-10, -2e-10, 0.0, 2e-10, 3e-10, 4e-10, 6e-10])
    tie = table(
        {"separation": (apart, "s", "linear")},
        {
            "first_wins": (lambda t: np.where((t > 0) & (t < 3.5e-10), 0.0, 1.0), "1", "linear"),
            "tie": (lambda t: np.where((t > -3e-10) & (t < 3.5e-10), 1.0, 0.0), "1", "linear"),
        },
        attributes,
        complete=True,
    )
    wait = table(
        {"timer_bias": (np.array([2e-7, 1e-6]), "A", "log")},
        {"timeout": (lambda i: 3.6e-13 / i, "s", "log"), "energy": (lambda i: 2e-12 + 0 * i, "J", "log")},
        attributes,
        complete=True,
    )
    return TableSet.of({"decoder_decide": decide, "decoder_tie": tie, "decoder_timeout": wait}, {})
