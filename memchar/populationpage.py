"""The page on a population of devices: both levels, correlations, each device beside the law, in one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import memchar
from memchar.populationrows import correlation_rows, cycle_rows, device_rows

if TYPE_CHECKING:
    from devicefit import DeviceCard


def population_page(card: DeviceCard, left_out: Sequence[tuple[str, str]] = ()) -> str:
    """HTML of a population card; `left_out` names cells and the reason.

    Raises
    ------
    InputError
        The card is of one device.
    """
    from jinja2 import Environment, PackageLoader, select_autoescape

    from devicefit.models.registry import model_of
    from measurements.errors import InputError

    if card.population is None:
        raise InputError(f"the card of {card.label} is of one device, not of a population")
    environment = Environment(loader=PackageLoader("memchar"), autoescape=select_autoescape(default=True))
    correlated = correlation_rows(card.population)
    return environment.get_template("population.html.j2").render(
        version=memchar.__version__,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        card=card,
        title=model_of(card).title,
        members=card.population.members,
        devices=device_rows(card.population),
        cycles=cycle_rows(card.population),
        correlations=correlated if len(correlated) > 1 else (),
        parameters=_parameters(card),
        left_out=[("cell", "reason"), *left_out] if left_out else (),
        provenance=[("fact", "value"), *card.provenance.items()],
    )


def _parameters(card: DeviceCard) -> list[tuple[str, ...]]:
    from memchar.quantities import format_quantity

    rows: list[tuple[str, ...]] = [("parameter", "value", "origin", "note")]
    for name, p in card.parameters.items():
        rows.append((name, format_quantity(p.value, p.unit, 4), p.origin, p.note))
    return rows
