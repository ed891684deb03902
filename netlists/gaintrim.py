"""The gain trim of `cells/gain_trim.cir` and the bench that measures what a code makes of a current."""

from __future__ import annotations

from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.checks import not_negative, positive
from netlists.composition import cell, compose, new_circuit, number
from netlists.deck import Deck
from netlists.mismatch import mismatched_cells
from netlists.neuron import TRANSIENT_OPTIONS
from netlists.technology import Geometry, Technology, geometries_in, with_sizes

BITS = 5
RADIX = 1.9
"""Width of a leg over that of the one before [1]."""
UNITS = 30
"""Units of the smallest leg in a whole mirror [1]."""
FIXED = 0.58
"""Share of the mirror that is always on [1]."""
LARGEST = (1 << BITS) - 1
CASCODE = 0.28e-6


@dataclass(frozen=True)
class GainTrim:
    """The mirror that is trimmed: width and length of the whole [m], `turn` times that of its diode [1]; supply [V]."""

    supply_voltage: float = 1.8
    width: float = 7.2e-6
    length: float = 0.7e-6
    turn: float = 4.0

    def __post_init__(self) -> None:
        for name in ("supply_voltage", "width", "length", "turn"):
            positive(name, getattr(self, name))

    @property
    def sizes(self) -> dict[str, float]:
        """Sizes that the cell takes as parameters [m]."""
        return {"leg_width": self.width / UNITS, "turn_length": self.length}

    def gain(self, code: int) -> float:
        """Nominal gain of a code over that of the whole mirror [1]."""
        return FIXED + sum(RADIX**k for k in range(BITS) if code >> k & 1) / UNITS


def gain_trim_definitions(trim: GainTrim, technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), transistors, and the cell, mismatched where the technology says so."""
    text = cell("gain_trim")
    sized = with_sizes(text, trim.sizes)
    diode = trim.width / trim.turn
    around = [Geometry("pfet", width, trim.length) for width in (diode, FIXED * trim.width)]
    around += [Geometry("pfet", width, CASCODE) for width in (diode, trim.width)]
    cards = technology.cards_for((*geometries_in(sized), *around))
    if technology.mismatch_seed is not None:
        return [cards, mismatched_cells(sized, ["gain_trim"], technology.mismatch_seed)]
    return [cards, cell("transistors"), text]


def gain_trim_deck(
    trim: GainTrim,
    technology: Technology,
    *,
    code: int,
    current: float = 4.5e-7,
    cascode_voltage: float = 0.78,
    output_voltage: float = 0.5,
) -> Deck:
    """The mirror at rest with `code` on, `current` [A] out of its diode, an output held at a voltage [V].

    Saved: `i(vout)`, the current into the output [A].

    Raises
    ------
    NetlistError
        A code beyond the five bits, a current that is not positive, or a negative voltage.
    """
    if not 0 <= code <= LARGEST:
        raise NetlistError(f"code {code}; the trim has 0 to {LARGEST}")
    positive("current [A]", current)
    for name, value in (("cascode_voltage [V]", cascode_voltage), ("output_voltage [V]", output_voltage)):
        not_negative(name, value)
    high, diode = number(trim.supply_voltage), number(trim.width / trim.turn)
    pins = [f"g{k}" for k in range(BITS)]
    lines = [f"Vdd vdd 0 {high}", f"Vout out 0 {number(output_voltage)}", f"Vcp vcp 0 {number(cascode_voltage)}"]
    lines += [f"V{pin} {pin} 0 {'0' if code >> k & 1 else high}" for k, pin in enumerate(pins)]
    lines += [
        f"Iin z 0 {number(current)}",
        f"Xdiode d z vdd vdd pch w={diode} l={number(trim.length)}",
        f"Xdiodec z vcp d vdd pch w={diode} l={number(CASCODE)}",
        f"Xturn e z vdd vdd pch w={number(FIXED * trim.width)} l={number(trim.length)}",
        f"Xturnc out vcp e vdd pch w={number(trim.width)} l={number(CASCODE)}",
        f"Xtrim e z {' '.join(pins)} vdd gain_trim {' '.join(f'{k}={number(v)}' for k, v in trim.sizes.items())}",
    ]
    return compose(
        new_circuit(f"gain trim, code {code}", [*gain_trim_definitions(trim, technology), "\n".join(lines)]),
        stop_time=1e-9,
        maximum_step=0.1e-9,
        saved=["i(vout)"],
        includes=(technology.source,),
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )
