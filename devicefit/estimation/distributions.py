"""Joint distribution of several quantities over cycles and devices, from which a random device is drawn.

Each quantity has its law; their dependence is a Gaussian copula whose correlations come from the ranks,
r = 2 sin(pi rho/6) with Spearman's rho (Kruskal 1958, doi:10.1080/01621459.1958.10501481). With several devices, each
quantity's normal score is sqrt(w) d + sqrt(1 - w) c: d is drawn once for a device, c for every cycle, and w is
the share of the variance of the scores between devices. Both levels are taken to have the same correlations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, rankdata, spearmanr

from devicefit.estimation.families import choose
from devicefit.estimation.laws import FAMILIES, Distribution, Family
from devicefit.estimation.levels import split_variance
from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError, InputError

FEWEST_ROWS = 5  # for a rank correlation


@dataclass(frozen=True, eq=False)
class Quantity:
    """One quantity: its law [unit], standard errors of the law's parameters (None where there is none), the number of
    values behind it, and the share of its variance between devices (None: one device only, not known).
    """

    name: str
    unit: str
    distribution: Distribution
    standard_errors: Mapping[str, float | None]
    count: int
    device_share: float | None = None


@dataclass(frozen=True, eq=False)
class JointDistribution:
    """Laws of several quantities and the correlation matrix of their normal scores (rows as `quantities`).

    Raises
    ------
    InputError
        The matrix is no correlation matrix of these quantities.
    """

    quantities: tuple[Quantity, ...]
    correlations: FloatArray
    _root: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = len(self.quantities)
        matrix = np.asarray(self.correlations, dtype=np.float64)
        names = [quantity.name for quantity in self.quantities]
        if n == 0 or len(set(names)) != n:
            raise InputError(f"a joint distribution needs quantities of different names, not {names}")
        if matrix.shape != (n, n) or not np.all(np.isfinite(matrix)):
            raise InputError(f"{n} quantities need {n} x {n} correlations, not {matrix.shape}")
        if not np.allclose(matrix, matrix.T, atol=1e-9) or not np.allclose(np.diag(matrix), 1.0, atol=1e-9):
            raise InputError("correlations must be symmetric, with 1 on the diagonal")
        values, vectors = np.linalg.eigh(matrix)
        if values.min() < -1e-9:
            raise InputError(f"these correlations contradict each other (eigenvalue {values.min():.3g} below 0)")
        object.__setattr__(self, "_root", vectors * np.sqrt(np.maximum(values, 0.0)))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(quantity.name for quantity in self.quantities)

    def draw(self, count: int, seed: int) -> dict[str, FloatArray]:
        """`count` random members of the whole population (a cycle each of a device each), [unit] by name.

        >>> law = Distribution("normal", {"mean": 0.6, "standard_deviation": 0.05})
        >>> one = JointDistribution((Quantity("set_voltage", "V", law, {}, 50),), np.eye(1))
        >>> one.draw(3, seed=1)["set_voltage"].round(3).tolist()
        [0.617, 0.641, 0.617]
        """
        if count < 1:
            raise InputError(f"cannot draw {count} members")
        return self._values(np.random.default_rng(seed).normal(size=(count, len(self.quantities))) @ self._root.T)

    def draw_devices(self, devices: int, cycles: int, seed: int) -> dict[str, FloatArray]:
        """Random devices with random cycles each: arrays of shape (devices, cycles), [unit] by name.

        Raises
        ------
        FitError
            The values behind it came from one device: nothing is known of the spread between devices.
        """
        if devices < 1 or cycles < 1:
            raise InputError(f"cannot draw {devices} devices of {cycles} cycles")
        shares = [quantity.device_share for quantity in self.quantities]
        known = np.array([share for share in shares if share is not None])
        if known.size < len(shares):
            raise FitError("the values came from one device: nothing is known of the spread from device to device")
        rng, n = np.random.default_rng(seed), len(self.quantities)
        device = rng.normal(size=(devices, 1, n)) @ self._root.T
        cycle = rng.normal(size=(devices, cycles, n)) @ self._root.T
        return self._values(np.sqrt(known) * device + np.sqrt(1.0 - known) * cycle)

    def _values(self, scores: FloatArray) -> dict[str, FloatArray]:
        below = norm.cdf(scores)
        return {q.name: q.distribution.quantile(below[..., i]) for i, q in enumerate(self.quantities)}

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; `joint_from_dict` reads them back."""
        return {
            "quantities": [
                {
                    "name": q.name,
                    "unit": q.unit,
                    "law": q.distribution.family,
                    "parameters": dict(q.distribution.parameters),
                    "standard_errors": dict(q.standard_errors),
                    "count": q.count,
                    "device_share": q.device_share,
                }
                for q in self.quantities
            ],
            "correlations": self.correlations.tolist(),
        }


