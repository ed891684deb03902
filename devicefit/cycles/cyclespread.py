"""Spread over cycles of what differs between them: restricted likelihood, kept off zero; and the intervals it gives.

About a place, readings leave r + A x and the ties of own values to their centre (d + B x)/tau, linear in all unknowns
x. With x integrated out (D. A. Harville, J. Am. Stat. Assoc. 72, 320 (1977), doi 10.1080/01621459.1977.10480998),

    -2 ln L(tau) = min_x (|r + A x|^2 + |d + B x|^2/tau^2) + 2 n ln tau + ln det(A'A + B'B/tau^2) - 2 ln tau

for n ties. Own values that the readings hardly tell lie at their centre, and their own spread would say that tau is
small, tie them closer still, and end at zero. The determinant counts what they are not told; the last term, a gamma
density of shape 2, keeps the tau of few cycles off zero by about a standard error (Y. Chung et al., Psychometrika 78,
685 (2013), doi 10.1007/s11336-013-9328-2).

Few cycles tell tau itself badly. The part w_v of a variance that comes through the ties of parameter v is known with
nu_v = sum(1 - h) degrees of freedom, h the leverages of these ties; an interval takes Student's t of

    nu = 1/sum_v(w_v^2/nu_v)                       (F. E. Satterthwaite, Biometrics 2, 110 (1946), doi 10.2307/3002019)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from devicefit.numerics import FloatArray

LIMITS = (1e-3, 3.0)  # of tau, of a logarithm or in parts of the centre
LOST = 1e-9  # part of the largest length or singular value below which a direction is none
LEAST_FREEDOM = 1.0
MOST_FREEDOM = 1e6  # where nothing comes through ties
SHAPE = 2.0  # of the gamma density; 1: restricted likelihood alone

Ties = Mapping[str, NDArray[np.int64]]


def likeliest_spreads(
    matrix: FloatArray, residual: FloatArray, ties: Ties, present: Mapping[str, float], sizes: Mapping[str, float]
) -> dict[str, float]:
    """tau of each parameter of `ties`.

    Parameters
    ----------
    matrix, residual
        Derivatives (n x m) and residuals (n), weighted; rows of ties divided by the `present` tau.
    ties
        Rows of each varying parameter's ties.
    sizes
        By which the limits of tau are multiplied: 1 of a logarithm.
    """
    names = [name for name in ties if ties[name].size]
    if not names:
        return dict(present)
    rows = np.concatenate([ties[name] for name in names])
    lengths = np.linalg.norm(matrix, axis=0)
    used = np.isfinite(lengths) & (lengths > LOST * lengths.max())
    whole = np.column_stack([matrix[:, used] / lengths[used], residual])
    readings = np.linalg.qr(np.delete(whole, rows, axis=0), mode="r")
    tied = [whole[ties[name]] for name in names]

    def criterion(logs: FloatArray) -> float:
        scaled = [
            part * (present[n] / (sizes[n] * math.exp(log))) for part, n, log in zip(tied, names, logs, strict=True)
        ]
        triangle = np.linalg.qr(np.concatenate([readings, *scaled]), mode="r")
        diagonal = np.abs(np.diag(triangle))
        told = diagonal[:-1] > LOST
        penalty = sum((part.shape[0] - SHAPE + 1.0) * log for part, log in zip(tied, logs, strict=True))
        return float(diagonal[-1] ** 2 + 2.0 * penalty + 2.0 * np.sum(np.log(diagonal[:-1][told])))

    low, high = np.log(LIMITS)
    start = np.clip([math.log(present[name] / sizes[name]) for name in names], low, high)
    begun = min((start, np.maximum(start, math.log(0.03))), key=criterion)
    found = minimize(criterion, begun, method="L-BFGS-B", bounds=[(low, high)] * len(names))
    return dict(present) | {n: sizes[n] * math.exp(float(log)) for n, log in zip(names, found.x, strict=True)}


def degrees_of_freedom(matrix: FloatArray, ties: Ties, columns: Sequence[int]) -> FloatArray:
    """nu of the unknowns of these `columns` of the weighted derivatives `matrix` [1]."""
    lengths = np.linalg.norm(matrix, axis=0)
    unit, singular, basis = np.linalg.svd(matrix / np.where(lengths > 0.0, lengths, 1.0), full_matrices=False)
    kept = singular > LOST * singular.max()
    unit, half = unit[:, kept], basis[kept].T / singular[kept]
    parts = (unit @ half[list(columns)].T) ** 2
    parts /= parts.sum(axis=0)
    inverse = np.full(len(columns), 1.0 / MOST_FREEDOM)
    for rows in ties.values():
        freedom = float(np.sum(1.0 - np.sum(unit[rows] ** 2, axis=1)))
        inverse += parts[rows].sum(axis=0) ** 2 / max(freedom, LEAST_FREEDOM)
    return np.asarray(np.maximum(1.0 / inverse, LEAST_FREEDOM))
