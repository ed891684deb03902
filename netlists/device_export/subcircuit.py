"""The ngspice subcircuit of a fitted device as a file of its own."""

from __future__ import annotations

from devicefit.card import DeviceCard
from devicefit.models.registry import model_of
from netlists.checks import identifier
from netlists.device_export.header import header_lines
from netlists.model import model_subcircuit


def subcircuit_file(card: DeviceCard, name: str = "device", override: str | None = None) -> str:
    """A file for `.include` or the head of a deck: header, then the dynamic subcircuit `name te be`.

    Raises
    ------
    InputError
        The card does not fit its model, or its fit is not usable and there is no `override`.
    """
    lines = [f"* {line}" for line in header_lines(card, "ngspice subcircuit", override)]
    states = [unknown for unknown in model_of(card).unknowns if unknown.initial is not None]
    start = " ".join(f"{unknown.initial}=VALUE" for unknown in states)
    lines.append(f"* use: Xcell top bottom {identifier(name)} {start}".rstrip())
    lines.append("* options: .options reltol=1e-4 method=gear; maximum step at most a thousandth of a ramp's period")
    return "\n".join([*lines, model_subcircuit(card, name), ""])
