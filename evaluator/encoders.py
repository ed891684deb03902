"""Codes beside ISI: pixel brightness to the times of read pulses, each class with its equation.

x in [0, 1] is the brightness, w the pulse width, n the largest number of spikes; `evaluator.code` says what applies to
all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluator.code import Code, LinearCode
from measurements.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class PartialIsiEncoder(LinearCode):
    """ISI by partial signal iteration: t_k = T(x) + 2 (k - 1) T(x): the first latency, then twice the interval, since
    half of the signal iterates (`encoder_partial` in netlists/cells/encoders.cir).

    >>> [round(time * 1e9) for time in PartialIsiEncoder(spikes=3).spike_times(1.0)]
    [100, 300, 500]
    """

    def law(self, brightness: float) -> FloatArray:
        """See `Code`."""
        return self.linear(brightness) * (2 * self._index() - 1)


@dataclass(frozen=True)
class LatencyEncoder(Code):
    """Time to first spike: one spike at t = t_min + (1 - x) (t_max - t_min).

    >>> [round(time * 1e9) for time in LatencyEncoder().spike_times(0.5)]
    [550]
    """

    spikes: int = 1
    earliest: float = 100e-9
    latest: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.spikes != 1 or not 0 <= self.earliest <= self.latest:
            raise InputError(
                "a latency code has one spike and 0 <= earliest <= latest, found "
                f"{self.spikes}, {self.earliest:g}, {self.latest:g} s"
            )

    def law(self, brightness: float) -> FloatArray:
        """See `Code`."""
        return np.array([self.earliest + (1 - brightness) * (self.latest - self.earliest)])


@dataclass(frozen=True)
class RateEncoder(Code):
    """Regular rate: f(x) = x f_max, t_k = k / f(x): the number of spikes is proportional to brightness.

    >>> RateEncoder().spike_times(1.0).size, RateEncoder().spike_times(0.5).size
    (16, 9)
    """

    highest_rate: float = 10e6

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.highest_rate * self.pulse_width < 1:
            raise InputError(f"encoder needs 0 < highest_rate < 1 / pulse_width, found {self.highest_rate:g} 1/s")

    def law(self, brightness: float) -> FloatArray:
        """See `Code`."""
        return self._index() / (brightness * self.highest_rate) if brightness > 0 else np.full(1, np.inf)


@dataclass(frozen=True)
class PhaseEncoder(Code):
    """Phase of an oscillation of period P: t_k = (k - 1) P + (1 - x) (P - w): one spike a cycle, the brighter the
    earlier in it. All spikes weigh the same; in the code with binary weights (doi 10.1016/j.neucom.2018.05.087) the
    phase scales the synapse, which a crossbar read at one voltage does not do.

    >>> [round(time * 1e9) for time in PhaseEncoder(spikes=2).spike_times(1.0)]
    [0, 400]
    """

    period: float = 400e-9

    def __post_init__(self) -> None:
        super().__post_init__()
        self._need_above_pulse("period")

    def law(self, brightness: float) -> FloatArray:
        """See `Code`."""
        return (self._index() - 1) * self.period + (1 - brightness) * (self.period - self.pulse_width)


@dataclass(frozen=True)
class BurstEncoder(LinearCode):
    """Burst: n(x) = ceil(n x) spikes from a common start, t_k = T_min + (k - 1) T(x): brightness is in their number
    and in the interval inside the burst (doi 10.3389/fnins.2021.638474, with our T_max).

    >>> [round(time * 1e9) for time in BurstEncoder().spike_times(0.6)]
    [100, 400, 700]
    """

    spikes: int = 5

    def law(self, brightness: float) -> FloatArray:
        """See `Code`."""
        count = max(int(np.ceil(round(self.spikes * brightness, 9))), 1)
        return self.minimum_interval + np.arange(count, dtype=np.float64) * self.linear(brightness)


@dataclass(frozen=True)
class MultiplexedEncoder(LinearCode):
    """ISI multiplexed with phase: t_k = P ceil(k T(x) / P): each ISI spike waits for the next peak of an oscillation
    of period P, whose phase is that of the row's group (d_row, stagger = P): brightness is in the cycle, the group in
    the phase. Spikes that meet in one cycle are one.

    >>> [round(time * 1e9) for time in MultiplexedEncoder(spikes=3).spike_times(0.9)]
    [200, 300, 500]
    """

    period: float = 100e-9

    def __post_init__(self) -> None:
        super().__post_init__()
        self._need_above_pulse("period")

    def law(self, brightness: float) -> FloatArray:
        """See `Code`."""
        cycles = np.ceil(np.round(self._index() * self.linear(brightness) / self.period, 9))
        return np.asarray(self.period * np.unique(cycles))
