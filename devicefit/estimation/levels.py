"""Variance between devices and within a device (from cycle to cycle).

One-way random effects, x_ij = mean + device_i + cycle_ij, by the mean squares of the analysis of variance, devices of
unequal numbers of cycles allowed (Searle, Casella and McCulloch 1992, chapter 3, doi:10.1002/9780470316856):

    within = MSW, between = (MSB - MSW)/n0, n0 = (N - sum(n_i^2)/N)/(a - 1)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as f_law

from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError, InputError


@dataclass(frozen=True)
class VarianceSplit:
    """Standard deviations within and between devices [unit of the values], with standard errors of the variances.

    `between` is 0 where the devices differ no more than their cycles explain; `p_value` is that of the F test for
    no difference between devices. `share`: between variance over the sum of both.
    """

    within: float
    between: float
    within_variance_error: float
    between_variance_error: float
    p_value: float
    devices: int
    count: int

    @property
    def share(self) -> float:
        """Part of the variance that lies between devices, 0 to 1."""
        total = self.within**2 + self.between**2
        return self.between**2 / total if total > 0 else 0.0


def split_variance(values: ArrayLike, devices: Sequence[str]) -> VarianceSplit:
    """Split the variance of `values` by the device that each belongs to.

    Raises
    ------
    InputError
        Values and devices differ in number, or a value is not finite.
    FitError
        Fewer than two devices, or no device with two values.
    """
    found = np.asarray(values, dtype=np.float64).ravel()
    if found.size != len(devices):
        raise InputError(f"{found.size} values but {len(devices)} devices")
    if not np.all(np.isfinite(found)):
        raise InputError(f"value {int(np.flatnonzero(~np.isfinite(found))[0])} is not a number")
    groups = [found[np.array([one == name for one in devices])] for name in dict.fromkeys(devices)]
    if len(groups) < 2:
        raise FitError(f"{len(groups)} device(s): the spread from device to device needs at least two")
    freedom = found.size - len(groups)
    if freedom < 1:
        raise FitError("no device has two values: cycle-to-cycle and device-to-device spread cannot be told apart")
    return _split(found, groups, freedom)


def _split(found: FloatArray, groups: list[FloatArray], freedom: int) -> VarianceSplit:
    sizes = np.array([group.size for group in groups], dtype=np.float64)
    means = np.array([group.mean() for group in groups])
    between_squares = float(np.sum(sizes * (means - found.mean()) ** 2)) / (len(groups) - 1)
    within_squares = float(sum(np.sum((group - group.mean()) ** 2) for group in groups)) / freedom
    effective = float(found.size - np.sum(sizes**2) / found.size) / (len(groups) - 1)
    between = max(0.0, (between_squares - within_squares) / effective)
    noise = between_squares**2 / (len(groups) - 1) + within_squares**2 / freedom
    ratio = between_squares / within_squares if within_squares > 0 else math.inf
    return VarianceSplit(
        within=math.sqrt(within_squares),
        between=math.sqrt(between),
        within_variance_error=within_squares * math.sqrt(2.0 / freedom),
        between_variance_error=math.sqrt(2.0 * noise) / effective,
        p_value=float(f_law.sf(ratio, len(groups) - 1, freedom)),
        devices=len(groups),
        count=found.size,
    )
