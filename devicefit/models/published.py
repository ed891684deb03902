"""Named device cards from published parameter sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from devicefit.card import DeviceCard, Parameter
from devicefit.models.model import ParameterSpec


def published_cards(
    model: str,
    specs: Sequence[ParameterSpec],
    sets: Mapping[str, Sequence[float]],
    source: str,
    *,
    assumed: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, DeviceCard]:
    """A card for each named set of values, given in the order of `specs`; origin `published`, note `source`.

    Parameters named in `assumed` are not in the publication: origin `assumed`, with the reason as note.
    """
    return {
        name: DeviceCard(
            model=model,
            device=name,
            cell="published",
            parameters={
                spec.name: Parameter(float(value), spec.unit, "assumed", note=assumed[spec.name])
                if spec.name in assumed
                else Parameter(float(value), spec.unit, "published", note=source)
                for spec, value in zip(specs, values, strict=True)
            },
            provenance={"source": source},
        )
        for name, values in sets.items()
    }
