"""Models chosen, ranked and fitted for one cell: what `memchar fit` does between data and card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from memchar.config import DeviceChoice
from memchar.pipeline import choose_cell
from memchar.progress import ProgressCallback

if TYPE_CHECKING:
    from devicefit import DeviceCard
    from devicefit.cycles.ranking import RankedModel
    from devicefit.cycles.result import ModelFit
    from devicefit.models.model import CompactModel
    from measurements import MeasurementSet


MOST_TRIED = 3  # of the best ranked models, until the fit of one is usable


@dataclass(frozen=True, eq=False)
class CellModels:
    """The fit to use, the ranking it comes from (empty for a single model), and the models that could not be fitted.

    `faults` says of models ranked before the best why they are not used.
    """

    best: ModelFit
    ranked: tuple[RankedModel, ...]
    failed: Mapping[str, str]
    faults: Mapping[str, str]

    def rows(self) -> list[tuple[str, ...]]:
        """The ranking as rows of text, header first; empty without one."""
        if not self.ranked:
            return []
        rows: list[tuple[str, ...]] = [
            ("model", "held-out current error", "over folds", "decades", "event error", "verdict")
        ]
        for one in self.ranked:
            held = one.held_out
            taken = "taken" if one.name == self.best.card.model else ""
            verdict = self.faults.get(one.name, taken)
            errors = (f"{held.current:.1%}", f"± {one.fold_spread:.1%}", f"{held.decades:.3f}", f"{held.event:.3g} V")
            rows.append((one.name, *errors, verdict))
        return rows

    def document(self) -> list[dict[str, Any]]:
        """The ranking for JSON."""
        return [
            {
                "model": one.name,
                "held_out_current_error": one.held_out.current,
                "fold_spread": one.fold_spread,
                "held_out_decades": one.held_out.decades,
                "held_out_event_V": one.held_out.event,
                "faults": self.faults.get(one.name, ""),
            }
            for one in self.ranked
        ]


def fit_models(
    records: MeasurementSet, choice: DeviceChoice, names: str, folds: int, progress: ProgressCallback
) -> CellModels:
    """Fit the models named (`auto`: all) to one cell; the best of several by held-out cycles comes first.

    Raises
    ------
    InputError
        No such model or cell, or data that cannot be used.
    FitError
        No model could be fitted.
    """
    from devicefit.cycles.fit import fit_model
    from devicefit.cycles.ranking import rank_models
    from devicefit.models.registry import model_named

    device, cell = choose_cell(records, choice)
    models = chosen_models(names)
    if len(models) == 1:
        fit = fit_model(records, device, cell, models[0])
        progress(1, 1)
        return CellModels(fit, (), {}, {})
    ranking = rank_models(records, device, cell, models, folds, progress)
    faults: dict[str, str] = {}
    fits = []
    for one in ranking.ranked[:MOST_TRIED]:
        fits.append(fit_model(records, device, cell, model_named(one.name)))
        if fits[-1].usable:
            return CellModels(fits[-1], ranking.ranked, ranking.failed, faults)
        faults[one.name] = "; ".join(fits[-1].faults)
    return CellModels(fits[0], ranking.ranked, ranking.failed, faults)


def chosen_models(names: str) -> Sequence[CompactModel]:
    """The models in a list with commas; all for `auto`."""
    from devicefit.models.registry import MODELS, model_named

    if names.strip() == "auto":
        return tuple(MODELS.values())
    return tuple(model_named(name.strip()) for name in names.split(",") if name.strip())


def overridden(fit: ModelFit, reason: str | None) -> DeviceCard:
    """The card of a fit; one that should not be used says so, and why it is written all the same."""
    from devicefit.usability import OVERRIDE, UNUSABLE

    if fit.usable:
        return fit.card
    notes = {UNUSABLE: "; ".join(fit.faults), OVERRIDE: reason or ""}
    return replace(fit.card, provenance={**fit.card.provenance, **notes})
