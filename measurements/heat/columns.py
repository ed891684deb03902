"""Checks of the rows that heat records share: word columns of the same length, drawn from a known list."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from measurements.errors import InputError
from measurements.sweep import FloatArray


def freeze_words(record: object, name: str, length: int, source: str, known: Collection[str] | None = None) -> None:
    """Replace the field `name` of a frozen dataclass by a tuple of `length` non-empty words.

    Raises
    ------
    InputError
        Another number of words than rows, an empty word, or one that is not `known`.
    """
    words = tuple(str(word) for word in getattr(record, name))
    object.__setattr__(record, name, words)
    if len(words) != length:
        raise InputError(f"{name} has {len(words)} words for {length} rows", path=source)
    for row, word in enumerate(words):
        if not word or (known is not None and word not in known):
            expected = "a word" if known is None else f"one of {', '.join(sorted(known))}"
            raise InputError(f"{name} is {word!r} in row {row}, expected {expected}", path=source)


def require(values: FloatArray, name: str, source: str, *, positive: bool) -> None:
    """Every value must be above zero (`positive`) or not below it.

    Raises
    ------
    InputError
        A value is not.
    """
    bad = np.flatnonzero(values <= 0.0 if positive else values < 0.0)
    if bad.size:
        wanted = "above zero" if positive else "zero or more"
        raise InputError(f"{name} is {values[bad[0]]} in row {bad[0]}, expected {wanted}", path=source)
