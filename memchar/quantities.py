"""Engineering notation at the edge: `2.5k`, `35uA`, `100 mV` become SI floats here."""

from __future__ import annotations

import math
import re

from measurements.errors import InputError

_PREFIX = {
    "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "": 1.0,
    "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
}  # fmt: skip
_PATTERN = re.compile(
    r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*([fpnuµmkMGT]?)(V|A|ohm|Ω|s|F|K|J|W|S|Hz)?\s*"
)


def parse_quantity(text: str, unit: str | None = None) -> float:
    """SI value of a number with an optional engineering prefix and unit.

    Parameters
    ----------
    text
        Such as `2.5k`, `35uA`, `0.1 V`.
    unit
        Unit that the text may name; another one is refused.

    Raises
    ------
    InputError
        Not a number, an unknown prefix, or another unit.

    >>> parse_quantity("35uA", "A")
    3.5e-05
    >>> parse_quantity("2.5k")
    2500.0
    >>> parse_quantity("3V", "A")
    Traceback (most recent call last):
    measurements.errors.InputError: '3V' is in V where A is expected
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise InputError(f"{text!r} is not a quantity", hint="write a number such as 2.5k, 35uA or 0.1 V")
    number, prefix, found = match.groups()
    found = "ohm" if found == "Ω" else found
    if unit is not None and found is not None and found != unit:
        raise InputError(f"{text!r} is in {found} where {unit} is expected")
    return float(f"{float(number) * _PREFIX[prefix]:.15g}")


_STEPS = (
    (1e-15, "f"),
    (1e-12, "p"),
    (1e-9, "n"),
    (1e-6, "u"),
    (1e-3, "m"),
    (1.0, ""),
    (1e3, "k"),
    (1e6, "M"),
    (1e9, "G"),
)


def format_quantity(value: float, unit: str, digits: int = 3) -> str:
    """Text of an SI value with an engineering prefix.

    >>> format_quantity(2.51e-12, "J")
    '2.51 pJ'
    >>> format_quantity(0.0, "W")
    '0 W'
    >>> format_quantity(99.6e-6, "V", 2)
    '100 uV'

    Units that are not a single name take no prefix:

    >>> format_quantity(14.15, "1/V")
    '14.2 1/V'
    """
    if value == 0 or value != value or not unit.isalpha():
        return f"{value:.{digits}g} {unit}"
    scale, prefix = next(((s, p) for s, p in reversed(_STEPS) if abs(value) >= 0.9995 * s), _STEPS[0])
    number = value / scale
    shown = round(number, digits - 1 - math.floor(math.log10(abs(number))))
    return f"{shown:.{max(digits, 3)}g} {prefix}{unit}"
