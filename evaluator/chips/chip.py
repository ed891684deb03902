"""One chip: the cells of a network with all that its effects did to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from evaluator.behaviour import ColumnBehaviour
from evaluator.chips.cells import CellLaw
from evaluator.chips.disturb import lost_share
from evaluator.chips.effects import Effects
from evaluator.layercells import Cells
from evaluator.mapping import MappedLayer, map_resistances

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
CELLS, DRIFTS, LOSSES, STUCK, NOISE = range(5)
"""Streams of random numbers of a chip: an effect draws the same whichever others act."""


@dataclass(frozen=True, eq=False)
class Chip:
    """Crossbars of a chip, layer by layer; `deviations` [S] of single reads (none: no read noise) and their `seed`.

    `changed`: share of cells that ended up in another state than was written [1].
    """

    mapped: tuple[MappedLayer, ...]
    deviations: tuple[Float32Array, ...]
    seed: int
    changed: float


@dataclass(frozen=True, eq=False)
class CellHeat:
    """`window` of coupling [K/W], and the share of time that a pulse is on a row of each layer, `duty` [1]."""

    window: FloatArray
    duty: tuple[float, ...]


def draw_chip(
    layers: Sequence[Cells], columns: Sequence[ColumnBehaviour], law: CellLaw, effects: Effects, heat: CellHeat | None,
    seed: int, number: int,
) -> Chip:  # fmt: skip
    """Chip `number` of those of `seed`: every cell of it, the same whenever it is drawn."""
    mapped, deviations, changed, cells = [], [], 0, 0
    for index, (layer, column) in enumerate(zip(layers, columns, strict=True)):
        weights = layer.weights
        signs = np.broadcast_to(np.hstack([weights, -weights]), (layer.copies, weights.shape[0], 2 * weights.shape[1]))

        def stream(purpose: int, place: int = index) -> Generator:
            return np.random.default_rng(np.random.SeedSequence([seed, number, purpose, place]))

        drawn = law.draw((signs.shape[0] * signs.shape[1], signs.shape[2]), stream(CELLS))
        on, off = (one.reshape(signs.shape) for one in drawn)
        on = _drifted(on, law.series, effects, stream(DRIFTS))
        conducts = signs > 0
        if effects.thermal_disturb is not None and heat is not None:
            alone = 1.0 / (on + column.select_resistance)
            power = np.where(conducts, heat.duty[index] * (column.read_voltage * alone) ** 2 * on, 0.0)
            each = zip(conducts, power, strict=True)
            lost = [lost_share(effects.thermal_disturb, heat.window, *array, column.rows) for array in each]
            conducts = conducts & (stream(LOSSES).random(signs.shape) >= np.array(lost))
        if effects.stuck_cells is not None:
            draw = stream(STUCK).random(signs.shape)
            conducts = np.where(draw < effects.stuck_cells.on, True, conducts)
            conducts = np.where(draw >= 1.0 - effects.stuck_cells.off, False, conducts)
        resistance = np.where(conducts, on, off)
        arrays = [map_resistances(weights, one, column) for one in resistance]
        mapped.append(layer.joined(arrays))
        if effects.read_noise is not None:
            relative = effects.read_noise.relative
            each = zip(arrays, resistance, strict=True)
            variance = layer.unfolded([_variance(array, one, column, relative) for array, one in each])
            deviations.append(np.ascontiguousarray(np.sqrt(variance), dtype=np.float32))
        changed, cells = changed + int(np.sum(conducts != (signs > 0))), cells + signs.size
    noise = int(np.random.SeedSequence([seed, number, NOISE]).generate_state(1)[0])
    return Chip(tuple(mapped), tuple(deviations), noise, changed / cells)


def _drifted(on: FloatArray, series: float, effects: Effects, generator: Generator) -> FloatArray:
    if effects.drift is None:
        return on
    nu = effects.drift.exponent + effects.drift.deviation * generator.standard_normal(on.shape)
    fixed = np.minimum(series, on)
    return np.asarray(fixed + (on - fixed) * effects.drift.age**nu)


def _variance(mapped: MappedLayer, resistance: FloatArray, column: ColumnBehaviour, relative: float) -> FloatArray:
    """Variance of each difference of columns over reads [S^2], (rows, columns).

    A cell R behind its selector S: dG = G (R / (R + S)) relative, to first order, G as the column sees it.
    """
    share = relative * resistance / (resistance + column.select_resistance)
    both = (np.hstack([mapped.plus, mapped.minus]) * share) ** 2
    neurons = mapped.plus.shape[1]
    return np.asarray(both[:, :neurons] + both[:, neurons:])
