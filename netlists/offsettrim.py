"""The offset trim of `cells/offset_trim.cir` and the bench that measures what a code adds to a membrane's current."""

from __future__ import annotations

from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.checks import not_negative, positive
from netlists.composition import cell, compose, new_circuit, number
from netlists.deck import Deck
from netlists.mismatch import mismatched_cells
from netlists.neuron import TRANSIENT_OPTIONS
from netlists.technology import Technology, geometries_in

BITS = 7
RADIX = 1.9
"""Width of a leg over that of the one before [1]: below two, so that codes overlap where a large leg is too wide."""
LARGEST = (1 << BITS) - 1
"""Largest code, either sign."""


@dataclass(frozen=True)
class OffsetTrim:
    """Supply [V] and the current of the two references, of four steps each [A]."""

    supply_voltage: float = 1.8
    trim_bias: float = 80e-9

    def __post_init__(self) -> None:
        positive("supply_voltage", self.supply_voltage)
        positive("trim_bias", self.trim_bias)

    @property
    def step(self) -> float:
        """Nominal current of one step [A]."""
        return self.trim_bias / 4.0

    @property
    def reach(self) -> float:
        """Nominal current of the largest code, every leg on [A]."""
        return self.step * sum(RADIX**k for k in range(BITS))


def offset_trim_definitions(technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), transistors, and the cells, mismatched where the technology says so."""
    text = cell("offset_trim")
    cards = technology.cards_for(geometries_in(text))
    if technology.mismatch_seed is not None:
        return [cards, mismatched_cells(text, ["offset_trim_bias", "offset_trim"], technology.mismatch_seed)]
    return [cards, cell("transistors"), text]


def offset_trim_deck(trim: OffsetTrim, technology: Technology, *, code: int, membrane_voltage: float = 0.5) -> Deck:
    """The trim at rest with `code` (above zero it gives current, below it takes it) on a membrane held at a voltage.

    Saved: `i(vmem)`, the current into the membrane [A], and `i(vdd)`, minus that from the supply [A].

    Raises
    ------
    NetlistError
        A code beyond the seven bits, or a negative voltage.
    """
    if not -LARGEST <= code <= LARGEST:
        raise NetlistError(f"code {code}; the trim has -{LARGEST} to {LARGEST}")
    not_negative("membrane_voltage [V]", membrane_voltage)
    high = number(trim.supply_voltage)
    taken, given = (max(sign * code, 0) for sign in (-1, 1))
    pins = [f"d{k}" for k in range(BITS)] + [f"u{k}" for k in range(BITS)]
    lines = [f"Vdd vdd 0 {high}", f"Vmem out 0 {number(membrane_voltage)}"]
    lines += [f"Vd{k} d{k} 0 {high if taken >> k & 1 else '0'}" for k in range(BITS)]
    lines += [f"Vu{k} u{k} 0 {'0' if given >> k & 1 else high}" for k in range(BITS)]
    lines += [
        f"Xbias nb pb vdd 0 offset_trim_bias trim_bias={number(trim.trim_bias)}",
        f"Xtrim out {' '.join(pins)} nb pb vdd 0 offset_trim",
    ]
    return compose(
        new_circuit(f"offset trim, code {code}", [*offset_trim_definitions(technology), "\n".join(lines)]),
        stop_time=1e-9,
        maximum_step=0.1e-9,
        saved=["i(vmem)", "i(vdd)"],
        includes=(technology.source,),
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )
