"""Tables of an ideal neuron and column, from closed forms, in the layout that characterization writes. All
synthetic.

Neuron: C = 1 pF; leak 30 nA tanh(V / 0.05) above 0 V and 0.7 uA/V below; the comparator's node falls from 1.8 V at
RATE (V - 0.85 V)^2 and trips at 0.9 V; stays at 0 V for 110 ns; spike 10 ns wide; supply power 0.2 uW + 1 uW/V max(V,
0); 0.5 pJ a spike beyond that, 0.1 pJ of it in the second half of the dead time.
Column: drivers of 20 ohm, wires and sense resistors of next to nothing; energy 1.1 V charge.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from circuits.status import Status
from circuits.tables import TableSet
from devicefit.card import DeviceCard, Parameter, Spread

C, THRESHOLD, RATE, DEAD_TIME, WIDTH = 1e-12, 0.85, 4e10, 110e-9, 10e-9
SUPPLY, SWING, FEEL, RECOVERY, COUPLING = 1.8, 0.9, 0.0, 300e-9, 0.0
SPIKE_ENERGY, RECOVERY_ENERGY = 0.5e-12, 0.1e-12
READ_VOLTAGE, PULSE_WIDTH, SELECT = 0.1, 5e-9, 20e3
WIRE, SENSE, DRIVER = 1e-6, 1e-6, 20.0
ENERGY_RATIO = 1.1


def fall(voltage):
    """Leak over capacitance [V/s]."""
    return np.where(voltage > 0, 30e-9 * np.tanh(voltage / 0.05), 0.7e-6 * voltage) / C


def power(voltage):
    """Static supply power [W]."""
    return 0.2e-6 + 1e-6 * np.maximum(voltage, 0)


def ramp(current, low, high):
    """Time [s] and static energy [J] from `low` to `high` [V] at `current` [A]; no less than 0."""
    voltage = np.linspace(low, high, 20001)
    speed = current / C - fall(voltage)
    return np.trapezoid(1 / speed, voltage), np.trapezoid(power(voltage) / speed, voltage)


def cell(resistance, row_load, on_fraction):
    """Conductance [S] of one active cell."""
    return 1 / ((resistance + SELECT) * (1 + DRIVER * row_load) + DRIVER) + 0 * on_fraction


def attenuation(active_rows):
    return np.ones_like(active_rows)


def dataset(axes, quantities, status=None, **attributes):
    """Dataset of (name -> (values, unit)) axes and quantities on the full grid."""
    dims = tuple(axes)
    shape = tuple(len(values) for values, _ in axes.values())
    variables = {
        name: (
            dims,
            np.broadcast_to(values, shape).copy(),
            {"units": unit, "long_name": name, "role": "quantity"},
        )
        for name, (values, unit) in quantities.items()
    }
    codes = np.zeros(shape, np.int32) if status is None else status
    variables["status"] = (dims, codes, {"role": "status"})
    scale = {"active_rows": "log", "device_resistance": "log", "input_current": "log"}
    coordinates = {
        name: ((name,), np.asarray(values, float), {"units": unit, "scale": scale.get(name, "linear")})
        for name, (values, unit) in axes.items()
    }
    return xr.Dataset(variables, coordinates, {"synthetic": 1, **attributes})


def leak_table(capacitance_error=1.0):
    before, interval = np.round(np.arange(-0.5, 0.801, 0.025), 3), np.array([5e-9, 1e-7])
    after = np.empty((before.size, 2))
    for column, span in enumerate(interval):
        voltage, step = before.copy(), span / 2000
        for _ in range(2000):
            middle = voltage - 0.5 * step * fall(voltage)
            voltage = voltage - step * fall(middle)
        after[:, column] = voltage
    mean = (before[:, None] + after) / 2
    return dataset(
        {"initial_voltage": (before, "V"), "interval": (interval, "s")},
        {
            "final_voltage": (after, "V"),
            "energy": (power(mean) * interval, "J"),
            "charge": (C * (before[:, None] - after), "C"),
        },
    )


def node_rate(voltage):
    """Rate at which the comparator's node falls [V/s]; below the threshold it rises."""
    return RATE * np.abs(voltage - THRESHOLD) * (voltage - THRESHOLD)


