"""An unknown of a fit, and the coordinates in which it is fitted.

A positive quantity is fitted as the logarithm of its value: a lower bound of zero on 1e-12 A would freeze the
minimiser at its start. Every coordinate is free of units, of order one where the fit is centred, so that a fit in
nanoampere and one in ampere take the same path.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from measurements.errors import InputError

FloatArray = NDArray[np.float64]
LARGEST_EXPONENT = 700.0  # e-folds; exp of more is not a double
FARTHEST = 70.0  # e-folds (30 decades) from its start: beyond it a quantity has vanished, or everything else has


@dataclass(frozen=True)
class Unknown:
    """A quantity to be found: name, unit, first guess and bounds [unit], and how it is fitted.

    `scale` "log": value = exp(coordinate), for quantities that are positive by nature; `lower` may be 0 (no bound).
    "linear": value = size x coordinate. `vary` False: the value stays at `start`, without an error bar.

    Raises
    ------
    InputError
        The start lies outside the bounds, a logarithm has no positive start, or a linear unknown starts at 0 without
        two finite bounds, so that nothing tells its size.
    """

    name: str
    unit: str
    start: float
    lower: float
    upper: float
    scale: Literal["linear", "log"]
    vary: bool = True

    def __post_init__(self) -> None:
        place = f"unknown {self.name!r}"
        if self.scale not in ("linear", "log"):
            raise InputError(f"{place}: scale {self.scale!r} is neither 'linear' nor 'log'")
        if not math.isfinite(self.start):
            raise InputError(f"{place}: the start {self.start} is not a number")
        if math.isnan(self.lower) or math.isnan(self.upper) or self.lower >= self.upper:
            raise InputError(f"{place}: bounds {self.lower:g} to {self.upper:g} [{self.unit}] enclose nothing")
        if not self.lower <= self.start <= self.upper:
            raise InputError(
                f"{place}: the start {self.start:g} is outside {self.lower:g} to {self.upper:g} [{self.unit}]"
            )
        if self.scale == "log" and self.start <= 0:
            raise InputError(f"{place}: its logarithm is fitted, so the start must be above 0, not {self.start:g}")
        if self.vary and self.scale == "linear" and self.start == 0 and not math.isfinite(self.upper - self.lower):
            raise InputError(f"{place}: a start of 0 does not tell its size; give two finite bounds or another start")

    @property
    def size(self) -> float:
        """Magnitude of the unknown [unit] that counts as one in a linear coordinate."""
        return abs(self.start) if self.start != 0 else 0.5 * (self.upper - self.lower)

    def fixed_at(self, value: float) -> Unknown:
        """The same unknown, held at `value` [unit]; bounds that exclude it are opened."""
        return replace(self, start=value, lower=min(self.lower, value), upper=max(self.upper, value), vary=False)


@dataclass(frozen=True, eq=False)
class Coordinates:
    """The varied ones of `unknowns` as a vector without units.

    log: u = 1 + ln(value/centre); linear: u = value/size. Arrays run over the varied unknowns, in order.
    """

    unknowns: tuple[Unknown, ...]
    free: tuple[int, ...]
    logarithmic: NDArray[np.bool_]
    centre: FloatArray
    base: FloatArray

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.unknowns[i].name for i in self.free)

    def natural(self, vector: FloatArray) -> FloatArray:
        """Values [own units] of the varied unknowns at coordinates `vector`."""
        powers = np.exp(np.clip(vector - 1.0, -LARGEST_EXPONENT, LARGEST_EXPONENT))
        return np.asarray(self.centre * np.where(self.logarithmic, powers, vector))

    def fitted(self, values: FloatArray) -> FloatArray:
        """Coordinates of natural `values` [own units]; -inf for a logarithm of 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(self.logarithmic, 1.0 + np.log(values / self.centre), values / self.centre))

    def slopes(self, vector: FloatArray) -> FloatArray:
        """d value/d coordinate [own units]."""
        return np.asarray(np.where(self.logarithmic, self.natural(vector), self.centre))

    def complete(self, vector: FloatArray) -> FloatArray:
        """Values [own units] of all unknowns, held ones included."""
        values = self.base.copy()
        values[list(self.free)] = self.natural(vector)
        return values

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper coordinates; a logarithm without bounds may run `FARTHEST` e-folds from its start."""
        limits = [_limits(self.unknowns[i]) for i in self.free]
        lower, upper = np.array(limits).T
        return self.fitted(lower), self.fitted(upper)


def _limits(unknown: Unknown) -> tuple[float, float]:
    if unknown.scale == "linear":
        return unknown.lower, unknown.upper
    factor = math.exp(FARTHEST)
    return max(unknown.lower, unknown.start / factor), min(unknown.upper, unknown.start * factor)


def coordinates(unknowns: Sequence[Unknown], values: Mapping[str, float] | None = None) -> Coordinates:
    """Coordinates centred on the starts, or on `values` [own units] so that each becomes 1 there.

    A linear value that is all but 0 keeps the size of its start.

    Raises
    ------
    InputError
        Two unknowns share a name, or none is varied.
    """
    names = [unknown.name for unknown in unknowns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"unknown {twice[0]!r} is given twice")
    free = tuple(i for i, unknown in enumerate(unknowns) if unknown.vary)
    if not free:
        raise InputError("every unknown is held; nothing is left to fit")
    centre = []
    for i in free:
        unknown = unknowns[i]
        value = unknown.start if values is None else values[unknown.name]
        small = abs(value) < 1e-6 * unknown.size
        centre.append(value if unknown.scale == "log" else unknown.size if small else abs(value))
    logarithmic = np.array([unknowns[i].scale == "log" for i in free])
    base = np.array([unknown.start for unknown in unknowns])
    return Coordinates(tuple(unknowns), free, logarithmic, np.array(centre), base)
