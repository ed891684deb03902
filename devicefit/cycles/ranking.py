"""Which model holds: each is fitted to part of the cycles and predicts the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from devicefit.cycles.bases import base_cards
from devicefit.cycles.fit import prepare_cell
from devicefit.cycles.guess import find_starts
from devicefit.cycles.joint import fit_cycles
from devicefit.cycles.prediction import Errors, ModelCurve, errors_of, model_curves
from devicefit.cycles.preparation import Preparation
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray
from measurements.errors import ConvergenceError, FitError, InputError
from measurements.records import MeasurementSet

Progress = Callable[[int, int], None]

MOST_TRAINING = 8  # cycles fitted to predict the others


@dataclass(frozen=True, eq=False)
class RankedModel:
    """How a model predicts cycles that were held out of its fit.

    `held_out` are the errors over all held-out traces, `folds` those of each part (see `Errors`).
    """

    name: str
    held_out: Errors
    folds: tuple[Errors, ...]

    @property
    def fold_spread(self) -> float:
        """Standard deviation of the median relative current error over the folds [1]."""
        return float(np.std([fold.current for fold in self.folds], ddof=1)) if len(self.folds) > 1 else 0.0


@dataclass(frozen=True, eq=False)
class Ranking:
    """Models by their held-out current error, best first; models that could not be fitted, with the reason."""

    ranked: tuple[RankedModel, ...]
    failed: Mapping[str, str]


def rank_models(
    records: MeasurementSet,
    device: str,
    cell: str,
    models: Sequence[CompactModel],
    folds: int = 4,
    progress: Progress | None = None,
) -> Ranking:
    """Rank `models` on one cell by cross-validation over its cycles.

    Cycle k belongs to part k modulo `folds`. A part is predicted from the shared parameters and the centres of the
    parameters that vary from cycle to cycle; nothing is refitted on it. At most eight of the other cycles, spread over
    them, are fitted: more make the ranking slower, not better. Ctrl-C ends the ranking with the models finished so
    far, where there are any.

    Raises
    ------
    InputError
        Fewer than two folds or cycles, or what `fit_model` raises about the data.
    FitError
        No model could be fitted; each reason is given.
    """
    prepared = prepare_cell(records, device, cell)
    count = len(prepared.groups)
    parts = min(folds, count)
    if folds < 2 or count < 2:
        raise InputError(f"{count} cycles in {folds} parts cannot be ranked; two or more of both are needed")
    ranked: list[RankedModel] = []
    failed: dict[str, str] = {}
    try:
        for number, model in enumerate(models):
            try:
                ranked.append(_rank(prepared, model, parts))
            except (FitError, ConvergenceError, InputError) as error:
                failed[model.name] = str(error)
            if progress is not None:
                progress(number + 1, len(models))
    except KeyboardInterrupt:
        if not ranked:
            raise
        failed.update({model.name: "interrupted" for model in models[len(ranked) + len(failed) :]})
    if not ranked:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in failed.items())
        raise FitError(f"{device} {cell}: no model could be fitted ({reasons})")
    return Ranking(tuple(sorted(ranked, key=lambda one: one.held_out.current)), failed)


def _rank(prepared: Preparation, model: CompactModel, parts: int) -> RankedModel:
    curves: list[ModelCurve] = []
    folds: list[Errors] = []
    begun: Sequence[FloatArray] | None = None
    for part in range(parts):
        kept = [group for group in range(len(prepared.groups)) if group % parts != part]
        centre = _centre(prepared, model, kept, begun)
        begun = [model.vector_of(centre)]  # the next part has most cycles in common with this one
        held = [trace for trace in prepared.traces if trace.group % parts == part]
        found = model_curves(model, held, [centre] * len(held))
        curves += found
        folds.append(errors_of(found))
    return RankedModel(model.name, errors_of(curves), tuple(folds))


def _centre(
    prepared: Preparation, model: CompactModel, kept: Sequence[int], begun: Sequence[FloatArray] | None
) -> dict[str, float]:
    """Shared parameters, and centres of the varying ones, of a fit to some of the cycles `kept`."""
    chosen = np.unique(np.linspace(0, len(kept) - 1, min(len(kept), MOST_TRAINING)).round().astype(int))
    place = {kept[index]: number for number, index in enumerate(chosen)}
    traces = tuple(replace(t, group=place[t.group]) for t in prepared.traces if t.group in place)
    groups = Preparation(traces, ()).groups
    if begun is None:
        bases = [model.vector(card) for card in base_cards(model, traces)]
        begun = [start.vector for start in find_starts(model, groups, bases, model.fitted)]
    joint = fit_cycles(model, groups, begun, model.fitted, model.per_cycle)
    return {spec.name: joint.values[spec.name] for spec in model.parameters}
