"""Whether a fitted law can be believed: Anderson-Darling with a parametric bootstrap.

A^2 = -n - mean((2i - 1)(ln F(x_i) + ln(1 - F(x_{n+1-i})))) (Anderson and Darling 1954,
doi:10.1080/01621459.1954.10501232). Since the parameters come from the same data, its tabled quantiles do not hold:
samples drawn from the fitted law are fitted and judged in the same way (Stute et al. 1993, doi:10.1007/BF02613687).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from devicefit.estimation.laws import Distribution
from devicefit.estimation.likelihood import maximum
from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError, InputError


@dataclass(frozen=True)
class Goodness:
    """Anderson-Darling statistic, and the part of samples of the fitted law that fit no better (p-value)."""

    statistic: float
    p_value: float
    draws: int


def goodness_of_fit(values: ArrayLike, distribution: Distribution, draws: int = 199, seed: int = 0) -> Goodness:
    """Judge a law fitted to these (uncensored) values; a p-value below 0.05 speaks against it.

    Raises
    ------
    InputError
        Fewer than 19 draws.
    FitError
        The law cannot be fitted to more than a tenth of the samples drawn from it.
    """
    if draws < 19:
        raise InputError(f"{draws} draws cannot tell a p-value of 0.05; take 19 or more")
    seen = np.asarray(values, dtype=np.float64).ravel()
    rng = np.random.default_rng(seed)
    statistic = anderson_darling(seen, distribution)
    drawn: list[float] = []
    nothing = np.empty(0)
    for _ in range(draws):
        sample = distribution.quantile(rng.uniform(size=seen.size))
        try:
            fitted = dict(zip(distribution.parameters, maximum(sample, nothing, distribution.family), strict=True))
        except FitError:
            continue
        drawn.append(anderson_darling(sample, Distribution(distribution.family, fitted)))
    if len(drawn) < 0.9 * draws:
        raise FitError(
            f"{draws - len(drawn)} of {draws} samples of the {distribution.family} law cannot be fitted by it"
        )
    worse = sum(one >= statistic for one in drawn)
    return Goodness(statistic, (1 + worse) / (1 + len(drawn)), len(drawn))


def anderson_darling(values: FloatArray, distribution: Distribution) -> float:
    """A^2 of values against a law; infinite where a value is impossible under it."""
    ordered = np.sort(values)
    law = distribution.law
    below, above = np.asarray(law.logcdf(ordered)), np.asarray(law.logsf(ordered))[::-1]
    weights = 2.0 * np.arange(1, ordered.size + 1) - 1.0
    return float(-ordered.size - np.mean(weights * (below + above)))
