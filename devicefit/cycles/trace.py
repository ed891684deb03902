"""A measured ramp or lobe of a loop, made ready for the fit of any compact model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devicefit.numerics import FloatArray
from measurements.sweep import Activity, Source


@dataclass(frozen=True)
class TraceEvent:
    """Where a trace switches: at `time` +- `deviation` [s] the current passes `level` [A].

    `voltage` is the magnitude there [V]. `abrupt` says that the transition shows at most one sample: points beside it
    say nothing of its shape. `censored`: it did not switch up to here, where the trace ends.
    """

    time: float
    deviation: float
    level: float
    voltage: float
    abrupt: bool
    censored: bool = False


@dataclass(frozen=True, eq=False)
class Trace:
    """One polarity of one sweep, turned so that conduction is positive.

    Parameters
    ----------
    kind
        Set or reset.
    group, place
        Cycle of the device it belongs to, from 0: among those fitted together, and in the order they were taken, also
        where other cycles are left out.
    source, sign
        File, and the sign of the measured voltage.
    time [s], voltage [V], current [A]
        Time from the first point; magnitudes, offset removed from the current.
    noise
        Deviation of a reading that does not grow with the current [A].
    offset_doubt
        Deviation of the offset removed [A], common to all readings.
    floor
        Scale of the residual, asinh(I/floor): currents below it are compared linearly, above it logarithmically [A].
    limited
        Points in current limit.
    compliance_current
        The limit [A]; None where no point reaches one.
    event
        The transition; None where it did not switch.
    offset
        Offset removed [A], sign as measured.
    unused
        Points that count for nothing in a fit; None: all count.
    """

    kind: Activity
    group: int
    source: Source
    sign: int
    time: FloatArray
    voltage: FloatArray
    current: FloatArray
    noise: float
    offset_doubt: float
    floor: float
    limited: NDArray[np.bool_]
    compliance_current: float | None
    event: TraceEvent | None
    offset: float
    place: int = 0
    unused: NDArray[np.bool_] | None = None

    @property
    def start_fraction(self) -> float:
        """Conducting fraction at the first point: a set starts off (0), a reset on (1)."""
        return 1.0 if self.kind is Activity.RESET else 0.0

    @property
    def direction(self) -> int:
        """+1 for a set, -1 for a reset."""
        return -1 if self.kind is Activity.RESET else 1

    @property
    def switches(self) -> bool:
        """Whether it shows its event."""
        return self.event is not None and not self.event.censored

    @property
    def step(self) -> float:
        """Median sampling interval [s]."""
        return float(np.median(np.diff(self.time)))

    @property
    def ramp_rate(self) -> float:
        """Rate of the way out [V/s]."""
        top = int(np.argmax(self.voltage))
        return float((self.voltage[top] - self.voltage[0]) / (self.time[top] - self.time[0]))

    @property
    def before(self) -> NDArray[np.bool_]:
        """Points clear before the event and out of the limit: the resting branch."""
        end = np.inf if self.event is None else self.event.time - 2.0 * self.step
        return np.asarray((self.time < end) & ~self.limited)
