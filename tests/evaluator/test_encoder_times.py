"""Every code against its equation, in its window, and brighter pixels say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluator import IsiEncoder, encoding_named
from evaluator.encoders import (
    BurstEncoder,
    LatencyEncoder,
    MultiplexedEncoder,
    PartialIsiEncoder,
    PhaseEncoder,
    RateEncoder,
)
from evaluator.encoding_poisson import DRAWS, PoissonEncoder
from evaluator.encodings import ENCODINGS
from measurements.errors import InputError

FIXED = [name for name in ENCODINGS if name != "poisson"]
WINDOW, WIDTH = 2e-6, 5e-9
LINEAR = 100e-9 + 0.4 * 500e-9
"""T(x) of x = 0.6 [s]."""


def within(times):
    return [time for time in times if time + WIDTH <= WINDOW]


@pytest.mark.parametrize(("encoder", "expected"), [
    (IsiEncoder(spikes=3), [LINEAR, 2 * LINEAR, 3 * LINEAR]),
    (PartialIsiEncoder(), within([LINEAR, 3 * LINEAR, 5 * LINEAR, 7 * LINEAR])),
    (LatencyEncoder(), [100e-9 + 0.4 * 900e-9]),
    (RateEncoder(), within([k / 6e6 for k in range(1, 17)])),
    (PhaseEncoder(), [k * 400e-9 + 0.4 * 395e-9 for k in range(5)]),
    (BurstEncoder(), [100e-9, 100e-9 + LINEAR, 100e-9 + 2 * LINEAR]),
    (MultiplexedEncoder(), [300e-9, 600e-9, 900e-9, 1200e-9, 1500e-9, 1800e-9]),
    (MultiplexedEncoder(maximum_interval=750e-9), [400e-9, 800e-9, 1100e-9, 1500e-9, 1800e-9]),
])  # fmt: skip
def test_times_follow_the_equation(encoder, expected):
    np.testing.assert_allclose(encoder.spike_times(0.6), expected, rtol=1e-9)


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("window", [0.6e-6, 2e-6])
def test_spikes_stay_in_the_window_in_order_and_apart(name, window):
    encoder = replace(ENCODINGS[name].encoder, window=window)
    trains = encoder.pixel_trains()
    assert all(train.min() >= 0 and train.max() + WIDTH <= window for train in trains if train.size)
    assert all(np.all(np.diff(train) >= WIDTH) for train in trains)
    assert all(train.size == 0 for train in trains[:26])
    assert any(train.size for train in trains[26:256])


@pytest.mark.parametrize("name", FIXED)
def test_brighter_is_earlier_or_more_and_never_less(name):
    trains = ENCODINGS[name].encoder.pixel_trains()[26:]
    firsts = np.array([train[0] for train in trains])
    counts = np.array([train.size for train in trains])
    assert np.all(np.diff(firsts) <= 1e-15)
    assert np.all(np.diff(counts) >= 0)
    assert firsts[-1] < firsts[0] or counts[-1] > counts[0]


@pytest.mark.parametrize("name", FIXED)
def test_intervals_shorten_with_brightness(name):
    encoder = ENCODINGS[name].encoder
    intervals = [encoder.interval(brightness) for brightness in (0.4, 0.6, 0.8, 1.0)]
    if name == "phase":
        np.testing.assert_allclose(intervals, 400e-9, rtol=1e-9)
    else:
        assert np.all(np.diff(intervals) <= 1e-15)
        assert intervals[-1] < intervals[0]


def test_poisson_rate_is_that_of_its_equation():
    """8 MHz x 2 us x brightness spikes, within four standard errors of 1021 draws."""
    encoder = PoissonEncoder()
    trains = encoder.pixel_trains()
    assert len(trains) == 256 * DRAWS
    for value in (51, 128, 255):
        counts = np.array([train.size for train in trains[value::256]])
        expected = 8e6 * (2e-6 - WIDTH) * value / 255
        assert abs(counts.mean() - expected) < 4 * np.sqrt(expected / DRAWS)
        # Poisson variance, less what the dead time takes of it: (1 - x f w)^2 at the least
        assert 0.8 * expected < counts.var() < 1.15 * expected
    np.testing.assert_array_equal(trains[200], encoder.spike_times(200 / 255))


def test_poisson_is_seeded_and_a_brighter_pixel_keeps_the_darker_ones_spikes():
    first, again = (PoissonEncoder(seed=3).pixel_trains() for _ in range(2))
    other = PoissonEncoder(seed=4).pixel_trains()
    assert all(np.array_equal(a, b) for a, b in zip(first[:2560], again[:2560], strict=True))
    assert not np.array_equal(first[255], other[255])
    assert all(set(first[256 * draw + 100]) <= set(first[256 * draw + 180]) for draw in range(20))


def test_rows_are_delayed_in_groups():
    delays = RateEncoder(stagger=80e-9, phases=4).row_delay(6)
    np.testing.assert_allclose(delays, [0, 20e-9, 40e-9, 60e-9, 0, 20e-9])


@pytest.mark.parametrize(("kind", "fields"), [
    (RateEncoder, {"highest_rate": 0.0}), (RateEncoder, {"highest_rate": 3e8}), (RateEncoder, {"spikes": 0}),
    (RateEncoder, {"window": float("nan")}), (RateEncoder, {"stagger": 3e-6}), (LatencyEncoder, {"spikes": 2}),
    (LatencyEncoder, {"latest": 50e-9}), (PhaseEncoder, {"period": 1e-9}), (BurstEncoder, {"minimum_interval": 1e-9}),
    (BurstEncoder, {"maximum_interval": 50e-9}), (MultiplexedEncoder, {"period": 1e-9}), (PoissonEncoder, {"seed": -1}),
    (PoissonEncoder, {"highest_rate": float("inf")}), (PartialIsiEncoder, {"silent_below": 1.5}),
])  # fmt: skip
def test_refuses_impossible_fields(kind, fields):
    with pytest.raises(InputError):
        kind(**fields)


@pytest.mark.parametrize("name", ENCODINGS)
def test_refuses_brightness_outside_its_range(name):
    with pytest.raises(InputError, match="divide uint8 pixels by 255"):
        ENCODINGS[name].encoder.spike_times(255)


def test_an_unknown_encoding_is_refused():
    with pytest.raises(InputError, match="no encoding 'morse'") as caught:
        encoding_named("morse")
    assert "isi-full" in str(caught.value.hint)