def trip_voltage(slope):
    """Membrane voltage [V] at the trip on a ramp of `slope` [V/s]: RATE (V - 0.85)^3 / (3 slope) = the swing."""
    return THRESHOLD + np.cbrt(3 * SWING * slope / RATE)


def charge_table():
    volts = np.array([-0.5, -0.2, -0.05, 0.05, 0.2, 0.5, 0.9, 1.4, 2.2])
    edge = 3e-9
    lost = np.array([np.mean(fall(np.linspace(0, v, 201))) for v in volts]) * C * edge
    return dataset({"membrane_voltage": (volts, "V")}, {"charge": (C * volts + lost, "C")}, edge=edge)


def leak_gate_table(shift=0.0):
    """The gate of the leak at rest, or `shift` [V] off it above 0.2 V, with 200 nS and 500 ns."""
    volts = np.array([-0.4, -0.1, 0.05, 0.2, 0.6])
    return dataset(
        {"membrane_voltage": (volts, "V")},
        {
            "gate_shift": (shift * np.clip(volts / 0.2, -1.0, 1.0), "V"),
            "recovery": (500e-9, "s"),
            "sensitivity": (200e-9, "S"),
        },
    )


def comparator_table():
    # Dense about the threshold, where the rate has no slope and a monotone interpolation gives it one.
    volts = np.r_[0.0, np.arange(0.5, 0.75, 0.05), np.arange(0.75, 1.0, 0.01), np.arange(1.0, 2.21, 0.05)]
    shares, shifts = np.array([0.4, 0.44, 0.5, 0.53, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0]), np.array([-0.01, 0.0, 0.01])
    grid = np.meshgrid(volts, shares, shifts, indexing="ij")
    # The node comes to rest at the supply within 10 ns of it.
    rate = node_rate(grid[0])
    rate = np.where((rate < 0) & (grid[1] > 0.95), rate * (1 - grid[1]) / 0.05, rate)
    return dataset(
        {"membrane_voltage": (volts, "V"), "comparator_share": (shares, "1"), "mirror_shift": (shifts, "V")},
        {
            "comparator_rate": (rate + FEEL * grid[2], "V/s"),
            "mirror_rate": (-grid[2] / RECOVERY - COUPLING * rate, "V/s"),
            "power": (power(grid[0]), "W"),
            "comparator_middle": (grid[1] * SUPPLY, "V"),
        },
        neuron_supply_voltage=SUPPLY,
    )


def trip_table():
    volts = np.array([0.8, 0.9, 0.95, 1.0, 1.1, 1.3, 1.6])
    rate = np.where(volts > THRESHOLD, node_rate(volts), np.nan)
    codes = np.where(volts > THRESHOLD, 0, int(Status.DID_NOT_FIRE)).astype(np.int32)
    # A nanosecond of even ramp to the voltage comes before.
    before = RATE * np.maximum(volts - THRESHOLD, 0) ** 3 / (3 * volts / 1e-9)
    return dataset(
        {"membrane_voltage": (volts, "V")},
        {
            "delay": ((SWING - before) / rate, "s"),
            "energy": (power(volts) * SWING / rate, "J"),
            "comparator_voltage": (np.where(np.isnan(rate), np.nan, SUPPLY - SWING), "V"),
            "comparator_rate": (rate, "V/s"),
        },
        codes,
    )


