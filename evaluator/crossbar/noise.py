"""Fresh noise of every cell at every read, drawn once per output."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from evaluator.compiled import compiled

FloatArray = NDArray[np.float64]


def noisy_currents(
    voltages: FloatArray, conductances: FloatArray, deviations: FloatArray, generator: Generator
) -> FloatArray:
    """Column currents of reads in which each cell's conductance has its own fresh Gaussian error, (reads, columns) [A].

    A sum of independent Gaussian errors is Gaussian, and no two columns share a cell, so

        I_j = sum_i V_i G_ij + sqrt(sum_i V_i^2 sigma_ij^2) N(0, 1)

    has the very distribution of draws cell by cell, at the cost of two matrix products and one draw per output. This
    holds for ideal wires; behind resistive ones give the effective conductances, and deviations scaled like them: the
    result is then of first order in the errors.

    Parameters
    ----------
    voltages
        Of the rows, shape (reads, rows) [V].
    conductances, deviations
        Means and standard deviations of the cells, both (rows, columns) [S].
    generator
        Source of the draws.
    """
    mean = voltages @ conductances
    return np.asarray(
        _with_noise(mean, (voltages * voltages) @ (deviations * deviations), generator.standard_normal(mean.shape))
    )


@compiled
def _with_noise(mean: FloatArray, variance: FloatArray, draws: FloatArray) -> FloatArray:
    for read in range(mean.shape[0]):
        for column in range(mean.shape[1]):
            mean[read, column] += np.sqrt(variance[read, column]) * draws[read, column]
    return mean
