"""Fit of the compact model to the sweeps of one cell.

The path: event and anchor of every sweep (`branches`), the static on and off branches (`static`), then all
shared parameters together with the threshold of each cycle profiled out (`joint`), then the card
(`assembly`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devicefit.assembly import RETENTION, assemble_card, starting_parameters
from devicefit.branches import MINIMUM_POINTS, Branch, collect_branches
from devicefit.card import DeviceCard, Parameter
from devicefit.curves import FitQuality, FittedCurve, fitted_curves, judge
from devicefit.heat.step_response import heat_of
from devicefit.joint import JointFit, fit_jointly
from devicefit.slopes import best_slope, can_follow
from devicefit.static import LARGEST_ERROR, OffBranch, OnBranch, fit_off_branch, fit_on_branch
from measurements.errors import FitError, InputError
from measurements.records import MeasurementSet
from measurements.sweep import Activity
from measurements.switching import CellSwitching, analyse_cell

MOST_ABRUPT = 3.0  # times the slope that switches within one step: beyond it all slopes look alike
_SLOPES = {"set_slope": Activity.SET, "reset_slope": Activity.RESET}
FEWEST_RESOLVED = 3  # sweeps with a sample on the transition, before a slope counts as seen


@dataclass(frozen=True, eq=False)
class CellFit:
    """Result of a fit: the card, each sweep with its fitted curve, quality figures, and the switching
    events used.
    """

    card: DeviceCard
    curves: tuple[FittedCurve, ...]
    quality: FitQuality
    switching: CellSwitching


def fit_cell(records: MeasurementSet, device: str, cell: str) -> CellFit:
    """Fit `threshold-memdiode` to the set and reset sweeps of one cell, and to its heat records where there
    are any.

    Every parameter gets an error bar (one standard deviation, from lmfit) and the origin `fitted`, or the
    origin `assumed` and a note that says why the data do not give it.

    Raises
    ------
    InputError
        The records hold no sweep of this cell.
    FitError
        Too little to fit: no clean set or no clean reset, with the reasons counted.
    """
    own = records.of_cell(device, cell)
    if not own.sweeps:
        known = ", ".join(f"{name} {place}" for name, place in records.devices_and_cells()[:8]) or "none"
        raise InputError(f"no sweep of device {device!r}, cell {cell!r}; the records hold: {known}")
    branches = collect_branches(own)
    usable = _usable(branches, f"{device} {cell}")
    heat = heat_of(own.heat)
    on_branch = fit_on_branch([b for b in branches if b.start_resistance is not None and len(b.time) >= MINIMUM_POINTS])
    start = starting_parameters(own, usable, on_branch, heat)
    off_branch = fit_off_branch(
        [branch for branch in usable if branch.kind is Activity.SET],
        start["on_current"].value * math.exp(-start["state_limit"].value),
        start["on_slope"].value,
    )
    start |= {"off_current": off_branch.off_current, "off_slope": off_branch.off_slope}
    usable, unfollowed = _followed(
        usable, {name: parameter.value for name, parameter in start.items()}, f"{device} {cell}"
    )
    joint, undetermined = _fit_determined(usable, start, on_branch, off_branch)
    card = assemble_card(own, usable, start, joint, undetermined)
    lost = {file for file, _ in unfollowed}
    curves = fitted_curves([branch for branch in branches if branch.source.file not in lost], card)
    excluded = tuple((branch.source.file, branch.reason) for branch in branches if branch.reason) + unfollowed
    return CellFit(card, curves, judge(curves, joint, excluded), analyse_cell(own))


def _usable(branches: Sequence[Branch], name: str) -> list[Branch]:
    """Branches with a clean event; a FitError counts the reasons against the others."""
    usable = [branch for branch in branches if branch.anchor is not None]
    for kind in (Activity.SET, Activity.RESET):
        if any(branch.kind is kind for branch in usable):
            continue
        reasons = Counter(branch.reason for branch in branches if branch.kind is kind)
        found = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common()) or "no such sweep at all"
        raise FitError(
            f"{name}: no clean {kind.value} event to fit ({found}); "
            f"measure a {kind.value} ramp in finer steps, from below to above the switching voltage"
        )
    return usable


def _followed(
    usable: Sequence[Branch], values: Mapping[str, float], name: str
) -> tuple[list[Branch], tuple[tuple[str, str], ...]]:
    """Branches that the model can follow through their event, and (file, reason) of the others."""
    followed = [branch for branch in usable if can_follow(branch, values)]
    lost = tuple(
        (branch.source.file, "the model cannot switch where the sweep did")
        for branch in usable
        if branch not in followed
    )
    for kind in (Activity.SET, Activity.RESET):
        if not any(branch.kind is kind for branch in followed):
            raise FitError(
                f"{name}: the model can follow no {kind.value} sweep; check polarity, compliance and units of the files"
            )
    return followed, lost


def _fit_determined(
    usable: Sequence[Branch], start: Mapping[str, Parameter], on_branch: OnBranch, off_branch: OffBranch
) -> tuple[JointFit, dict[str, str]]:
    """Joint fit of what the data determine; what turns out undetermined goes back to its start value, with
    the reason.
    """
    values = {name: parameter.value for name, parameter in start.items()}
    free = ["set_slope", "reset_slope"]
    free += ["off_current", "off_slope"] if off_branch.determined else []
    free += ["on_slope", "series_resistance"] if on_branch.determined else []
    undetermined: dict[str, str] = {}
    first: dict[str, float] = {}
    for kind in (Activity.SET, Activity.RESET):
        name = f"{kind.value}_slope"
        if not _slope_visible(usable, kind):
            free.remove(name)
            undetermined[name] = f"every {kind.value} is abrupt within one voltage step"
            continue
        first[name] = best_slope(usable, values, kind)
    while True:
        joint = fit_jointly(usable, {**values, **first}, free, off_branch.determined)
        reasons = _doubtful(joint, values, free, usable)
        if not reasons:
            return joint, undetermined
        name = next(iter(reasons))
        free.remove(name)
        first.pop(name, None)
        undetermined[name] = reasons[name]


def _doubtful(
    joint: JointFit, values: Mapping[str, float], free: Sequence[str], usable: Sequence[Branch]
) -> dict[str, str]:
    """Fitted parameters that the data do not determine, with the reason, the worst first."""
    reasons = {}
    for name in sorted(free, key=lambda item: -joint.relative_errors[item]):
        if not joint.relative_errors[name] < LARGEST_ERROR:
            reasons[name] = f"relative standard error {joint.relative_errors[name]:.1f} when free"
        elif (
            name in _SLOPES
            and joint.values[name] > MOST_ABRUPT * values[name]
            and not _rates_vary(usable, _SLOPES[name])
        ):
            reasons[name] = "the events fit best as abrupt"
        elif name in _SLOPES and joint.values[name] * joint.values[name.replace("slope", "voltage")] < RETENTION:
            reasons[name] = f"the best fit, {joint.values[name]:.2g} per volt, would not keep the state at 0 V"
    return reasons


def _slope_visible(usable: Sequence[Branch], kind: Activity) -> bool:
    """Whether samples on the transition, or ramp rates three apart, can tell the slope."""
    resolved = sum(b.anchor is not None and b.anchor.resolved > 0 for b in usable if b.kind is kind)
    return resolved >= FEWEST_RESOLVED or _rates_vary(usable, kind)


def _rates_vary(usable: Sequence[Branch], kind: Activity) -> bool:
    rates = [branch.ramp_rate for branch in usable if branch.kind is kind]
    return len(rates) >= 4 and max(rates) > 3 * min(rates)
