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


@dataclass(frozen=True, eq=False)
class CellModels:
    """The fit to use, the ranking it comes from (empty for a single model), and the models that could not be fitted."""

    best: ModelFit
    ranked: tuple[RankedModel, ...]
    failed: Mapping[str, str]

    def rows(self) -> list[tuple[str, ...]]:
        """The ranking as rows of text, header first; empty without one."""
        if not self.ranked:
            return []
        rows: list[tuple[str, ...]] = [
            ("model", "held-out current error", "over folds", "decades", "event error", "own cycles' error", "verdict")
        ]
        for one in self.ranked:
            held = one.held_out
            verdict = "usable" if one.fit.usable else "; ".join(one.fit.faults)
            spread, fitted = f"± {one.fold_spread:.1%}", f"{one.fit.errors.current:.1%}"
            rows.append(
                (one.name, f"{held.current:.1%}", spread, f"{held.decades:.3f}", f"{held.event:.3g} V", fitted, verdict)
            )
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
                "usable": one.fit.usable,
                "faults": list(one.fit.faults),
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

    device, cell = choose_cell(records, choice)
    models = chosen_models(names)
    if len(models) == 1:
        fit = fit_model(records, device, cell, models[0])
        progress(1, 1)
        return CellModels(fit, (), {})
    ranking = rank_models(records, device, cell, models, folds, progress)
    return CellModels(ranking.ranked[0].fit, ranking.ranked, ranking.failed)


def chosen_models(names: str) -> Sequence[CompactModel]:
    """The models in a list with commas; all for `auto`."""
    from devicefit.models.registry import MODELS, model_named

    if names.strip() == "auto":
        return tuple(MODELS.values())
    return tuple(model_named(name.strip()) for name in names.split(",") if name.strip())


def overridden(fit: ModelFit, reason: str | None) -> DeviceCard:
    """The card of a fit; one that should not be used says so, and why it is written all the same."""
    from netlists.device_export import OVERRIDE, UNUSABLE

    if fit.usable:
        return fit.card
    notes = {UNUSABLE: "; ".join(fit.faults), OVERRIDE: reason or ""}
    return replace(fit.card, provenance={**fit.card.provenance, **notes})
