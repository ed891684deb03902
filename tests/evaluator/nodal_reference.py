"""An independent solution of a wired crossbar: every node and resistor in one sparse matrix, typed separately."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

FloatArray = NDArray[np.float64]


class NodalReference:
    """Nodal analysis of G (rows, columns) [S] with positive, finite wire, driver and sense resistances [ohm]."""

    def __init__(self, conductances: FloatArray, row: float, column: float, driver: float, sense: float) -> None:
        rows, columns = self.shape = conductances.shape
        self.driver, self.sense = driver, sense
        numbers = np.arange(2 * rows * columns).reshape(2, rows, columns)
        self.row_nodes, self.column_nodes = numbers
        pairs = [
            (self.row_nodes.ravel(), self.column_nodes.ravel(), conductances.ravel()),
            (self.row_nodes[:, :-1].ravel(), self.row_nodes[:, 1:].ravel(), np.full(rows * (columns - 1), 1 / row)),
            (
                self.column_nodes[:-1].ravel(),
                self.column_nodes[1:].ravel(),
                np.full((rows - 1) * columns, 1 / column),
            ),
        ]
        first, second, value = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        ends = np.concatenate([self.row_nodes[:, 0], self.column_nodes[-1]])
        grounds = np.concatenate([np.full(rows, 1 / driver), np.full(columns, 1 / sense)])
        places = (
            np.concatenate([first, second, first, second, ends]),
            np.concatenate([first, second, second, first, ends]),
        )
        values = np.concatenate([value, value, -value, -value, grounds])
        self.matrix = sparse.csc_matrix((values, places), shape=(numbers.size, numbers.size))
        self.factors = splu(self.matrix)

    def voltages(self, sources: FloatArray) -> FloatArray:
        """(row, column) node voltages (2, rows, columns) [V]."""
        currents = np.zeros(self.matrix.shape[0])
        currents[self.row_nodes[:, 0]] = sources / self.driver
        return np.asarray(self.factors.solve(currents)).reshape(2, *self.shape)

    def effective(self) -> FloatArray:
        """Column currents for 1 V on each row in turn, (rows, columns) [S]."""
        return np.array([self.voltages(unit)[1, -1] / self.sense for unit in np.eye(self.shape[0])])
