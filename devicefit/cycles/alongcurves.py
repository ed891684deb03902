"""Error bars that know that neighbouring readings miss the model in the same direction.

A model that does not hold in every detail leaves residuals that run along a curve instead of scattering about it; n
such readings tell less than n independent ones. The variance of each parameter is raised by what the products of
neighbouring scores add to it,

    f^2 = sum_curves sum_ij w(|i - j|) z_i z_j / sum_i z_i^2,    z_i = psi(r_i) (J (J'J)^-1)_i,    w(k) = 1 - k/(L + 1)

(W. K. Newey, K. D. West, Econometrica 55, 703 (1987), doi 10.2307/1913610) with L a quarter of a curve's readings, psi
the influence of the soft_l1 loss, and f never below 1. Events and what ties cycles together count as independent.
Misfit that is alike in every cycle shifts the parameters, too; no interval from one model can hold that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from devicefit.cycles.problem import CycleProblem
from devicefit.estimation import Estimate
from devicefit.numerics import FloatArray

REACH = 0.25  # of a curve's readings, over which residuals may go together


def widened(problem: CycleProblem, estimate: Estimate, loss_scale: float) -> Estimate:
    """`estimate` with the standard errors of a fit whose residuals go together along the curves."""
    if estimate.jacobian is None or not estimate.determined:
        return estimate
    places = [estimate.varied.index(name) for name in estimate.determined]
    residual = estimate.residuals
    factors = correlation_factors(
        estimate.jacobian[:, places],
        residual / np.sqrt(1.0 + (residual / loss_scale) ** 2),
        problem.reading_rows(),
    )
    both = np.outer(factors, factors)
    return replace(estimate, covariance=estimate.covariance * both, fitted_covariance=estimate.fitted_covariance * both)


def correlation_factors(jacobian: FloatArray, influence: FloatArray, curves: Sequence[slice]) -> FloatArray:
    """f of each column of `jacobian` (n x m): `influence` (n) of the residuals, and the rows of each curve [1]."""
    lengths = np.linalg.norm(jacobian, axis=0)
    usable = jacobian / np.where(lengths > 0.0, lengths, 1.0)
    scores = influence[:, None] * np.linalg.pinv(usable).T
    alone = np.sum(scores**2, axis=0)
    together = np.zeros(alone.size)
    for rows in curves:
        part = scores[rows]
        reach = int(REACH * part.shape[0])
        for lag in range(1, reach + 1):
            together += 2.0 * (1.0 - lag / (reach + 1.0)) * np.sum(part[lag:] * part[:-lag], axis=0)
    return np.asarray(np.sqrt(1.0 + np.maximum(together, 0.0) / np.where(alone > 0.0, alone, 1.0)))