def fit_joint_distribution(
    table: Mapping[str, ArrayLike],
    units: Mapping[str, str],
    devices: Sequence[str] | None = None,
    families: Sequence[Family] = FAMILIES,
) -> JointDistribution:
    """Fit laws and correlations to a table: a column of equal length for each quantity, a row for each cycle.

    `devices` names the device of each row; None or one name: one device.

    Raises
    ------
    InputError
        Columns of unequal length, a value that is not finite, or a quantity without a unit.
    FitError
        Too few rows, or a column without spread.
    """
    columns = {name: np.asarray(values, dtype=np.float64).ravel() for name, values in table.items()}
    _check_table(columns, units, devices)
    several = devices is not None and len(set(devices)) > 1
    quantities = []
    for name, values in columns.items():
        best = choose(values, families=families).best
        share = split_variance(normal_scores(values), devices).share if several and devices is not None else None
        law = best.distribution
        quantities.append(Quantity(name, units[name], law, best.standard_errors, values.size, share))
    return JointDistribution(tuple(quantities), score_correlations(list(columns.values())))


def _check_table(columns: Mapping[str, FloatArray], units: Mapping[str, str], devices: Sequence[str] | None) -> None:
    sizes = {name: values.size for name, values in columns.items()}
    if not sizes:
        raise InputError("no quantity to fit a distribution to")
    if len(set(sizes.values())) > 1 or (devices is not None and len(devices) != next(iter(sizes.values()))):
        raise InputError(f"every quantity and the devices need one entry for each row; found {sizes}")
    for name, values in columns.items():
        if name not in units:
            raise InputError(f"{name}: no unit given")
        if not np.all(np.isfinite(values)):
            raise InputError(f"{name}: row {int(np.flatnonzero(~np.isfinite(values))[0])} is not a number")
        if values.size < FEWEST_ROWS:
            raise FitError(f"a joint distribution needs at least {FEWEST_ROWS} rows, found {values.size}")


def normal_scores(values: FloatArray) -> FloatArray:
    """Standard normal quantiles at the ranks, (rank - 0.375)/(n + 0.25) (Blom 1958); ties share their mean rank.

    >>> normal_scores(np.array([3.0, 1.0, 2.0])).round(3).tolist()
    [0.869, -0.869, 0.0]
    """
    return np.asarray(norm.ppf((rankdata(values) - 0.375) / (values.size + 0.25)))


def score_correlations(columns: Sequence[FloatArray]) -> FloatArray:
    """Correlations of normal scores from Spearman's, made a correlation matrix where sampling left them no such."""
    n = len(columns)
    matrix = np.eye(n)
    for i in range(n):
        for j in range(i):
            rho = float(spearmanr(columns[i], columns[j]).statistic)
            matrix[i, j] = matrix[j, i] = 2.0 * math.sin(math.pi * rho / 6.0)
    values, vectors = np.linalg.eigh(matrix)
    if values.min() < 0:
        lifted = (vectors * np.maximum(values, 0.0)) @ vectors.T
        scale = np.sqrt(np.diag(lifted))
        matrix = lifted / np.outer(scale, scale)
    return np.asarray(matrix)
