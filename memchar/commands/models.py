"""`memchar models`: the compact models there are, and their published cards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memchar.commands.output import Json, columns, emit

if TYPE_CHECKING:
    from devicefit.models.model import CompactModel


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("models")(models_command)


def models_command(
    name: Annotated[str | None, typer.Argument(help="Model to describe; all are listed if not given.")] = None,
    card: Annotated[str | None, typer.Option(help="Published card of that model to write.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write the card (JSON).")] = None,
    as_json: Json = False,
) -> None:
    """List the compact models, describe one with its equations and parameters, or write a published card.

    Examples:

        memchar models stanford-gap

        memchar models yakopcic --card 'Miao TaOx' -o miao.json
    """
    from devicefit.models.registry import MODELS
    from measurements.errors import InputError

    if (card is None) != (output is None) or (card is not None and name is None):
        raise InputError("a card is written from a model", hint="memchar models NAME --card CARD -o FILE")
    if name is None:
        rows = [("model", "what", "published cards")]
        rows += [(model.name, model.title, ", ".join(model.cards) or "none") for model in MODELS.values()]
        document: dict[str, Any] = {m.name: {"title": m.title, "cards": list(m.cards)} for m in MODELS.values()}
        emit(document, columns(rows, words=True), as_json=as_json)
    elif card is None or output is None:
        _describe(name, as_json=as_json)
    else:
        _write(name, card, output, as_json=as_json)


def _fitted(model: CompactModel, name: str) -> str:
    if name in model.per_lobe:
        return "per lobe"
    if name in model.per_cycle:
        return "per cycle"
    return "yes" if name in model.fitted else "gradual resets" if name in model.gradual else ""


def _describe(name: str, *, as_json: bool) -> None:
    from devicefit.models.registry import model_named

    model = model_named(name)
    rows = [("parameter", "unit", "from", "to", "fitted", "meaning")]
    for spec in model.parameters:
        rows.append(
            (spec.name, spec.unit, f"{spec.lower:g}", f"{spec.upper:g}", _fitted(model, spec.name), spec.meaning)
        )
    document = {
        "name": model.name,
        "title": model.title,
        "validity": model.validity,
        "sources": list(model.sources),
        "cards": list(model.cards),
        "parameters": {
            spec.name: {"unit": spec.unit, "lower": spec.lower, "upper": spec.upper, "meaning": spec.meaning}
            for spec in model.parameters
        },
    }
    cards = f"published cards: {', '.join(model.cards) or 'none'}"
    emit(document, [model.equations.strip(), "", *columns(rows, words=True), "", cards], as_json=as_json)


def _write(name: str, card: str, output: Path, *, as_json: bool) -> None:
    from devicefit import card_to_json
    from devicefit.models.registry import published_card
    from memchar.files import write_text

    write_text(output, card_to_json(published_card(name, card)))
    emit({"model": name, "card": card, "file": str(output)}, [f"{name}, {card} -> {output}"], as_json=as_json)
