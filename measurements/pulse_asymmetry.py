"""How far the steps up and down of a cell differ at the same conductance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from measurements.errors import FitError
from measurements.estimate import Estimate
from measurements.pulses import PulseTrain
from measurements.sweep import FloatArray

INNER = (0.1, 0.9)
"""Part of the conductance range in which steps up and down are compared [1]."""
BINS = 16


def asymmetry(up: Sequence[PulseTrain], down: Sequence[PulseTrain]) -> Estimate:
    """Imbalance of the steps up and down at the same conductance [1]: 0 for a symmetric cell, 1 for one-way.

    Root mean square over the inner range of (s+ - s-)/(s+ + s-), s the mean size of a step at a conductance
    (16 bins). This is what analogue training feels: Gokmen and Vlasov 2016, doi 10.3389/fnins.2016.00333.
    The interval is from resampling trains (400 times, seed 1).

    Raises
    ------
    FitError
        No common range of conductance.
    """
    rising, falling = [t.conductance for t in up], [t.conductance for t in down]
    low = max(min(float(c.min()) for c in rising), min(float(c.min()) for c in falling))
    high = min(max(float(c.max()) for c in rising), max(float(c.max()) for c in falling))
    if not high > low:
        raise FitError("potentiation and depression have no conductance in common")
    edges = low + (high - low) * np.linspace(*INNER, BINS + 1)
    ups = np.array([_steps_in_bins(curve, edges) for curve in rising])
    downs = np.array([_steps_in_bins(curve, edges) for curve in falling])
    value = _imbalance(ups, downs)
    if not math.isfinite(value):
        raise FitError("too few steps at conductances in common")
    method = "rms of (s+ - s-)/(s+ + s-) over the inner 80 % of the range"
    if min(len(rising), len(falling)) < 3:
        return Estimate(value, "1", math.nan, math.nan, f"{method}; too few trains for an interval")
    random = np.random.default_rng(1)
    drawn = [_imbalance(random.choice(ups, ups.shape[0]), random.choice(downs, downs.shape[0])) for _ in range(400)]
    inside = np.array([one for one in drawn if math.isfinite(one)])
    low_end, high_end = (float(end) for end in np.quantile(inside, (0.025, 0.975)))
    return Estimate(value, "1", low_end, high_end, f"{method}, trains resampled", float(inside.std()))


def _steps_in_bins(curve: FloatArray, edges: FloatArray) -> FloatArray:
    """Sum and count of the steps that start in each bin: shape (2, bins)."""
    place = np.digitize(curve[:-1], edges) - 1
    inside = (place >= 0) & (place < edges.size - 1)
    step = np.diff(curve)[inside]
    count = np.bincount(place[inside], minlength=edges.size - 1)
    return np.array([np.bincount(place[inside], step, edges.size - 1), count], dtype=np.float64)


def _imbalance(ups: FloatArray, downs: FloatArray) -> float:
    (up, ups_seen), (down, downs_seen) = ups.sum(axis=0), downs.sum(axis=0)
    seen = (ups_seen > 0) & (downs_seen > 0)
    if seen.sum() < BINS // 2:
        return math.nan
    rise, fall = up[seen] / ups_seen[seen], -down[seen] / downs_seen[seen]
    whole = np.abs(rise) + np.abs(fall)
    return float(np.sqrt(np.mean(((rise - fall) / np.where(whole > 0, whole, 1.0)) ** 2)))
