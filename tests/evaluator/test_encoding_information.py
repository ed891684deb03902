"""Information rates against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator import information_rate
from evaluator.encoders import BurstEncoder, LatencyEncoder, RateEncoder
from evaluator.encoding_poisson import DRAWS, PoissonEncoder
from measurements.errors import InputError


def test_a_latency_of_256_times_is_eight_bits():
    encoder = LatencyEncoder(earliest=0.0, latest=255 * 7e-9, silent_below=0.0)
    found = information_rate(encoder)
    assert found.bits_per_window == pytest.approx(8.0)
    assert found.spikes_per_pixel == 1.0
    assert found.bits_per_spike == pytest.approx(8.0)
    assert found.bits_per_second == pytest.approx(4e6)


def test_half_of_the_values_silent_is_four_and_a_half_bits():
    """128 values without a spike, 128 with one each of its own: H = 1/2 * 1 + 128/256 * 8."""
    encoder = LatencyEncoder(earliest=0.0, latest=255 * 7e-9, silent_below=128 / 255)
    found = information_rate(encoder)
    assert found.bits_per_window == pytest.approx(4.5)
    assert found.spikes_per_pixel == pytest.approx(0.5)
    assert found.bits_per_spike == pytest.approx(9.0)


def test_four_kinds_of_bursts_are_two_bits():
    """A constant interval: only the number, 1 to 4, each of 64 values (0 counts as 1), tells."""
    encoder = BurstEncoder(spikes=4, minimum_interval=100e-9, maximum_interval=100e-9, silent_below=0.0)
    found = information_rate(encoder)
    assert found.bits_per_window == pytest.approx(2.0, abs=2e-3)
    assert found.spikes_per_pixel == pytest.approx(2.5, rel=5e-3)


def test_a_coarser_receiver_gets_less():
    rates = [information_rate(LatencyEncoder(), step).bits_per_window for step in (5e-9, 50e-9, 500e-9)]
    assert rates[0] > rates[1] > rates[2] > 0
    with pytest.raises(InputError, match="must be positive"):
        information_rate(LatencyEncoder(), 0.0)


def test_poisson_counts_carry_what_poisson_says():
    """I(x; N) of a Poisson number of mean 16 x, summed here; the estimate is too large by about 0.01 bit."""
    encoder = PoissonEncoder(silent_below=0.0)
    numbers = np.arange(60)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(numbers[1:]))])
    means = 8e6 * (2e-6 - 5e-9) * np.arange(256) / 255
    with np.errstate(divide="ignore", invalid="ignore"):
        given = np.exp(
            np.where(means[:, None] > 0, numbers * np.log(means[:, None]), 0) - means[:, None] - log_factorial
        )
    given[0] = numbers == 0
    entropies = [-np.sum(row[row > 0] * np.log2(row[row > 0])) for row in (given.mean(axis=0), *given)]
    exact = entropies[0] - np.mean(entropies[1:])
    bias = 20 / (2 * np.log(2) * DRAWS)
    assert information_rate(encoder).bits_per_window == pytest.approx(exact + bias, rel=0.06)
    assert information_rate(encoder).bits_per_window < information_rate(RateEncoder()).bits_per_window
