"""The gain of a code: what its pulse steps are scaled by, chosen on training images.

A code of few spikes needs larger steps of the membranes than one of many; test images decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.evaluate import evaluate, without_encoder
from evaluator.evaluation import Evaluation
from evaluator.network import SpikingNetwork
from evaluator.readout import TTFS
from measurements.errors import TableError

UInt8Array = NDArray[np.uint8]
Labelled = tuple[UInt8Array, UInt8Array]
Scales = tuple[float, float]
FIRST_SCALES = (0.7, 1.0, 1.5, 2.5, 4.0)
LAST_SCALES = (0.7, 1.5)
"""Factors tried on the pulse step of all layers but the last, and of the last [1]."""


@dataclass(frozen=True, eq=False)
class Task:
    """What every encoding is given: tables and card, training and test images, windows beside the whole [s], readout,
    seed of the cells' spread (None: all alike), threads.
    """

    tables: TableSet
    card: DeviceCard
    calibration: Labelled
    test: Labelled
    windows: tuple[float, ...] = ()
    readout: str = TTFS
    spread_seed: int | None = None
    threads: int | None = None

    def evaluate(self, network: SpikingNetwork, labelled: Labelled, *, clamp: bool = False) -> Evaluation:
        """`network` on images, without encoders' energy."""
        tables = without_encoder(self.tables)
        return evaluate(
            network, tables, self.card, *labelled,
            spread_seed=self.spread_seed, threads=self.threads, clamp=clamp, readout=self.readout,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tried:
    """A network with a choice of scales and window, and its accuracy [1] and energy of an image [J] in training."""

    scales: Scales
    network: SpikingNetwork
    accuracy: float
    energy: float

    @property
    def rank(self) -> tuple[float, float]:
        """The larger the better: accuracy, of equals the least energy."""
        return (self.accuracy, -self.energy)


@dataclass(frozen=True, eq=False)
class Calibration:
    """The weights and, of them, the best choice in the whole window, and all that were tried: every scale in every
    window.
    """

    weights: str
    best: Tried
    tried: tuple[Tried, ...]

    def within(self, energy: float) -> Tried | None:
        """The best choice of no more than `energy` [J] an image on training images; None: all need more."""
        return max((one for one in self.tried if one.energy <= energy), key=lambda one: one.rank, default=None)


def calibrated(candidates: Mapping[str, SpikingNetwork], task: Task) -> Calibration:
    """Candidate and factors on its pulse steps that are most accurate on training images; of equals, of least energy.

    Factors are searched for the first layers, then for the last, in the whole window. Those with which a membrane
    leaves the tables do not take part.

    Raises
    ------
    TableError
        With every scale one does.
    """
    found: Calibration | None = None
    for name, network in candidates.items():
        first = _tried([(scale, 1.0) for scale in FIRST_SCALES], network, task)
        if not first:
            continue
        scale = _best(first).scales[0]
        every = first + _tried([(scale, last) for last in LAST_SCALES], network, task)
        if found is None or _best(every).rank > found.best.rank:
            found = Calibration(name, _best(every), tuple(every))
    if found is None:
        raise TableError("no scale of the pulse steps stays inside the tables; characterize higher membrane voltages")
    return replace(found, tried=found.tried + tuple(cut for one in found.tried for cut in windowed(one, task)))


def windowed(whole: Tried, task: Task) -> tuple[Tried, ...]:
    """The same scales in each of the task's shorter windows that stays inside the tables."""
    networks = [in_window(whole.network, window) for window in task.windows]
    found = (_try(whole.scales, network, task) for network in networks)
    return tuple(one for one in found if one is not None)


def fixed(network: SpikingNetwork, weights: str, scales: Scales, task: Task) -> Calibration | None:
    """A network whose pulse steps are what they are: the windows alone are tried. None: it leaves the tables."""
    best = _try(scales, network, task)
    return None if best is None else Calibration(weights, best, (best, *windowed(best, task)))


def scaled(network: SpikingNetwork, first: float, last: float) -> SpikingNetwork:
    """The network with its pulse steps multiplied: the last layer's by `last`, the others' by `first`."""
    steps = network.pulse_steps
    return replace(network, pulse_steps=(*(first * step for step in steps[:-1]), last * steps[-1]))


def in_window(network: SpikingNetwork, window: float) -> SpikingNetwork:
    """The network with another window [s]; times of the code stay, those that no longer fit are left out."""
    return replace(network, encoder=replace(network.encoder, window=window))


def _best(tried: Iterable[Tried]) -> Tried:
    return max(tried, key=lambda one: one.rank)


def _tried(choices: Sequence[Scales], network: SpikingNetwork, task: Task) -> list[Tried]:
    """Those of the scales that stay inside the tables."""
    found = (_try(scales, scaled(network, *scales), task) for scales in choices)
    return [one for one in found if one is not None]


def _try(scales: Scales, network: SpikingNetwork, task: Task) -> Tried | None:
    result = task.evaluate(network, task.calibration, clamp=True)
    if result.clamped_lookups:
        return None
    return Tried(scales, network, result.accuracy, result.energy_per_image_J)
