"""Readout weights in memristors: digits on differential pairs of cells, their variation, and what the column gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.reservoir.node import FloatArray
from evaluator.reservoir.ridge import LinearReadout
from measurements.errors import InputError

SCALES = (1.0, 0.8, 0.6, 0.45, 0.3, 0.2, 0.14, 0.1)
"""Tried largest weights, as shares of the largest of the readout: what lies above is clipped [1]."""


@dataclass(frozen=True)
class CellPairs:
    """What holds a weight.

    A weight is `slices` digits of `levels` steps each, most significant first. A digit d in -(levels-1) to levels-1 is
    the difference of a plus and a minus cell: g = g_off + |d|/(levels-1) (g_on - g_off) on the side of its sign, g_off
    on the other. Columns of digit k count with levels^-k, by what follows them (shift and add).

    Parameters
    ----------
    on_conductance, off_conductance
        Of a cell as its column sees it [S].
    levels
        Conductances that a cell is programmed to, evenly spaced, ends included [1].
    slices
        Digits, so pairs of cells for each weight [1].
    """

    on_conductance: float
    off_conductance: float
    levels: int = 2
    slices: int = 8

    def __post_init__(self) -> None:
        if not 0.0 <= self.off_conductance < self.on_conductance < np.inf:
            raise InputError(
                f"cells of {self.off_conductance:g} S off and {self.on_conductance:g} S on hold no weight",
                hint="the on state must conduct better than the off state",
            )
        if not 2 <= self.levels <= 4096 or not 1 <= self.slices <= 16:
            raise InputError(f"{self.slices} digits of {self.levels} levels", hint="1 to 16 digits of 2 to 4096 levels")

    @property
    def steps(self) -> int:
        """Largest weight in units of the last digit [1]."""
        return int(self.levels**self.slices - 1)

    @property
    def cells(self) -> int:
        """Memristors for each weight [1]."""
        return 2 * self.slices


@dataclass(frozen=True, eq=False)
class MappedReadout:
    """A readout in cells: `plus` and `minus` conductances, (slices, features, outputs) [S].

    Rows are driven with the states less `centre`, one voltage for all. A column pair gives sum_i v_i (plus - minus),
    and with `scale` [1/S] and the digits' places that is the output but for `bias`, which is added after the columns.
    """

    pairs: CellPairs
    plus: FloatArray
    minus: FloatArray
    scale: float
    centre: float
    bias: FloatArray

    def varied(self, variation: float, random: np.random.Generator) -> MappedReadout:
        """The same with another resistance in every cell: ln(R) is normal with deviation `variation` [1], such that the
        mean of the conductance stays: G exp(s z - s^2/2).

        Raises
        ------
        InputError
            The variation is negative or not finite.
        """
        s = require_variation(variation)
        if s == 0.0:
            return self
        plus, minus = (
            cells * np.exp(s * random.standard_normal(cells.shape) - 0.5 * s * s) for cells in (self.plus, self.minus)
        )
        return MappedReadout(self.pairs, plus, minus, self.scale, self.centre, self.bias)

    @property
    def weights(self) -> FloatArray:
        """Weights that the cells now stand for, (features, outputs)."""
        places = float(self.pairs.levels) ** -np.arange(self.pairs.slices)
        return np.asarray(self.scale * np.einsum("k,kij->ij", places, self.plus - self.minus))

    def __call__(self, states: FloatArray) -> FloatArray:
        """Outputs, (count, outputs)."""
        return np.asarray((states - self.centre) @ self.weights + self.bias)


def require_variation(variation: float) -> float:
    """The variation itself where it is one; InputError where it is negative, not finite or beyond 3."""
    if not 0.0 <= variation <= 3.0:
        raise InputError(f"a resistance variation of {variation:g}", hint="the deviation of ln(R), 0 to 3")
    return variation


def map_readout(readout: LinearReadout, pairs: CellPairs, states: FloatArray, targets: FloatArray) -> MappedReadout:
    """A readout's weights in cells, clipped where the training rows `states`, `targets` then have the least error."""
    centre = float(states.mean())
    bias = readout.bias + centre * readout.weights.sum(axis=0)
    largest = float(np.max(np.abs(readout.weights)))
    if largest == 0.0:
        largest = 1.0
    best: tuple[float, MappedReadout] | None = None
    for share in SCALES:
        mapped = _mapped(readout.weights, share * largest, pairs, centre, bias)
        error = float(np.mean((mapped(states) - targets) ** 2))
        if best is None or error < best[0]:
            best = (error, mapped)
    assert best is not None  # SCALES is not empty
    return best[1]


def weight_disturbance(variation: float, states: FloatArray) -> FloatArray:
    """Variance that cells of this `variation` add to an output per squared weight on each row, (features,).

    (exp(s^2) - 1) <(x - centre)^2>, exact for one digit with a perfect off state; further digits add less.
    """
    s = require_variation(variation)
    return np.asarray(np.expm1(s * s) * np.mean((states - states.mean()) ** 2, axis=0))


def _mapped(weights: FloatArray, largest: float, pairs: CellPairs, centre: float, bias: FloatArray) -> MappedReadout:
    # digits of one place reach levels - 1, so all places together reach `reach` times a full pair
    reach = float(np.sum(float(pairs.levels) ** -np.arange(pairs.slices)))
    whole = np.rint(np.clip(np.abs(weights) / largest, 0.0, 1.0) * pairs.steps).astype(np.int64)
    powers = pairs.levels ** np.arange(pairs.slices - 1, -1, -1, dtype=np.int64)
    digits = (whole[None] // powers[:, None, None]) % pairs.levels
    size = digits / (pairs.levels - 1.0) * (pairs.on_conductance - pairs.off_conductance)
    positive = weights[None] > 0.0
    plus = pairs.off_conductance + np.where(positive, size, 0.0)
    minus = pairs.off_conductance + np.where(positive, 0.0, size)
    scale = largest / (reach * (pairs.on_conductance - pairs.off_conductance))
    return MappedReadout(pairs, plus, minus, scale, centre, bias)
