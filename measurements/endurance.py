"""Endurance: what happens to resistances and voltages of a cell with the number of cycles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from measurements.criteria import Criteria
from measurements.errors import FitError
from measurements.estimate import Bound, Estimate, bound_estimate, centre_estimate, negated, proportion_estimate
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
    middle
        Of all values with its interval (`centre_estimate`); of bounds too, it is then itself a bound.
    deviation
        Standard deviation over cycles [unit]; None for fewer than two values.
    trend
        Change per cycle [unit] (Theil-Sen); None for fewer than six values.
    """

    number: FloatArray
    values: FloatArray
    unit: str
    is_bound: tuple[bool, ...]
    middle: Estimate
    deviation: float | None
    trend: Estimate | None


@dataclass(frozen=True, eq=False)
class Endurance:
    """Course of a cell over its cycles.

    Parameters
    ----------
    series
        `set_voltage`, `reset_voltage` [V, magnitudes], `on_resistance`, `off_resistance` [ohm]; resistances seen
        at both polarities have `_positive` or `_negative` after their name.
    window
        Median of off over on resistance of neighbouring states [1]; a lower bound where the off state is
        below the floor in most cycles; None where the states never follow each other.
    success
        Share of the attempts that switched [1], by kind.
    first_failure
        Number of set and reset attempts before the first that failed [1]; a lower bound where none did;
        None where there was only forming.
    failures
        (attempt, reason) of each failure.
    """

    series: Mapping[str, Series]
    window: Estimate | None
    success: Mapping[str, Estimate]
    first_failure: Estimate | None
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
    cycling = [one for one in attempts if one.kind is not Activity.FORM]
    failures = tuple((number, _failure(one, used)) for number, one in enumerate(cycling) if _failure(one, used))
    series = {
        **_voltages(attempts, Activity.SET),
        **_voltages(attempts, Activity.RESET),
        **_resistances(attempts, on=True),
        **_resistances(attempts, on=False),
    }
    success = {}
    for kind in (Activity.FORM, Activity.SET, Activity.RESET):
        tried = [one for one in attempts if one.kind is kind]
        if tried:
            worked = sum(not _failure(one, used) for one in tried)
            success[kind.value] = proportion_estimate(worked, len(tried), "share of attempts that switched")
    return Endurance(
        series=series,
        window=_window(attempts),
        success=success,
        first_failure=_first_failure(failures, len(cycling)),
        failures=failures,
    )


def series_of(number: FloatArray, estimates: Sequence[Estimate], what: str = "change") -> Series:
    """Middle, spread and trend of a quantity over cycles.

    Raises
    ------
    FitError
        No value.
    """
    values = np.array([one.value for one in estimates])
    unit = estimates[0].unit if estimates else "1"
    bounds = tuple(not one.determined for one in estimates)
    if 2 * sum(bounds) >= max(len(bounds), 1):
        method = f"median over {values.size} cycles, {sum(bounds)} of them lower bounds"
        middle = bound_estimate(float(np.median(values)), Bound.AT_LEAST, unit, method)
    else:
        middle = centre_estimate(estimates, "cycles,")
    trend = None
    if values.size >= MINIMUM_TREND and not any(bounds) and np.ptp(number) > 0:
        trend = robust_slope(number, values, f"{unit} per cycle", f"{what} per cycle")
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


def _first_failure(failures: tuple[tuple[int, str], ...], attempts: int) -> Estimate | None:
    if attempts == 0:
        return None
    if not failures:
        return bound_estimate(attempts, Bound.AT_LEAST, "1", "attempts, none failed")
    first = failures[0][0]
    return Estimate(first, "1", first, first, f"attempts before the first failure: {failures[0][1]}", 0.0)


def _voltages(attempts: Sequence[Transition], kind: Activity) -> dict[str, Series]:
    """Magnitudes at the clean transitions of one kind."""
    chosen = [one for one in attempts if one.kind is kind]
    pairs = [(n, _magnitude(one.voltage)) for n, one in enumerate(chosen) if one.voltage is not None and one.clean]
    if not pairs:
        return {}
    number = np.array([place for place, _ in pairs], dtype=float)
    return {f"{kind.value}_voltage": series_of(number, [value for _, value in pairs], "change of the magnitude")}


def _magnitude(voltage: Estimate) -> Estimate:
    return voltage if voltage.value >= 0 else negated(voltage)


def _resistances(attempts: Sequence[Transition], *, on: bool) -> dict[str, Series]:
    """Resistances of one state around the transitions that happened; those at either polarity apart, since many
    cells rectify.
    """
    name = "on_resistance" if on else "off_resistance"
    found: dict[int, list[tuple[int, Estimate]]] = {1: [], -1: []}
    counts = dict.fromkeys(Activity, 0)
    for one in attempts:
        number, counts[one.kind] = counts[one.kind], counts[one.kind] + 1
        resistance = one.on_resistance if on else one.off_resistance
        if resistance is not None and one.voltage is not None:
            found[one.polarity].append((number, resistance.estimate()))
    both = all(found.values())
    return {
        name + ("" if not both else "_positive" if sign > 0 else "_negative"): series_of(
            np.array([number for number, _ in pairs], dtype=float), [estimate for _, estimate in pairs]
        )
        for sign, pairs in found.items()
        if pairs
    }


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
    if 2 * sum(bounds) >= len(bounds):
        method = f"median over {len(ratios)} cycles; the off state is below the floor"
        return bound_estimate(float(np.median(ratios)), Bound.AT_LEAST, "1", method)
    return centre_estimate(_plain(np.array(ratios), "1"), "cycles of off over on resistance,")


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
    both = np.isfinite(on_resistance) & np.isfinite(off_resistance) & (on_resistance > 0)
    if not both.any():
        raise FitError("no cycle with both resistances")
    number = np.flatnonzero(both)
    ratio = off_resistance[both] / on_resistance[both]
    failed = np.flatnonzero(ratio < used.failed_window)
    failures = tuple((int(number[place]), f"window {ratio[place]:.3g}") for place in failed)
    pair = {"on_resistance": on_resistance[both], "off_resistance": off_resistance[both]}
    return Endurance(
        series={name: series_of(number.astype(float), _plain(values, "ohm")) for name, values in pair.items()},
        window=centre_estimate(_plain(ratio, "1"), "cycles of off over on resistance,"),
        success={"cycle": proportion_estimate(ratio.size - failed.size, ratio.size, "share of good cycles")},
        first_failure=_first_failure(failures, ratio.size),
        failures=failures,
    )


def _plain(values: FloatArray, unit: str) -> list[Estimate]:
    return [Estimate(float(value), unit, math.nan, math.nan, "of one cycle") for value in values]
