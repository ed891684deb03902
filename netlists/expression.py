"""Numbers and arithmetic as SPICE writes them, worked out without any interpreter of Python."""

from __future__ import annotations

import re
from collections.abc import Mapping

from measurements.errors import NetlistError

MAXIMUM_LENGTH = 400
"""Longest expression that is taken [characters]."""
MAXIMUM_DEPTH = 20
"""Deepest nesting of brackets and signs."""
_SCALE = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18,
    "": 1.0,
}  # fmt: skip
_NUMBER = re.compile(r"(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)(meg|mil|[tgkmunpfa])?[a-z]*")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def evaluate(text: str, values: Mapping[str, float]) -> float:
    """Value of a SPICE number or of an expression of + - * / and brackets, with or without { } or ' '.

    Suffixes are those of SPICE (`u` 1e-6, `m` 1e-3, `meg` 1e6); letters after them are a unit and mean nothing.

    Raises
    ------
    NetlistError
        The text is no such expression, is too long or too deep, divides by zero, or names a value that is not known.

    >>> evaluate("{2*w + 1k}", {"w": 1.5})
    1003.0
    """
    if len(text) > MAXIMUM_LENGTH:
        raise NetlistError(f"expression of {len(text)} characters; {MAXIMUM_LENGTH} are taken")
    reader = _Reader(text.strip().strip("{}'").strip().lower(), values)
    value = reader.sum(0)
    if reader.rest:
        raise NetlistError(f"{text.strip()!r} has {reader.rest[:20]!r} where an operator or the end is needed")
    return value


class _Reader:
    """Recursive descent over what is left of a text."""

    def __init__(self, text: str, values: Mapping[str, float]) -> None:
        self.text, self.rest, self.values = text, text, values

    def sum(self, depth: int) -> float:
        value = self.product(depth)
        while self.rest[:1] in ("+", "-") and self.rest:
            value = value + self.product(depth) if self.taken() == "+" else value - self.product(depth)
        return value

    def product(self, depth: int) -> float:
        value = self.factor(depth)
        while self.rest[:1] in ("*", "/") and self.rest:
            operator, other = self.taken(), self.factor(depth)
            if operator == "/" and other == 0.0:
                raise NetlistError(f"{self.text!r} divides by zero")
            value = value * other if operator == "*" else value / other
        return value

    def factor(self, depth: int) -> float:
        if depth > MAXIMUM_DEPTH:
            raise NetlistError(f"{self.text[:40]!r} is nested more than {MAXIMUM_DEPTH} deep")
        if self.rest[:1] in ("+", "-") and self.rest:
            return self.factor(depth + 1) if self.taken() == "+" else -self.factor(depth + 1)
        if self.rest[:1] == "(":
            self.taken()
            value = self.sum(depth + 1)
            if self.rest[:1] != ")":
                raise NetlistError(f"{self.text!r} lacks a closing bracket")
            self.taken()
            return value
        return self.atom()

    def atom(self) -> float:
        if match := _NUMBER.match(self.rest):
            self.advance(match.end())
            return float(match[1]) * (25.4e-6 if match[2] == "mil" else _SCALE[match[2] or ""])
        if match := _NAME.match(self.rest):
            self.advance(match.end())
            if match[0] not in self.values:
                raise NetlistError(f"{self.text!r} names {match[0]!r}, which has no value here")
            return self.values[match[0]]
        raise NetlistError(f"{self.text!r} is not a number or an expression of + - * / and brackets")

    def taken(self) -> str:
        first = self.rest[0]
        self.advance(1)
        return first

    def advance(self, count: int) -> None:
        self.rest = self.rest[count:].lstrip()
