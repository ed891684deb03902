"""Fit of any compact model to all sweeps of one cell together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import t

from devicefit.card import DeviceCard
from devicefit.cycles.bases import COMPLETE, Base, bases
from devicefit.cycles.cyclespread import degrees_of_freedom
from devicefit.cycles.fittedcard import fitted_card
from devicefit.cycles.guess import find_starts
from devicefit.cycles.hiddenleak import without_leak
from devicefit.cycles.inspection import check_traces, check_units
from devicefit.cycles.joint import JointCycles, fit_cycles
from devicefit.cycles.known import known_parameters
from devicefit.cycles.ownnames import BEFORE_SET
from devicefit.cycles.prediction import Errors, ModelCurve, errors_of, model_curves
from devicefit.cycles.preparation import MOST_POINTS, Preparation, prepare
from devicefit.cycles.result import ModelFit
from devicefit.cycles.trace import Trace
from devicefit.cycles.valleycoordinates import root_weight
from devicefit.estimation.identifiability import identifiability
from devicefit.estimation.intervals import Interval, wald
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray
from measurements.errors import InputError
from measurements.records import MeasurementSet
from measurements.sweep import Activity

LEVEL = 0.95
LARGEST_ERROR = 0.3  # decades, median over the points: a factor of two
LARGEST_EVENT_ERROR = 0.1  # of the switching voltage, median over sets and over resets, with each cycle's own values
FEWEST_DETERMINED = 0.5  # of the parameters that were to be fitted


def fit_model(
    records: MeasurementSet,
    device: str,
    cell: str,
    model: CompactModel,
    *,
    base: DeviceCard | None = None,
    starts: int = 4,
    most_points: int = MOST_POINTS,
) -> ModelFit:
    """Fit `model` to the set and reset sweeps of one cell: shared parameters, and those of each cycle.

    Parameters
    ----------
    base
        Card to start from, which also gives the parameters that are not fitted; None: the model's published cards in
        turn.
    starts
        Scattered starts of the kinetics, where the first does not meet the events.
    most_points
        Of a ramp or lobe; longer ones are thinned.

    Raises
    ------
    InputError
        No sweep of this cell, units that cannot be right, or a model without a card to start from.
    FitError
        Nothing to fit: no set or reset event (reasons counted), contradicting polarities.
    """
    prepared = prepare_cell(records, device, cell, most_points)
    return fit_prepared(records.of_cell(device, cell), prepared, model, base=base, starts=starts)


def prepare_cell(records: MeasurementSet, device: str, cell: str, most_points: int = MOST_POINTS) -> Preparation:
    """Checked traces of one cell; raises as `fit_model` does."""
    own = records.of_cell(device, cell)
    name = f"{device} {cell}"
    if not own.sweeps:
        known = ", ".join(f"{one} {place}" for one, place in records.devices_and_cells()[:8]) or "none"
        raise InputError(f"no sweep of device {device!r}, cell {cell!r}; the records hold: {known}")
    check_units(own, name)
    prepared = prepare(own, most_points=most_points)
    check_traces(prepared, name)
    return prepared


def fit_prepared(
    records: MeasurementSet,
    prepared: Preparation,
    model: CompactModel,
    *,
    base: DeviceCard | None = None,
    starts: int = 4,
) -> ModelFit:
    """As `fit_model`, for traces made ready before; `records` are those of the one cell."""
    known = known_parameters(records, model) if base is None else {}
    found = (Base(base),) if base is not None else bases(model, prepared.traces, known)
    cards, held = tuple(one.card for one in found), found[0].held
    fitted = tuple(name for name in fitted_names(model, prepared.traces) if name not in held)
    made = [_begun(model, card, fitted) for card in cards]
    begun = made
    if base is not None or model.name not in COMPLETE:
        begun = [start.vector for start in find_starts(model, prepared.groups, made, fitted, starts)]
    spare = made[:1] if begun is not made else []
    groups = prepared.groups
    if "off_current" in held:
        groups = tuple(without_leak(group) for group in groups)
    joint = fit_cycles(model, groups, begun, fitted, model.per_cycle, spare, found[0].bounds)
    per_trace = [cycle_values(joint, trace) for trace in prepared.traces]
    curves = model_curves(model, prepared.traces, per_trace)
    errors = errors_of(curves)
    return ModelFit(
        card=fitted_card(records, prepared.traces, model, cards, joint, known),
        intervals=_intervals(joint),
        cycles=joint.cycles,
        places=tuple(group[0].place for group in prepared.groups),
        curves=curves,
        errors=errors,
        identifiability=identifiability(joint.estimate),
        undetermined={**held, **joint.undetermined},
        excluded=prepared.excluded + prepared.unswitched,
        scatter=joint.problem.scatter,
        faults=_faults(joint, errors, curves),
        estimate=joint.estimate,
    )


def fitted_names(model: CompactModel, traces: Sequence[Trace]) -> tuple[str, ...]:
    """Parameters that these traces are asked for: the model's, and those of gradual resets where most are gradual."""
    resets = [t.event for t in traces if t.kind is Activity.RESET and t.switches and t.event is not None]
    gradual = sum(not event.abrupt for event in resets) > len(resets) / 2
    return model.fitted + (tuple(model.gradual) if gradual else ())


