"""Tasks of a reservoir: series to follow or predict, and images row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled
from evaluator.reservoir.node import FloatArray
from measurements.errors import InputError

NAMES = ("narma10", "mackey-glass", "santa-fe", "mnist-rows")
WASHOUT = 200
"""Steps of a series before the training part, in which the reservoir forgets that it was at rest [1]."""
LENGTHS: Mapping[str, tuple[int, int, int]] = {
    "narma10": (2000, 1000, 2000),
    "mackey-glass": (2000, 1000, 2000),
    "santa-fe": (2000, 1000, 1000),
}
"""Steps of training, validation (which chooses penalties and settings) and test part."""
HORIZON = 10
"""Steps that the Mackey-Glass series is predicted ahead [1]."""
DELAY, GROWTH, DECAY, POWER = 17.0, 0.2, 0.1, 10.0
"""Of the Mackey-Glass series: the values with which it is chaotic."""
SUBSTEPS = 10
READ_EVERY = 4
"""Rows of an image after which the states go to the readout [1]."""


@dataclass(frozen=True, eq=False)
class Task:
    """Inputs, targets and parts of one task.

    Parameters
    ----------
    name, kind, definition
        One of `NAMES`; `series` (judged by NRMSE) or `classes` (by accuracy); what is asked, in words.
    inputs
        (samples, steps, features).
    targets
        Of a series (steps, 1), of classes (samples, classes) with 1 at the right one and 0 elsewhere.
    training, validation, test
        Steps of a series, samples of classes.
    """

    name: str
    kind: Literal["series", "classes"]
    definition: str
    inputs: FloatArray
    targets: FloatArray
    training: slice
    validation: slice
    test: slice

    @property
    def training_part(self) -> tuple[slice, slice]:
        """Samples and steps from which normalisations are taken."""
        whole = slice(None)
        return (whole, self.training) if self.kind == "series" else (self.training, whole)

    def rows(self, states: FloatArray) -> FloatArray:
        """States as the readout sees them, (steps or samples, features); of images after every `READ_EVERY`-th row."""
        if self.kind == "series":
            return np.asarray(states[0])
        return np.ascontiguousarray(states[:, READ_EVERY - 1 :: READ_EVERY].reshape(len(states), -1))


def narma10(seed: int) -> Task:
    """The nonlinear autoregressive moving average of order 10 (A. F. Atiya and A. G. Parlos, IEEE Trans. Neural Netw.
    11 (2000) 697, doi:10.1109/72.846741): from u(k), uniform in 0 to 0.5, the reservoir gives y(k+1).

    y(k+1) = 0.3 y(k) + 0.05 y(k) sum_{i=0..9} y(k-i) + 1.5 u(k) u(k-9) + 0.1

    Raises
    ------
    InputError
        The series of this seed grows without bound, as some do.
    """
    training, validation, test = LENGTHS["narma10"]
    count = WASHOUT + training + validation + test
    drive = np.random.default_rng(seed).uniform(0.0, 0.5, count)
    series = np.zeros(count + 1)
    for k in range(9, count):
        past = series[k - 9 : k + 1].sum()
        series[k + 1] = 0.3 * series[k] + 0.05 * series[k] * past + 1.5 * drive[k] * drive[k - 9] + 0.1
    if not np.all(np.isfinite(series)) or float(series.max()) > 2.0:
        raise InputError(f"the NARMA10 series of seed {seed} grows without bound", hint="take another seed")
    text = f"y(k+1) of NARMA10 from u(k), uniform in 0 to 0.5, seed {seed}; NRMSE on {test} steps"
    return _series("narma10", text, drive, series[1:])


def mackey_glass(seed: int) -> Task:
    """Chaotic series of dx/dt = 0.2 x(t-17)/(1 + x(t-17)^10) - 0.1 x, sampled at 1, predicted `HORIZON` steps ahead.

    Fourth-order Runge-Kutta at a tenth of the sampling, the delayed value linear in between; 1,000 steps from a random
    past around 1.2 (`seed`) are left out.
    """
    training, validation, test = LENGTHS["mackey-glass"]
    count, skipped = WASHOUT + training + validation + test + HORIZON, 1000
    past = 1.2 + 0.1 * np.random.default_rng(seed).uniform(-1.0, 1.0, round(DELAY * SUBSTEPS) + 1)
    series = _mackey_glass_series(past, (count + skipped) * SUBSTEPS, 1.0 / SUBSTEPS)[skipped * SUBSTEPS :: SUBSTEPS]
    text = f"x(t+{HORIZON}) of the Mackey-Glass series (delay 17) from x(t), seed {seed}; NRMSE on {test} steps"
    return _series("mackey-glass", text, series[:-HORIZON], series[HORIZON:])


def santa_fe(series: FloatArray, source: str) -> Task:
    """Intensity of a far-infrared laser, one step ahead (data set A of the Santa Fe competition: A. S. Weigend and
    N. A. Gershenfeld, Time Series Prediction, Addison-Wesley 1994).

    Raises
    ------
    InputError
        The series is too short or not finite.
    """
    training, validation, test = LENGTHS["santa-fe"]
    count = WASHOUT + training + validation + test
    if series.ndim != 1 or series.size < count + 1 or not np.all(np.isfinite(series[: count + 1])):
        raise InputError(
            f"the Santa Fe series has shape {series.shape}", hint=f"one column of {count + 1} finite values or more"
        )
    text = f"next value of the laser's intensity ({source}); NRMSE on {test} steps"
    return _series("santa-fe", text, series[:count], series[1 : count + 1])


def mnist_rows(
    images: NDArray[np.uint8], labels: NDArray[np.integer], test_images: NDArray[np.uint8],
    test_labels: NDArray[np.integer],
) -> Task:  # fmt: skip
    """Handwritten digits row after row: 28 steps of 28 pixels, states read after every fourth row.

    The last fifth of the training images is the validation part.
    """
    both = np.concatenate([images, test_images]).reshape(-1, 28, 28) / 255.0
    wanted = np.eye(10)[np.concatenate([labels, test_labels]).astype(int)]
    train = len(images) - len(images) // 5
    text = (
        f"digit of MNIST, a row of 28 pixels a step, states after every {READ_EVERY}th row; {train} training,"
        f" {len(images) - train} validation, {len(test_images)} test images"
    )
    parts = slice(0, train), slice(train, len(images)), slice(len(images), len(both))
    return Task("mnist-rows", "classes", text, both, wanted, *parts)


def _series(name: str, text: str, drive: FloatArray, wanted: FloatArray) -> Task:
    training, validation, test = LENGTHS[name]
    edges = np.cumsum([WASHOUT, training, validation, test])
    parts = (slice(int(a), int(b)) for a, b in pairwise(edges))
    return Task(name, "series", text, drive.reshape(1, -1, 1), wanted.reshape(-1, 1), *parts)


@compiled
def _mackey_glass_series(past: FloatArray, count: int, step: float) -> FloatArray:
    lag = past.size - 1
    x = np.empty(lag + 1 + count)
    x[: lag + 1] = past
    for k in range(lag, lag + count):
        early, late = x[k - lag], x[k - lag + 1]
        now = x[k]
        middle = 0.5 * (early + late)
        a = GROWTH * early / (1.0 + early**POWER) - DECAY * now
        gain = GROWTH * middle / (1.0 + middle**POWER)
        b = gain - DECAY * (now + 0.5 * step * a)
        c = gain - DECAY * (now + 0.5 * step * b)
        d = GROWTH * late / (1.0 + late**POWER) - DECAY * (now + step * c)
        x[k + 1] = now + step * (a + 2.0 * b + 2.0 * c + d) / 6.0
    return x[lag + 1 :]
