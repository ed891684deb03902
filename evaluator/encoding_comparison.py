"""All encodings on the same images at the same window: accuracy, energy, latency, spikes, and the curve over energy.

Each encoding gets its own calibration: the membrane steps of a pulse of both layers are scaled on training images, so
that a code of few spikes is not judged by thresholds made for many. Test images decide nothing. Encoders' energy is
kept apart from that of the rest, since not every code has a circuit: see `encoder_energy`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.encoding_information import InformationRate, information_rate
from evaluator.encodings import Encoding
from evaluator.evaluate import evaluate, without_encoder
from evaluator.evaluation import Evaluation
from evaluator.network import SpikingNetwork
from evaluator.readout import TTFS
from measurements.errors import InputError, TableError

UInt8Array = NDArray[np.uint8]
Labelled = tuple[UInt8Array, UInt8Array]
FIRST_SCALES = (0.7, 1.0, 1.5, 2.5, 4.0)
LAST_SCALES = (0.7, 1.5)
"""Factors tried on the pulse step of all layers but the last, and of the last [1]."""


@dataclass(frozen=True)
class CurvePoint:
    """Accuracy [1], mean energy [J] and latency [s] of an image with `window` [s]."""

    window: float
    accuracy: float
    energy: float
    latency: float


@dataclass(frozen=True, eq=False)
class Compared:
    """One encoding's figures.

    weights
        Encoding that the weights were trained for: its own, or that of the fallback where these did better on training
        images.
    scales
        Factors on the pulse steps of the first layers and of the last, chosen on training images [1].
    encoder_energy
        What its encoders take of an image beside `evaluation`, from the figures of `Encoding` [J]; None: no circuit.
    curve
        Over windows, the shortest first; same weights and scales.
    """

    encoding: Encoding
    weights: str
    scales: tuple[float, float]
    evaluation: Evaluation
    information: InformationRate
    encoder_energy: float | None
    curve: tuple[CurvePoint, ...]

    def accuracy_within(self, energy: float) -> float | None:
        """Highest accuracy of the curve with no more than `energy` [J] an image; None: all need more."""
        return max((point.accuracy for point in self.curve if point.energy <= energy), default=None)


@dataclass(frozen=True, eq=False)
class Task:
    """What every encoding is given: tables and card, training and test images, the windows of the curve [s], readout,
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


def compare(
    encodings: Sequence[Encoding], networks: Mapping[str, SpikingNetwork], fallback: str, task: Task,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Compared, ...]:  # fmt: skip
    """Every encoding with the network of `networks` under its name or the one of `fallback`, whichever is better on
    training images.

    Raises
    ------
    InputError
        There is no encoding or no fallback, or images and network do not fit.
    TableError
        No scale of an encoding stays inside the tables.
    """
    if fallback not in networks:
        raise InputError(f"there are no weights of {fallback!r}", hint=f"there are those of {', '.join(networks)}")
    if not encodings:
        raise InputError("there is no encoding to compare", hint="leave --encoding out for all")
    found = []
    for done, one in enumerate(encodings, 1):
        found.append(_compared(one, networks, fallback, task))
        if progress is not None:
            progress(done, len(encodings))
    return tuple(found)


def calibrated(candidates: Mapping[str, SpikingNetwork], task: Task) -> tuple[str, SpikingNetwork, tuple[float, float]]:
    """Candidate and factors on its pulse steps that are most accurate on training images; of equals, of least energy.

    Factors are searched for the first layers, then for the last. Those with which a membrane leaves the tables do not
    take part.

    Raises
    ------
    TableError
        With every scale one does.
    """
    best: _Tried | None = None
    chosen = ""
    for name, network in candidates.items():
        first = _best([(scale, 1.0) for scale in FIRST_SCALES], network, task)
        if first is None:
            continue
        last = _best([(first.scales[0], scale) for scale in LAST_SCALES], network, task)
        found = first if last is None or first.rank >= last.rank else last
        if best is None or found.rank > best.rank:
            best, chosen = found, name
    if best is None:
        raise TableError("no scale of the pulse steps stays inside the tables; characterize higher membrane voltages")
    return chosen, best.network, best.scales


@dataclass(frozen=True, eq=False)
class _Tried:
    """Scales, the network with them, and how good it is: the larger `rank` the better."""

    scales: tuple[float, float]
    network: SpikingNetwork
    rank: tuple[float, float]


def _best(choices: Sequence[tuple[float, float]], network: SpikingNetwork, task: Task) -> _Tried | None:
    """The best of the scales that stay inside the tables; None: none does."""
    found = []
    for scales in choices:
        tried = scaled(network, *scales)
        result = task.evaluate(tried, task.calibration, clamp=True)
        if result.clamped_lookups == 0:
            found.append(_Tried(scales, tried, (result.accuracy, -result.energy_per_image_J)))
    return max(found, key=lambda one: one.rank, default=None)


def scaled(network: SpikingNetwork, first: float, last: float) -> SpikingNetwork:
    """The network with its pulse steps multiplied: the last layer's by `last`, the others' by `first`."""
    steps = network.pulse_steps
    return replace(network, pulse_steps=(*(first * step for step in steps[:-1]), last * steps[-1]))


def _compared(one: Encoding, networks: Mapping[str, SpikingNetwork], fallback: str, task: Task) -> Compared:
    candidates = {
        name: replace(networks[name], encoder=one.encoder)
        for name in dict.fromkeys((one.name, fallback))
        if name in networks
    }
    weights, network, scales = calibrated(candidates, task)
    result = task.evaluate(network, task.test)
    curve = [_point(replace(network, encoder=shortened(one, window).encoder), task) for window in task.windows]
    window = network.encoder.window
    curve.append(CurvePoint(window, result.accuracy, result.energy_per_image_J, result.latency_per_image_s))
    return Compared(
        one,
        weights,
        scales,
        result,
        information_rate(one.encoder),
        encoder_energy(one, result, network.sizes[0]),
        tuple(sorted(curve, key=lambda point: point.window)),
    )


def shortened(one: Encoding, window: float) -> Encoding:
    """The encoding with another window [s]; its times stay, those that no longer fit are left out."""
    return replace(one, encoder=replace(one.encoder, window=window))


def encoder_energy(one: Encoding, result: Evaluation, rows: int) -> float | None:
    """rows (P_rest + P_clock) t + n_in e of an image [J], from the figures of the encoding's circuit."""
    if one.rest_power is None or one.spike_energy is None:
        return None
    return (
        rows * (one.rest_power + one.clock_power) * result.latency_per_image_s
        + one.spike_energy * result.spikes_by_layer[0]
    )


def _point(network: SpikingNetwork, task: Task) -> CurvePoint:
    found = task.evaluate(network, task.test)
    return CurvePoint(network.encoder.window, found.accuracy, found.energy_per_image_J, found.latency_per_image_s)
