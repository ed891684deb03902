"""How much of a pixel an encoding carries: bits per window and per spike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluator.code import VALUES, Encoder
from measurements.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class InformationRate:
    """Bits of a pixel in a window, mean spikes of a pixel, and bits per spike and per second."""

    bits_per_window: float
    spikes_per_pixel: float
    bits_per_spike: float
    bits_per_second: float


def information_rate(encoder: Encoder, resolution: float | None = None) -> InformationRate:
    """Mutual information between a pixel, all 256 values equally likely, and the train that it becomes.

        I = H(s) - sum_v p_v H(s | v),  H = -sum p log2 p

    s is the train as a receiver sees it: spike times in steps of `resolution` [s], the pulse width where none is
    given, within which two times are one. Where a value becomes one train, the second term is zero and I counts the
    trains that can be told apart. Of a random code s is the number of spikes, which holds all that a Poisson train
    says; both terms are taken from its draws, which makes I too large by about (spikes - 1) / (2 ln2 draws) bit.
    Delays of the rows and what the network makes of the trains play no part: I is what is sent, not what is used.

    Raises
    ------
    InputError
        `resolution` is not positive.
    """
    step = encoder.pulse_width if resolution is None else resolution
    if not step > 0:
        raise InputError(f"a resolution must be positive, found {step:g} s")
    trains = encoder.pixel_trains()
    draws = len(trains) // VALUES
    seen: list[Hashable] = [
        train.size if draws > 1 else tuple(np.floor(np.round(train / step, 6)).astype(int).tolist()) for train in trains
    ]
    bits = entropy(Counter(seen))
    if draws > 1:
        bits -= float(np.mean([entropy(Counter(seen[value::VALUES])) for value in range(VALUES)]))
    spikes = sum(train.size for train in trains) / len(trains)
    return InformationRate(bits, spikes, bits / spikes if spikes else 0.0, bits / encoder.window)


def entropy(counts: Counter[Hashable]) -> float:
    """Entropy of counted outcomes [bit].

    >>> entropy(Counter("aabc"))
    1.5
    """
    share = np.array(list(counts.values()), dtype=np.float64)
    share /= share.sum()
    return float(-np.sum(share * np.log2(share))) + 0.0
