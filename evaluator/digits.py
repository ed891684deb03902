"""Digits of fewer pixels, for networks that ngspice simulates whole: 4 x 4, classes 0 to 3, and 8 x 8, all classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UInt8Array = NDArray[np.uint8]
SMALL_CLASSES = 4
MARGIN = 4
"""Rows and columns cut off on each side; MNIST centres its digits in 20 x 20 pixels."""
BLOCK = 5
BRIGHTER = 1.5


def small_digits(images: UInt8Array, labels: UInt8Array) -> tuple[UInt8Array, UInt8Array]:
    """Digits 0 to 3 of (count, 28, 28) images as (count, 16) pixels, and their labels.

    A pixel is the mean of a 5 x 5 block of the middle 20 x 20, 1.5 times as bright, at most 255.

    >>> images = np.zeros((2, 28, 28), np.uint8)
    >>> images[0, 4:9, 9:14] = 100
    >>> small, labels = small_digits(images, np.array([3, 9], np.uint8))
    >>> small[0, :4].tolist(), labels.tolist()
    ([0, 150, 0, 0], [3])
    """
    chosen = labels < SMALL_CLASSES
    return _blocks(images[chosen], MARGIN, BLOCK, BRIGHTER), labels[chosen]


def middle_digits(images: UInt8Array, labels: UInt8Array) -> tuple[UInt8Array, UInt8Array]:
    """All digits of (count, 28, 28) images as (count, 64) pixels, and their labels.

    A pixel is the mean of a 3 x 3 block of the middle 24 x 24.

    >>> images = np.zeros((2, 28, 28), np.uint8)
    >>> images[0, 2:5, 5:8] = 90
    >>> images[0, 5, 2] = 90
    >>> middle, labels = middle_digits(images, np.array([3, 9], np.uint8))
    >>> middle.shape, middle[0, :2].tolist(), middle[0, 8:10].tolist(), labels.tolist()
    ((2, 64), [0, 90], [10, 0], [3, 9])
    """
    return _blocks(images, 2, 3, 1.0), labels


def _blocks(images: UInt8Array, margin: int, block: int, brighter: float) -> UInt8Array:
    """Means of square blocks inside a margin, `brighter` times, at most 255: (count, blocks)."""
    middle = images[:, margin:-margin, margin:-margin].astype(np.float64)
    side = middle.shape[1] // block
    means = middle.reshape(-1, side, block, side, block).mean(axis=(2, 4)).reshape(-1, side * side)
    return np.asarray(np.minimum(np.rint(brighter * means), 255), np.uint8)
