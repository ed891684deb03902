"""Poisson rate encoding: the one random code, as draws that the kernel deals out to rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluator.code import VALUES, Code
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
DRAWS = 1021
"""Independent draws; a prime above 784, so that no two rows of an MNIST image share one [1]."""


@dataclass(frozen=True)
class PoissonEncoder(Code):
    """Random spikes whose mean rate is x f_max.

    A common train of intervals w + e, e exponential with mean 1/f_max - w (two pulses of a row never overlap), is
    drawn for each of `DRAWS` draws; a pixel of brightness x keeps each of its spikes with probability x. Its number
    of spikes has the mean x f_max window, and is Poisson for x f_max w << 1. A brighter pixel keeps the spikes of a
    darker one.

    The kernel gives row r of an image the draw (r + sum of the image's pixels) mod DRAWS: rows are independent, images
    of different sums get other draws, and an image has the same result in any batch.

    >>> len(PoissonEncoder().pixel_trains()) == 256 * DRAWS
    True
    """

    highest_rate: float = 8e6
    seed: int = 1
    stagger: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.highest_rate * self.pulse_width < 1 or self.seed < 0:
            raise InputError(
                "encoder needs 0 < highest_rate < 1 / pulse_width and a seed >= 0, found "
                f"{self.highest_rate:g} 1/s, {self.seed}"
            )

    def interval(self, brightness: float) -> float:
        """Mean interval 1 / (x f_max) [s]."""
        return 1.0 / (brightness * self.highest_rate) if brightness > 0 else float("inf")

    def law(self, brightness: float) -> FloatArray:
        """The first draw; see `Code`."""
        times, marks = self._common(1)
        return np.asarray(times[0, marks[0] < brightness])

    def pixel_trains(self) -> tuple[FloatArray, ...]:
        """Trains of all values in each draw, (draw, value) in order."""
        times, marks = self._common(DRAWS)
        brightness = np.arange(VALUES) / (VALUES - 1)
        audible = brightness >= self.silent_below
        found: list[FloatArray] = []
        for line, mark in zip(times, marks, strict=True):
            inside = line + self.pulse_width <= self.window
            kept = audible[:, None] & (mark < brightness[:, None]) & inside
            spikes = np.broadcast_to(line, kept.shape)[kept]
            found += np.split(spikes, np.cumsum(kept.sum(axis=1))[:-1])
        return tuple(found)

    def _common(self, draws: int) -> tuple[FloatArray, FloatArray]:
        """Times [s] and marks in [0, 1) of the common trains, (draws, spikes); the draw does not depend on `draws`."""
        expected = self.window * self.highest_rate
        length = int(np.ceil(expected + 10 * np.sqrt(expected) + 10))
        rng = np.random.default_rng(self.seed)
        drawn = rng.random((draws, 2, length))
        intervals = -np.log1p(-drawn[:, 0]) * (1 / self.highest_rate - self.pulse_width)
        intervals[:, 1:] += self.pulse_width
        return np.cumsum(intervals, axis=1), drawn[:, 1]
