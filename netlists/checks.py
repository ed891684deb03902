"""Checks of what enters a netlist: names that cannot smuggle in lines, numbers that a circuit can have."""

from __future__ import annotations

import math
import re

from measurements.errors import NetlistError

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def identifier(text: str) -> str:
    """The text itself when it is a plain lower-case SPICE name.

    ngspice ignores case, so `V0` and `v0` would be one node: only lower case is taken. Blanks, line breaks
    and punctuation are refused, since they would start a new card or an expression.

    >>> identifier("row_12")
    'row_12'
    >>> identifier("a b")
    Traceback (most recent call last):
    measurements.errors.NetlistError: name 'a b' is not made of lower-case letters, digits and _
    """
    if _NAME.fullmatch(text) is None:
        raise NetlistError(f"name {text!r} is not made of lower-case letters, digits and _")
    return text


def single_line(text: str) -> str:
    """The text itself when it is one printable line, as a deck's title must be."""
    if not text or not text.isprintable():
        raise NetlistError(f"title {text!r} is not one printable line")
    return text


def positive(quantity: str, value: float) -> float:
    """The value when it is finite and above zero; `quantity` names it in the error.

    >>> positive("read_voltage [V]", -1.0)
    Traceback (most recent call last):
    measurements.errors.NetlistError: read_voltage [V] is -1; a finite number above 0 is needed
    """
    if not (math.isfinite(value) and value > 0):
        raise NetlistError(f"{quantity} is {value:g}; a finite number above 0 is needed")
    return value


def not_negative(quantity: str, value: float) -> float:
    """The value when it is finite and zero or more; `quantity` names it in the error."""
    if not (math.isfinite(value) and value >= 0):
        raise NetlistError(f"{quantity} is {value:g}; a finite number of 0 or more is needed")
    return value


def finite(quantity: str, value: float) -> float:
    """The value when it is finite; `quantity` names it in the error."""
    if not math.isfinite(value):
        raise NetlistError(f"{quantity} is {value:g}; a finite number is needed")
    return value
