"""Wired crossbars: exact effective conductance, non-linear cells, read noise, each beside a peer and bare BLAS.

    python -m benchmarks.crossbar [--json PATH]       (MEMCHAR_SIZE: cells on a side, 256 if not said)

Peers in the same run: SuperLU on the full nodal matrix (scipy's `splu`, minimum degree on A + A^T), and badcrossbar
1.1.0 where it is installed (`pip install badcrossbar pathvalidate sigfig`; its plotting asks for cairo, which is
replaced by a mock here since nothing is drawn). Cells are log-uniform from 1 to 100 uS, wires 1 ohm.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from unittest.mock import MagicMock

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from benchmarks.figures import Figure, main
from evaluator.crossbar import ArrayWiring, effective_conductance, solve_nonlinear
from evaluator.crossbar.noise import noisy_currents

FloatArray = NDArray[np.float64]
SIZE = int(os.environ.get("MEMCHAR_SIZE", "256"))
NONLINEAR = 128
LAYERS = ((784, 100), (100, 10))
IMAGES = 20_000
WIRES = ArrayWiring(1.0, 1.0, 1.0, 1.0)
SCALE = 0.25  # V, of the hyperbolic sine of the non-linear cells


def _cells(rows: int, columns: int) -> FloatArray:
    return np.asarray(10.0 ** np.random.default_rng(0).uniform(-6.0, -4.0, (rows, columns)))


def _timed(work: Callable[[], FloatArray], repeats: int = 3) -> tuple[float, FloatArray]:
    """Least processor time [s] and the result."""
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        found = work()
        seconds.append(time.process_time() - began)
    return min(seconds), found


def _nodal(cells: FloatArray) -> tuple[sparse.csc_matrix, NDArray[np.int64], NDArray[np.int64]]:
    """Nodal matrix of a square array with 1 ohm everywhere, numbers of its first row nodes and last column nodes."""
    rows, columns = cells.shape
    row, column = np.arange(2 * rows * columns).reshape(2, rows, columns)
    first = np.concatenate([row.ravel(), row[:, :-1].ravel(), column[:-1].ravel()])
    second = np.concatenate([column.ravel(), row[:, 1:].ravel(), column[1:].ravel()])
    value = np.concatenate([cells.ravel(), np.ones(rows * (columns - 1) + (rows - 1) * columns)])
    ends = np.concatenate([row[:, 0], column[-1]])
    across = np.concatenate([first, second, first, second, ends])
    down = np.concatenate([first, second, second, first, ends])
    matrix = sparse.csc_matrix((np.concatenate([value, value, -value, -value, np.ones(ends.size)]), (across, down)))
    return matrix, row[:, 0], column[-1]


def _by_sparse_lu(cells: FloatArray) -> FloatArray:
    matrix, first, last = _nodal(cells)
    sources = np.zeros((matrix.shape[0], cells.shape[0]))
    sources[first, np.arange(cells.shape[0])] = 1.0
    factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    return np.asarray(factors.solve(sources)[last].T)


def _by_badcrossbar(cells: FloatArray) -> FloatArray | None:
    sys.modules.setdefault("cairo", MagicMock())
    try:
        import badcrossbar
    except ImportError as error:
        print(f"badcrossbar is left out: {error}")
        return None
    found = badcrossbar.compute(np.eye(cells.shape[0]), 1.0 / cells, r_i=1.0, node_voltages=False, all_currents=False)
    return np.asarray(found.currents.output)


def _effective() -> list[Figure]:
    cells = _cells(SIZE, SIZE)
    effective_conductance(_cells(4, 4), WIRES)  # compiled before the clock runs
    ours, found = _timed(lambda: effective_conductance(cells, WIRES))
    name = f"effective conductance {SIZE}x{SIZE}, CPU"
    figures = []
    if SIZE <= 512:
        seconds, expected = _timed(lambda: _by_sparse_lu(cells), 1)
        figures.append(Figure(name, ours, "s", "splu, all inputs", seconds))
        figures.append(Figure("largest relative difference from it", float(np.max(np.abs(found / expected - 1))), "1"))
        began = time.process_time()
        peer = _by_badcrossbar(cells)
        if peer is not None:
            figures.append(Figure(name, ours, "s", "badcrossbar, all inputs", time.process_time() - began))
            difference = float(np.max(np.abs(found / peer - 1)))
            figures.append(Figure("largest relative difference from it", difference, "1"))
    product, _ = _timed(lambda: cells @ cells)
    # Of rows one after the other, in products of two such matrices; halving takes fewer.
    operations = 2.0 * SIZE**4 / (2.0 * SIZE**3)
    figures.append(Figure(name, ours, "s", "row after row as bare BLAS products", product * operations))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    figures.append(Figure("largest memory of this process so far", peak, "GB"))
    return figures


def _plain_newton(cells: FloatArray, sources: FloatArray) -> FloatArray:
    """Undamped Newton on sparse LU, started at the sources' voltages: what one would write first."""
    rows, columns = cells.shape
    across = np.zeros_like(cells)
    for _ in range(100):
        slope = cells * np.cosh(across / SCALE)
        constant = cells * SCALE * np.sinh(across / SCALE) - slope * across
        matrix, first, last = _nodal(slope)
        current = np.zeros(matrix.shape[0])
        current[first] += sources
        current[: cells.size] -= constant.ravel()
        current[cells.size :] += constant.ravel()
        nodes = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(current)
        row, column = nodes.reshape(2, rows, columns)
        step = float(np.max(np.abs(row - column - across)))
        across = row - column
        if step < 1e-11 * float(np.max(np.abs(sources))):
            break
    return np.asarray(nodes[last])


