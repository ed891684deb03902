"""Endurance: what happens to resistances and voltages of a cell with the number of cycles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from measurements.criteria import Criteria
from measurements.errors import FitError
from measurements.estimate import Bound, Estimate, bound_estimate, mean_estimate, median_estimate, proportion_estimate
from measurements.lines import robust_slope
from measurements.sweep import Activity, FloatArray
from measurements.transition import Transition

MINIMUM_TREND = 6
"""Fewest values of which a trend is given."""


@dataclass(frozen=True, eq=False)
class Series:
    """One quantity against the switching number.

    Parameters
    ----------
    number
        Place among the transitions of its kind, from 0 [1].
    values
        [unit].
    unit
        SI unit.
    is_bound
        True where the value is a lower bound.
    median
        Middle with its interval; of bounds too, it is then itself a bound.
    deviation
        Standard deviation over cycles [unit]; None for fewer than two values.
    trend
        Change per cycle [unit] (Theil-Sen); None for fewer than six values.
    """

    number: FloatArray
    values: FloatArray
    unit: str
    is_bound: tuple[bool, ...]
    median: Estimate
    deviation: float | None
    trend: Estimate | None


@dataclass(frozen=True, eq=False)
class Endurance:
    """Course of a cell over its cycles.

    Parameters
    ----------
    series
        `set_voltage`, `reset_voltage` [V, magnitudes], `on_resistance`, `off_resistance` [ohm].
    window
        Median of off over on resistance of neighbouring states [1]; a lower bound where the off state is
        below the floor in most cycles; None where the states never follow each other.
    success
        Share of the attempts that switched [1], by kind.
    first_failure
        Number of switching attempts before the first that failed [1]; a lower bound where none did.
    failures
        (attempt, reason) of each failure.
    """

    series: Mapping[str, Series]
    window: Estimate | None
    success: Mapping[str, Estimate]
    first_failure: Estimate
    failures: tuple[tuple[int, str], ...]


def endurance(transitions: Sequence[Transition], criteria: Criteria | None = None) -> Endurance:
    """Endurance of one cell from its transitions in the order taken.

    A failure is an attempt that did not switch, or whose window is below `criteria.failed_window`; a sweep
    that found the cell already in the state it was to reach is no attempt.

    Raises
    ------
    FitError
        No transition.
    """
    used = Criteria() if criteria is None else criteria
    attempts = [one for one in transitions if one.kind is not Activity.READ and not _no_attempt(one)]
    if not attempts:
        raise FitError("no switching attempt among the sweeps")
    failures = tuple((number, _failure(one, used)) for number, one in enumerate(attempts) if _failure(one, used))
    series = {
        "set_voltage": _voltages(attempts, Activity.SET),
        "reset_voltage": _voltages(attempts, Activity.RESET),
        "on_resistance": _resistances(attempts, on=True),
        "off_resistance": _resistances(attempts, on=False),
    }
    success = {}
    for kind in (Activity.FORM, Activity.SET, Activity.RESET):
        tried = [one for one in attempts if one.kind is kind]
        if tried:
            worked = sum(not _failure(one, used) for one in tried)
            success[kind.value] = proportion_estimate(worked, len(tried), "share of attempts that switched")
    return Endurance(
        series={name: one for name, one in series.items() if one is not None},
        window=_window(attempts),
        success=success,
        first_failure=_first_failure(failures, len(attempts)),
        failures=failures,
    )


def series_of(number: FloatArray, values: FloatArray, unit: str, is_bound: Sequence[bool] = ()) -> Series:
    """Median, spread and trend of a quantity over cycles.

    Raises
    ------
    FitError
        No value.
    """
    bounds = tuple(is_bound) if len(is_bound) else (False,) * values.size
    middle = median_estimate(values, unit, "median over cycles")
    if sum(bounds) * 2 >= len(bounds) and any(bounds):
        middle = bound_estimate(middle.value, Bound.AT_LEAST, unit, f"median of {values.size} lower bounds and values")
    trend = None
    if values.size >= MINIMUM_TREND and not any(bounds) and np.ptp(number) > 0:
        trend = robust_slope(number, values, f"{unit} per cycle", "change per cycle")
    deviation = float(values.std(ddof=1)) if values.size > 1 else None
    return Series(number, values, unit, bounds, middle, deviation, trend)


def _no_attempt(one: Transition) -> bool:
    return one.reason.startswith(("already conducting", "starts in the high"))


def _failure(one: Transition, criteria: Criteria) -> str:
    if one.voltage is None:
        return one.reason or "never switched"
    if one.reason.startswith(("falls back", "conducts again")):
        return one.reason
    if one.ratio is not None and one.ratio < criteria.failed_window:
        return f"window {one.ratio:.3g} is below {criteria.failed_window:g}"
    return ""


def _first_failure(failures: tuple[tuple[int, str], ...], attempts: int) -> Estimate:
    if not failures:
        return bound_estimate(attempts, Bound.AT_LEAST, "1", "attempts, none failed")
    first = failures[0][0]
    return Estimate(first, "1", first, first, f"attempts before the first failure: {failures[0][1]}", 0.0)


def _voltages(attempts: Sequence[Transition], kind: Activity) -> Series | None:
    chosen = [one for one in attempts if one.kind is kind]
    pairs = [(n, abs(one.voltage.value)) for n, one in enumerate(chosen) if one.voltage is not None and one.clean]
    if not pairs:
        return None
    number, values = np.array(pairs, dtype=np.float64).T
    return series_of(number, values, "V")


def _resistances(attempts: Sequence[Transition], *, on: bool) -> Series | None:
    """On resistances of sets and resets that switched; off resistances of all that show one."""
    found = []
    for number, one in enumerate(attempts):
        resistance = one.on_resistance if on else one.off_resistance
        if resistance is not None and one.voltage is not None:
            found.append((number, resistance.value, resistance.is_bound))
    if not found:
        return None
    number_, values, bounds = zip(*found, strict=True)
    return series_of(np.array(number_, dtype=np.float64), np.array(values), "ohm", bounds)


def _window(attempts: Sequence[Transition]) -> Estimate | None:
    """Off over on resistance: within a loop, else of a set's off state and the on state of the next reset."""
    ratios, bounds = [], []
    for before, after in zip(attempts, [*attempts[1:], None], strict=True):
        off, on = before.off_resistance, before.on_resistance
        if on is None and after is not None and before.kind is not Activity.RESET and after.kind is Activity.RESET:
            on = after.on_resistance
        if off is not None and on is not None and not on.is_bound:
            ratios.append(off.value / on.value)
            bounds.append(off.is_bound)
    if not ratios:
        return None
    middle = median_estimate(np.array(ratios), "1", "off over on resistance, median over cycles")
    if sum(bounds) * 2 < len(bounds):
        return middle
    return bound_estimate(middle.value, Bound.AT_LEAST, "1", f"{middle.method}; the off state is below the floor")


