"""The encoder obeys its equation."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator import IsiEncoder
from measurements.errors import InputError

ENCODER = IsiEncoder(minimum_interval=100e-9, maximum_interval=600e-9, spikes=16, window=2e-6)


@pytest.mark.parametrize("brightness", [0.1, 0.35, 0.8, 1.0])
def test_times_are_multiples_of_the_interval(brightness):
    interval = 100e-9 + (1 - brightness) * 500e-9
    expected = [k * interval for k in range(1, 17) if k * interval + 5e-9 <= 2e-6]
    np.testing.assert_allclose(ENCODER.spike_times(brightness), expected, rtol=1e-12)
    assert expected


def test_brighter_is_earlier_and_more():
    dim, bright = ENCODER.spike_times(0.3), ENCODER.spike_times(0.9)
    assert bright[0] < dim[0]
    assert bright.size > dim.size


def test_number_is_limited_by_spikes_and_window():
    assert ENCODER.spike_times(1.0).size == 16
    assert IsiEncoder(minimum_interval=100e-9, spikes=99).spike_times(1.0).size == 19


def test_dark_pixels_are_silent():
    trains = ENCODER.pixel_trains()
    assert [train.size for train in trains[:26]] == [0] * 26
    assert trains[26].size > 0
    np.testing.assert_allclose(trains[255], ENCODER.spike_times(1.0))


def test_row_delays_fill_the_shortest_interval():
    delays = IsiEncoder(minimum_interval=80e-9, phases=4).row_delay(6)
    np.testing.assert_allclose(delays, [0, 20e-9, 40e-9, 60e-9, 0, 20e-9])


@pytest.mark.parametrize("fields", [
    {"minimum_interval": 4e-9}, {"maximum_interval": 50e-9}, {"spikes": 0}, {"window": 0.0}, {"silent_below": 1.5},
    {"pulse_width": 0.0}, {"phases": 0}, {"window": float("nan")}, {"maximum_interval": float("inf")},
])  # fmt: skip
def test_refuses_impossible_fields(fields):
    with pytest.raises(InputError):
        IsiEncoder(**fields)


@pytest.mark.parametrize("brightness", [-0.1, 1.1, float("nan"), 255])
def test_refuses_brightness_outside_its_range(brightness):
    with pytest.raises(InputError, match="divide uint8 pixels by 255"):
        ENCODER.spike_times(brightness)
