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
from evaluator.mapping import MappedLayer, map_resistances
from evaluator.network import SpikingNetwork

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
    network: SpikingNetwork, columns: Sequence[ColumnBehaviour], law: CellLaw, effects: Effects, heat: CellHeat | None,
    seed: int, number: int,
) -> Chip:  # fmt: skip
    """Chip `number` of those of `seed`: every cell of it, the same whenever it is drawn."""
    mapped, deviations, changed, cells = [], [], 0, 0
    for index, (weights, column) in enumerate(zip(network.weights, columns, strict=True)):
        signs = np.hstack([weights, -weights])

        def stream(purpose: int, layer: int = index) -> Generator:
            return np.random.default_rng(np.random.SeedSequence([seed, number, purpose, layer]))

        on, off = law.draw((signs.shape[0], signs.shape[1]), stream(CELLS))
        on = _drifted(on, law.series, effects, stream(DRIFTS))
        conducts = signs > 0
        if effects.thermal_disturb is not None and heat is not None:
            alone = 1.0 / (on + column.select_resistance)
            power = np.where(conducts, heat.duty[index] * (column.read_voltage * alone) ** 2 * on, 0.0)
            lost = lost_share(effects.thermal_disturb, heat.window, conducts, power, column.rows)
            conducts = conducts & (stream(LOSSES).random(signs.shape) >= lost)
        if effects.stuck_cells is not None:
            draw = stream(STUCK).random(signs.shape)
            conducts = np.where(draw < effects.stuck_cells.on, True, conducts)
            conducts = np.where(draw >= 1.0 - effects.stuck_cells.off, False, conducts)
        resistance = np.where(conducts, on, off)
        mapped.append(map_resistances(weights, resistance, column))
        if effects.read_noise is not None:
            deviations.append(_deviation(mapped[-1], resistance, column, effects.read_noise.relative))
        changed, cells = changed + int(np.sum(conducts != (signs > 0))), cells + signs.size
    noise = int(np.random.SeedSequence([seed, number, NOISE]).generate_state(1)[0])
    return Chip(tuple(mapped), tuple(deviations), noise, changed / cells)


def _drifted(on: FloatArray, series: float, effects: Effects, generator: Generator) -> FloatArray:
    if effects.drift is None:
        return on
    nu = effects.drift.exponent + effects.drift.deviation * generator.standard_normal(on.shape)
    fixed = np.minimum(series, on)
    return np.asarray(fixed + (on - fixed) * effects.drift.age**nu)


def _deviation(mapped: MappedLayer, resistance: FloatArray, column: ColumnBehaviour, relative: float) -> Float32Array:
    """Standard deviation of each neuron's difference of columns over reads [S], (rows, neurons).

    A cell R behind its selector S: dG = G (R / (R + S)) relative, to first order, G as the column sees it.
    """
    share = relative * resistance / (resistance + column.select_resistance)
    both = (np.hstack([mapped.plus, mapped.minus]) * share) ** 2
    neurons = mapped.plus.shape[1]
    return np.ascontiguousarray(np.sqrt(both[:, :neurons] + both[:, neurons:]), dtype=np.float32)
