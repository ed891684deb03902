"""The columns of an array: what everything above a row looks like, row after row (block elimination, BLAS-3).

With Y the admittance matrix (columns, columns) [S] of all rows down to some row, seen at its column nodes, and J the
Norton currents there, a wire segment of resistance r below it gives

    M = 1 + r Y,   Y' = Y M^-1,   J' = J M^-1,

after which the next row adds its own S and currents. M is symmetric, its eigenvalues are at least 1: nothing is lost
for any wire. This is the Schur complement recurrence of a block tridiagonal matrix, written in resistances so that
wires without resistance need no case of their own.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri
from threadpoolctl import ThreadpoolController

from evaluator.compiled import compiled

FloatArray = NDArray[np.float64]
_POOLS = ThreadpoolController()
WEAK = 1e-2
"""Below this r |Y|, Y' is found by a product: (1 - M^-1)/r would lose digits."""


def on_one_thread() -> AbstractContextManager[object]:
    """A context in which BLAS keeps to one thread: waiting for a second one costs more than matrices of a row win."""
    return cast(AbstractContextManager[object], _POOLS.limit(limits=1, user_api="blas"))


def below_segment(admittance: FloatArray, segment: float) -> tuple[FloatArray, FloatArray]:
    """(Y', M^-1) below a column segment of resistance `segment` > 0 [ohm]."""
    count = admittance.shape[0]
    matrix = segment * admittance
    largest = float(np.max(matrix.diagonal()))
    matrix.flat[:: count + 1] += 1.0
    factor, _ = dpotrf(matrix.T, lower=1, overwrite_a=1)
    inverse, _ = dpotri(factor, lower=1, overwrite_c=1)
    inverse = _mirrored(inverse.T)
    if largest < WEAK:
        below = admittance @ inverse
        return (below + below.T) * 0.5, inverse
    below = inverse * (-1.0 / segment)
    below.flat[:: count + 1] += 1.0 / segment
    return below, inverse


@compiled
def _mirrored(upper: FloatArray) -> FloatArray:
    """The symmetric matrix whose upper triangle is given, in place."""
    block = 32
    count = upper.shape[0]
    for top in range(0, count, block):
        for left in range(top, count, block):
            for j in range(top, min(top + block, count)):
                for k in range(max(left, j + 1), min(left + block, count)):
                    upper[k, j] = upper[j, k]
    return upper


def through_sense(admittance: FloatArray, norton: FloatArray, senses: FloatArray) -> FloatArray:
    """Currents into the sense resistors [A], shape of `norton` (..., columns).

    (1 + Y R) I = J; scaled by s = 1/(1 + R) so that an infinite R gives no current and a zero one all of it.
    """
    share = 1.0 / (1.0 + senses)
    with np.errstate(divide="ignore"):
        drop = 1.0 / (1.0 + 1.0 / senses)  # R s
    matrix = np.diag(share) + admittance * drop
    return np.asarray(np.linalg.solve(matrix, norton.T).T * share)
