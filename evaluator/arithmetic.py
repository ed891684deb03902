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


ONE = np.uint64(1)


@inlined
def within(index: int, last: int) -> np.uint64:
    """An index kept from 0 to `last`; unsigned, since a place from an array's end must then not be thought of."""
    upper = index if index < last else last
    return np.uint64(upper if upper > 0 else 0)
