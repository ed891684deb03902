"""What a card alone says of reads: conductance of its two states at a read voltage, and their spread over cycles."""

from __future__ import annotations

from dataclasses import dataclass

from devicefit.card import DeviceCard
from devicefit.models.static import static_current
from measurements.errors import InputError


@dataclass(frozen=True)
class CardReads:
    """Conductances of the off and the on state at `read_voltage` [S].

    `on_deviation` is the cycle-to-cycle deviation of the measured on resistance relative to its mean [1], None where
    the card has fewer than three cycles.
    """

    read_voltage: float
    lowest: float
    highest: float
    on_deviation: float | None


def card_reads(card: DeviceCard, read_voltage: float) -> CardReads:
    """Reads of a card's device, its state frozen.

    Raises
    ------
    InputError
        The read voltage is 0, the card does not fit its model, or the on state conducts no better than the off state.
    """
    if not abs(read_voltage) > 0:
        raise InputError(f"read voltage is {read_voltage!r} V; a voltage other than 0 is needed")
    off, on = (float(static_current(card, read_voltage, state)) / read_voltage for state in (0.0, 1.0))
    if not 0 < off < on:
        raise InputError(f"at {read_voltage:g} V the off state has {off:.3g} S and the on state {on:.3g} S")
    spread = card.variability.get("on_resistance")
    known = spread is not None and spread.count >= 3 and spread.mean > 0
    return CardReads(read_voltage, off, on, spread.standard_deviation / spread.mean if known and spread else None)
