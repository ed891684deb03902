"""Read noise of synthetic series: size, spectrum and telegraph levels."""

from __future__ import annotations

import numpy as np
import pytest

from measurements import Source
from measurements.errors import FitError
from measurements.read_noise import read_noise, spectral_slope
from measurements.reads import ReadSeries
from measurements.telegraph import best_split, find_telegraph


def series(current: np.ndarray, step: float = 0.01) -> ReadSeries:
    return ReadSeries(step * np.arange(current.size), np.full(current.size, 0.1), current, "d", "c", Source("r", ""))


def coloured(random: np.random.Generator, size: int, exponent: float) -> np.ndarray:
    """Gaussian noise with S ~ 1/f^exponent, cut from a record four times as long."""
    frequency = np.fft.rfftfreq(4 * size)
    spectrum = random.normal(size=frequency.size) + 1j * random.normal(size=frequency.size)
    spectrum[1:] *= frequency[1:] ** (-exponent / 2)
    spectrum[0] = 0
    return np.asarray(np.fft.irfft(spectrum)[:size])


def telegraph_signal(random: np.random.Generator, size: int, low: float, high: float) -> np.ndarray:
    state, states = False, []
    for _ in range(size):
        states.append(state)
        if random.random() < 1 / (high if state else low):
            state = not state
    return np.array(states, dtype=float)


def test_size_covers_and_drift_does_not_count() -> None:
    random = np.random.default_rng(1)
    inside = seen = 0
    for _ in range(200):
        current = 1e-6 + 1e-8 * random.normal(0, 1, 300) + np.linspace(0, 5e-7, 300)
        noise = read_noise(series(current))
        truth = 1e-8 / float(current.mean())
        inside += noise.relative.low <= truth <= noise.relative.high
        seen += noise.relative.low <= 1.2 * truth <= noise.relative.high
        assert noise.telegraph is None
    assert inside / 200 >= 0.9
    assert seen / 200 < 0.1


@pytest.mark.parametrize("exponent", [0.0, 1.0, 1.5])
def test_spectral_slope_covers(exponent: float) -> None:
    random = np.random.default_rng(2)
    inside = seen = 0
    for _ in range(150):
        found = spectral_slope(coloured(random, 1024, exponent), 0.01)
        inside += found.low <= exponent <= found.high
        seen += found.low <= exponent + 0.5 <= found.high
    assert inside / 150 >= 0.9
    assert seen / 150 < 0.1


def test_telegraph_levels_and_dwell_times() -> None:
    random = np.random.default_rng(3)
    inside_amplitude = inside_dwell = 0
    for _ in range(60):
        states = telegraph_signal(random, 4000, 40.0, 15.0)
        found = find_telegraph(0.01 * np.arange(4000), 1e-6 + 2e-7 * states + 2e-8 * random.normal(0, 1, 4000))
        assert found is not None
        inside_amplitude += found.amplitude.low <= 2e-7 <= found.amplitude.high
        inside_dwell += found.dwell_low.low <= 0.4 <= found.dwell_low.high
        assert found.share_high == pytest.approx(15 / 55, abs=0.15)
        assert found.dwell_high.value == pytest.approx(0.15, rel=0.6)
    assert inside_amplitude / 60 >= 0.9
    assert inside_dwell / 60 >= 0.85


def test_white_and_flicker_noise_and_one_jump_are_no_telegraph() -> None:
    random = np.random.default_rng(4)
    time = np.arange(2000.0)
    for current in (
        random.normal(0, 1, 2000),
        coloured(random, 2000, 1.0),
        (time > 900) + 0.05 * random.normal(size=2000),
    ):
        assert find_telegraph(time, current) is None
    assert best_split(np.zeros(50)) is None


def test_refusals() -> None:
    with pytest.raises(FitError, match="16"):
        read_noise(series(np.ones(10)))
    with pytest.raises(FitError, match="do not differ"):
        read_noise(series(np.ones(100)))
    uneven = ReadSeries(
        np.cumsum(np.arange(100.0)),
        np.full(100, 0.1),
        1 + 0.1 * np.sin(np.arange(100.0) ** 2),
        "d",
        "c",
        Source("r", ""),
    )
    noise = read_noise(uneven)
    assert noise.slope is None
    assert "evenly" in noise.slope_reason
    sweep = ReadSeries(np.arange(50.0), np.linspace(0.1, 1, 50), np.ones(50), "d", "c", Source("r", ""))
    with pytest.raises(FitError, match="varies"):
        read_noise(sweep)
