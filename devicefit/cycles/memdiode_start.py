"""Where a fit of the threshold memdiode starts: branches fitted alone, then the slope of each threshold on a grid.

An event tells one number, and slope and threshold of a rate together make it: the slope shows in the shape of the
transition and in how events at different ramp rates agree. On the far side, where every event is abrupt, both are flat,
so that a descent that starts there finds nothing. The threshold of each trace follows from its event.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from devicefit.branches import Branch
from devicefit.conventions import RETENTION, STATE_LIMIT
from devicefit.cycles.branch import branch_of
from devicefit.cycles.hiddenleak import without_leak
from devicefit.cycles.likelihood import TraceModel
from devicefit.cycles.lowerbound import ABRUPT, LowerBound
from devicefit.cycles.scatter import OF_RESET, PARTS, TRANSITION, Scatter
from devicefit.cycles.trace import Trace
from devicefit.cycles.tracedata import TraceData, trace_data
from devicefit.models.threshold_memdiode import MODEL
from devicefit.numerics import FloatArray
from devicefit.spreadout import spread_out
from devicefit.static import (
    OffBranch,
    OnBranch,
    fit_off_branch,
    fit_on_branch,
    fit_on_slope,
    fit_prefactor,
    on_points,
)
from measurements.errors import FitError
from measurements.sweep import Activity

MOST_TRACES = 6  # of a kind
SERIES_SHARES = (0.9, 0.75, 0.6, 0.45, 0.3, 0.25, 0.2, 0.15, 0.05)  # of the least resistance shown
TOLD = 30.0  # readings of a branch that count as independent
LARGEST_RESIDUAL, SMALLEST_RESIDUAL = 0.1, 0.003  # of ln I on a branch
FACTORS = (1.0, *(2.0 ** (k / 2) for k in range(-8, 5) if k))  # times the least slope that is abrupt
SHAPE_SCATTER = 0.3  # of ln I on a transition
LARGEST_SHAPE = 3.0  # deviations, beyond which a residual counts by its size
SMALLEST_SPREAD = 0.003  # of ln of a threshold over cycles
FOUND = 1e-4  # of ln V of an event
CORRECTIONS = 12
GROWTH = {"set": 1.5, "reset": 0.28}  # of ln of the rate over a visible transition
MOST_ABRUPT = 3.0  # times the least slope that switches within one step: beyond it all slopes look alike
FEWEST_RESOLVED = 3  # traces with a sample on the transition, before a slope counts as seen
SHOWN = 0.2  # sampling steps: an event known as well as this has a sample on it
RAISED = "raised from 16: the on branch must not leak through the off state beyond what the sets show"


@dataclass(frozen=True)
class MemdiodeStart:
    """Where a fit starts.

    Parameters
    ----------
    values
        All parameters; those that sweeps do not tell are the ones handed over.
    notes
        What some of them rest on.
    held
        Parameters that the sweeps do not tell, which are to stay there, with the reason.
    bounds
        The least slopes that switch within one voltage step and keep the state at 0 V.
    """

    values: Mapping[str, float]
    notes: Mapping[str, str]
    held: Mapping[str, str]
    bounds: Mapping[str, LowerBound]


def memdiode_start(values: Mapping[str, float], traces: Sequence[Trace]) -> MemdiodeStart:
    """Start of a fit to `traces` from all parameter values.

    Raises
    ------
    FitError
        No trace shows conduction.
    """
    sets = [trace for trace in traces if trace.kind is Activity.SET and trace.switches]
    resets = [trace for trace in traces if trace.kind is Activity.RESET and trace.switches]
    held: dict[str, str] = {}
    fitted = fit_on_branch([_resting_on(trace) for trace in traces if trace.kind is Activity.RESET])
    best: dict[str, float] = {}
    slope, least = _Slope({}, math.inf, LowerBound(math.inf)), math.inf
    for branch, currents, loss in _on_branches(fitted, spread_out(resets, MOST_TRACES)):
        trial = dict(values) | branch
        share = 1.0 / (1.0 + trial["series_resistance"] * trial["on_current"] * trial["on_slope"])
        found = _threshold(trial, resets, "reset", share, currents)
        if loss + found.loss < least:
            best, slope, least = trial | found.values, found, loss + found.loss
        if found.hidden and not fitted.determined:  # neither branch nor shape tell the series resistance
            held |= {"series_resistance": fitted.series_resistance.note, "on_slope": fitted.on_slope.note}
            break
    if not best:
        raise FitError("the threshold memdiode follows none of the resets; check polarity, compliance and units")
    off, limit = _off_branch(best, spread_out(sets, MOST_TRACES))
    best |= {"off_current": off.off_current.value, "off_slope": off.off_slope.value, "state_limit": limit}
    if not off.determined:
        held |= {"off_current": off.off_current.note, "off_slope": off.off_slope.note}
        sets = list(without_leak(sets))
    set_slope = _threshold(best, sets, "set", 1.0)
    notes = {"state_limit": RAISED} if limit > STATE_LIMIT else {}
    for name, found in (("set_slope", set_slope), ("reset_slope", slope)):
        held |= {name: found.hidden} if found.hidden else {}
    bounds = {"set_slope": set_slope.bound, "reset_slope": slope.bound}
    return MemdiodeStart(best | set_slope.values, notes, held, bounds)


def slope_told(traces: Sequence[Trace]) -> bool:
    """Whether samples on the transitions, or ramp rates, can tell the slope of a threshold."""
    seen = sum(t.event is not None and (not t.event.abrupt or t.event.deviation < SHOWN * t.step) for t in traces)
    return seen >= max(min(FEWEST_RESOLVED, len(traces)), 1) or _rates_vary(traces)


def _mostly_gradual(traces: Sequence[Trace]) -> bool:
    """Whether several samples stand on most of the transitions."""
    return sum(trace.event is not None and not trace.event.abrupt for trace in traces) > 0.5 * len(traces)


def _rates_vary(traces: Sequence[Trace]) -> bool:
    rates = [trace.ramp_rate for trace in traces]
    return len(rates) >= 4 and max(rates) > 3.0 * min(rates)


def _on_branches(fitted: OnBranch, resets: Sequence[Trace]) -> list[tuple[dict[str, float], list[float], float]]:
    """On branches that the readings before a reset allow, on currents of each trace, and how much worse they are than
    the best: what bends them little leaves the series resistance to the shape of the reset. The `fitted` one is first.
    """
    curves = [on_points(_resting_on(trace)) for trace in resets]
    ceiling = min(float((voltage / current).min()) for voltage, current in curves)
    trials = [(fitted.series_resistance.value, fitted.on_slope.value)]
    trials += [(share * ceiling, fit_on_slope(curves, share * ceiling)) for share in SERIES_SHARES]
    found = []
    for series, slope in trials:
        fits = [fit_prefactor(voltage, current, series, slope) for voltage, current in curves]
        currents = [prefactor for prefactor, _ in fits]
        current = float(np.exp(np.mean(np.log(currents))))
        square = float(np.mean([np.mean(np.minimum(residual**2, LARGEST_RESIDUAL**2)) for _, residual in fits]))
        found.append(({"on_current": current, "on_slope": slope, "series_resistance": series}, currents, square))
    least = max(min(square for *_, square in found), SMALLEST_RESIDUAL**2)
    return [(branch, own, 0.5 * TOLD * len(curves) * (square / least - 1.0)) for branch, own, square in found]


def _resting_on(trace: Trace) -> Branch:
    branch = branch_of(trace)
    places = np.flatnonzero(trace.before)
    late = places[places.size // 2 :]
    resistance = float(np.median(trace.voltage[late] / np.maximum(trace.current[late], trace.floor)))
    return replace(branch, start_resistance=resistance)


def _off_branch(values: Mapping[str, float], sets: Sequence[Trace]) -> tuple[OffBranch, float]:
    """The off branch, and the bound of the state below which the on branch is not seen through it."""
    limit, slope = STATE_LIMIT, values["on_slope"]
    for trace in sets:
        before = np.flatnonzero(trace.before)[-5:]
        leak = values["on_current"] * math.sinh(min(slope * float(trace.voltage[before[-1]]), 45.0))
        seen = 0.2 * trace.floor + 1.5 * max(float(np.median(trace.current[before])), 0.0)
        limit = max(limit, float(math.ceil(math.log(leak / seen))))
    return fit_off_branch([branch_of(trace) for trace in sets], values["on_current"] * math.exp(-limit), slope), limit


@dataclass(frozen=True)
class _Slope:
    """Slope and threshold found, -ln of their likelihood, the slope's lower bound, and why it is that (or empty)."""

    values: dict[str, float]
    loss: float
    bound: LowerBound
    hidden: str = ""


