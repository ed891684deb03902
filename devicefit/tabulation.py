"""From the sweeps of a cell to a card of the table model `quasi-static-table`.

The off branch is what set ramps show before their event, the on branch what reset ramps show before theirs. Every knot
is the median over the sweeps that reach it. A side of 0 V that no sweep covers is mirrored from the other one and says
`assumed`; so do knots below the instrument's floor, which only bound the current.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import isotonic_regression

from devicefit.branches import Branch
from devicefit.card import Parameter
from devicefit.conventions import RETENTION, STATE_LIMIT
from devicefit.models.quasi_static_table import KNOTS
from devicefit.numerics import FloatArray
from measurements.errors import FitError

FEWEST_RATES = 4  # events at ramp rates more than a factor 3 apart, before they tell the slope of a threshold
MEDIAN_ERROR = math.sqrt(math.pi / 2)  # standard error of a median over that of a mean, Gaussian


def branch_table(branches: Sequence[Branch], name: str) -> dict[str, Parameter]:
    """Spans, unit and knots of the table `name` (`on` or `off`) from ramps of either sign."""
    sides = {"positive": [b for b in branches if b.sign > 0], "negative": [b for b in branches if b.sign < 0]}
    measured = {side: _side(chosen) for side, chosen in sides.items() if chosen}
    parameters: dict[str, Parameter] = {}
    for side in sides:
        other = "negative" if side == "positive" else "positive"
        span, knots = measured.get(side) or measured[other]
        if side not in measured:
            note = f"mirrored from the {other} side: no sweep of the {name} state on the {side} one"
            knots = tuple(Parameter(knot.value, "A", "assumed", note=note) for knot in knots)
            span = Parameter(span.value, "V", "assumed", note=note)
        parameters[f"{name}_span_{side}"] = span
        parameters |= {f"{name}_{side}_{k}": knot for k, knot in enumerate(knots, 1)}
    unit = _best_unit(
        branches, {side: (span.value, [k.value for k in knots]) for side, (span, knots) in measured.items()}
    )
    note = "of those tried, the one whose interpolation lies nearest to the sweeps between the knots"
    return parameters | {f"{name}_unit": Parameter(unit, "A", "fitted", note=note)}


def _side(branches: Sequence[Branch]) -> tuple[Parameter, tuple[Parameter, ...]]:
    """Span and knots of one side: medians over sweeps, made to rise."""
    span = float(np.median([branch.voltage[branch.before].max(initial=0.0) for branch in branches]))
    columns = [_sampled(branches, span * k / KNOTS) for k in range(1, KNOTS + 1)]
    floor = float(np.median([branch.floor for branch in branches]))
    medians = np.array([np.median(column) for column in columns])
    rising = np.maximum(isotonic_regression(medians, weights=[len(column) for column in columns]).x, 0.0)
    known = np.flatnonzero(rising >= floor)
    first = int(known[0]) if known.size else KNOTS
    knots = []
    for k, column in enumerate(columns):
        if k < first:
            bound = floor * (k + 1) / min(first + 1, KNOTS)  # a straight line from zero
            knots.append(
                Parameter(bound, "A", "assumed", note=f"below the instrument's floor of {floor:.2g} A: a bound")
            )
            continue
        count = len(column)
        error = MEDIAN_ERROR * float(np.std(column, ddof=1)) / math.sqrt(count) if count > 1 else None
        knots.append(Parameter(float(rising[k]), "A", "fitted", error, f"median of {count} sweeps"))
    note = f"half of {len(branches)} sweeps go as far before their event"
    return Parameter(span, "V", "fitted", note=note), tuple(knots)


def _sampled(branches: Sequence[Branch], voltage: float) -> FloatArray:
    """Current of every sweep that reaches this voltage before its event [A]."""
    found = []
    for branch in branches:
        volts, amperes = branch.voltage[branch.before], branch.current[branch.before]
        if volts.size > 1 and volts.max() >= voltage:
            order = np.argsort(volts, kind="stable")
            found.append(float(np.interp(voltage, volts[order], amperes[order])))
    return np.array(found)


def _best_unit(branches: Sequence[Branch], tables: dict[str, tuple[float, list[float]]]) -> float:
    """I_unit [A] among the knots and a hundred times the largest: nearest to the medians halfway between knots."""
    tried = sorted({value for _, knots in tables.values() for value in knots if value > 0.0})
    if not tried:
        raise FitError("a branch has no current above zero at any knot; its sweeps cannot be tabulated")
    return min((*tried, 100.0 * tried[-1]), key=lambda unit: _halfway_error(branches, tables, unit))


def _halfway_error(branches: Sequence[Branch], tables: dict[str, tuple[float, list[float]]], unit: float) -> float:
    """Mean squared relative distance of the interpolation to the measured medians halfway between knots."""
    distances = []
    for side, (span, knots) in tables.items():
        chosen = [branch for branch in branches if (branch.sign > 0) == (side == "positive")]
        steps = np.arange(KNOTS + 1) / KNOTS
        curve = PchipInterpolator(steps, np.arcsinh(np.array([0.0, *knots]) / unit))
        for low, high in itertools.pairwise(steps):
            halfway = 0.5 * (low + high)
            seen = max(float(np.median(_sampled(chosen, span * halfway))), min(k for k in knots if k > 0.0))
            distances.append((unit * math.sinh(float(curve(halfway))) / seen - 1.0) ** 2)
    return float(np.mean(distances))


def threshold(branches: Sequence[Branch], name: str) -> dict[str, Parameter]:
    """Voltage and slope of the threshold `name` (`set` or `reset`) from the events of its ramps.

    On a ramp of rate r the logit moves by u_max up to the event at V_e: exp(eta (V_e - V_t)) = u_max eta r.
    """
    anchors = [(branch.anchor, branch) for branch in branches]
    events = np.array([np.interp(a.time, b.time, b.voltage) for a, b in anchors if a is not None])
    rates = np.array([branch.ramp_rate for branch in branches])
    slope = _slope(events, rates, branches)
    voltages = events - np.log(STATE_LIMIT * slope.value * rates) / slope.value
    error = float(np.std(voltages, ddof=1)) / math.sqrt(voltages.size) if voltages.size > 1 else None
    note = f"mean of {voltages.size} cycles" + (f"; cycle to cycle {np.std(voltages, ddof=1):.3g} V" if error else "")
    return {
        f"{name}_voltage": Parameter(float(voltages.mean()), "V", "fitted", error, note),
        f"{name}_slope": slope,
    }


def _slope(events: FloatArray, rates: FloatArray, branches: Sequence[Branch]) -> Parameter:
    """eta [1/V] from how the events move with the logarithm of the ramp rate; else the least that is abrupt."""
    if events.size >= FEWEST_RATES and rates.max() > 3.0 * rates.min():
        (rise, _), covariance = np.polyfit(np.log(rates), events, 1, cov=True)
        error = math.sqrt(float(covariance[0, 0]))
        if rise > 2.0 * error:
            note = f"events at ramp rates from {rates.min():.3g} to {rates.max():.3g} V/s"
            return Parameter(float(1.0 / rise), "1/V", "fitted", error / float(rise) ** 2, note)
    step = float(np.median([np.median(np.abs(np.diff(branch.voltage))) for branch in branches]))
    least = max(1.5 / step, (RETENTION + 4.0) / float(np.median(events)))
    return Parameter(
        least, "1/V", "assumed", note="events at one ramp rate: the least that is abrupt and keeps the state"
    )