def fire_table(largest=3e-4):
    start, current = np.array([-0.3, 0.0, 0.2, 0.4, 0.6]), np.geomspace(1e-7, largest, 15)
    trip = trip_voltage(current / C - fall(np.array(THRESHOLD)))
    shape = (start.size, current.size)
    delay, first_energy, spike_energy = np.empty(shape), np.empty(shape), np.empty(shape)
    for i, low in enumerate(start):
        for j, amperes in enumerate(current):
            time, energy = ramp(amperes, low, trip[j])
            rest_time, rest_energy = ramp(amperes, 0.0, trip[j])
            delay[i, j] = time
            first_energy[i, j] = energy + SPIKE_ENERGY
            spike_energy[i, j] = rest_energy + power(0.0) * DEAD_TIME + SPIKE_ENERGY
            del rest_time
    return dataset(
        {"initial_voltage": (start, "V"), "input_current": (current, "A")},
        {
            "delay": (delay, "s"),
            "trip_voltage": (trip, "V"),
            "interval": (delay[1] + DEAD_TIME, "s"),
            "energy": (first_energy, "J"),
            "spike_energy": (spike_energy, "J"),
            "recovery_energy": (RECOVERY_ENERGY + 0.5 * power(0.0) * DEAD_TIME, "J"),
            "later_width": (WIDTH, "s"),
            "mirror_shift": (0.0, "V"),
            "mirror_change": (0.0, "V"),
            "dead_time": (DEAD_TIME, "s"),
            "later_dead_time": (DEAD_TIME, "s"),
            "charge": (delay * current, "C"),
            "spike_width": (WIDTH, "s"),
        },
    )


def column_table():
    rows, ohms = np.array([1.0, 4.0, 14.0, 40.0, 98.0]), np.geomspace(200.0, 1e8, 20)
    loads, shares = np.array([0.0, 2e-3, 5e-3]), np.array([0.0, 0.5, 1.0])
    grid = np.meshgrid(rows, ohms, loads, shares, indexing="ij")
    charge = grid[0] * READ_VOLTAGE * PULSE_WIDTH * cell(grid[1], grid[2], grid[3]) * attenuation(grid[0])
    return dataset(
        {
            "active_rows": (rows, "1"),
            "device_resistance": (ohms, "ohm"),
            "row_load": (loads, "S"),
            "on_fraction": (shares, "1"),
        },
        {
            "charge": (charge, "C"),
            "energy": (ENERGY_RATIO * READ_VOLTAGE * charge, "J"),
            "delay": (1e-12, "s"),
        },
        rows=98,
        read_voltage=READ_VOLTAGE,
        pulse_width=PULSE_WIDTH,
        select_resistance=SELECT,
        wire_segment_resistance=WIRE,
        sense_resistance=SENSE,
        driver_resistance=DRIVER,
    )


def ideal_tables(**replaced):
    """The tables as a `TableSet`; a keyword replaces one."""
    made = {
        "column_read": column_table,
        "neuron_leak": leak_table,
        "neuron_fire": fire_table,
        "neuron_charge": charge_table,
        "neuron_leak_gate": leak_gate_table,
        "neuron_comparator": comparator_table,
        "neuron_trip": trip_table,
    }
    return TableSet.of({name: replaced.get(name) or make() for name, make in made.items()}, {"synthetic": 1})


def ideal_card(**variability):
    """A device of 600 ohm on and 100 Mohm off."""

    def assumed(value, unit):
        return Parameter(value, unit, "assumed")

    parameters = {
        "series_resistance": assumed(500.0, "ohm"),
        "on_current": assumed(1e-2, "A"),
        "on_slope": assumed(1.0, "1/V"),
        "off_current": assumed(1e-8, "A"),
        "off_slope": assumed(1.0, "1/V"),
        "set_voltage": assumed(1.0, "V"),
        "set_slope": assumed(20.0, "1/V"),
        "reset_voltage": assumed(1.0, "V"),
        "reset_slope": assumed(20.0, "1/V"),
        "activation_energy": assumed(0.5, "eV"),
        "state_limit": assumed(60.0, "1"),
        "ambient_temperature": assumed(300.0, "K"),
        "thermal_resistance": assumed(1e5, "K/W"),
        "thermal_capacitance": assumed(1e-14, "J/K"),
    }
    return DeviceCard("threshold-memdiode", "synthetic", "(0,0)", parameters, variability, synthetic=True)


def resistance_spread(p10=400.0, median=600.0, p90=900.0):
    return Spread(median, 0.0, p10, median, p90, 20, "ohm")
