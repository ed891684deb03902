"""Jacobian of the residuals by differences: quick ones for the search, accurate ones for the error bars.

forward   (f(u + h) - f(u))/h                       error of order h, one evaluation a column
accurate  (4 D(h/2) - D(h))/3, D(h) the central      error of order h^4, four evaluations a column
          difference (Richardson 1911, doi:10.1098/rsta.1911.0009)

The steps balance truncation against the accuracy e of the residual function: sqrt(e) and e^(1/5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from devicefit.estimation.problem import Block, Evaluation
from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError

AGREEMENT = 0.02  # of the column: differences that disagree more are tried with other steps
SMALLEST_COORDINATE = 1e-3  # linear coordinates below it are stepped as if they were this large
STEP_FACTORS = (1.0, 0.1, 10.0, 0.01, 1e-3, 1e-4)  # the last for a reading in the midst of a jump, steep within little


@dataclass(frozen=True, eq=False)
class BlockJacobian:
    """d residual/d coordinate of one block: its columns in the coordinate vector, the matrix, and for each column by
    how much the differences disagree, as a part of its length (0 for a given derivative).
    """

    columns: tuple[int, ...]
    matrix: FloatArray
    disagreement: FloatArray


def jacobians(evaluation: Evaluation, vector: FloatArray, accurate: bool) -> list[BlockJacobian]:
    """Jacobian of every block at `vector`."""
    parts = evaluation.parts(vector)
    return [
        _given(evaluation, block, vector, part)
        if block.derivative is not None
        else _differences(evaluation, block, vector, part, accurate)
        for block, part in zip(evaluation.problem.blocks, parts, strict=True)
    ]


def assemble(evaluation: Evaluation, blocks: list[BlockJacobian]) -> FloatArray:
    """The full matrix: a row for each residual of each block in turn, a column for each coordinate."""
    full = np.zeros((sum(b.matrix.shape[0] for b in blocks), len(evaluation.coordinates.free)))
    row = 0
    for block in blocks:
        rows = block.matrix.shape[0]
        full[row : row + rows, block.columns] = block.matrix
        row += rows
    return full


def _given(evaluation: Evaluation, block: Block, vector: FloatArray, part: FloatArray) -> BlockJacobian:
    values = evaluation.coordinates.complete(vector)
    columns = evaluation.columns(block)
    if block.derivative is None:
        raise FitError("this block has no derivative of its own")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = block.derivative({name: float(values[i]) for name, i in zip(block.names, block.places, strict=True)})
    matrix = np.asarray(found, dtype=np.float64)
    if matrix.shape != (part.size, len(columns)):
        raise FitError(f"the Jacobian given has shape {matrix.shape}, expected {(part.size, len(columns))}")
    return BlockJacobian(columns, matrix * evaluation.coordinates.slopes(vector)[list(columns)], np.zeros(len(columns)))


def _differences(
    evaluation: Evaluation, block: Block, vector: FloatArray, part: FloatArray, accurate: bool
) -> BlockJacobian:
    lower, upper = evaluation.coordinates.bounds()
    columns = evaluation.columns(block)
    matrix, disagreement = np.empty((part.size, len(columns))), np.zeros(len(columns))
    for i, column in enumerate(columns):
        logarithmic = bool(evaluation.coordinates.logarithmic[column])
        size = 1.0 if logarithmic else max(abs(float(vector[column])), SMALLEST_COORDINATE)

        def along(step: float, column: int = column) -> FloatArray:
            moved = vector.copy()
            moved[column] += step
            found = evaluation.one(block, moved)
            return found if found.shape == part.shape else np.full_like(part, np.nan)

        room = (float(vector[column] - lower[column]), float(upper[column] - vector[column]))
        if accurate:
            matrix[:, i], disagreement[i] = _accurate(along, part, size * evaluation.problem.accuracy**0.2, room)
        else:
            matrix[:, i] = _forward(along, part, size * evaluation.problem.accuracy**0.5, room)
    return BlockJacobian(columns, matrix, disagreement)


def _forward(
    along: Callable[[float], FloatArray], here: FloatArray, step: float, room: tuple[float, float]
) -> FloatArray:
    """Towards the side with more room where the step would leave the bounds, or where the residual is not finite."""
    signs = (1.0, -1.0) if room[1] >= step or room[1] >= room[0] else (-1.0, 1.0)
    slope = np.full_like(here, np.nan)
    for sign in signs:
        length = min(step, room[1] if sign > 0 else room[0])
        if length <= 0:
            continue
        slope = (along(sign * length) - here) / (sign * length)
        if np.all(np.isfinite(slope)):
            break
    return slope


def _accurate(
    along: Callable[[float], FloatArray], here: FloatArray, step: float, room: tuple[float, float]
) -> tuple[FloatArray, float]:
    """Column and disagreement with the first step at which the differences agree, else with the best of them."""
    best = (np.full_like(here, np.nan), np.inf)
    for factor in STEP_FACTORS:
        length = factor * step
        slope, rough = _central(along, length) if min(room) > length else _one_sided(along, here, length, room)
        norm = float(np.linalg.norm(slope))
        if norm == 0.0:
            return slope, 0.0
        found = float(np.linalg.norm(slope - rough)) / norm
        if found < best[1]:
            best = (slope, found)
        if found < AGREEMENT:
            break
    return best


def _central(along: Callable[[float], FloatArray], step: float) -> tuple[FloatArray, FloatArray]:
    wide = (along(step) - along(-step)) / (2.0 * step)
    narrow = (along(step / 2) - along(-step / 2)) / step
    return (4.0 * narrow - wide) / 3.0, wide


def _one_sided(
    along: Callable[[float], FloatArray], here: FloatArray, step: float, room: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Three forward differences extrapolated twice, away from the nearer bound; error of order h^3."""
    sign = 1.0 if room[1] >= room[0] else -1.0
    length = sign * min(step, max(room))
    first, second, third = ((along(length / k) - here) / (length / k) for k in (1.0, 2.0, 4.0))
    rough = 2.0 * second - first
    return (4.0 * (2.0 * third - second) - rough) / 3.0, rough
