"""Fresh read noise in the kernel: a normal number for each pulse and neuron, found from what the pulse is; compiled.

A read meets every cell of its row with a new error. Differences of two independent normal errors are normal, so a
neuron's plus and minus column take one number together. It is a function (SplitMix64, doi 10.1145/2714064.2660195, and
the inverse of the normal distribution) of seed, image, row and start of the pulse: the same in whatever batch or thread
the image runs, the same wherever the kernel asks for it again, and new in every pulse. An image is known by its pixels:
two that are alike meet the same noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from evaluator.compiled import borrowing, inlined

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
A20, A27, A30, A31, A32 = np.uint64(20), np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
LOW, PART, QUIET = np.uint64(0xFFFFFFFF), np.uint64(0xFFFFF), np.uint64(0)
TWO_20, TWO_32 = 1048576.0, 4294967296.0
CELLS = 4096
"""Parts of equal probability within which the inverse of the distribution is taken as straight, but for the two ends:
the variance is right to 1e-5."""
QUANTILES = ndtri(np.clip(np.arange(CELLS + 1), 1, CELLS - 1) / CELLS)
ATTO = 1e18
"""Starts are told apart to an attosecond."""


@inlined
def mixed(word: np.uint64) -> np.uint64:
    """The finalizer of SplitMix64: every bit of the result depends on every bit of `word`."""
    word = (word ^ (word >> A30)) * FIRST
    word = (word ^ (word >> A27)) * SECOND
    return word ^ (word >> A31)


@borrowing
def image_key(pixels: NDArray[np.uint8], seed: int) -> np.uint64:
    """A word that stands for an image under `seed`."""
    key = mixed(np.uint64(seed) + GOLDEN)
    for value in pixels:
        key = mixed(key ^ np.uint64(value)) + GOLDEN
    return key


@inlined
def pulse_key(key: np.uint64, row: int, start: float) -> np.uint64:
    """A word that stands for the pulse on `row` that starts at `start` [s]."""
    return mixed(mixed(key + np.uint64(row) * GOLDEN) ^ np.uint64(int(start * ATTO)))


@borrowing
def far_out(probability: float) -> float:
    """Normal quantile of a small `probability`, to 1e-9 (P. J. Acklam, An algorithm for computing the inverse normal
    cumulative distribution function, 2003)."""
    q = np.sqrt(-2.0 * np.log(probability))
    over = ((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q
        + 4.374664141464968) * q + 2.938163982698783  # fmt: skip
    under = ((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416
    return float(over / (under * q + 1.0))


@borrowing
def normal(bits: np.uint64) -> float:
    """The standard normal number of 32 random bits."""
    cell = int(bits >> A20)
    if cell == 0:
        return far_out((np.float64(bits) + 0.5) / TWO_32)
    if cell == CELLS - 1:
        return -far_out(1.0 - (np.float64(bits) + 0.5) / TWO_32)
    low = QUANTILES[cell]
    return float(low + (np.float64(bits & PART) + 0.5) / TWO_20 * (QUANTILES[cell + 1] - low))


@inlined
def normal_pair(key: np.uint64, pair: int) -> tuple[float, float]:
    """Two independent standard normal numbers: those of neurons 2 `pair` and 2 `pair` + 1."""
    word = mixed(key + np.uint64(pair + 1) * GOLDEN)
    return normal(word >> A32), normal(word & LOW)


@borrowing
def noisy_row(
    conductance: Float32Array, deviation: Float32Array, row: int, key: np.uint64, seen: Float32Array
) -> None:  # fmt: skip
    """One read of a row's conductances with fresh noise, into `seen` (1, neurons) [S]."""
    neurons = seen.shape[1]
    for pair in range((neurons + 1) // 2):
        first, second = normal_pair(key, pair)
        place = 2 * pair
        seen[0, place] = conductance[row, place] + deviation[row, place] * first
        if place + 1 < neurons:
            seen[0, place + 1] = conductance[row, place + 1] + deviation[row, place + 1] * second


@borrowing
def noisy_cell(conductance: Float32Array, deviation: Float32Array, row: int, neuron: int, key: np.uint64) -> float:
    """What `noisy_row` sees at one neuron [S]."""
    first, second = normal_pair(key, neuron // 2)
    draw = first if neuron % 2 == 0 else second
    return np.float64(np.float32(conductance[row, neuron] + deviation[row, neuron] * draw))
