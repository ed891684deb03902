"""Named device cards from published parameter sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devicefit.card import DeviceCard, Parameter
from devicefit.models.model import ParameterSpec


def published_cards(
    model: str, specs: Sequence[ParameterSpec], sets: Mapping[str, Sequence[float]], source: str
) -> dict[str, DeviceCard]:
    """A card for each named set of values, given in the order of `specs`; origin `published`, note `source`."""
    return {
        name: DeviceCard(
            model=model,
            device=name,
            cell="published",
            parameters={
                spec.name: Parameter(float(value), spec.unit, "published", note=source)
                for spec, value in zip(specs, values, strict=True)
            },
            provenance={"source": source},
        )
        for name, values in sets.items()
    }
