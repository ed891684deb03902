"""Fit of a law to values over cycles or devices by maximum likelihood, and the choice between laws by AICc.

AICc = 2k - 2 ln L + 2k(k + 1)/(n - k - 1) (Hurvich and Tsai 1989, doi:10.1093/biomet/76.2.297). Fits and laws are those
of scipy.stats. Readings that only say "more than" (a compliance, a cell that outlived the test) are censored. The
three-parameter Weibull law has a maximum of its likelihood only for shapes above 1, and error bars above 2
(Smith 1985, doi:10.1093/biomet/72.1.67).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from devicefit.estimation.laws import FAMILIES, PARAMETERS, Distribution, Family
from devicefit.estimation.likelihood import curvature_errors, log_likelihood, maximum
from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError, InputError

ALIKE = 2.0  # difference of AICc below which two laws are equally supported (Burnham and Anderson 2002, section 2.6)


@dataclass(frozen=True, eq=False)
class FamilyFit:
    """A fitted law: standard error of each parameter (None with the reason in `doubts`), ln L, AICc, and counts."""

    distribution: Distribution
    standard_errors: Mapping[str, float | None]
    doubts: Mapping[str, str]
    log_likelihood: float
    aicc: float
    count: int
    censored: int


@dataclass(frozen=True, eq=False)
class Choice:
    """The law to use, every law tried (lowest AICc first), and why the others could not be.

    Laws within `ALIKE` of the lowest AICc are told apart by nothing; of them the one of fewest parameters is used.
    """

    best: FamilyFit
    tried: tuple[FamilyFit, ...]
    refused: Mapping[str, str]


def choose(values: ArrayLike, *, censored: ArrayLike | None = None, families: Sequence[Family] = FAMILIES) -> Choice:
    """Fit every law to `values` and rank them by AICc; `censored` marks values that are lower limits.

    Raises
    ------
    FitError
        No law can be fitted: too few values, or all alike.
    """
    tried, refused = [], {}
    for family in families:
        try:
            tried.append(fit_family(values, family, censored=censored))
        except FitError as error:
            refused[str(family)] = str(error)
    if not tried:
        raise FitError("; ".join(dict.fromkeys(refused.values())))
    ranked = tuple(sorted(tried, key=lambda fit: fit.aicc))
    alike = [fit for fit in ranked if fit.aicc <= ranked[0].aicc + ALIKE]
    return Choice(min(alike, key=lambda fit: len(fit.distribution.parameters)), ranked, refused)


def fit_family(values: ArrayLike, family: Family, *, censored: ArrayLike | None = None) -> FamilyFit:
    """Maximum-likelihood fit of one law.

    Raises
    ------
    InputError
        A value is not a number, or the marks do not match the values.
    FitError
        Too few uncensored values, all alike, not positive where the law needs it, or no maximum of the likelihood.
    """
    seen, above = _checked(values, censored, family)
    parameters = maximum(seen, above, family)
    likelihood = log_likelihood(parameters, seen, above, family)
    count, k = seen.size + above.size, len(parameters)
    errors, doubts = curvature_errors(parameters, seen, above, family)
    names = PARAMETERS[family]
    return FamilyFit(
        Distribution(family, dict(zip(names, parameters, strict=True))),
        dict(zip(names, errors, strict=True)),
        dict.fromkeys((n for n, e in zip(names, errors, strict=True) if e is None), doubts),
        likelihood,
        2 * k - 2 * likelihood + 2 * k * (k + 1) / (count - k - 1),
        count,
        above.size,
    )


def _checked(values: ArrayLike, censored: ArrayLike | None, family: Family) -> tuple[FloatArray, FloatArray]:
    """Values seen and lower limits."""
    if family not in FAMILIES:
        raise InputError(f"law {family!r}: expected one of {', '.join(FAMILIES)}")
    found = np.asarray(values, dtype=np.float64).ravel()
    marks: NDArray[np.bool_] = np.zeros(found.size, bool) if censored is None else np.asarray(censored, dtype=bool)
    if marks.shape != found.shape:
        raise InputError(f"{found.size} values but {marks.size} marks of censoring")
    if not np.all(np.isfinite(found)):
        raise InputError(f"value {int(np.flatnonzero(~np.isfinite(found))[0])} is not a number")
    seen, above = found[~marks], found[marks]
    least = len(PARAMETERS[family]) + 2
    if seen.size < least:
        raise FitError(f"a {family} law needs at least {least} values, found {seen.size}")
    if np.ptp(seen) == 0:
        raise FitError(f"all {seen.size} values are {seen[0]:g}: they have no distribution")
    if family in ("lognormal", "weibull") and found.min() <= 0:
        raise FitError(f"a {family} law holds for positive values only; the smallest is {found.min():g}")
    return seen, above
