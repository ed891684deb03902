"""What the head of each written file says about its device."""

from __future__ import annotations

from devicefit.card import DeviceCard
from devicefit.usability import refuse_unusable


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
