"""Deep delay-feedback reservoir: loops in cascade, masks, and the states that the readout sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evaluator.reservoir.loop import loop_states
from evaluator.reservoir.node import FloatArray, Node
from measurements.errors import InputError

MaskKind = Literal["binary", "uniform"]
FORGOTTEN = 1e-3
"""Part of the states' spread that two different pasts may still make after the washout [1]."""


@dataclass(frozen=True)
class ReservoirSettings:
    """A deep reservoir of `depth` loops with `nodes` virtual nodes each.

    Parameters
    ----------
    nodes, depth
        Virtual nodes of one loop, and loops [1].
    feedback
        Factor on the delayed output [1].
    input_scaling, offset
        Drive of an input one standard deviation above its mean, and operating point [unit of the node].
    separation
        Time of one virtual node over the node's time constant [1].
    delay
        Of the loop in virtual nodes [1]; None: one more than `nodes`, so that neighbours mix.
    mask
        `binary`: -1 or 1, `uniform`: -1 to 1; drawn for each virtual node and input.
    seed
        Of masks and noise.
    noise
        Standard deviation of the output's own noise [unit of the node]: white noise behind the leaky integrator, like
        that of its resistor, of which sqrt(1 - exp(-2 theta/tau)) is new at each virtual node.
    """

    nodes: int = 200
    depth: int = 1
    feedback: float = 0.8
    input_scaling: float = 0.01
    offset: float = 0.0
    separation: float = 2.0
    delay: int | None = None
    mask: MaskKind = "binary"
    seed: int = 1
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.nodes <= 10_000 or not 1 <= self.depth <= 4:
            raise InputError(
                f"a reservoir of {self.depth} loops of {self.nodes} nodes", hint="1 to 4 loops of 1 to 10000 nodes"
            )
        if self.mask not in ("binary", "uniform"):
            raise InputError(f"there is no mask {self.mask!r}", hint="binary or uniform")
        if not np.isfinite(self.input_scaling) or not (np.isfinite(self.noise) and self.noise >= 0.0):
            raise InputError(
                f"input scaling is {self.input_scaling:g} and noise {self.noise:g}", hint="finite, noise 0 or above"
            )

    @property
    def total(self) -> int:
        """Virtual nodes of all loops [1]."""
        return self.nodes * self.depth

    @property
    def loop_delay(self) -> int:
        """Delay in virtual nodes [1]."""
        return self.nodes + 1 if self.delay is None else self.delay


def masks(settings: ReservoirSettings, features: int) -> list[FloatArray]:
    """Weight of every input on every virtual node: (features, nodes) of the first loop, (nodes,) of the later ones.

    A sum over inputs is divided by the root of their number, so that the scale does not grow with it.
    """
    random = np.random.default_rng([settings.seed, 1])
    shapes: list[tuple[int, ...]] = [(features, settings.nodes)] + [(settings.nodes,)] * (settings.depth - 1)
    drawn = (random.uniform(-1.0, 1.0, shape) for shape in shapes)
    found = [np.sign(one) if settings.mask == "binary" else one for one in drawn]
    found[0] = found[0] / np.sqrt(features)
    return found


def deep_states(
    inputs: FloatArray, settings: ReservoirSettings, node: Node, training: tuple[slice, slice], *, history: float = 0.0
) -> FloatArray:
    """States of all virtual nodes of all loops.

    The first loop is driven by the masked inputs. What leaves a loop virtual node by virtual node enters the next one
    in the same order, less its mean and over its standard deviation, by that loop's own mask. Means and deviations are
    those of the part `training` of samples and steps, so that nothing of the test part enters.

    Parameters
    ----------
    inputs
        (samples, steps, features).
    history
        Output of all loops before the first step [unit of the node].

    Returns
    -------
    FloatArray
        (samples, steps, depth * nodes) [unit of the node].

    Raises
    ------
    InputError
        As `loop_states`.
    """
    random = np.random.default_rng([settings.seed, 2])
    stream, states = inputs, []
    for number, mask in enumerate(masks(settings, inputs.shape[2])):
        stream = _standardised(stream, training, by_feature=number == 0)
        drive = settings.input_scaling * (stream @ mask if number == 0 else stream * mask)
        fresh = settings.noise * np.sqrt(-np.expm1(-2.0 * settings.separation))
        noise = fresh * random.standard_normal(drive.shape) if fresh > 0.0 else None
        stream = loop_states(
            drive,
            node,
            offset=settings.offset,
            feedback=settings.feedback,
            separation=settings.separation,
            delay=settings.loop_delay,
            history=history,
            noise=noise,
        )
        states.append(stream)
    return np.concatenate(states, axis=2)


def require_forgetting(inputs: FloatArray, settings: ReservoirSettings, node: Node, washout: int) -> float:
    """Difference that two pasts still make after `washout` steps, over the states' spread [1].

    Runs the reservoir from two histories over twice the washout (the echo-state property, seen and not proved).

    Raises
    ------
    InputError
        It is above `FORGOTTEN`: the states are not a function of the inputs.
    """
    quiet, short = replace(settings, noise=0.0), inputs[:1, : 2 * washout]
    late = (slice(None), slice(washout, None))  # what a past leaves there moves no mean where it is forgotten
    other = 0.1 * float(np.max(np.abs(node.values))) if node.unit == "V" else 0.1
    first, second = (deep_states(short, quiet, node, late, history=value) for value in (0.0, other))
    spread = float(np.std(first[:, washout:], axis=1).mean())
    apart = float(np.max(np.abs(first - second)[:, -1]))
    left = apart / spread if spread > 0.0 else (np.inf if apart > 0.0 else 0.0)
    if left > FORGOTTEN:
        raise InputError(
            f"the reservoir does not forget its past: feedback {settings.feedback:g} leaves {left:.2g} of the states'"
            f" spread after {2 * washout} steps",
            hint="lower the feedback",
        )
    return left


def _standardised(stream: FloatArray, training: tuple[slice, slice], *, by_feature: bool) -> FloatArray:
    """Less its mean and over its standard deviation; both of all features together, for one stream has one gain."""
    seen = stream[training]
    centre = seen.mean(axis=(0, 1)) if by_feature and stream.shape[2] == 1 else seen.mean()
    spread = float(seen.std())
    return np.asarray((stream - centre) / (spread if spread > 0.0 else 1.0))
