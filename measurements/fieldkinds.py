"""Kinds of fields that records have: how the store knows what to write, and what it must find on reading.

Every record is a frozen dataclass of these: float arrays, tables of named float arrays, numbers, truth values,
text, words of a list (`StrEnum`), tuples of words, named words, and the `Source`. A new record class needs
nothing here as long as its fields are of these kinds; `UNITS` names the unit of each array.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum, StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from measurements.sweep import FloatArray, Source

UNITS = {
    "time": "s",
    "voltage": "V",
    "current": "A",
    "power": "W",
    "temperature": "K",
    "resistance": "ohm",
    "pulse": "1",
    "amplitude": "V",
    "width": "s",
    "stage_temperature": "K",
    "compliance_current": "A",
    "distance": "m",
    "waiting_time": "s",
    "cycles": "1",
    "failed": "1",
    "aggressor_energy": "J",
    "aggressor_time": "s",
    "resistance_before": "ohm",
    "resistance_after": "ohm",
    "switching_power": "W",
    "spread": "W",
    "line_width": "m",
    "count": "1",
}
"""SI unit of each array by the name of its field: quantities are spelled out, so a name has one unit."""


class Kind(Enum):
    """What a field holds."""

    ARRAY = "float array"
    ARRAYS = "named float arrays"
    NUMBER = "number"
    INTEGER = "integer"
    TRUTH = "truth value"
    TEXT = "text"
    WORDS = "words"
    NAMED_WORDS = "named words"
    SOURCE = "source"


@dataclass(frozen=True)
class RecordField:
    """A field of a record class; `words` are the values it may take where it is a `StrEnum`."""

    name: str
    kind: Kind
    optional: bool
    has_default: bool
    words: type[StrEnum] | None = None


@cache
def record_fields(record_class: type) -> tuple[RecordField, ...]:
    """The fields of a record class in order.

    Raises
    ------
    TypeError
        A field of a kind the store does not know: a fault of the program, not of a file.
    """
    hints = get_type_hints(record_class)
    return tuple(
        _field(field.name, hints[field.name], field.default is not MISSING or field.default_factory is not MISSING)
        for field in fields(record_class)
    )


def _field(name: str, hint: Any, has_default: bool) -> RecordField:
    parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    optional = type(None) in parts
    (part,) = (part for part in parts if part is not type(None))
    words = part if isinstance(part, type) and issubclass(part, StrEnum) else None
    return RecordField(name, Kind.TEXT if words else _kind(name, part), optional, has_default, words)


def _kind(name: str, part: Any) -> Kind:
    simple = {float: Kind.NUMBER, int: Kind.INTEGER, bool: Kind.TRUTH, str: Kind.TEXT, Source: Kind.SOURCE}
    if part in simple:
        return simple[part]
    arguments = get_args(part)
    if part == FloatArray or get_origin(part) is np.ndarray:
        return Kind.ARRAY
    if get_origin(part) is tuple and arguments == (str, ...):
        return Kind.WORDS
    if get_origin(part) is Mapping and arguments[0] is str:
        return Kind.NAMED_WORDS if arguments[1] is str else Kind.ARRAYS
    raise TypeError(f"field {name} is of the kind {part}, which the store cannot hold")
