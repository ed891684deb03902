"""Which model holds: error on cycles that the fit has not seen.

The cycles are dealt into folds. For each fold a model is fitted to the others; each held-out cycle is predicted from
the shared parameters, and for those that vary the median, or what the cycles around it tell where they drift; nothing
is fitted again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from devicefit.cycles.drift import predicted
from devicefit.cycles.fit import fit_prepared, prepare_cell
from devicefit.cycles.ownnames import BEFORE_SET, parameter_of
from devicefit.cycles.prediction import Errors, ModelCurve, errors_of, model_curves
from devicefit.cycles.preparation import Preparation
from devicefit.cycles.result import ModelFit
from devicefit.cycles.trace import Trace
from devicefit.models.model import CompactModel
from measurements.errors import InputError, MemcharError
from measurements.records import MeasurementSet
from measurements.sweep import Activity

FOLDS = 3
MOST_TRAINING = 8  # cycles
AFTER_RESET = 1.0  # cycles: the off state that a reset leaves is the one that the next set starts from

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Ranked:
    """A model's errors on held-out cycles: medians over all held-out points and events, each fold's median relative
    current error and their standard deviation; `failure` says why a model could not be fitted (its errors are then
    absent).
    """

    model: str
    errors: Errors | None
    fold_errors: tuple[float, ...]
    failure: str = ""

    @property
    def spread(self) -> float | None:
        """Standard deviation of the relative current error over the folds [1]; None for fewer than two."""
        return float(np.std(self.fold_errors, ddof=1)) if len(self.fold_errors) > 1 else None


def rank_models(
    records: MeasurementSet,
    device: str,
    cell: str,
    models: Sequence[CompactModel],
    folds: int = FOLDS,
    progress: Progress | None = None,
) -> tuple[Ranked, ...]:
    """Models by their median error (decades) on held-out cycles, the best first; those that fail come last.

    At most eight training cycles of a fold, spread over it, are fitted: more make the ranking slower, not better.
    `progress` is called with (finished, all) after each model. Ctrl-C ends the ranking with the models finished so far,
    where there are any.

    Raises
    ------
    InputError
        No model, or fewer cycles than folds.
    FitError
        The cell cannot be fitted at all (see `fit_model`).
    """
    if not models:
        raise InputError("no model to rank")
    prepared = prepare_cell(records, device, cell)
    own = records.of_cell(device, cell)
    ranked: list[Ranked] = []
    try:
        for model in models:
            ranked.append(_rank(own, prepared, model, folds))
            if progress is not None:
                progress(len(ranked), len(models))
    except KeyboardInterrupt:
        if not ranked:
            raise
        ranked += [Ranked(model.name, None, (), "interrupted") for model in models[len(ranked) :]]
    return tuple(sorted(ranked, key=lambda one: np.inf if one.errors is None else one.errors.decades))


def _rank(records: MeasurementSet, prepared: Preparation, model: CompactModel, folds: int) -> Ranked:
    curves: list[ModelCurve] = []
    errors: list[float] = []
    try:
        for train, held in split(prepared, folds):
            fit = fit_prepared(records, spread_out(train, MOST_TRAINING), model)
            found = predict(fit, model, held)
            curves += found
            errors.append(errors_of(found).current)
    except MemcharError as error:
        return Ranked(model.name, None, (), str(error))
    return Ranked(model.name, errors_of(curves), tuple(errors))


def split(prepared: Preparation, folds: int) -> tuple[tuple[Preparation, Preparation], ...]:
    """(training, held-out) traces of each fold; cycle k is held out in fold k modulo `folds`."""
    groups = 1 + max(trace.group for trace in prepared.traces)
    if not 2 <= folds <= groups:
        raise InputError(f"{groups} cycles cannot be dealt into {folds} folds")
    found = []
    for fold in range(folds):
        train = tuple(trace for trace in prepared.traces if trace.group % folds != fold)
        held = tuple(trace for trace in prepared.traces if trace.group % folds == fold)
        numbers = {group: i for i, group in enumerate(sorted({trace.group for trace in train}))}
        train = tuple(replace(trace, group=numbers[trace.group]) for trace in train)
        found.append((Preparation(train, ()), Preparation(held, ())))
    return tuple(found)


def spread_out(prepared: Preparation, most: int) -> Preparation:
    """At most `most` of the cycles, evenly spread."""
    groups = len(prepared.groups)
    if groups <= most:
        return prepared
    kept = np.linspace(0, groups - 1, most).round().astype(int).tolist()
    place = {group: number for number, group in enumerate(kept)}
    traces = (replace(trace, group=place[trace.group]) for trace in prepared.traces if trace.group in place)
    return Preparation(tuple(traces), prepared.excluded)


def predict(fit: ModelFit, model: CompactModel, held: Preparation) -> tuple[ModelCurve, ...]:
    """Curves of cycles the fit has not seen, from its shared parameters and its neighbours in time.

    What varies from cycle to cycle is the median of the fitted cycles, or where it drifts, what the cycles around the
    held-out one make likely (see `devicefit.cycles.drift`). Nothing measured in the held-out cycles is used.
    """
    return model_curves(model, held.traces, predicted_values(fit, model, held.traces))


def predicted_values(fit: ModelFit, model: CompactModel, traces: Sequence[Trace]) -> tuple[dict[str, float], ...]:
    """All parameters under traces of cycles the fit has not seen."""
    shared = {name: parameter.value for name, parameter in fit.card.parameters.items()}
    found = tuple(dict(shared) for _ in traces)
    for name in dict.fromkeys(parameter_of(name) for cycle in fit.cycles for name in cycle):
        spec, known = model.spec(name), known_values(fit, name)
        values = [spec.coordinate(value) for _, value in known]
        later = AFTER_RESET if name in model.per_lobe else 0.0
        at = [trace.place + (later if trace.kind is Activity.RESET else 0.0) for trace in traces]
        likely = predicted([place for place, _ in known], values, at)
        for one, value in zip(found, likely.tolist(), strict=True):
            one[name] = spec.at_coordinate(value)
    return found


def known_spread(fit: ModelFit, model: CompactModel, name: str, least: float) -> float:
    """Deviation over the fitted cycles of a parameter's coordinate, at least `least` of ln(value)."""
    spec = model.spec(name)
    values = np.array([spec.coordinate(value) for _, value in known_values(fit, name)])
    return max(float(np.std(values)), least * (1.0 if spec.scale == "log" else float(np.abs(values).mean())))


def known_values(fit: ModelFit, name: str) -> tuple[tuple[float, float], ...]:
    """(place among the cycles, value) wherever a cycle tells a parameter."""
    found: list[tuple[float, float]] = []
    for place, cycle in zip(fit.places, fit.cycles, strict=True):
        before = name + BEFORE_SET in cycle
        if before:
            found.append((place, cycle[name + BEFORE_SET]))
        if name in cycle:
            found.append((place + (AFTER_RESET if before else 0.0), cycle[name]))
    return tuple(found)
