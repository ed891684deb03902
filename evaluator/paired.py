"""Two classifiers on the same images: the difference of their accuracies, and whether it could be chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from measurements.errors import InputError

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Paired:
    """Outcome of a paired comparison.

    ahead
        Accuracy of the first less that of the second [1].
    error
        Standard error of `ahead` [1].
    only_first, only_second
        Images that one alone decided rightly [1].
    p_value
        Two-sided, of no difference [1].
    """

    ahead: float
    error: float
    only_first: int
    only_second: int
    p_value: float


def paired(first: BoolArray, second: BoolArray) -> Paired:
    """McNemar's test in its exact form: of the b + c images that one alone of two decided rightly, b follows a binomial
    law with 1/2 where neither is better (doi 10.1007/BF02295996).

        ahead = (b - c)/n,  error = sqrt(b + c - (b - c)^2/n)/n

    `first` and `second`, both (images,), say which images each decided rightly.

    Raises
    ------
    InputError
        They are not of the same images.

    >>> found = paired(np.array([True] * 9 + [False]), np.array([True] * 3 + [False] * 6 + [True]))
    >>> found.only_first, found.only_second, round(found.ahead, 3), round(found.p_value, 3)
    (6, 1, 0.5, 0.125)
    """
    if first.shape != second.shape or first.ndim != 1 or first.size == 0:
        raise InputError(f"a paired comparison needs the same images, found {first.shape} and {second.shape}")
    images = first.size
    b, c = int(np.count_nonzero(first & ~second)), int(np.count_nonzero(second & ~first))
    error = float(np.sqrt(b + c - (b - c) ** 2 / images)) / images
    return Paired((b - c) / images, error, b, c, float(binomtest(b, b + c).pvalue) if b + c else 1.0)
