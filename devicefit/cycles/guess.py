"""Where a fit starts, found from the data for any model: conduction first, then what moves the state.

From each published card (and stated ranges where there is none) the parameters that the resting branches answer to are
fitted to these, with the state held at its ends; then the others to the voltages of the events alone, tied weakly to
the card they come from. A few cycles in the middle of the cell's range are enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from devicefit.cycles.likelihood import TraceModel
from devicefit.cycles.scatter import PARTS, Scatter
from devicefit.cycles.trace import Trace
from devicefit.cycles.tracedata import TraceData, trace_data
from devicefit.estimation import Unknown
from devicefit.estimation.rough import locate
from devicefit.march import compiled_response, march
from devicefit.models.model import CompactModel
from devicefit.models.simulation import tolerances
from devicefit.numerics import FloatArray
from measurements.errors import FitError
from measurements.sweep import Activity

REPRESENTATIVES = 3  # cycles
STATIC_SCATTER = 0.1  # of ln I
EVENT_SCATTER = 0.03  # of ln V
TIE = 1.0  # e-folds, or parts of the range, from the card a parameter comes from
MATCHED = 0.1  # of ln V: events this close are a start
CANDIDATES = 4
FARTHEST = 30.0  # residuals, as which anything worse counts
UNKNOWN_EVENT = 2.0  # distance of a cycle without one of its events [ln V]
ALIKE = 0.1  # relative difference of every parameter, up to which two starts lead to one end
LOOSE = 1e-3  # convergence asked of a start
MOST_EVALUATIONS = 30  # of one search for a start


@dataclass(frozen=True)
class Start:
    """Parameters in the model's order, how far they are from the data (mean of ln I, worst |ln V| of an event), and
    the number of the base they come from.
    """

    vector: FloatArray
    static_error: float
    event_error: float
    base: int = 0

    @property
    def matched(self) -> bool:
        """Whether it is near enough to begin with."""
        return self.event_error < MATCHED and self.static_error < 3 * STATIC_SCATTER

    @property
    def cost(self) -> float:
        """For comparing starts."""
        return self.static_error / STATIC_SCATTER + self.event_error / EVENT_SCATTER


def find_starts(
    model: CompactModel,
    groups: Sequence[Sequence[Trace]],
    bases: Sequence[FloatArray],
    free: Sequence[str],
    starts: int = 4,
) -> tuple[Start, ...]:
    """The best starts first, from the parameter vectors `bases`, with scattered kinetics where none matches the events.

    Starts that come out alike count once.

    Raises
    ------
    FitError
        No base gives a finite answer.
    """
    chosen = [trace for group in representatives(groups) for trace in group]
    data = [trace_data(trace, model.set_polarity) for trace in chosen]
    found: list[Start] = []
    for scattered in (1, starts):
        for number, base in enumerate(bases):
            start = _from_base(model, data, base, free, scattered)
            if start is not None:
                found.append(replace(start, base=number))
        if starts == 1 or any(start.event_error < MATCHED for start in found):
            break
    if not found:
        raise FitError(f"{model.name} gives no finite current under these sweeps from any of {len(bases)} starts")
    distinct: list[Start] = []
    for start in sorted(found, key=lambda one: one.cost):
        if not any(np.allclose(start.vector, other.vector, rtol=ALIKE) for other in distinct):
            distinct.append(start)
    return tuple(distinct[:CANDIDATES])


def representatives(groups: Sequence[Sequence[Trace]], count: int = REPRESENTATIVES) -> list[Sequence[Trace]]:
    """The cycles nearest the middle of the cell's events, those with both a set and a reset first."""
    whole = [group for group in groups if {trace.kind for trace in group} >= {Activity.SET, Activity.RESET}]
    if not whole:
        sets = [group for group in groups if any(trace.kind is Activity.SET for trace in group)]
        resets = [group for group in groups if any(trace.kind is Activity.RESET for trace in group)]
        return [*_middle(sets, count), *_middle(resets, count)]
    return _middle(whole, count)


def _middle(groups: Sequence[Sequence[Trace]], count: int) -> list[Sequence[Trace]]:
    if not groups:
        return []
    kinds = sorted({trace.kind for group in groups for trace in group})
    rows = np.log([[_event_voltage(group, kind) for kind in kinds] for group in groups])
    known = np.isfinite(rows)
    middle = [float(np.median(rows[known[:, k], k])) if known[:, k].any() else 0.0 for k in range(len(kinds))]
    distance = np.where(known, np.abs(rows - middle), UNKNOWN_EVENT).mean(axis=1)
    return [groups[i] for i in np.argsort(distance, kind="stable")[:count]]


def _event_voltage(group: Sequence[Trace], kind: Activity) -> float:
    found = [
        trace.event.voltage for trace in group if trace.kind is kind and trace.event is not None and trace.switches
    ]
    return found[0] if found else math.nan


