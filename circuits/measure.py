"""Evaluates the measures of a deck on its waveforms, as ngspice's `.meas` does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from measurements.errors import SimulationError
from netlists.deck import Crossing, Deck, Integral, Measure, Sample

from .waveforms import TIME_TOLERANCE, Waveforms

Array = NDArray[np.float64]


class MeasureError(SimulationError):
    """A measure has no value on these waveforms (`measure_failed`)."""


def evaluate(measure: Measure, waveforms: Waveforms) -> float:
    """Value of `measure` on `waveforms` in the unit of the measure.

    Integrals use the trapezoid rule on the simulator's own time points, with linear interpolation at the
    edges of the window; crossings and samples interpolate linearly.

    Raises
    ------
    MeasureError
        The vector never crosses the level, or the window lies outside the run.
    """
    if isinstance(measure, Integral):
        return integrate(waveforms, measure.terms, measure.start, measure.stop, measure.name)
    if isinstance(measure, Crossing):
        rising = measure.edge == "rise"
        times = crossings(waveforms, measure.vector, measure.level, rising=rising, start=measure.start)
        if len(times) < measure.number:
            raise MeasureError(
                f"{measure.name}: {measure.vector} has {len(times)} {measure.edge} crossings"
                f" of {measure.level:g} after {measure.start:g} s, needed {measure.number}; run longer"
            )
        return float(times[measure.number - 1]) - measure.reference
    return sample(waveforms, measure)


def evaluate_all(deck: Deck, waveforms: Waveforms) -> dict[str, float]:
    """All measures of `deck` by name; the first that cannot be evaluated raises MeasureError."""
    return {measure.name: evaluate(measure, waveforms) for measure in deck.measures}


def integrate(
    waveforms: Waveforms,
    terms: tuple[tuple[float, str, str | None], ...],
    start: float,
    stop: float,
    name: str = "integral",
) -> float:
    """Integral from `start` to `stop` [s] of the sum of factor * a(t) * b(t) (b missing: factor * a(t)).

    >>> waves = Waveforms(np.array([0.0, 1.0, 2.0]), {"v(a)": np.array([0.0, 1.0, 0.0])})
    >>> integrate(waves, ((2.0, "v(a)", None),), 0.0, 2.0)
    2.0
    """
    time = waveforms.time
    slack = TIME_TOLERANCE * abs(stop)
    if not (time[0] - slack <= start < stop <= time[-1] + slack):
        raise MeasureError(
            f"{name}: window {start:g} to {stop:g} s is not inside the run, {time[0]:g} to {time[-1]:g} s; run longer"
        )
    inner = (time > start) & (time < stop)
    grid = np.concatenate(([start], time[inner], [stop]))
    total = np.zeros_like(grid)
    for factor, first, second in terms:
        product = factor * _windowed(waveforms, first, inner, start, stop)
        total += product if second is None else product * _windowed(waveforms, second, inner, start, stop)
    return float(np.trapezoid(total, grid))


def crossings(waveforms: Waveforms, vector: str, level: float, *, rising: bool, start: float = 0.0) -> Array:
    """Times at which `vector` passes `level` in the direction named, after `start`, shape (count,) [s].

    >>> waves = Waveforms(np.array([0.0, 1.0, 2.0]), {"v(a)": np.array([0.0, 1.0, 0.0])})
    >>> crossings(waves, "v(a)", 0.25, rising=False).tolist()
    [1.75]
    """
    return crossed(waveforms, vector, level, rising=rising, start=start)[1]


def first_crossing(
    waveforms: Waveforms, vector: str, level: float, *, rising: bool, start: float, missing: str
) -> float:
    """The first of `crossings` [s]; `missing` says what it means that there is none.

    Raises
    ------
    MeasureError
        There is none.
    """
    found = crossings(waveforms, vector, level, rising=rising, start=start)
    if len(found) == 0:
        raise MeasureError(f"{vector} does not cross {level:g} V after {start:g} s; {missing}")
    return float(found[0])


def crossed(
    waveforms: Waveforms, vector: str, level: float, *, rising: bool, start: float = 0.0
) -> tuple[NDArray[np.intp], Array]:
    """Index of the time point before each crossing, and the times of `crossings`, both of shape (count,)."""
    sign = 1.0 if rising else -1.0
    excess = sign * (waveforms.vector(vector) - level)
    index = np.flatnonzero((excess[:-1] < 0.0) & (excess[1:] >= 0.0))
    before, after = excess[index], excess[index + 1]
    time = waveforms.time
    times = time[index] + (time[index + 1] - time[index]) * (-before / (after - before))
    late = times >= start
    return index[late], times[late]


def sample(waveforms: Waveforms, measure: Sample) -> float:
    """Value of the vector of `measure` at its time, linear between time points [unit of the measure]."""
    try:
        return waveforms.at(measure.vector, measure.time)
    except SimulationError as error:
        raise MeasureError(f"{measure.name}: {error}") from error


def _windowed(waveforms: Waveforms, vector: str, inner: NDArray[np.bool_], start: float, stop: float) -> Array:
    values = waveforms.vector(vector)
    edges = np.interp([start, stop], waveforms.time, values)
    return np.concatenate((edges[:1], values[inner], edges[1:]))
