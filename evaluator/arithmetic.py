"""Comparisons and truncation as instructions of the processor; compiled.

Python's `min`, `max` and `int` become calls in compiled code, before which all registers are saved.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from evaluator.compiled import inlined

Number = TypeVar("Number", float, np.float32, int)


@inlined
def larger(first: Number, second: Number) -> Number:
    """The larger of two numbers."""
    return first if first > second else second


@inlined
def smaller(first: Number, second: Number) -> Number:
    """The smaller of two numbers."""
    return first if first < second else second


@inlined
def whole(value: float) -> int:
    """A number without its fraction."""
    return np.int64(value)  # type: ignore[return-value]  # numba knows no other


@inlined
def within(index: int, last: int) -> int:
    """An index kept from 0 to `last`."""
    upper = index if index < last else last
    return upper if upper > 0 else 0
