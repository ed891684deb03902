"""One implicit step of any compact model, for whatever moves fast.

Rodas3 (A. Sandu et al., Atmospheric Environment 31, 3459, 1997, doi 10.1016/S1352-2310(97)83212-8): four stages,
order 3(2), L-stable, with a Jacobian by finite differences. Neither a thermal time constant of femtoseconds nor a state
at its bound shortens its steps.
"""

from __future__ import annotations

from devicefit.compiled import compiled
from devicefit.models.model import Response
from devicefit.numerics import FloatArray

# Derivatives of the slopes, LU factors, slopes at a stage, and the right side and solutions of the stages.
Stages = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


@compiled
def stages_of(work: FloatArray, acting: int) -> Stages:
    """The parts of a table of 2 acting + 8 rows that implicit steps work in, taken once: taking a row costs as much as
    an exponential.
    """
    row = 2 * acting + 2
    return (
        work[: acting + 1],
        work[acting + 2 : row],
        work[acting + 1],
        work[row],
        work[row + 1],
        work[row + 2],
        work[row + 3],
    )


@compiled
def evaluate(
    response: Response, parameters: FloatArray, voltage: float, unknowns: FloatArray, out: FloatArray
) -> float:
    """Slopes of all unknowns, the energy's among them, into `out`; returns the current [A]."""
    amperes = response(parameters, voltage, unknowns, out)
    out[out.size - 1] = voltage * amperes
    return amperes


@compiled
def linearise(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    unknowns: FloatArray,
    tolerance: FloatArray,
    slope: FloatArray,
    derivatives: FloatArray,
    moved: FloatArray,
) -> None:
    """Derivatives of the slopes by each unknown into rows 0… of `derivatives`, by the voltage into the last row."""
    acting = tolerance.size
    for j in range(acting):
        kept = unknowns[j]
        nudge = 1e-3 * tolerance[j] + 1e-7 * abs(kept)
        unknowns[j] = kept + nudge
        nudge = unknowns[j] - kept
        evaluate(response, parameters, voltage, unknowns, moved)
        unknowns[j] = kept
        for i in range(acting + 1):
            derivatives[j, i] = (moved[i] - slope[i]) / nudge
    evaluate(response, parameters, voltage + 1e-6, unknowns, moved)
    for i in range(acting + 1):
        derivatives[acting, i] = (moved[i] - slope[i]) / 1e-6


@compiled
def factorise(derivatives: FloatArray, diagonal: float, acting: int, matrix: FloatArray) -> None:
    """LU factors of diagonal 1 - J, without pivoting: the diagonal dominates at every step that is accepted."""
    for i in range(acting):
        for j in range(acting):
            matrix[i, j] = (diagonal if i == j else 0.0) - derivatives[j, i]
    for k in range(acting):
        for i in range(k + 1, acting):
            matrix[i, k] /= matrix[k, k]
            for j in range(k + 1, acting):
                matrix[i, j] -= matrix[i, k] * matrix[k, j]


@compiled
def solve_stage(
    matrix: FloatArray, derivatives: FloatArray, diagonal: float, right: FloatArray, out: FloatArray
) -> None:
    """(diagonal 1 - J) out = right; the energy, last, feels the others but does not act back."""
    acting = right.size - 1
    for i in range(acting):
        total = right[i]
        for j in range(i):
            total -= matrix[i, j] * out[j]
        out[i] = total
    for i in range(acting - 1, -1, -1):
        total = out[i]
        for j in range(i + 1, acting):
            total -= matrix[i, j] * out[j]
        out[i] = total / matrix[i, i]
    total = right[acting]
    for j in range(acting):
        total += derivatives[j, acting] * out[j]
    out[acting] = total / diagonal


@compiled
def implicit_step(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    ramp: float,
    interval: float,
    unknowns: FloatArray,
    tolerance: FloatArray,
    slope: FloatArray,
    memory: Stages,
    result: FloatArray,
    error: FloatArray,
) -> float:
    """One Rodas3 step of length `interval` from `unknowns`, whose slopes are `slope`, into `result` and `error`.

    Returns the current [A] at the end for the less accurate of its two solutions, `result` - `error`.
    """
    acting, size = tolerance.size, unknowns.size
    derivatives, matrix, moved, right, first, second, third = memory
    diagonal = 2.0 / interval  # 1/(h gamma), gamma = 1/2
    end = voltage + ramp * interval
    linearise(response, parameters, voltage, unknowns, tolerance, slope, derivatives, moved)
    factorise(derivatives, diagonal, acting, matrix)
    for i in range(size):
        right[i] = slope[i] + 0.5 * interval * ramp * derivatives[acting, i]
    solve_stage(matrix, derivatives, diagonal, right, first)
    for i in range(size):
        right[i] = slope[i] + 4.0 / interval * first[i] + 1.5 * interval * ramp * derivatives[acting, i]
    solve_stage(matrix, derivatives, diagonal, right, second)
    for i in range(size):
        result[i] = unknowns[i] + 2.0 * first[i]
    evaluate(response, parameters, end, result, moved)
    for i in range(size):
        right[i] = moved[i] + (first[i] - second[i]) / interval
    solve_stage(matrix, derivatives, diagonal, right, third)
    for i in range(size):
        result[i] += third[i]
    amperes = evaluate(response, parameters, end, result, moved)
    for i in range(size):
        right[i] = moved[i] + (first[i] - second[i] - 8.0 / 3.0 * third[i]) / interval
    solve_stage(matrix, derivatives, diagonal, right, error)
    for i in range(size):
        result[i] += error[i]
    return amperes
