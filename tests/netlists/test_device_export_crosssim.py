"""CrossSim's files, read back the way its own code reads them: numpy.genfromtxt with these lines skipped."""

import io
import json
import math

import numpy as np
import pytest
from handmade import close
from pulsetrains import DOWN, HIGH, LOW, UP, real_trains, synthetic_trains, train

from measurements.errors import FitError
from measurements.pulses import PulseDirection
from netlists.device_export import DeviceSource, export_device
from netlists.device_export.crosssim import update_table, write_share
from netlists.device_export.pulsesteps import pulse_steps

UPWARDS, DOWNWARDS = PulseDirection


def read_table(text: str):
    """Conductances, probabilities and changes, as CrossSim 2 (numeric_params.py) reads a look-up table."""

    def part(skipped: int, rows: int | None):
        return np.genfromtxt(io.StringIO(text), delimiter=",", skip_header=skipped, max_rows=rows)

    return part(1, 1), part(2, 1), part(3, None)


def files_of(trains) -> dict[str, str]:
    return dict(export_device("crosssim", DeviceSource(trains=tuple(trains))))


def test_the_tables_have_the_layout_that_crosssim_reads() -> None:
    files = files_of(synthetic_trains(20, write_noise=5e-7, read_noise=1e-7))
    assert set(files) == {"dG_increasing.txt", "dG_decreasing.txt", "device.json"}
    grids = []
    for name, sign in (("dG_increasing.txt", 1), ("dG_decreasing.txt", -1)):
        conductance, probability, change = read_table(files[name])
        assert change.shape == (probability.size, conductance.size)
        # the fast look-up needs equally spaced grids, and probabilities from 0 to 1
        assert np.ptp(np.diff(conductance)) < 1e-4 * np.diff(conductance).max()
        assert np.ptp(np.diff(probability)) < 1e-6
        assert (probability[0], probability[-1]) == (0.0, 1.0)
        assert (np.diff(change, axis=0) >= 0).all(), "a quantile grows with its probability"
        assert np.isfinite(change).all()
        # CrossSim's own check of the sign: mean over the table, weighted by probability
        assert sign * float(np.sum(np.diff(probability)[:, None] * change[:-1])) > 0
        grids.append((conductance, probability))
    np.testing.assert_array_equal(grids[0][0], grids[1][0])
    np.testing.assert_array_equal(grids[0][1], grids[1][1])


def test_the_tables_hold_the_steps_and_their_own_noise() -> None:
    files = files_of(synthetic_trains(60, write_noise=5e-7, read_noise=3e-7))
    for name, ends, sign in (("dG_increasing.txt", UP, 1), ("dG_decreasing.txt", DOWN, -1)):
        conductance, probability, change = read_table(files[name])
        inner = slice(5, -5)
        mean = np.trapezoid(change, probability, axis=0)
        truth = np.interp(conductance, (LOW, HIGH), ends)
        np.testing.assert_allclose(sign * mean[inner], truth[inner], rtol=0.1)
        spread = np.sqrt(np.trapezoid((change - mean) ** 2, probability, axis=0))
        # the reads alone would make it hypot(5e-7, sqrt(2) 3e-7) = 6.6e-7
        assert np.median(spread[inner]) == close(5e-7, rel=0.12)


def test_device_parameters_are_those_of_crosssim_3() -> None:
    trains = synthetic_trains(40, write_noise=5e-7, read_noise=1e-6)
    document = json.loads(files_of(trains)["device.json"])
    device, steps = document["xbar"]["device"], pulse_steps(trains)
    assert set(device) == {"Rmin", "Rmax", "read_noise", "programming_error"}
    assert 1 / device["Rmin"] == close(steps.highest)
    assert 1 / device["Rmax"] == close(steps.lowest)
    assert set(device["read_noise"]) == {"enable", "model", "magnitude"}
    assert device["read_noise"]["magnitude"] * steps.highest == close(1e-6, rel=0.1)
    assert device["programming_error"]["magnitude"] * steps.highest > 1e-6
    assert {"drift_error", "cell_bits"} <= set(document["memchar"]["not_measured"])


def test_noise_that_is_not_seen_is_not_written() -> None:
    document = json.loads(files_of(synthetic_trains(20))["device.json"])
    assert "read_noise" not in document["xbar"]["device"]
    assert "read_noise" in document["memchar"]["not_measured"]
    assert write_share(pulse_steps(synthetic_trains(20)).up) == 1.0


def test_real_ramps_make_tables_near_their_mean_steps(shared_data) -> None:
    trains = real_trains(shared_data)
    steps = pulse_steps(trains)
    conductance, probability, change = read_table(files_of(trains)["dG_increasing.txt"])
    mean = np.trapezoid(change, probability, axis=0)
    truth = np.interp(conductance, steps.conductance, steps.step_up)
    assert np.sqrt(np.mean((mean / truth - 1)[3:-3] ** 2)) < 0.1
    assert math.isclose(conductance[-1], steps.highest, rel_tol=1e-8)


def test_too_few_pulses_near_a_conductance_are_refused() -> None:
    few = [train(t.conductance[::5], t.direction) for t in synthetic_trains(1)]
    with pytest.raises(FitError, match="are needed"):
        update_table(few, pulse_steps(few), UPWARDS, "title")
