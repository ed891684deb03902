"""What codes of pixels have in common: the interface that the evaluator asks for, checks, windows, delays of rows.

Common to all: x in [0, 1] is the brightness, w the pulse width, n the largest number of spikes; a spike is sent while
t_k + w <= window; a pixel with x < silent_below sends none; the spikes of a row come d_row later, with

    d_row = stagger (row mod phases) / phases

which keeps equally bright pixels from hitting the crossbar at once. `evaluator.encodings` lists what circuit each
needs, `evaluator.encoding_information` how many bits each carries.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from measurements.errors import InputError

FloatArray = NDArray[np.float64]
VALUES = 256
"""Values of a uint8 pixel."""


class Encoder(Protocol):
    """What the evaluator asks of a code, a dataclass; `IsiEncoder` and the classes below give it."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def window(self) -> float:
        """Time given to one image [s]."""

    @property
    def pulse_width(self) -> float:
        """Width of the read pulse of a spike [s]."""

    @property
    def phases(self) -> int:
        """Number of groups of rows that are delayed against each other [1]."""

    def interval(self, brightness: float) -> float:
        """Interval between spikes [s]; time of the only spike where there is one."""

    def spike_times(self, brightness: float) -> FloatArray:
        """Times of the spikes of a pixel in a row without delay [s]; the first draw of a random code."""

    def pixel_trains(self) -> tuple[FloatArray, ...]:
        """Spike times [s] of each of the 256 pixel values; of a random code 256 for each draw."""

    def row_delay(self, rows: int) -> FloatArray:
        """Delays [s] of `rows` rows."""


@dataclass(frozen=True)
class Code:
    """Fields of every code of this module, and what follows from `law`.

    window, pulse_width, silent_below, phases
        As in `IsiEncoder` [s, s, 1, 1].
    spikes
        Largest number n of spikes of one pixel [1].
    stagger
        Span of the delays of the rows [s].

    Raises
    ------
    InputError
        A field is not finite or outside its range.
    """

    window: float = 2e-6
    pulse_width: float = 5e-9
    silent_below: float = 0.1
    phases: int = 16
    spikes: int = 16
    stagger: float = 100e-9

    def __post_init__(self) -> None:
        times = {item.name: float(getattr(self, item.name)) for item in fields(self)}
        if not np.all(np.isfinite(list(times.values()))):
            raise InputError(f"encoder fields must be finite, found {times}")
        if not 0 < self.pulse_width < self.window or not 0 <= self.stagger < self.window:
            raise InputError(
                "encoder needs 0 < pulse_width < window and 0 <= stagger < window, found "
                f"{self.pulse_width:g}, {self.stagger:g}, {self.window:g} s"
            )
        if self.spikes < 1 or self.phases < 1 or not 0 <= self.silent_below <= 1:
            raise InputError(
                "encoder needs spikes and phases >= 1 and silent_below in [0, 1], found "
                f"{self.spikes}, {self.phases}, {self.silent_below:g}"
            )

    def law(self, brightness: float) -> FloatArray:
        """Times t_1 ... t_n [s] before the window cuts them."""
        raise NotImplementedError

    def interval(self, brightness: float) -> float:
        """See `Encoder`: from the first spike to the second, or the time of the only one."""
        times = self.law(checked(brightness))[:2]
        return float(times[-1] - times[0]) if times.size > 1 else float(times[0])

    def spike_times(self, brightness: float) -> FloatArray:
        """See `Encoder`."""
        if checked(brightness) < self.silent_below:
            return np.empty(0)
        times = self.law(brightness)
        return times[times + self.pulse_width <= self.window]

    def pixel_trains(self) -> tuple[FloatArray, ...]:
        """See `Encoder`."""
        return tuple(self.spike_times(value / (VALUES - 1)) for value in range(VALUES))

    def row_delay(self, rows: int) -> FloatArray:
        """See `Encoder`."""
        return self.stagger * (np.arange(rows) % self.phases) / self.phases

    def _need_above_pulse(self, *names: str) -> None:
        for name in names:
            if not getattr(self, name) > self.pulse_width:
                raise InputError(f"encoder needs {name} > pulse_width, found {getattr(self, name):g} s")

    def _index(self) -> FloatArray:
        return np.arange(1, self.spikes + 1, dtype=np.float64)


@dataclass(frozen=True)
class LinearCode(Code):
    """Codes with an interval that is linear in brightness: T(x) = T_min + (1 - x) (T_max - T_min)."""

    minimum_interval: float = 100e-9
    maximum_interval: float = 600e-9

    def __post_init__(self) -> None:
        super().__post_init__()
        self._need_above_pulse("minimum_interval")
        if self.maximum_interval < self.minimum_interval:
            raise InputError(
                "encoder needs minimum_interval <= maximum_interval, found "
                f"{self.minimum_interval:g}, {self.maximum_interval:g} s"
            )

    def linear(self, brightness: float) -> float:
        """T(x) [s]."""
        return self.minimum_interval + (1 - brightness) * (self.maximum_interval - self.minimum_interval)


def checked(brightness: float) -> float:
    """A brightness in [0, 1], or InputError."""
    if not 0 <= brightness <= 1:
        raise InputError(f"brightness must be in [0, 1], found {brightness!r}; divide uint8 pixels by 255")
    return brightness
