"""Checks that every record's arrays pass: float64, read-only, one-dimensional, of equal length, finite."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from measurements.errors import InputError


def freeze_arrays(record: object, names: Iterable[str], source: str, *, minimum: int = 1) -> None:
    """Replace the array fields `names` of a frozen dataclass by checked read-only copies; None is left out.

    Raises
    ------
    InputError
        An array is not one-dimensional, has fewer than `minimum` points or another number than the first one,
        or holds a value that is not finite.
    """
    first, length = "", -1
    for name in names:
        values = getattr(record, name)
        if values is None:
            continue
        frozen = np.array(values, dtype=np.float64)
        frozen.setflags(write=False)
        object.__setattr__(record, name, frozen)
        if frozen.ndim != 1 or (first and frozen.size != length):
            beside = f", {first} has ({length},)" if first else ", a single row of values is needed"
            raise InputError(f"{name} has shape {frozen.shape}{beside}", path=source)
        if frozen.size < minimum:
            least = f"only {frozen.size} points, {minimum} or more are needed" if frozen.size else "no point"
            raise InputError(f"{name} has {least}", path=source)
        first, length = first or name, int(frozen.size)
        bad = np.flatnonzero(~np.isfinite(frozen))
        if bad.size:
            raise InputError(f"{name} is not finite at point {bad[0]}", path=source)