def _threshold(
    values: Mapping[str, float],
    traces: Sequence[Trace],
    kind: str,
    share: float,
    on_currents: Sequence[float] | None = None,
) -> _Slope:
    """Slope on a grid that is likeliest for the shape of transitions and the spread of thresholds, and the threshold.

    The grid is around the slope with which the rate grows by `GROWTH` in one voltage step (a visible rise spans
    exp(1.5) of it, a fall from 90 to 10 % exp(0.28)), and which keeps the state at 0 V; `share` of the voltage is
    across the filament. `on_currents` [A] are those of each trace: what they do to the event is no spread of
    thresholds. A slope far beyond that one, or that no trace shows, is the one itself.
    """
    step = float(np.median([trace.step * trace.ramp_rate for trace in traces]))
    event = share * float(np.median([trace.event.voltage for trace in traces if trace.event is not None]))
    first = max(GROWTH[kind] / (share * step), (RETENTION + 4.0) / event)
    chosen, shown = spread_out(traces, MOST_TRACES), _rates_vary(traces) or _mostly_gradual(traces)
    bound = LowerBound(first, math.inf if shown else MOST_ABRUPT * first)
    if not slope_told(traces):
        found = _likeliest(values, chosen, kind, (first,), event, on_currents)
        return _Slope(*found, bound, f"every {kind} is abrupt within one voltage step")
    found = _likeliest(values, chosen, kind, tuple(first * factor for factor in FACTORS), event, on_currents)
    if found[0][f"{kind}_slope"] <= bound.most:
        return _Slope(*found, bound)
    return _Slope(*_likeliest(values, chosen, kind, (first,), event, on_currents), bound, ABRUPT)