def _from_base(
    model: CompactModel, data: Sequence[TraceData], base: FloatArray, free: Sequence[str], starts: int
) -> Start | None:
    points = [_resting(item) for item in data]
    static = [name for name in free if _moves_conduction(model, points, base, name)]
    vector = base.copy()
    try:
        if static:
            vector, error = _fit(
                model, vector, static, lambda v: np.concatenate([_static_residual(model, p, v) for p in points]), 1
            )
        else:
            error = math.nan
        kinetic = [name for name in free if name not in static]
        simulator = TraceModel(model)

        def events(v: FloatArray) -> FloatArray:
            found = [simulator.simulate(item, v).event_error for item in data if item.trace.event is not None]
            return np.array(found) / EVENT_SCATTER

        if kinetic:
            vector, _ = _fit(model, vector, kinetic, events, starts)
    except FitError:
        return None
    worst = float(np.max(np.abs(events(vector)))) * EVENT_SCATTER
    residual = np.concatenate([_static_residual(model, p, vector) for p in points])
    error = float(np.mean(np.minimum(np.abs(residual), FARTHEST))) * STATIC_SCATTER
    return Start(vector, error, worst) if math.isfinite(worst) and math.isfinite(error) else None


@dataclass(frozen=True, eq=False)
class _Resting:
    """Readings of a trace while the state rests at one end."""

    fraction: float
    drive: FloatArray
    target: FloatArray
    deviation: FloatArray
    floor: float


def _resting(data: TraceData) -> tuple[_Resting, ...]:
    trace = data.trace
    found = [(trace.start_fraction, trace.before)]
    if trace.event is not None and trace.event.abrupt and trace.switches:
        after = (trace.time > trace.event.time + 2.0 * trace.step) & ~trace.limited
        found.append((1.0 - trace.start_fraction, after))
    deviation = data.deviation(Scatter(np.full(PARTS, STATIC_SCATTER)))
    return tuple(
        _Resting(fraction, np.ascontiguousarray(data.drive[keep]), data.target[keep], deviation[keep], trace.floor)
        for fraction, keep in found
        if keep.sum() >= 3
    )


def resting_current(model: CompactModel, vector: FloatArray, drive: FloatArray, fraction: float) -> FloatArray:
    """Current [A] at voltages `drive` [V] with the state held at `fraction`: a waveform in which no time passes."""
    start = model.at_fraction(vector, fraction)
    response = compiled_response(model.response)
    _, current, _, _ = march(response, vector, *tolerances(model), np.zeros(drive.size), drive, start)
    return current


def _static_residual(model: CompactModel, points: tuple[_Resting, ...], vector: FloatArray) -> FloatArray:
    parts = [
        (np.arcsinh(np.abs(resting_current(model, vector, p.drive, p.fraction)) / p.floor) - p.target) / p.deviation
        for p in points
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _moves_conduction(model: CompactModel, points: Sequence[tuple[_Resting, ...]], base: FloatArray, name: str) -> bool:
    place = [spec.name for spec in model.parameters].index(name)
    spec = model.parameters[place]
    moved = base.copy()
    moved[place] = min(moved[place] * 1.2, spec.upper) if moved[place] != 0 else 0.5 * (spec.lower + spec.upper)
    for item in points:
        change = _static_residual(model, item, moved) - _static_residual(model, item, base)
        if change.size and float(np.max(np.abs(change))) > 1e-6:
            return True
    return False


def _fit(
    model: CompactModel,
    base: FloatArray,
    names: Sequence[str],
    residual: Callable[[FloatArray], FloatArray],
    starts: int,
) -> tuple[FloatArray, float]:
    """`names` fitted from `base`, tied weakly to it."""
    places = {spec.name: place for place, spec in enumerate(model.parameters)}
    unknowns = []
    for name in names:
        spec = model.spec(name)
        start = float(np.clip(base[places[name]], spec.lower, spec.upper))
        unknowns.append(Unknown(name, spec.unit, start, spec.lower, spec.upper, spec.scale))

    def tied(values: Mapping[str, float]) -> FloatArray:
        vector = base.copy()
        ties = []
        for unknown in unknowns:
            vector[places[unknown.name]] = values[unknown.name]
            if unknown.scale == "log":
                ties.append(math.log(values[unknown.name] / unknown.start) / TIE)
            else:
                ties.append((values[unknown.name] - unknown.start) / (TIE * unknown.size))
        return np.concatenate([residual(vector), ties])

    found = locate(
        tied, unknowns, loss_scale=5.0, most_evaluations=MOST_EVALUATIONS, starts=starts, seed=1, tolerance=LOOSE
    )
    vector = base.copy()
    for name in names:
        vector[places[name]] = found.values[name]
    return vector, found.cost
