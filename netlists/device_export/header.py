"""What each written file says about its device, and the refusal to write a fit that is not usable."""

from __future__ import annotations

from dataclasses import replace

from devicefit.card import DeviceCard
from measurements.errors import InputError

UNUSABLE = "unusable"
"""Key of a card's provenance whose text says why the fit must not be used; absent where it may."""
OVERRIDE = "export_override"
"""Key of a card's provenance, or line of a written file, with the reason to export all the same."""


def refuse_unusable(card: DeviceCard, override: str | None = None) -> str | None:
    """The reason to record where a fit that is not usable is exported all the same; None for a usable one.

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


def header_lines(card: DeviceCard, what: str, override: str | None = None) -> tuple[str, ...]:
    """Lines for the head of a file of text: device, model, origin of the values, validity, provenance, warnings.

    Raises
    ------
    InputError
        As `refuse_unusable`.
    """
    reason = refuse_unusable(card, override)
    lines = [f"{what} of a fitted memristor, written by memchar", f"device: {card.device} {card.cell}"]
    lines.append(f"model: {card.model}")
    if card.synthetic:
        lines.append("SYNTHETIC: the data behind this device were generated, not measured")
    if reason is not None:
        lines.append(f"OVERRIDE: exported all the same: {reason}")
    for name, parameter in card.parameters.items():
        error = "" if parameter.standard_error is None else f" +- {parameter.standard_error:.2g}"
        note = f"; {parameter.note}" if parameter.note else ""
        lines.append(f"parameter {name} = {parameter.value:.6g}{error} {parameter.unit}, {parameter.origin}{note}")
    lines += [f"valid: {name} = {value:.6g}" for name, value in sorted(card.validity.items())]
    if not card.validity:
        lines.append("valid: the card states no range")
    lines += [f"provenance: {name} = {text}" for name, text in sorted(card.provenance.items())]
    return tuple(_printable(line) for line in lines)


def _printable(line: str) -> str:
    """One line of plain text: what cannot be printed would start a new line or card."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in line)
