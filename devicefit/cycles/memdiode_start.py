"""Where a fit of the threshold memdiode starts: branches fitted alone, then the slope of each threshold on a grid.

An event tells one number, and slope and threshold of a rate together make it: the slope shows in the shape of the
transition and in how events at different ramp rates agree. On the far side, where every event is abrupt, both are flat,
so that a descent that starts there finds nothing. The threshold of each trace follows from its event.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from devicefit.assembly import RETENTION, STATE_LIMIT
from devicefit.branches import MINIMUM_POINTS, Branch
from devicefit.cycles.branch import branch_of
from devicefit.cycles.likelihood import TRANSITION, UNUSED, TraceData, TraceModel, trace_data
from devicefit.cycles.trace import Trace
from devicefit.models.threshold_memdiode import MODEL
from devicefit.numerics import FloatArray
from devicefit.spreadout import spread_out
from devicefit.static import fit_off_branch, fit_on_branch
from measurements.sweep import Activity

MOST_TRACES = 6  # of a kind
FACTORS = (1.0, 0.0625, 0.125, 0.25, 0.5, 2.0, 4.0)  # times the least slope that is abrupt
SHAPE_SCATTER = 0.3  # of ln I on a transition
LARGEST_SHAPE = 3.0  # deviations, beyond which a residual counts by its size
SMALLEST_SPREAD = 0.003  # of ln of a threshold over cycles
FOUND = 1e-4  # of ln V of an event
CORRECTIONS = 12


def memdiode_values(values: Mapping[str, float], traces: Sequence[Trace]) -> dict[str, float]:
    """All parameters; those that sweeps do not tell are the ones of `values`.

    Raises
    ------
    FitError
        No trace shows conduction.
    """
    sets, resets = (
        spread_out([trace for trace in traces if trace.kind is kind and trace.switches], MOST_TRACES)
        for kind in (Activity.SET, Activity.RESET)
    )
    found = dict(values) | _branches(sets, resets)
    share = 1.0 / (1.0 + found["series_resistance"] * found["on_current"] * found["on_slope"])
    for chosen, kind, growth, part in ((sets, "set", 1.5, 1.0), (resets, "reset", 0.28, share)):
        step = float(np.median([trace.step * trace.ramp_rate for trace in chosen]))
        event = float(np.median([trace.event.voltage for trace in chosen if trace.event is not None]))
        # In one voltage step a visible rise spans exp(1.5) of its rate, a fall from 90 to 10 % exp(0.28).
        slope = max(growth / step, (RETENTION + 4.0) / event) / part
        found[f"{kind}_voltage"], found[f"{kind}_slope"] = max(part * event - 4.0 / slope, 0.3 * part * event), slope
    for chosen, kind in ((sets, "set"), (resets, "reset")):
        found |= _threshold(found, chosen, kind)
    return found


def _branches(sets: Sequence[Trace], resets: Sequence[Trace]) -> dict[str, float]:
    """Static branches, and the bound of the state below which the on branch is not seen through the off state."""
    on = fit_on_branch([_resting_on(trace) for trace in resets])
    on_current = float(np.exp(np.mean(np.log(on.on_currents))))
    slope, limit = on.on_slope.value, STATE_LIMIT
    for trace in sets:
        before = np.flatnonzero(trace.before)[-5:]
        leak = on_current * math.sinh(min(slope * float(trace.voltage[before[-1]]), 45.0))
        seen = 0.2 * trace.floor + 1.5 * max(float(np.median(trace.current[before])), 0.0)
        limit = max(limit, math.ceil(math.log(leak / seen)))
    off = fit_off_branch([branch_of(trace) for trace in sets], on_current * math.exp(-limit), slope)
    return {
        "on_current": on_current,
        "on_slope": slope,
        "series_resistance": on.series_resistance.value,
        "off_current": off.off_current.value,
        "off_slope": off.off_slope.value,
        "state_limit": limit,
    }


def _resting_on(trace: Trace) -> Branch:
    branch = branch_of(trace)
    places = np.flatnonzero(trace.before)
    late = places[places.size // 2 :]
    resistance = float(np.median(trace.voltage[late] / np.maximum(trace.current[late], trace.floor)))
    return replace(branch, start_resistance=resistance)


def _threshold(values: Mapping[str, float], traces: Sequence[Trace], kind: str) -> dict[str, float]:
    """Slope on the grid that is likeliest for the shape of transitions and the spread of thresholds, and threshold."""
    simulator = TraceModel(MODEL)
    data = [trace_data(trace, MODEL.set_polarity) for trace in traces]
    best, least = {}, math.inf
    for factor in FACTORS:
        trial = dict(values)
        trial[f"{kind}_slope"] = values[f"{kind}_slope"] * factor
        found = [_profiled(simulator, item, MODEL.vector_of(trial), kind) for item in data]
        logs = np.array([math.log(threshold) for threshold, _ in found])
        if not np.all(np.isfinite(logs)):
            continue
        centre = float(np.exp(logs.mean()))
        if best and trial[f"{kind}_slope"] * centre < RETENTION:
            continue
        spread = max(float(logs.std(ddof=1)), SMALLEST_SPREAD) if logs.size > 1 else 1.0
        loss = sum(shape for _, shape in found) + logs.size * math.log(spread)
        if loss < least:
            best, least = {f"{kind}_slope": trial[f"{kind}_slope"], f"{kind}_voltage": centre}, loss
    return best


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
    deviation = np.full(3, SHAPE_SCATTER)
    residual = simulator.readings(data, vector, deviation)[: data.trace.time.size]
    shown = residual[(data.part == TRANSITION) & (data.doubt < UNUSED)]
    loss = LARGEST_SHAPE**2 * (np.sqrt(1.0 + (shown / LARGEST_SHAPE) ** 2) - 1.0)
    return float(vector[place]), float(np.sum(loss))
