"""Covariance of the estimates from an accurate Jacobian, and the names that have none.

With J scaled to columns of length one and J = U S V', the covariance is V S^-2 V' times the variance of a residual: the
normal equations, which would square the condition number, are never formed. A direction whose singular value is
lost in the error of the Jacobian is not determined; nor is any unknown that takes part in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from devicefit.estimation.derivatives import BlockJacobian, assemble
from devicefit.estimation.problem import Evaluation
from devicefit.estimation.unknowns import FloatArray

NOISE = 0.3  # disagreement of two differences, as a part of the column, beyond which it is noise
TAKES_PART = 1e-4  # component in an undetermined direction that makes an unknown undetermined
CLOSE_TO_BOUND = 1e-5  # coordinate units
WIDEST = float(np.log(3.0))  # standard error of a logarithm beyond which no error bar is claimed
RAN_OFF = 30.0  # e-folds (13 decades) from the start of a logarithm


@dataclass(frozen=True, eq=False)
class ErrorBars:
    """Names with a covariance, the covariance in the fitted coordinates, for each other name the reason, and the
    number of directions that the residuals determine.
    """

    determined: tuple[str, ...]
    covariance: FloatArray
    undetermined: Mapping[str, str]
    rank: int


def error_bars(
    evaluation: Evaluation, vector: FloatArray, blocks: list[BlockJacobian], given: bool
) -> tuple[ErrorBars, FloatArray]:
    """Error bars at `vector`, and the full Jacobian [1 per coordinate]. `given`: the user's own derivatives."""
    matrix = assemble(evaluation, blocks)
    residual = np.concatenate(evaluation.parts(vector))
    names = evaluation.coordinates.names
    reasons = _at_bounds(evaluation, vector, matrix, residual) | _flat(evaluation, vector, blocks, matrix)
    kept = [i for i, name in enumerate(names) if name not in reasons]
    if not kept:
        return ErrorBars((), np.empty((0, 0)), reasons, 0), matrix
    lengths = np.linalg.norm(matrix[:, kept], axis=0)
    _, singular, rows = np.linalg.svd(np.linalg.qr(matrix[:, kept] / lengths, mode="r"), full_matrices=False)
    lost = singular < singular.max() * rank_tolerance(evaluation, given)
    rank = int(np.sum(~lost))
    variance = residual_variance(evaluation, residual, rank)
    if variance is None:
        why = f"{residual.size} residuals leave nothing to tell their scatter from"
        return ErrorBars((), np.empty((0, 0)), reasons | {names[i]: why for i in kept}, rank), matrix
    parts = np.sqrt(np.sum(rows[lost] ** 2, axis=0))
    reasons |= {names[i]: _mixed(names, kept, rows[lost], k) for k, i in enumerate(kept) if parts[k] > TAKES_PART}
    half = (rows[~lost] / singular[~lost, None]) / lengths
    deviations = np.sqrt(variance) * np.linalg.norm(half, axis=0)
    for k, i in enumerate(kept):
        if evaluation.coordinates.logarithmic[i] and deviations[k] > WIDEST:
            reasons.setdefault(names[i], "known to no better than a factor of three")
    sure = [k for k, i in enumerate(kept) if names[i] not in reasons]
    covariance = variance * half[:, sure].T @ half[:, sure]
    return ErrorBars(tuple(names[kept[k]] for k in sure), covariance, reasons, rank), matrix


def rank_tolerance(evaluation: Evaluation, given: bool) -> float:
    """Relative error of a column of the Jacobian: below it a singular value says nothing."""
    accuracy = evaluation.problem.accuracy
    return 100.0 * accuracy if given else 3.0 * accuracy**0.8


