"""A device card as rows of text: its parameters with their origin, its spread from cycle to cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from devicefit import DeviceCard


def parameter_rows(card: DeviceCard) -> list[dict[str, str]]:
    """Every parameter with value, standard error, unit, origin and note."""
    return [
        {
            "name": name.replace("_", " "),
            "value": f"{p.value:.5g}",
            "error": "" if p.standard_error is None else f"{p.standard_error:.2g}",
            "unit": p.unit,
            "origin": p.origin,
            "note": p.note,
        }
        for name, p in card.parameters.items()
    ]


def spread_rows(card: DeviceCard) -> list[dict[str, str]]:
    """What varies from cycle to cycle: mean, standard deviation, quantiles."""
    return [
        {
            "name": name.replace("_", " "),
            "mean": format_quantity(s.mean, s.unit, 4),
            "deviation": format_quantity(s.standard_deviation, s.unit),
            "quantiles": " / ".join(format_quantity(q, s.unit) for q in (s.p10, s.median, s.p90)),
            "count": str(s.count),
        }
        for name, s in card.variability.items()
    ]
