"""Whether a card may be used: the verdict its fit left in it, and the reason to use it all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from devicefit.card import DeviceCard
from measurements.errors import InputError

UNUSABLE = "unusable"
"""Key of a card's provenance whose text says why the fit must not be used; absent where it may."""
OVERRIDE = "export_override"
"""Key of a card's provenance with the reason to export it all the same."""


def with_verdict(card: DeviceCard, faults: Sequence[str]) -> DeviceCard:
    """The card with the faults of its fit in its provenance; the card itself where there are none."""
    return card if not faults else replace(card, provenance={**card.provenance, UNUSABLE: "; ".join(faults)})


def refuse_unusable(card: DeviceCard, override: str | None = None) -> str | None:
    """The reason to record where a fit that is not usable is exported all the same; None for a usable one.

    A reason that stands in the card already, since its fit was written with one, counts as well.

    Raises
    ------
    InputError
        The card says that its fit is not usable and `override` gives no reason, or `override` is empty.
    """
    if override is not None and not override.strip():
        raise InputError(
            "the override has no reason", hint="say in a few words why the device is exported all the same"
        )
    cause = card.provenance.get(UNUSABLE)
    if cause is None:
        return None
    if override is None and card.provenance.get(OVERRIDE):
        return card.provenance[OVERRIDE]
    if override is None:
        raise InputError(
            f"the fit of {card.device} {card.cell} is not usable: {cause}",
            hint="fit other data, or state why it is exported all the same with --override 'REASON'",
        )
    return f"{override.strip()} (the fit is not usable: {cause})"


def recorded_override(card: DeviceCard, override: str | None) -> DeviceCard:
    """The card with the reason for its export in its provenance, where it needs one; the card itself otherwise.

    Raises
    ------
    InputError
        As `refuse_unusable`.
    """
    reason = refuse_unusable(card, override)
    return card if reason is None else replace(card, provenance={**card.provenance, OVERRIDE: reason})