def _likeliest(
    values: Mapping[str, float],
    traces: Sequence[Trace],
    kind: str,
    slopes: Sequence[float],
    event: float,
    on_currents: Sequence[float] | None,
) -> tuple[dict[str, float], float]:
    """The likeliest of `slopes` [1/V] with its threshold, and the loss; `event` [V] is across the filament."""
    simulator = TraceModel(MODEL)
    data = [trace_data(trace, MODEL.set_polarity) for trace in traces]
    best = {f"{kind}_slope": slopes[0], f"{kind}_voltage": max(event - 4.0 / slopes[0], 0.3 * event)}
    least, start = math.inf, dict(values) | best
    for slope in slopes:
        start[f"{kind}_slope"] = slope
        own = [start["on_current"]] * len(data) if on_currents is None else on_currents
        found = [
            _profiled(simulator, item, MODEL.vector_of(start | {"on_current": current}), kind)
            for item, current in zip(data, own, strict=True)
        ]
        logs = np.log([threshold for threshold, _ in found])
        if not np.all(np.isfinite(logs)):
            continue
        centre = float(np.exp(logs.mean()))
        if math.isfinite(least) and slope * centre < RETENTION:
            continue
        spread = max(float(logs.std(ddof=1)), SMALLEST_SPREAD) if logs.size > 1 else 1.0
        loss = sum(shape for _, shape in found) + logs.size * math.log(spread)
        if loss < least:
            best, least = {f"{kind}_slope": slope, f"{kind}_voltage": centre}, loss
    return best, least


def _profiled(simulator: TraceModel, data: TraceData, vector: FloatArray, kind: str) -> tuple[float, float]:
    """Threshold with which the model switches where the trace did (NaN: none found), and loss of the shape there."""
    place = [spec.name for spec in MODEL.parameters].index(f"{kind}_voltage")
    before = (math.nan, math.nan)
    for _ in range(CORRECTIONS):
        error = simulator.simulate(data, vector).event_error
        if abs(error) < FOUND:
            break
        if not math.isfinite(error):
            return math.nan, math.inf
        log = math.log(vector[place])
        rise = (error - before[1]) / (log - before[0])  # of ln V by ln of the threshold
        rise = min(max(rise, 0.2), 5.0) if math.isfinite(rise) else 1.0
        before = (log, error)
        vector[place] *= math.exp(min(max(-error / rise, -1.0), 1.0))
    else:
        return math.nan, math.inf
    scatter = Scatter(np.full(PARTS, SHAPE_SCATTER))
    residual = simulator.readings(data, vector, scatter)[: data.trace.time.size]
    shown = residual[(data.part % OF_RESET == TRANSITION) & data.told]
    loss = LARGEST_SHAPE**2 * (np.sqrt(1.0 + (shown / LARGEST_SHAPE) ** 2) - 1.0)
    return float(vector[place]), float(np.sum(loss))