def residual_variance(evaluation: Evaluation, residual: FloatArray, fitted: int) -> float | None:
    """Variance of a residual that scales the covariance; None without a degree of freedom.

    linear: 1 where the noise is known, else chi^2/(n - p). soft_l1: Huber's K^2 sum(psi^2)/(n - p)/mean(psi')^2 with
    psi = r/sqrt(1 + (r/C)^2) (Huber and Ronchetti 2009, section 7.6, doi:10.1002/9780470434697). A residual of exactly
    zero is one that is left out, and tells nothing of the scatter.
    """
    counted = residual[residual != 0.0]
    residual = counted if counted.size else residual
    freedom = residual.size - fitted
    if evaluation.problem.loss == "linear":
        if evaluation.problem.known_noise:
            return 1.0
        return float(residual @ residual) / freedom if freedom > 0 else None
    if freedom <= 0:
        return None
    root = np.sqrt(1.0 + (residual / evaluation.problem.loss_scale) ** 2)
    psi, slope = residual / root, root**-3.0
    mean = float(slope.mean())
    inflation = 1.0 + fitted / residual.size * float(slope.var()) / mean**2
    return inflation**2 * float(psi @ psi) / freedom / mean**2


def _at_bounds(evaluation: Evaluation, vector: FloatArray, matrix: FloatArray, residual: FloatArray) -> dict[str, str]:
    """Unknowns that the fit pushes against a bound: they keep their value, and the others' bars take it as known."""
    lower, upper = evaluation.coordinates.bounds()
    weight = evaluation.compression(residual) * evaluation.compressed(residual)
    gradient = matrix.T @ weight
    reasons = {}
    for i, name in enumerate(evaluation.coordinates.names):
        unknown = evaluation.coordinates.unknowns[evaluation.coordinates.free[i]]
        if vector[i] - lower[i] < CLOSE_TO_BOUND and gradient[i] > 0:
            reasons[name] = f"at its lower bound {unknown.lower:.4g} {unknown.unit}"
        elif upper[i] - vector[i] < CLOSE_TO_BOUND and gradient[i] < 0:
            reasons[name] = f"at its upper bound {unknown.upper:.4g} {unknown.unit}"
    return reasons


def _flat(
    evaluation: Evaluation, vector: FloatArray, blocks: list[BlockJacobian], matrix: FloatArray
) -> dict[str, str]:
    """Unknowns to which no residual answers, or only with the noise of its own calculation."""
    lengths = np.linalg.norm(matrix, axis=0)
    noisy = np.zeros(lengths.size)
    for block in blocks:
        parts = np.linalg.norm(block.matrix, axis=0)
        noisy[list(block.columns)] += (np.where(np.isfinite(block.disagreement), block.disagreement, 1.0) * parts) ** 2
    reasons = {}
    natural = evaluation.coordinates.natural(vector)
    for i, name in enumerate(evaluation.coordinates.names):
        unknown = evaluation.coordinates.unknowns[evaluation.coordinates.free[i]]
        if unknown.scale == "log" and abs(np.log(natural[i] / unknown.start)) > RAN_OFF:
            reasons[name] = f"ran off from {unknown.start:.3g} to {natural[i]:.3g} {unknown.unit}: nothing holds it"
        elif not np.isfinite(lengths[i]):
            reasons[name] = "the residual is not finite beside its value"
        elif lengths[i] == 0.0:
            reasons[name] = "flat: no residual depends on it here"
        elif np.sqrt(noisy[i]) > NOISE * lengths[i]:
            reasons[name] = "flat: the residuals answer to it only with the noise of their own calculation"
    return reasons


def _mixed(names: tuple[str, ...], kept: list[int], lost: FloatArray, which: int) -> str:
    """The reason of an unknown that only a combination determines."""
    direction = lost[int(np.argmax(np.abs(lost[:, which])))]
    others = [names[kept[k]] for k in np.argsort(-np.abs(direction)) if k != which and abs(direction[k]) > 0.1]
    with_them = ", ".join(others[:3])
    return f"only in combination with {with_them}" if others else "flat: no residual depends on it here"
