"""Models chosen, ranked and fitted for one cell: what `memchar fit` does between data and card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memchar.config import DeviceChoice
from memchar.files import write_text
from memchar.fitpage import fit_page
from memchar.progress import ProgressCallback

if TYPE_CHECKING:
    from devicefit import DeviceCard
    from devicefit.cycles.ranking import Ranked
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
    ranked: tuple[Ranked, ...]
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
            taken = "taken" if one.model == self.best.card.model else ""
            if one.errors is not None:
                spread = "" if one.spread is None else f"± {one.spread:.1%}"
                event = f"{one.errors.event:.3g} V"
                figures = (f"{one.errors.current:.1%}", spread, f"{one.errors.decades:.3f}", event)
                rows.append((one.model, *figures, self.faults.get(one.model, taken)))
        return rows

    def document(self) -> list[dict[str, Any]]:
        """The ranking for JSON."""
        return [
            {
                "model": one.model,
                "held_out_current_error": one.errors.current,
                "fold_spread": one.spread,
                "held_out_decades": one.errors.decades,
                "held_out_event_V": one.errors.event,
                "faults": self.faults.get(one.model, ""),
            }
            for one in self.ranked
            if one.errors is not None
        ]


def fit_models(records: MeasurementSet, choice: DeviceChoice, folds: int, progress: ProgressCallback) -> CellModels:
    """Fit the models of the choice to one cell; the best of several by held-out cycles comes first.

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
    from measurements.errors import FitError

    device, cell = choose_cell(records, choice)
    models = chosen_models(choice.model)
    if len(models) == 1:
        fit = fit_model(records, device, cell, models[0])
        progress(1, 1)
        return CellModels(fit, (), {}, {})
    ranking = rank_models(records, device, cell, models, folds, progress)
    failed = {one.model: one.failure for one in ranking if one.errors is None}
    held = [one for one in ranking if one.errors is not None]
    if not held:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in failed.items())
        raise FitError(f"{device} {cell}: no model could be fitted ({reasons})")
    faults: dict[str, str] = {}
    fits = []
    for one in held[:MOST_TRIED]:
        fits.append(fit_model(records, device, cell, model_named(one.model)))
        if fits[-1].usable:
            return CellModels(fits[-1], tuple(held), failed, faults)
        faults[one.model] = "; ".join(fits[-1].faults)
    return CellModels(fits[0], tuple(held), failed, faults)


def choose_cell(records: MeasurementSet, choice: DeviceChoice) -> tuple[str, str]:
    """Device and cell to fit: the one named, or of those that match the one with the most set sweeps."""
    from measurements import Activity, InputError

    named = [
        (device, cell)
        for device, cell in records.devices_and_cells()
        if choice.device in (None, device) and choice.cell in (None, cell)
    ]
    if not named:
        raise InputError(
            f"no cell {choice.cell or '*'} of device {choice.device or '*'} in the measurements",
            hint="memchar import lists what there is",
        )

    def sets(name: tuple[str, str]) -> int:
        return sum(sweep.activity is Activity.SET for sweep in records.of_cell(*name).sweeps)

    return max(named, key=sets)


def chosen_models(names: str) -> Sequence[CompactModel]:
    """The models in a list with commas; `auto`: those whose fit starts from the data, `all`: every one."""
    from devicefit.cycles.bases import FROM_DATA
    from devicefit.models.registry import MODELS, model_named

    if names.strip() == "all":
        return tuple(MODELS.values())
    if names.strip() == "auto":
        return tuple(model for name, model in MODELS.items() if name in FROM_DATA)
    return tuple(model_named(name.strip()) for name in names.split(",") if name.strip())


def write_fit(found: CellModels, override: str | None, card: Path, page: Path) -> DeviceCard:
    """Write the page of a fit, and its card, which is returned; `override` says why one that should not be used is.

    Raises
    ------
    FitError
        The fit should not be used and there is no reason to; the page is written, the card is not.
    InputError
        The reason is empty.
    """
    from devicefit import card_to_json
    from devicefit.usability import recorded_override, with_verdict
    from measurements.errors import FitError

    fit = found.best
    write_text(page, fit_page(fit, found.rows(), override))
    if not fit.usable and override is None:
        raise FitError(
            f"{fit.card.device} {fit.card.cell}: the fit of {fit.card.model} should not be used: "
            f"{'; '.join(fit.faults)}; look at {page}, or state why it is used all the same: --override 'REASON', or "
            "override = 'REASON' under [device] of a configuration"
        )
    written = recorded_override(with_verdict(fit.card, fit.faults), override)
    write_text(card, card_to_json(written))
    return written
