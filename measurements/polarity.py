"""Which sign of the voltage sets a cell and which resets it, and sweeps that disagree with the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from measurements.sweep import Activity
from measurements.transition import Transition


@dataclass(frozen=True)
class Polarity:
    """Signs at the active electrode that switch a cell.

    Parameters
    ----------
    set_sign, reset_sign
        +1 or -1 by the majority of the transitions; None where there are none or as many of each.
    sets, resets
        Numbers of transitions at (positive, negative) voltage.
    unipolar
        Whether set and reset have the same sign.
    flags
        What a user should look at: sweeps against the majority, sweeps whose name says the contrary of what
        the cell did, a set at negative voltage.
    """

    set_sign: int | None
    reset_sign: int | None
    sets: tuple[int, int]
    resets: tuple[int, int]
    unipolar: bool
    flags: tuple[str, ...]


def find_polarity(transitions: Iterable[Transition]) -> Polarity:
    """Polarity of one cell from the transitions that happened."""
    every = list(transitions)
    happened = [one for one in every if one.voltage is not None]
    sets = [one for one in happened if one.kind in (Activity.SET, Activity.FORM)]
    resets = [one for one in happened if one.kind is Activity.RESET]
    set_sign, set_counts = _majority(sets)
    reset_sign, reset_counts = _majority(resets)
    flags = [*_against(sets, set_sign, "set"), *_against(resets, reset_sign, "reset")]
    flags += [f"{one.source.file}: {one.reason}" for one in every if one.reason.startswith("named ")]
    if set_sign == -1:
        flags.append(
            "sets at negative voltage of the active electrode: right for some stacks; for an active (Cu, Ag) "
            "electrode that dissolves at positive voltage it means that the leads were swapped"
        )
    unipolar = set_sign is not None and set_sign == reset_sign
    if unipolar:
        flags.append("set and reset have the same polarity: unipolar switching, or sweeps named wrongly")
    return Polarity(set_sign, reset_sign, set_counts, reset_counts, unipolar, tuple(flags))


def _majority(chosen: list[Transition]) -> tuple[int | None, tuple[int, int]]:
    positive = sum(one.polarity > 0 for one in chosen)
    negative = len(chosen) - positive
    sign = None if positive == negative else 1 if positive > negative else -1
    return sign, (positive, negative)


def _against(chosen: list[Transition], sign: int | None, name: str) -> list[str]:
    """Flags of the transitions of the minority; all of them where there is no majority."""
    if sign is None:
        return [f"{name}s at both polarities, as many of each ({len(chosen) // 2})"] if chosen else []
    odd = [one for one in chosen if one.polarity != sign]
    if not odd:
        return []
    files = ", ".join(dict.fromkeys(one.source.file for one in odd[:3])) + (", …" if len(odd) > 3 else "")
    usual = "positive" if sign > 0 else "negative"
    return [f"{len(odd)} of {len(chosen)} {name}s not at {usual} voltage; swapped polarity? ({files})"]
