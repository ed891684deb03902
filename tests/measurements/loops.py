"""Synthetic hysteresis loops whose transition is known."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

STEP = 0.01


def gradual_loop(
    middle: float, breadth: float, window: float, noise: float, *, seed: int = 0, polarity: int = 1, top: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """Voltage and current of one lobe: out with ln I falling short (set, window > 0) or in excess (reset) of the
    way back by `window`, closed half at `middle` [V] with the logistic breadth [V]; relative noise.
    """
    out = np.arange(STEP, top + STEP / 2, STEP)
    voltage = np.concatenate([[0.0], out, out[-2::-1], [0.0]])
    back = 1e-5 * np.sinh(2 * voltage)
    short = window * expit((middle - voltage) / breadth)
    short[out.size + 1 :] = 0.0
    random = np.random.default_rng(seed)
    current = back * np.exp(-short) * np.exp(noise * random.normal(0, 1, voltage.size))
    return polarity * voltage, polarity * current