def _nonlinear() -> list[Figure]:
    cells = _cells(NONLINEAR, NONLINEAR)
    sources = np.random.default_rng(1).uniform(0.2, 0.6, NONLINEAR)

    def curve(voltage: FloatArray) -> tuple[FloatArray, FloatArray]:
        return cells * SCALE * np.sinh(voltage / SCALE), cells * np.cosh(voltage / SCALE)

    ours, found = _timed(lambda: solve_nonlinear(curve, sources, NONLINEAR, WIRES).column_current)
    plain, expected = _timed(lambda: _plain_newton(cells, sources), 1)
    return [
        Figure(f"non-linear cells {NONLINEAR}x{NONLINEAR}, CPU", ours, "s", "plain Newton on splu", plain),
        Figure("largest relative difference from it", float(np.max(np.abs(found / expected - 1))), "1"),
    ]


def _images() -> list[Figure]:
    matrices = [effective_conductance(_cells(*shape), WIRES) for shape in LAYERS]
    ideal = [_cells(*shape) for shape in LAYERS]
    images = np.random.default_rng(2).random((IMAGES, LAYERS[0][0])) * 0.1

    def through(layers: list[FloatArray]) -> FloatArray:
        hidden = np.maximum(images @ layers[0], 0.0)
        return np.asarray(hidden @ layers[1])

    wired, _ = _timed(lambda: through(matrices))
    bare, _ = _timed(lambda: through(ideal))
    generator = np.random.default_rng(3)

    def noisy() -> FloatArray:
        hidden = noisy_currents(images, matrices[0], 0.1 * matrices[0], generator)
        return noisy_currents(np.maximum(hidden, 0.0), matrices[1], 0.1 * matrices[1], generator)

    noise, _ = _timed(noisy)
    few = 20
    drawn = np.random.default_rng(4)

    def per_cell() -> FloatArray:
        out = np.empty((few, LAYERS[1][1]))
        for k in range(few):
            hidden = images[k] @ (matrices[0] * (1.0 + 0.1 * drawn.standard_normal(LAYERS[0])))
            out[k] = np.maximum(hidden, 0.0) @ (matrices[1] * (1.0 + 0.1 * drawn.standard_normal(LAYERS[1])))
        return out

    cell, _ = _timed(per_cell)
    return [
        Figure("784-100-10 with exact wires, images of CPU time", IMAGES / wired, "1/s", "bare BLAS", IMAGES / bare),
        Figure("with fresh read noise", IMAGES / noise, "1/s", "a draw for each cell", few / cell),
        Figure("with fresh read noise", IMAGES / noise, "1/s", "bare BLAS, twice", IMAGES / (2.0 * bare)),
    ]


def measure() -> list[Figure]:
    """All figures, on one thread if the BLAS is told so (OPENBLAS_NUM_THREADS=1)."""
    return _effective() + _nonlinear() + _images()


if __name__ == "__main__":
    main("crossbar", measure)
