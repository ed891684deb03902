"""`memchar fit`: from measurements to a device card, with a ranking of models and a page to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memchar.commands.output import Json, columns, emit
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from devicefit.cycles.result import ModelFit
    from memchar.fitting import CellModels


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("fit")(fit_command)


def fit_command(
    data: Annotated[Path, typer.Argument(help="Measurement store (memchar import), instrument file or folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Device card to write (JSON).")],
    model: Annotated[
        str,
        typer.Option(
            help="Compact model, several with commas, auto (all whose fit starts from the data) or all (adds slow "
            "physical ones); several are ranked by how they predict cycles."
        ),
    ] = "auto",
    device: Annotated[str | None, typer.Option(help="Device to fit, such as 'wafer2(0,7)'.")] = None,
    cell: Annotated[
        str | None, typer.Option(help="Cell to fit, such as '(1,1)'; the one with most sets if not given.")
    ] = None,
    folds: Annotated[int, typer.Option(help="Parts into which the cycles are split to rank models.", min=2)] = 4,
    page: Annotated[Path | None, typer.Option("--html", help="Page to write; beside the card if not given.")] = None,
    override: Annotated[
        str | None,
        typer.Option(help="Why the card is written although the fit is not usable; recorded in the card."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit compact models to the set and reset sweeps of one cell, with error bars, and take the one that predicts best.

    Models are ranked by the error on cycles held out of the fit. The page beside the card shows data, fit, residuals,
    intervals and correlations. A fit that should not be used leaves no card (the page is written) unless --override
    says why. Example:

        memchar fit data.h5 --device 'wafer2(0,7)' --cell '(1,1)' -o device.json
    """
    from memchar.config import DeviceChoice
    from memchar.fitting import fit_models, write_fit
    from memchar.pipeline import open_records
    from memchar.progress import show_progress

    choice = DeviceChoice(device=device, cell=cell, model=model)
    with show_progress("fit", quiet=as_json) as progress:
        found = fit_models(open_records(data), choice, folds, progress)
    place = output.with_suffix(".html") if page is None else page
    write_fit(found, override, output, place)
    emit(_document(found, output, place), _lines(found, output, place), as_json=as_json)


def _lines(found: CellModels, output: Path, page: Path) -> list[str]:
    from memchar.fitpage import headline, interval_text, undetermined_lines

    fit = found.best
    rows = [("parameter", "value", "95 % interval", "origin")]
    for name, p in fit.card.parameters.items():
        rows.append((name, format_quantity(p.value, p.unit, 4), interval_text(fit, name), p.origin))
    ranking = [*columns(found.rows()), ""] if found.ranked else []
    failed = [f"{name} could not be fitted: {reason}" for name, reason in found.failed.items()]
    merits = "; ".join(f"{item['name']} {item['value']}" for item in headline(fit))
    undetermined = [f"not determined: {line}" for line in undetermined_lines(fit)]
    title = f"{fit.card.device} {fit.card.cell}, {fit.card.model} -> {output}, page {page}"
    return [*ranking, *failed, title, merits, *columns(rows), *undetermined]


def _document(found: CellModels, output: Path, page: Path) -> dict[str, Any]:
    fit = found.best
    return {
        "card": str(output),
        "page": str(page),
        "device": fit.card.device,
        "cell": fit.card.cell,
        "model": fit.card.model,
        "synthetic": fit.card.synthetic,
        "usable": fit.usable,
        "faults": list(fit.faults),
        "errors": {"current": fit.errors.current, "decades": fit.errors.decades, "event_V": fit.errors.event},
        "ranking": found.document(),
        "failed": dict(found.failed),
        "parameters": {name: _parameter(fit, name) for name in fit.card.parameters},
        "undetermined": dict(fit.undetermined),
        "excluded": [list(pair) for pair in fit.excluded],
    }


def _parameter(fit: ModelFit, name: str) -> dict[str, Any]:
    p, bounds = fit.card.parameters[name], fit.intervals.get(name)
    return {
        "value": p.value,
        "unit": p.unit,
        "standard_error": p.standard_error,
        "interval": None if bounds is None else [bounds.lower, bounds.upper],
        "origin": p.origin,
        "note": p.note,
    }