def _begun(model: CompactModel, card: DeviceCard, fitted: Sequence[str]) -> FloatArray:
    """Values of a card; what is fitted beyond the model's own list leaves a bound at which the card may hold it."""
    vector = model.vector(card)
    for place, spec in enumerate(model.parameters):
        if spec.name in model.gradual and spec.name in fitted and vector[place] <= spec.lower:
            vector[place] = model.gradual[spec.name]
    return vector


def cycle_values(joint: JointCycles, trace: Trace) -> dict[str, float]:
    """All parameters of the cycle of a trace, as they are when it is taken."""
    found = {spec.name: joint.values[spec.name] for spec in joint.problem.model.parameters}
    own = joint.cycles[trace.group]
    for name in found:
        before = name + BEFORE_SET if trace.kind is Activity.SET else name
        found[name] = own.get(before, own.get(name, found[name]))
    return found


def _intervals(joint: JointCycles) -> dict[str, Interval]:
    """Wald intervals, by Student's t with the degrees of freedom that few cycles leave."""
    estimate, problem = joint.estimate, joint.problem
    named = [name for name in problem.free if name in estimate.determined]
    if estimate.jacobian is None or not named:
        return {}
    places = [estimate.varied.index(name) for name in estimate.determined]
    weighted = root_weight(estimate.residuals)[:, None] * estimate.jacobian[:, places]
    columns = [estimate.determined.index(name) for name in named]
    freedoms = degrees_of_freedom(weighted, problem.tie_rows(), columns)
    errors = t.ppf(0.5 + LEVEL / 2, freedoms).tolist()
    return {name: wald(estimate, name, LEVEL, count) for name, count in zip(named, errors, strict=True)}


def _faults(joint: JointCycles, errors: Errors, curves: Sequence[ModelCurve]) -> tuple[str, ...]:
    found = []
    if not errors.decades <= LARGEST_ERROR:
        found.append(f"the median current error is a factor of {10**errors.decades:.2g}")
    for kind in (Activity.SET, Activity.RESET):
        missed = [
            abs(c.fitted_event / c.measured_event - 1.0)
            for c in curves
            if c.kind is kind and math.isfinite(c.measured_event)
        ]
        if missed and not float(np.median(missed)) <= LARGEST_EVENT_ERROR:
            found.append(f"the median {kind.value} voltage is {float(np.median(missed)):.0%} off")
    asked = len(joint.problem.free) + len(joint.undetermined)
    if len(joint.problem.free) < FEWEST_DETERMINED * asked:
        found.append(f"only {len(joint.problem.free)} of {asked} parameters are determined by the data")
    if not joint.estimate.success:
        found.append(f"the fit did not converge: {joint.estimate.message}")
    return tuple(found)
