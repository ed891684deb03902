"""A sweep cut where its voltage turns and where it passes zero: the legs of a hysteresis loop."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from measurements.sweep import FloatArray

SMALLEST_TURN = 0.02
"""Share of the voltage range [1] by which the voltage must come back to count as a turn."""
NOISE_TURN = 8.0
"""Multiple of the voltage's own noise [1] by which it must come back; an oscilloscope's channel needs it."""


@dataclass(frozen=True)
class Leg:
    """Points `start` to `stop` (not included) of a sweep, all of one polarity and one direction.

    `polarity` is +1 or -1 (sign of the voltage at the active electrode), `outward` whether the magnitude of
    the voltage grows.
    """

    start: int
    stop: int
    polarity: int
    outward: bool

    @property
    def span(self) -> slice:
        """The points of the leg."""
        return slice(self.start, self.stop)

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Lobe:
    """The way out and the way back at one polarity; `wraps` where the way back opened the sweep.

    A loop that starts and ends at its top has no way out before its first way back: its last way out is
    paired with its first way back, which holds for a loop that closes.
    """

    outward: Leg
    inward: Leg
    wraps: bool = False

    @property
    def polarity(self) -> int:
        """Sign of the voltage."""
        return self.outward.polarity


def cut_legs(voltage: FloatArray) -> tuple[Leg, ...]:
    """Legs in the order taken; turning points belong to the leg that they end.

    >>> [(leg.polarity, leg.outward) for leg in cut_legs(np.array([0.0, 1, 2, 1, 0, -1, -2, -1, 0]))]
    [(1, True), (1, False), (-1, True), (-1, False)]
    """
    if voltage.size < 2 or np.ptp(voltage) == 0:
        return ()
    turn = max(SMALLEST_TURN * float(np.ptp(voltage)), NOISE_TURN * voltage_noise(voltage))
    turns = _turning_points(voltage, turn)
    legs: list[Leg] = []
    for first, last in pairwise(turns):
        begin = first if first == 0 else first + 1
        legs += _at_zero(voltage, begin, last + 1)
    return tuple(leg for leg in legs if len(leg) > 0)


def pair_lobes(legs: tuple[Leg, ...]) -> tuple[Lobe, ...]:
    """Each way out with the way back that follows it."""
    lobes = [
        Lobe(out, back)
        for out, back in pairwise(legs)
        if out.outward and not back.outward and out.polarity == back.polarity
    ]
    if len(legs) > 1 and legs[-1].outward and not legs[0].outward and legs[0].polarity == legs[-1].polarity:
        lobes.append(Lobe(legs[-1], legs[0], wraps=True))
    return tuple(lobes)


def voltage_noise(voltage: FloatArray) -> float:
    """Noise of the voltage samples [V], 1 sigma, from the second differences (zero for a clean staircase)."""
    if voltage.size < 5:
        return 0.0
    second = np.diff(voltage, n=2)
    return float(1.4826 * np.median(np.abs(second - np.median(second))) / np.sqrt(6))


def _turning_points(voltage: FloatArray, turn: float) -> list[int]:
    """Indices of the extremes between which the voltage comes back by `turn` or more, ends included."""
    turns = [0]
    high = low = 0
    direction = 0
    for index, value in enumerate(voltage.tolist()):
        if value >= voltage[high]:
            high = index
        if value <= voltage[low]:
            low = index
        if direction >= 0 and voltage[high] - value >= turn and high < index:
            turns.append(high)
            direction, low = -1, index
            high = index
        elif direction <= 0 and value - voltage[low] >= turn and low < index:
            turns.append(low)
            direction, high = 1, index
            low = index
    turns.append(voltage.size - 1)
    return sorted(set(turns))


def _at_zero(voltage: FloatArray, start: int, stop: int) -> list[Leg]:
    """One monotonic piece as one leg, or two where it passes zero."""
    piece = voltage[start:stop]
    if piece.size == 0:
        return []
    rising = bool(piece[-1] >= piece[0])
    sign = np.sign(piece if rising else -piece)  # goes from -1 to +1
    first = int(np.argmax(sign > 0)) if (sign > 0).any() else piece.size
    cut = start + first
    before, after = (-1, 1) if rising else (1, -1)
    inward, outward = Leg(start, cut, before, False), Leg(cut, stop, after, True)
    if not (sign < 0).any():  # nothing but zeros before: they start the way out
        return [Leg(start, stop, after, True)]
    return [leg for leg in (inward, outward) if len(leg)]
