"""Resistances of cells, drawn from what the card knows of cycles and devices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from devicefit.card import DeviceCard
from devicefit.estimation.population import Population
from devicefit.models.registry import model_of
from devicefit.models.static import off_resistance, on_resistance, small_signal_resistance
from evaluator.mapping import on_resistances
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
POOL = 4096
"""Devices of a population whose resistances are found; cells are drawn from them with replacement [1]."""
SEEDS = 2**63
"""Largest seed that a draw hands on, and one."""


@dataclass(frozen=True, eq=False)
class CellLaw:
    """How resistances of cells are drawn.

    `on`, `off`, `series` [ohm] are the card's; `pool` the (on, off) resistances of random devices, None where the card
    is of one device: then `cycles` says whether on resistances follow its measured spread.
    """

    card: DeviceCard
    on: float
    off: float
    series: float
    cycles: bool
    pool: tuple[FloatArray, FloatArray] | None

    def draw(self, shape: tuple[int, int], generator: Generator) -> tuple[FloatArray, FloatArray]:
        """On and off resistances of cells [ohm]."""
        if self.pool is not None:
            chosen = generator.integers(self.pool[0].size, size=shape)
            return self.pool[0][chosen], self.pool[1][chosen]
        on = on_resistances(self.card, shape, int(generator.integers(SEEDS)) if self.cycles else None)
        return on, np.full(shape, self.off)


def cell_law(card: DeviceCard, *, device_spread: bool, cycle_spread: bool, seed: int) -> CellLaw:
    """The law of cells with the spreads that are asked for.

    Raises
    ------
    InputError
        The card does not know a spread that is asked for.
    """
    pool = None
    if card.population is None and device_spread:
        raise InputError(
            f"the card of {card.label} is of one device: it knows no spread from device to device",
            hint="memchar population fits several cells together",
        )
    if card.population is not None and (device_spread or cycle_spread):
        pool = _pool(card, card.population, device_spread, cycle_spread, seed)
    elif cycle_spread:
        on_resistances(card, (1, 1), 0)  # raises where the card has no usable spread
    series = card.value("series_resistance") if "series_resistance" in card.parameters else 0.0
    return CellLaw(card, on_resistance(card), off_resistance(card), series, cycle_spread and pool is None, pool)


def _pool(
    card: DeviceCard, population: Population, device_spread: bool, cycle_spread: bool, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Resistances of random members: typical values between devices, each with a factor or offset of a cycle."""
    centres = {quantity.name: quantity.device.centre for quantity in population.quantities}
    typical = (
        population.draw_devices(POOL, seed) if device_spread else {n: np.full(POOL, c) for n, c in centres.items()}
    )
    drawn = dict(typical)
    law = population.device_of(centres) if cycle_spread else None
    if law is not None:
        cycles = law.draw(POOL, int(np.random.SeedSequence([seed, 1]).generate_state(1)[0]))
        for quantity in population.varying:
            name, centre = quantity.name, centres[quantity.name]
            moved = cycles[name] / centre if quantity.scale == "log" else cycles[name] - centre
            drawn[name] = typical[name] * moved if quantity.scale == "log" else typical[name] + moved
    model = model_of(card)
    vector = np.array(model.vector(card))
    names = [spec.name for spec in model.parameters]
    members = np.tile(vector, (POOL, 1))
    for name, values in drawn.items():
        spec = model.spec(name)
        members[:, names.index(name)] = np.clip(values, spec.lower, spec.upper)
    found = [[small_signal_resistance(model.name, tuple(line), state) for line in members] for state in (1.0, 0.0)]
    return np.array(found[0]), np.array(found[1])
