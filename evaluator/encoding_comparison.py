"""All encodings on the same images at the same window: accuracy, energy, latency, spikes, and the curve over energy.

Twice: with a calibration of each code's own, so that a code of few spikes is not judged by thresholds made for many,
and with one and the same circuit for all codes, whose gain a chip has only once. Encoders' energy is kept apart from
that of the rest, since not every code has a circuit: see `encoder_energy`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evaluator.encoding_calibration import Calibration, Scales, Task, Tried, calibrated, fixed, in_window, scaled
from evaluator.encoding_information import InformationRate, information_rate
from evaluator.encodings import Encoding, encoding_named
from evaluator.evaluation import Evaluation
from evaluator.network import SpikingNetwork
from measurements.errors import InputError


@dataclass(frozen=True)
class CurvePoint:
    """Accuracy [1], mean energy [J] and latency [s] of a test image with `window` [s] and `scales` of the pulse steps;
    which images were decided rightly.
    """

    window: float
    accuracy: float
    energy: float
    latency: float
    scales: Scales
    correct: NDArray[np.bool_] = field(repr=False, compare=False)


@dataclass(frozen=True, eq=False)
class SameCircuit:
    """A code in the circuit that all codes share.

    curve
        Over windows, the shortest first.
    within
        Point of the window that is best on training images within the reference's energy; None: all need more.
    """

    evaluation: Evaluation
    curve: tuple[CurvePoint, ...]
    within: CurvePoint | None

    @property
    def whole(self) -> CurvePoint:
        """The whole window."""
        return self.curve[-1]


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
    within
        With the scales and the window that are best on training images within the reference's energy; None: all need
        more.
    same_circuit
        With nothing of its own but the spikes; None: a membrane leaves the tables.
    """

    encoding: Encoding
    weights: str
    scales: Scales
    evaluation: Evaluation
    information: InformationRate
    encoder_energy: float | None
    curve: tuple[CurvePoint, ...]
    within: CurvePoint | None
    same_circuit: SameCircuit | None

    @property
    def whole(self) -> CurvePoint:
        """The whole window."""
        return self.curve[-1]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Every encoding; the code that the shared circuit was calibrated for, its scales, and the energy of an image [J]
    of the reference on training images, alone and in the shared circuit, that the points `within` keep to.
    """

    compared: tuple[Compared, ...]
    reference: str
    circuit: str
    circuit_scales: Scales
    budget: float
    circuit_budget: float


@dataclass(frozen=True, eq=False)
class _Shared:
    """The circuit of all codes, and the energies that they may take [J]."""

    calibration: Calibration
    budget: float
    circuit_budget: float


def compare(
    encodings: Sequence[Encoding], networks: Mapping[str, SpikingNetwork], fallback: str, task: Task,
    progress: Callable[[int, int], None] | None = None, circuit: str | None = None,
) -> Comparison:  # fmt: skip
    """Every encoding with the network of `networks` under its name or the one of `fallback`, whichever is better on
    training images; and with the fallback's network calibrated for the encoding `circuit` (None: the fallback's).

    The energy to keep to is that of the encoding `fallback`.

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
    circuit = circuit or fallback
    shared = _shared(networks[fallback], fallback, circuit, task)
    found = []
    for done, one in enumerate(encodings, 1):
        found.append(_compared(one, networks, fallback, task, shared))
        if progress is not None:
            progress(done, len(encodings))
    scales = shared.calibration.best.scales
    return Comparison(tuple(found), fallback, circuit, scales, shared.budget, shared.circuit_budget)


def _shared(network: SpikingNetwork, reference: str, circuit: str, task: Task) -> _Shared:
    own = calibrated({reference: _coded(network, reference)}, task)
    if circuit == reference:
        return _Shared(own, own.best.energy, own.best.energy)
    other = calibrated({reference: _coded(network, circuit)}, task)
    inside = fixed(scaled(_coded(network, reference), *other.best.scales), reference, other.best.scales, task)
    if inside is None:
        raise InputError(f"in the circuit of {circuit} the encoding {reference} leaves the tables; choose another")
    return _Shared(other, own.best.energy, inside.best.energy)


def _coded(network: SpikingNetwork, name: str) -> SpikingNetwork:
    """The network with the encoder of the encoding `name`."""
    return replace(network, encoder=encoding_named(name).encoder)


def _compared(
    one: Encoding, networks: Mapping[str, SpikingNetwork], fallback: str, task: Task, shared: _Shared
) -> Compared:
    candidates = {
        name: replace(networks[name], encoder=one.encoder)
        for name in dict.fromkeys((one.name, fallback))
        if name in networks
    }
    found = calibrated(candidates, task)
    result, curve = _tested(found.best, task)
    scales = shared.calibration.best.scales
    same = fixed(replace(shared.calibration.best.network, encoder=one.encoder), fallback, scales, task)
    return Compared(
        one,
        found.weights,
        found.best.scales,
        result,
        information_rate(one.encoder),
        encoder_energy(one, result, found.best.network.sizes[0]),
        curve,
        _within(found, shared.budget, curve, task),
        None if same is None else _same_circuit(same, shared.circuit_budget, task),
    )


def _same_circuit(same: Calibration, budget: float, task: Task) -> SameCircuit:
    result, curve = _tested(same.best, task)
    return SameCircuit(result, curve, _within(same, budget, curve, task))


def _tested(best: Tried, task: Task) -> tuple[Evaluation, tuple[CurvePoint, ...]]:
    """The whole window on test images, and the curve."""
    result = task.evaluate(best.network, task.test)
    points = [_point(in_window(best.network, window), best.scales, task) for window in task.windows]
    points.append(_point_of(result, best.network.encoder.window, best.scales, task))
    return result, tuple(sorted(points, key=lambda point: point.window))


def _within(found: Calibration, budget: float, curve: Sequence[CurvePoint], task: Task) -> CurvePoint | None:
    chosen = found.within(budget)
    if chosen is None:
        return None
    window = chosen.network.encoder.window
    for point in curve:
        if (point.window, point.scales) == (window, chosen.scales):
            return point
    return _point(chosen.network, chosen.scales, task)


def encoder_energy(one: Encoding, result: Evaluation, rows: int) -> float | None:
    """rows (P_rest + P_clock) t + n_in e of an image [J], from the figures of the encoding's circuit."""
    if one.rest_power is None or one.spike_energy is None:
        return None
    waiting = rows * (one.rest_power + one.clock_power) * result.latency_per_image_s
    return waiting + one.spike_energy * result.spikes_by_layer[0]


def _point(network: SpikingNetwork, scales: Scales, task: Task) -> CurvePoint:
    return _point_of(task.evaluate(network, task.test), network.encoder.window, scales, task)


def _point_of(found: Evaluation, window: float, scales: Scales, task: Task) -> CurvePoint:
    correct = found.predictions == task.test[1]
    return CurvePoint(
        window, found.accuracy, found.energy_per_image_J, found.latency_per_image_s, scales, np.asarray(correct)
    )
