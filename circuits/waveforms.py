"""Waveforms of one transient run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurements.errors import SimulationError

TIME_TOLERANCE = 1e-8
"""Relative distance at which two times are the same [1]."""


@dataclass(frozen=True, eq=False)
class Waveforms:
    """What ngspice computed at its own, unevenly spaced time points.

    Parameters
    ----------
    time
        Time points, increasing, shape (points,) [s].
    vectors
        Saved vectors by lower-case ngspice name (`v(mem)` [V], `i(vdd)` [A]), each of shape (points,);
        read-only.
    log
        Text that ngspice printed (middle left out where very long).
    ngspice_version
        As ngspice states it, for example `39`.
    block
        The array whose rows are `time` and `vectors`, where they are those of one: checked in one look.
    """

    time: NDArray[np.float64]
    vectors: Mapping[str, NDArray[np.float64]]
    log: str = ""
    ngspice_version: str = ""
    block: NDArray[np.float64] | None = None

    def vector(self, name: str) -> NDArray[np.float64]:
        """Values of the saved vector `name` at `time`, shape (points,) [V or A]."""
        found = self.vectors.get(name)  # nearly all names are in lower case already
        found = self.vectors.get(name.lower()) if found is None else found
        if found is None:
            known = ", ".join(sorted(self.vectors))
            raise SimulationError(f"no vector {name!r} in the waveforms; saved are: {known}")
        return found

    def at(self, name: str, time: float) -> float:
        """Value of vector `name` at `time` [s], linear between time points [V or A].

        >>> waves = Waveforms(np.array([0.0, 2.0]), {"v(a)": np.array([0.0, 1.0])})
        >>> waves.at("v(a)", 0.5)
        0.25
        """
        slack = TIME_TOLERANCE * abs(self.time[-1])  # a deck writes its times with ten digits
        if not self.time[0] - slack <= time <= self.time[-1] + slack:
            raise SimulationError(f"time {time:g} s lies outside the run, {self.time[0]:g} s to {self.time[-1]:g} s")
        return float(np.interp(time, self.time, self.vector(name)))
