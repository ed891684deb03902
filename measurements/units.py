"""Units as people write them in column headers, and their values in SI."""

from __future__ import annotations

import re
from dataclasses import dataclass

from measurements.sweep import FloatArray

_PREFIXES = {"f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12}
_BASES = {
    "V": ("V", "volt", "volts"),
    "A": ("A", "amp", "amps", "ampere", "amperes"),
    "s": ("s", "sec", "second", "seconds"),
    "ohm": ("ohm", "ohms", "Ohm", "Ohms", "Ω", "Ω"),
    "S": ("S", "siemens"),
    "W": ("W", "watt"),
    "J": ("J", "joule"),
    "F": ("F", "farad"),
    "m": ("m", "metre", "meter"),
    "Hz": ("Hz", "hertz"),
    "K": ("K", "kelvin"),
}
_SPECIAL = {
    "1": ("1", 0, 0.0),
    "%": ("1", -2, 0.0),
    "degC": ("K", 0, 273.15),
    "°C": ("K", 0, 273.15),
}
MAXIMUM_HEADER = 300
"""Longest header cell in which a unit is looked for [character]."""

_HEADER = re.compile(r"(?P<name>.*?)\s*(?:\[(?P<square>[^\[\]]*)\]|\((?P<round>[^()]*)\)|\s/\s*(?P<slash>\S+))")


@dataclass(frozen=True)
class Unit:
    """A unit as written: its SI unit, power of ten, and offset [SI unit] (only of Celsius)."""

    written: str
    si: str
    exponent: int = 0
    offset: float = 0.0

    def to_si(self, values: FloatArray) -> FloatArray:
        """Values in SI; powers of ten are exact, so that 20 uA gives the float 2e-05.

        >>> import numpy as np
        >>> parse_unit("uA").to_si(np.array([20.0])).tolist()
        [2e-05]
        """
        scaled = values * 10.0**self.exponent if self.exponent >= 0 else values / 10.0**-self.exponent
        return scaled + self.offset if self.offset else scaled

    def __str__(self) -> str:
        if self.offset:
            return f"{self.written} plus {self.offset} {self.si}"
        return self.written if self.exponent == 0 else f"{self.written}, 1e{self.exponent} {self.si}"


DIMENSIONLESS = Unit("", "1")


def parse_unit(text: str) -> Unit | None:
    """The unit that a text names, or None.

    >>> parse_unit("kohm")
    Unit(written='kohm', si='ohm', exponent=3, offset=0.0)
    >>> parse_unit("furlong") is None
    True
    """
    text = text.strip()
    if text in _SPECIAL:
        si, exponent, offset = _SPECIAL[text]
        return Unit(text, si, exponent, offset)
    for si, names in _BASES.items():
        for name in names:
            if text.lower() == name and len(name) > 2:
                return Unit(text, si)
            if text.endswith(name) and text[: -len(name)] in _PREFIXES:
                return Unit(text, si, _PREFIXES[text[: -len(name)]])
    return None


def split_header(cell: str) -> tuple[str, str | None]:
    """Name and unit text of a header cell `name [unit]`, `name (unit)` or `name / unit`; None without a unit.

    >>> split_header("Drain current (mA)"), split_header("Voltage / V"), split_header("BPC")
    (('Drain current', 'mA'), ('Voltage', 'V'), ('BPC', None))
    """
    cell = cell.strip().strip('"').strip()
    match = _HEADER.fullmatch(cell) if len(cell) <= MAXIMUM_HEADER else None  # a longer one would take long to search
    if match is None:
        return cell, None
    written = next(group for group in (match["square"], match["round"], match["slash"]) if group is not None)
    return match["name"].strip(), written.strip()
