"""The minimisation itself, by lmfit, from one start or several.

lmfit's `least_squares` (trust region reflective: Branch, Coleman and Li 1999, doi:10.1137/S1064827595289108) works on
coordinates of order one with the Jacobian handed to it. Long blocks of residuals reach it rotated: with J = Q R, the
block becomes Q'f and the length of what is left, which changes neither the sum of squares nor any step, and makes
the cost of a step independent of the number of points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import lmfit
import numpy as np
from scipy.stats import qmc

from devicefit.estimation.derivatives import BlockJacobian, jacobians
from devicefit.estimation.problem import Evaluation
from devicefit.estimation.unknowns import Coordinates, FloatArray

LONG = 3  # times as many rows as columns: blocks longer than this are rotated
DECADE = np.log(10.0)


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where a search ended: coordinates, cost (sum of losses), and whether it converged, with lmfit's message."""

    vector: FloatArray
    cost: float
    success: bool
    message: str
    interrupted: bool = False
    derivatives: list[BlockJacobian] | None = None  # of the residuals at `vector`, where they are known


@dataclass(eq=False)
class Linearised:
    """Residuals and Jacobian as lmfit sees them, over `unit`; remembers the last point and the best one."""

    evaluation: Evaluation
    accurate: bool
    best: FloatArray
    unit: float
    best_cost: float = np.inf
    _key: bytes = b""
    _blocks: list[BlockJacobian] = field(default_factory=list)
    _plain: dict[bytes, list[BlockJacobian]] = field(default_factory=dict)

    def residual(self, parameters: lmfit.Parameters) -> FloatArray:
        """Residuals of all blocks, long ones rotated."""
        vector = _vector(parameters)
        evaluation = self.evaluation
        cost = evaluation.cost(vector)
        parts = [evaluation.compressed(part) / self.unit for part in evaluation.parts(vector)]
        if cost < self.best_cost:
            self.best, self.best_cost = vector, cost
        if not any(self._long(i) for i in range(len(parts))):
            return np.concatenate(parts)
        if not np.isfinite(cost):
            return np.full(self._rows(), np.nan)
        return np.concatenate(
            [
                _rotated(block.matrix, part)[1] if self._long(i) else part
                for i, (block, part) in enumerate(zip(self.blocks(vector), parts, strict=True))
            ]
        )

    def jacobian(self, parameters: lmfit.Parameters) -> FloatArray:
        """Matrix that belongs to `residual`.

        Raises
        ------
        FloatingPointError
            A residual is not finite on either side of the point.
        """
        vector = _vector(parameters)
        parts = [self.evaluation.compressed(part) / self.unit for part in self.evaluation.parts(vector)]
        matrix = np.zeros((self._rows(), vector.size))
        row = 0
        for i, (block, part) in enumerate(zip(self.blocks(vector), parts, strict=True)):
            rows = _rotated(block.matrix, part)[0] if self._long(i) else block.matrix
            matrix[row : row + rows.shape[0], block.columns] = rows
            row += rows.shape[0]
        wrong = np.flatnonzero(~np.all(np.isfinite(matrix), axis=0))
        if wrong.size:
            raise FloatingPointError(self.evaluation.coordinates.names[int(wrong[0])])
        return matrix

    def blocks(self, vector: FloatArray) -> list[BlockJacobian]:
        """Jacobian of the compressed residuals over `unit`, block by block."""
        if self._key != vector.tobytes():
            parts = self.evaluation.parts(vector)
            plain = jacobians(self.evaluation, vector, self.accurate)
            self._blocks = [
                BlockJacobian(b.columns, self._weight(part) * b.matrix, b.disagreement)
                for b, part in zip(plain, parts, strict=True)
            ]
            self._key = vector.tobytes()
            best = self.best.tobytes()
            self._plain = {key: kept for key, kept in self._plain.items() if key == best} | {self._key: plain}
        return self._blocks

    def derivatives(self) -> list[BlockJacobian] | None:
        """Of the residuals themselves at the best point, where they are known."""
        return self._plain.get(self.best.tobytes())

    def _weight(self, part: FloatArray) -> FloatArray:
        return np.asarray(self.evaluation.compression(part)[:, None] / self.unit)

    def _long(self, index: int) -> bool:
        """One block alone is never rotated: that pays where many share a matrix."""
        blocks = self.evaluation.problem.blocks
        return len(blocks) > 1 and self.evaluation.sizes[index] > LONG * (len(blocks[index].names) + 1)

    def _rows(self) -> int:
        return sum(
            len(self.evaluation.columns(block)) + 1 if self._long(i) else size
            for i, (block, size) in enumerate(zip(self.evaluation.problem.blocks, self.evaluation.sizes, strict=True))
        )


