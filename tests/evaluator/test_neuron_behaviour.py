"""The numbers that made the ideal tables come back out of them."""

from __future__ import annotations

import numpy as np
import pytest
import synthetic_tables as ideal
import xarray as xr

from circuits.status import Status
from evaluator import NeuronBehaviour
from evaluator.firing import firing_interval
from evaluator.membrane import at_grid
from measurements.errors import TableError


@pytest.fixture(scope="module")
def neuron(tables):
    return NeuronBehaviour.from_tables(tables)


def grid(neuron, values, voltage):
    membrane = neuron.membrane
    return at_grid(values, membrane.start, membrane.inverse_step, voltage)[0]


def test_scalars(neuron):
    assert neuron.capacitance == pytest.approx(ideal.C, rel=2e-3)
    assert neuron.dead_time == pytest.approx(ideal.DEAD_TIME, rel=1e-3)
    assert neuron.spike_width == pytest.approx(ideal.WIDTH)
    assert neuron.spike_energy + neuron.membrane.recovery == pytest.approx(ideal.SPIKE_ENERGY, rel=0.01)
    assert neuron.membrane.recovery == pytest.approx(ideal.RECOVERY_ENERGY, rel=0.01)
    assert neuron.threshold == pytest.approx(float(ideal.trip_voltage(2e6)), rel=1e-3)
    assert neuron.membrane.comparator.level == pytest.approx(ideal.SUPPLY - ideal.SWING, rel=0.02)
    assert neuron.membrane.comparator.recovery == pytest.approx(ideal.RECOVERY, rel=1e-6)
    assert abs(neuron.membrane.wake) < 1e-3
    assert neuron.membrane.floor == pytest.approx(-0.5, abs=5e-3)
    # Times of `neuron_trip` below a nanosecond count as met within 0.2 ns.
    assert neuron.spread["trip"] < 0.05
    assert all(value < 0.01 for name, value in neuron.spread.items() if name != "trip")


@pytest.mark.parametrize("voltage", [-0.3, -0.1, 0.05, 0.4, 1.2])
def test_leak(neuron, voltage):
    assert grid(neuron, neuron.membrane.leak, voltage) == pytest.approx(float(ideal.fall(voltage)), rel=0.02)


@pytest.mark.parametrize("voltage", [-0.3, 0.1, 0.6, 0.75])
def test_power_within_the_leak_table(neuron, voltage):
    assert grid(neuron, neuron.membrane.power, voltage) == pytest.approx(float(ideal.power(voltage)), rel=0.01)


@pytest.mark.parametrize("current", [3e-7, 2e-6, 5e-5])
def test_rate_under_constant_current(neuron, current):
    """Ramp to the threshold, comparator delay, dead time."""
    trip = float(ideal.trip_voltage(current / ideal.C - ideal.fall(np.array(ideal.THRESHOLD))))
    expected = ideal.ramp(current, 0.0, trip)[0] + ideal.DEAD_TIME
    assert firing_interval(neuron, current) == pytest.approx(expected, rel=3e-3)


def changed(name, change):
    """Ideal tables with one dataset of them changed."""
    make = {"neuron_leak": ideal.leak_table, "neuron_fire": ideal.fire_table}[name]
    data = make().copy(deep=True)
    change(data)
    return ideal.ideal_tables(**{name: data})


def test_five_percent_more_leak_is_seen():
    def more(data: xr.Dataset):
        start = data["initial_voltage"].to_numpy()[:, None]
        data["final_voltage"][:] = start - 1.05 * (start - data["final_voltage"].to_numpy())

    found = NeuronBehaviour.from_tables(changed("neuron_leak", more))
    assert grid(found, found.membrane.leak, 0.4) == pytest.approx(1.05 * float(ideal.fall(0.4)), rel=5e-3)


def test_did_not_fire_is_a_result_and_left_out(neuron):
    def silent(data):
        data["status"][:, 0] = int(Status.DID_NOT_FIRE)
        for name in data.data_vars:
            if name != "status":
                data[name][:, 0] = np.nan

    found = NeuronBehaviour.from_tables(changed("neuron_fire", silent))
    assert found.trip_voltage.size == neuron.trip_voltage.size - 1
    assert found.capacitance == pytest.approx(neuron.capacitance, rel=1e-3)


@pytest.mark.parametrize(("name", "change", "message"), [
    ("neuron_fire", lambda data: data["status"].__setitem__((1, 4), int(Status.NOT_CONVERGED)), "not_converged"),
    ("neuron_leak", lambda data: data["status"].__setitem__((3, 0), int(Status.TIMED_OUT)), "timed_out"),
    ("neuron_fire", lambda data: data["trip_voltage"].__setitem__((1, 4), 0.1), "must rise"),
    ("neuron_fire", lambda data: data["delay"].__setitem__((2, 4), 1.0), "must fall"),
    ("neuron_leak", lambda data: data["final_voltage"].__setitem__((3, 0), 0.7), "must rise"),
    ("neuron_fire", lambda data: data["interval"].attrs.clear(), "no quantity 'interval'"),
])  # fmt: skip
def test_refuses_tables_that_lack_what_is_needed(name, change, message):
    with pytest.raises(TableError, match=message):
        NeuronBehaviour.from_tables(changed(name, change))


def test_refuses_tables_without_a_neuron_at_rest():
    data = ideal.fire_table().isel(initial_voltage=[0, 2, 3])
    with pytest.raises(TableError, match=r"near 0 V is needed, the nearest is 0\.2 V"):
        NeuronBehaviour.from_tables(ideal.ideal_tables(neuron_fire=data))
