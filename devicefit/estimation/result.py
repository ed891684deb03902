"""What a fit hands over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from devicefit.estimation.problem import Problem
from devicefit.estimation.unknowns import FloatArray, Unknown


@dataclass(frozen=True, eq=False)
class Estimate:
    """Result of `estimate` and `estimate_joint`.

    `values`: every unknown [own unit], held ones included. `determined`: names that have an error bar, in the order
    of the rows of `covariance` [own units] and `fitted_covariance` (of ln(value) for unknowns of scale "log", of the
    value [own unit] for linear ones). `undetermined`: each other varied name with the reason. `residuals`: of all
    blocks in turn; `degrees_of_freedom`: their number less that of the directions they determine. `jacobian`:
    d residual/d coordinate at the values, a column for each varied unknown, where the coordinate is ln(value), or
    value over its own magnitude (over that of its start where it is 0); None after an interrupt. `cost`: sum of losses
    (chi^2 for the linear loss). `starts_agreeing`: searches, of `starts`, that ended within 0.1 % of the best cost.
    """

    unknowns: tuple[Unknown, ...]
    values: Mapping[str, float]
    determined: tuple[str, ...]
    covariance: FloatArray
    fitted_covariance: FloatArray
    undetermined: Mapping[str, str]
    residuals: FloatArray
    degrees_of_freedom: int
    jacobian: FloatArray | None
    cost: float
    success: bool
    message: str
    evaluations: int
    starts: int
    starts_agreeing: int
    problem: Problem

    @property
    def varied(self) -> tuple[str, ...]:
        """Names that were fitted."""
        return tuple(unknown.name for unknown in self.unknowns if unknown.vary)

    @property
    def standard_errors(self) -> dict[str, float | None]:
        """Standard error [own unit] of every varied unknown; None where `undetermined` says why."""
        return self._errors(self.covariance)

    @property
    def fitted_errors(self) -> dict[str, float | None]:
        """Standard error of ln(value) for unknowns of scale "log" (a relative error), else of the value [own unit]."""
        return self._errors(self.fitted_covariance)

    @property
    def correlations(self) -> FloatArray:
        """Correlation matrix of the fitted coordinates, rows and columns as `determined`."""
        deviations = np.sqrt(np.diag(self.fitted_covariance))
        return np.asarray(self.fitted_covariance / np.outer(deviations, deviations))

    @property
    def chi_square(self) -> float:
        """Sum of squared residuals, whatever the loss."""
        return float(self.residuals @ self.residuals)

    @property
    def reduced_chi_square(self) -> float | None:
        """chi^2 over the degrees of freedom; None without any."""
        return self.chi_square / self.degrees_of_freedom if self.degrees_of_freedom > 0 else None

    def _errors(self, covariance: FloatArray) -> dict[str, float | None]:
        known = {name: math.sqrt(covariance[i, i]) for i, name in enumerate(self.determined)}
        return {name: known.get(name) for name in self.varied}