def endurance_of_resistances(
    on_resistance: FloatArray, off_resistance: FloatArray, criteria: Criteria | None = None
) -> Endurance:
    """Endurance from a table of resistances [ohm], one row a cycle; NaN where the table leaves one out.

    Raises
    ------
    FitError
        No cycle with both resistances.
    """
    used = Criteria() if criteria is None else criteria
    number = np.arange(on_resistance.size, dtype=np.float64)
    both = np.isfinite(on_resistance) & np.isfinite(off_resistance) & (on_resistance > 0)
    if not both.any():
        raise FitError("no cycle with both resistances")
    ratio = off_resistance[both] / on_resistance[both]
    failed = np.flatnonzero(ratio < used.failed_window)
    failures = tuple((int(number[both][i]), f"window {ratio[i]:.3g}") for i in failed)
    return Endurance(
        series={
            "on_resistance": series_of(number[both], on_resistance[both], "ohm"),
            "off_resistance": series_of(number[both], off_resistance[both], "ohm"),
        },
        window=median_estimate(ratio, "1", "off over on resistance, median over cycles"),
        success={"cycle": proportion_estimate(int(both.sum()) - failed.size, int(both.sum()), "share of cycles")},
        first_failure=_first_failure(failures, int(both.sum())),
        failures=failures,
    )


def log_mean_window(endurance_: Endurance) -> Estimate | None:
    """Mean of log10(off/on) over cycles; None where the two series do not pair."""
    on, off = endurance_.series.get("on_resistance"), endurance_.series.get("off_resistance")
    if on is None or off is None or on.values.size != off.values.size:
        return None
    decades = np.log10(off.values / on.values)
    return mean_estimate(decades, "1", "mean of log10(off/on)") if math.isfinite(float(decades.sum())) else None
