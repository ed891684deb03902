"""`memchar population`: one card of several cells, with what differs between devices and from cycle to cycle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memchar.commands.output import Json, columns, emit

if TYPE_CHECKING:
    from devicefit import DeviceCard
    from memchar.population import FittedCells


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("population")(population_command)


def population_command(
    data: Annotated[Path, typer.Argument(help="Measurement store (memchar import), instrument file or folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Card of the population to write (JSON).")],
    model: Annotated[str, typer.Option(help="Compact model, the same for all cells (memchar models).")] = "yakopcic",
    device: Annotated[str | None, typer.Option(help="Devices to take, with * and ?, such as 'wafer2*'.")] = None,
    cell: Annotated[str | None, typer.Option(help="Cells to take, with * and ?.")] = None,
    fewest_cycles: Annotated[int, typer.Option(help="Cycles that a cell must have to be fitted.", min=2)] = 5,
    page: Annotated[Path | None, typer.Option("--html", help="Page to write; beside the card if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Fit every cell for itself and write one card with the laws between devices and from cycle to cycle.

    Finished fits stay in a folder beside the card (NAME.cells); interrupted, the same command goes on from there. At
    least five cells with a usable fit are needed. `memchar inspect CARD` shows the card again. Example:

        memchar population data.h5 --device 'wafer2*' -o wafer2.json
    """
    from devicefit import card_to_json
    from devicefit.cycles.population import population_card
    from devicefit.models.registry import model_named
    from measurements.errors import FitError
    from memchar.files import write_text
    from memchar.pipeline import open_records
    from memchar.population import FittedCells, chosen_cells, fit_cells
    from memchar.populationpage import population_page
    from memchar.progress import show_progress

    chosen, records = model_named(model), open_records(data)
    names, few = chosen_cells(records, device, cell, fewest_cycles)
    folder = output.with_suffix(".cells")
    with show_progress("cells", quiet=as_json) as progress:
        fitted = fit_cells(records, names, chosen, folder, progress)
    found = FittedCells(fitted.cells, (*few, *fitted.left_out))
    try:
        card = population_card(found.cells, records)
    except FitError as error:
        left = "; ".join(f"{name}: {reason}" for name, reason in fitted.left_out)
        raise FitError(f"{error}{f' (left out: {left})' if left else ''}") from error
    place = output.with_suffix(".html") if page is None else page
    write_text(output, card_to_json(card))
    write_text(place, population_page(card, found.left_out))
    emit(_document(card, found, output, place), _lines(card, found, output, place), as_json=as_json)


def population_lines(card: DeviceCard) -> list[str]:
    """Both levels and the correlations as text."""
    from memchar.populationrows import correlation_rows, cycle_rows, device_rows

    population = card.population
    if population is None:
        return []
    lines = ["from device to device:", *columns(device_rows(population))]
    lines += ["from cycle to cycle in one device:", *columns(cycle_rows(population))]
    correlated = correlation_rows(population)
    if len(correlated) > 1:
        lines += ["correlations:", *columns(correlated, words=True)]
    return lines


def _lines(card: DeviceCard, found: FittedCells, output: Path, page: Path) -> list[str]:
    title = f"{card.device}, {len(found.cells)} cells, {card.model} -> {output}, page {page}"
    left = [f"left out: {name}: {reason}" for name, reason in found.left_out]
    return [title, *population_lines(card), *left]


def _document(card: DeviceCard, found: FittedCells, output: Path, page: Path) -> dict[str, object]:
    from devicefit.estimation.populationjson import population_to_dict

    return {
        "card": str(output),
        "page": str(page),
        "model": card.model,
        "synthetic": card.synthetic,
        "cells": [one.name for one in found.cells],
        "left_out": [list(pair) for pair in found.left_out],
        "population": None if card.population is None else population_to_dict(card.population),
    }
