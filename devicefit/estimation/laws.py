"""Laws of one quantity.

normal     mean, standard_deviation
lognormal  median, log_deviation       ln x is normal
weibull    scale, shape                P(X > x) = exp(-(x/scale)^shape)
weibull3   location, scale, shape      the same in x - location
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from devicefit.estimation.unknowns import FloatArray
from measurements.errors import InputError

Family = Literal["normal", "lognormal", "weibull", "weibull3"]
FAMILIES: tuple[Family, ...] = get_args(Family)
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "normal": ("mean", "standard_deviation"),
    "lognormal": ("median", "log_deviation"),
    "weibull": ("scale", "shape"),
    "weibull3": ("location", "scale", "shape"),
}


@dataclass(frozen=True)
class Distribution:
    """A law with the values of its parameters.

    Raises
    ------
    InputError
        Unknown law, wrong parameters, or a scale that is not positive.
    """

    family: Family
    parameters: Mapping[str, float]

    def __post_init__(self) -> None:
        names = PARAMETERS.get(self.family)
        if names is None:
            raise InputError(f"law {self.family!r}: expected one of {', '.join(FAMILIES)}")
        if tuple(self.parameters) != names:
            raise InputError(f"a {self.family} law takes {', '.join(names)}, not {', '.join(self.parameters)}")
        for name, value in self.parameters.items():
            if not math.isfinite(value) or (value <= 0 and name not in ("mean", "location")):
                raise InputError(f"{self.family}: {name} cannot be {value:g}")

    @property
    def law(self) -> Any:
        """The frozen law of scipy.stats."""
        return frozen_law(self.family, list(self.parameters.values()))

    def quantile(self, probability: ArrayLike) -> FloatArray:
        """Value below which the part `probability` lies."""
        return np.asarray(self.law.ppf(np.asarray(probability, dtype=np.float64)))

    def cumulative(self, value: ArrayLike) -> FloatArray:
        """Probability of a value below `value`."""
        return np.asarray(self.law.cdf(np.asarray(value, dtype=np.float64)))

    @property
    def mean(self) -> float:
        return float(self.law.mean())

    @property
    def standard_deviation(self) -> float:
        return float(self.law.std())


def frozen_law(family: Family, values: Sequence[float]) -> Any:
    """scipy.stats law of a family at parameters in the order of `PARAMETERS`."""
    if family == "normal":
        return stats.norm(values[0], values[1])
    if family == "lognormal":
        return stats.lognorm(values[1], scale=values[0])
    if family == "weibull":
        return stats.weibull_min(values[1], scale=values[0])
    return stats.weibull_min(values[2], loc=values[0], scale=values[1])
