"""Cycle-to-cycle distributions of the measured switching quantities."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from devicefit.card import Spread
from devicefit.numerics import FloatArray
from measurements.errors import FitError
from measurements.switching import CellSwitching


def spread_of(values: ArrayLike, unit: str) -> Spread:
    """Mean, standard deviation (n - 1), 10, 50 and 90 % quantiles (linear interpolation) and count.

    >>> spread_of([1.0, 2.0, 3.0], "V").standard_deviation
    1.0
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0 or not np.all(np.isfinite(array)):
        raise FitError(f"no spread of {array.size} values; one or more finite values are needed")
    p10, median, p90 = (float(value) for value in np.quantile(array, (0.1, 0.5, 0.9)))
    deviation = float(array.std(ddof=1)) if array.size > 1 else 0.0
    return Spread(float(array.mean()), deviation, p10, median, p90, int(array.size), unit)


def cycle_variability(switching: CellSwitching) -> Mapping[str, Spread]:
    """Spread of the measured set and reset voltages [V] (both positive) and of the on resistance [ohm] over
    cycles.

    A quantity without a single clean value is left out.
    """
    return {name: spread_of(values, unit) for name, (values, unit) in measured_quantities(switching).items()}


def measured_quantities(switching: CellSwitching) -> Mapping[str, tuple[FloatArray, str]]:
    """Values over cycles and unit of those quantities that have a clean value."""
    measured = {
        "set_voltage": (switching.set_voltage, "V"),
        "reset_voltage": (switching.reset_voltage, "V"),
        "on_resistance": (switching.on_resistance, "ohm"),
    }
    return {name: (values, unit) for name, (values, unit) in measured.items() if values.size}


def distribution(values: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Sorted values and their cumulative probability (i - 0.5)/n, i = 1..n.

    >>> distribution([3.0, 1.0])[1].tolist()
    [0.25, 0.75]
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    return ordered, (np.arange(ordered.size) + 0.5) / max(ordered.size, 1)