def _vector(parameters: lmfit.Parameters) -> FloatArray:
    return np.array([parameter.value for parameter in parameters.values()], dtype=np.float64)


def _rotated(matrix: FloatArray, residual: FloatArray) -> tuple[FloatArray, FloatArray]:
    """R over a row of zeros, and Q'f over the length of the rest."""
    orthogonal, triangle = np.linalg.qr(matrix)
    inside = orthogonal.T @ residual
    rest = float(np.linalg.norm(residual - orthogonal @ inside))
    return np.vstack([triangle, np.zeros((1, triangle.shape[1]))]), np.append(inside, rest)


def minimise(
    evaluation: Evaluation,
    start: FloatArray,
    tolerance: float,
    accurate: bool,
    most_evaluations: int,
    method: Literal["least_squares", "nelder", "powell"] = "least_squares",
) -> Minimum:
    """One minimisation from `start` by a method of lmfit; an interrupt (Ctrl-C) ends it with the best point seen.

    `gtol` is left out of least_squares: it is absolute, and would end a fit in ampere before one in nanoampere.
    """
    cost = evaluation.cost(start)
    view = Linearised(evaluation, accurate, start, unit=np.sqrt(cost) if cost > 0 else 1.0)
    if not np.isfinite(cost):
        return Minimum(start, np.inf, False, "the residual is not finite at the start")
    lower, upper = evaluation.coordinates.bounds()
    parameters = lmfit.Parameters()
    for i, value in enumerate(start.tolist()):
        parameters.add(f"u{i}", value=value, min=float(lower[i]), max=float(upper[i]))
    options = {"jac": view.jacobian, "x_scale": "jac", "xtol": tolerance, "ftol": tolerance, "gtol": None}
    if method != "least_squares":  # a scaled sum of squares without derivatives; lmfit transforms the bounds
        options = {"calc_covar": False}
    try:
        with np.errstate(all="ignore"):  # a singular matrix inside lmfit's own error bars, which are not used
            found = lmfit.minimize(
                view.residual,
                parameters,
                method=method,
                nan_policy="propagate",
                max_nfev=most_evaluations,
                **options,
            )
    except KeyboardInterrupt:
        return Minimum(view.best, view.best_cost, False, "interrupted; the best point so far is kept", True)
    except FloatingPointError as error:
        message = f"the residual is not finite on either side of the best {error}"
        return Minimum(view.best, view.best_cost, False, message)
    except np.linalg.LinAlgError as error:
        return Minimum(view.best, view.best_cost, False, f"the Jacobian cannot be decomposed: {error}")
    converged = bool(found.success) and not found.aborted
    return Minimum(view.best, view.best_cost, converged, str(found.message), derivatives=view.derivatives())


def starting_points(
    coordinates: Coordinates, starts: int, seed: int, moved: Sequence[int] | None = None
) -> list[FloatArray]:
    """The start itself and a scrambled Sobol sequence of others, in the columns `moved` (None: all).

    An unknown moves over its box where both bounds are finite (a logarithm: and at most four decades apart);
    otherwise up to a decade either way from its start, sign kept.
    """
    centre = np.array([_start(coordinates, i) for i in range(len(coordinates.free))])
    if starts <= 1:
        return [centre]
    lower, upper = coordinates.bounds()
    power = int(np.ceil(np.log2(starts)))
    columns = list(range(len(centre))) if moved is None else list(moved)
    draws = qmc.Sobol(len(columns), scramble=True, seed=np.random.default_rng(seed)).random_base2(power)[: starts - 1]
    points = [centre]
    for drawn in draws:
        draw = np.full(len(centre), np.nan)
        draw[columns] = drawn
        factor = 10.0 ** (2.0 * draw - 1.0)
        around = np.where(coordinates.logarithmic, centre + np.log(factor), centre * factor)
        boxed = np.isfinite(lower) & np.isfinite(upper) & ~(coordinates.logarithmic & (upper - lower > 4.0 * DECADE))
        low, span = np.where(boxed, lower, 0.0), np.where(boxed, upper - lower, 0.0)
        there = np.clip(np.where(boxed, low + draw * span, around), lower, upper)
        points.append(np.where(np.isnan(draw), centre, there))
    return points


def _start(coordinates: Coordinates, column: int) -> float:
    unknown = coordinates.unknowns[coordinates.free[column]]
    return 1.0 if unknown.scale == "log" else unknown.start / coordinates.centre[column]
