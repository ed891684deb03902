"""Writes of a training: how many, against those of updates at every step, their energy, and how long cells last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluator.mixedprecision.settings import Origin, Source
from measurements.errors import InputError

if TYPE_CHECKING:
    from evaluator.mixedprecision.layers import MemristorLayer


@dataclass(frozen=True)
class Wear:
    """Writes after the first programming.

    `weights`, `steps`: cells come in pairs, updates so far [1]; `writes_of_a_weight`: mean, a write of one or both
    cells of the pair counted once [1]; `busiest_cell`: writes of that cell [1]; `cell_writes`: of all cells [1];
    `by_layer`: mean of each layer [1].
    """

    weights: int
    steps: int
    writes_of_a_weight: float
    busiest_cell: int
    cell_writes: int
    by_layer: tuple[float, ...]

    @property
    def fewer(self) -> float | None:
        """Writes of a weight at every step over those that were [1]; None where there was none."""
        return self.steps / self.writes_of_a_weight if self.writes_of_a_weight > 0 else None


def wear_of(layers: Sequence[MemristorLayer], steps: int) -> Wear:
    """Counted in the cells of `layers` after `steps` updates."""
    weights = sum(layer.weight.numel() for layer in layers)
    writes = [float(layer.cells.weight_writes.sum()) for layer in layers]
    cells = [layer.cells for layer in layers]
    return Wear(
        weights=weights,
        steps=steps,
        writes_of_a_weight=sum(writes) / weights,
        busiest_cell=max(int(max(cell.plus_writes.max(), cell.minus_writes.max())) for cell in cells),
        cell_writes=sum(int(cell.plus_writes.sum() + cell.minus_writes.sum()) for cell in cells),
        by_layer=tuple(count / layer.weight.numel() for count, layer in zip(writes, layers, strict=True)),
    )


@dataclass(frozen=True)
class Programming:
    """What a write costs a cell.

    `pulses` of a write [1] of `pulse_voltage` [V] and `pulse_width` [s]; `conductance` of a cell meanwhile [S];
    `endurance`: writes that a cell takes [1], `endurance_bound` where nobody saw a failure. `sources` has the origin of
    each.
    """

    pulses: float
    pulse_voltage: float
    pulse_width: float
    conductance: float
    endurance: float
    endurance_bound: bool
    sources: dict[str, Source]

    def __post_init__(self) -> None:
        for name in ("pulses", "pulse_voltage", "pulse_width", "conductance", "endurance"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name):g}; a number above 0 is needed")

    @property
    def energy(self) -> float:
        """Of a write, n V^2 G t into the cell [J]; drivers are not in it."""
        return self.pulses * self.pulse_voltage**2 * self.conductance * self.pulse_width

    @property
    def origin(self) -> Origin:
        """The weakest origin of the energy's numbers."""
        used = {self.sources[name].origin for name in ("pulses", "pulse_voltage", "pulse_width", "conductance")}
        order: tuple[Origin, ...] = ("assumed", "published", "characterized")
        return next(origin for origin in order if origin in used)


@dataclass(frozen=True)
class Life:
    """Energy of all writes of a training [J], and trainings that the mean and the busiest cell last [1]; lower bounds
    where the endurance is one.
    """

    energy: float
    trainings_mean: float | None
    trainings_busiest: float | None


def life_of(wear: Wear, programming: Programming) -> Life:
    """What a training takes of the cells."""
    mean = wear.cell_writes / (2 * wear.weights)
    return Life(
        energy=wear.cell_writes * programming.energy,
        trainings_mean=programming.endurance / mean if mean > 0 else None,
        trainings_busiest=programming.endurance / wear.busiest_cell if wear.busiest_cell else None,
    )
