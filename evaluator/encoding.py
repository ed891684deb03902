"""Inter-spike-interval (ISI) encoding of pixels: bright pixels spike early and often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurements.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class IsiEncoder:
    """Pixel brightness x in [0, 1] to a train of equally spaced spikes.

        T(x) = T_min + (1 - x) (T_max - T_min)
        t_k  = k T(x) + d_row,   k = 1 ... n,   while t_k + w <= window;   none where x < silent_below
        d_row = T_min (row mod phases) / phases

    so brightness is in the interval, and the first spike of a bright pixel comes first. The law is linear in
    x by choice: this project's networks are trained with it. A larger input giving a shorter interval is the
    generic rule of time encoding; the law of the published encoder is not known here. The delays d_row spread
    the pulses of equally bright pixels, which would otherwise all hit the crossbar at once.

    Parameters
    ----------
    minimum_interval, maximum_interval
        T_min of x = 1 and T_max of x = 0 [s]; T_min must exceed the pulse width.
    spikes
        Largest number n of spikes of one pixel [1].
    window
        Time given to one image [s].
    silent_below
        Pixels darker than this brightness never spike [1].
    pulse_width
        Width w of the read pulse that each spike puts on its row [s].
    phases
        Number of groups of rows that are delayed against each other [1].

    Raises
    ------
    InputError
        A field is not finite or outside the ranges named.

    >>> encoder = IsiEncoder(minimum_interval=100e-9, maximum_interval=1e-6, spikes=3, window=2e-6)
    >>> [round(time * 1e9) for time in encoder.spike_times(1.0)]
    [100, 200, 300]
    >>> [round(time * 1e9) for time in encoder.spike_times(0.5)]
    [550, 1100, 1650]
    >>> encoder.spike_times(0.05).size
    0
    """

    minimum_interval: float = 100e-9
    maximum_interval: float = 600e-9
    spikes: int = 16
    window: float = 2e-6
    silent_below: float = 0.1
    pulse_width: float = 5e-9
    phases: int = 16

    def __post_init__(self) -> None:
        values = (
            self.minimum_interval,
            self.maximum_interval,
            self.window,
            self.silent_below,
            self.pulse_width,
        )
        if not np.all(np.isfinite(values)):
            raise InputError(f"encoder fields must be finite, found {values}")
        if not 0 < self.pulse_width < self.minimum_interval <= self.maximum_interval:
            raise InputError(
                "encoder needs 0 < pulse_width < minimum_interval <= maximum_interval, found "
                f"{self.pulse_width:g}, {self.minimum_interval:g}, {self.maximum_interval:g} s"
            )
        if self.spikes < 1 or self.phases < 1 or self.window <= 0 or not 0 <= self.silent_below <= 1:
            raise InputError(
                "encoder needs spikes and phases >= 1, window > 0 and silent_below in [0, 1], found "
                f"{self.spikes}, {self.phases}, {self.window:g} s, {self.silent_below:g}"
            )

    def interval(self, brightness: float) -> float:
        """T(x) [s] of brightness x [1]."""
        if not 0 <= brightness <= 1:
            raise InputError(f"brightness must be in [0, 1], found {brightness!r}; divide uint8 pixels by 255")
        return self.minimum_interval + (1 - brightness) * (self.maximum_interval - self.minimum_interval)

    def spike_times(self, brightness: float) -> FloatArray:
        """Times t_k [s] of a pixel of brightness x [1] in a row without delay."""
        interval = self.interval(brightness)
        if brightness < self.silent_below:
            return np.empty(0)
        times = interval * np.arange(1, self.spikes + 1, dtype=np.float64)
        return times[times + self.pulse_width <= self.window]

    def pixel_trains(self) -> tuple[FloatArray, ...]:
        """Spike times [s] of each of the 256 values of a uint8 pixel, x = value / 255."""
        return tuple(self.spike_times(value / 255) for value in range(256))

    def row_delay(self, rows: int) -> FloatArray:
        """Delays d_row [s] of `rows` rows."""
        return self.minimum_interval * (np.arange(rows) % self.phases) / self.phases
