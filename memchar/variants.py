"""The variants of a plan: every corner, nominal and with every draw; what each is simulated with."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from measurements.errors import InputError
from memchar.config import PipelineConfig, with_corner
from memchar.plan import Process

if TYPE_CHECKING:
    from devicefit import DeviceCard

NOMINAL_TEMPERATURE = 300.15
"""Where a card is used as it is: room temperature, at which cells are measured and ngspice simulates [K]."""
COLUMN = "column_read"
"""The procedure with memristors; the others have transistors."""


@dataclass(frozen=True)
class Variant:
    """One combination of a corner and a draw; draw 0 is the nominal circuit. Its tables stand under `label`."""

    process: Process
    supply_voltage: float
    temperature: float
    draw: int

    @property
    def label(self) -> str:
        """Name of the variant.

        >>> Variant("ff", 1.98, 300.15, 0).label
        'ff_1.98V_300.15K'
        """
        place = f"{self.process}_{self.supply_voltage:.9g}V_{self.temperature:.9g}K"
        return f"{place}_draw{self.draw}" if self.draw else place


@dataclass(frozen=True)
class Seeds:
    """Of one draw: memristor and transistors; None where that is not drawn."""

    device: int | None = None
    mismatch: int | None = None


def variants(config: PipelineConfig) -> tuple[Variant, ...]:
    """Every corner of the plan, each nominal and with every draw; the first is the one at the root of a file."""
    corners, own = config.plan.corners, config.neuron
    return tuple(
        Variant(*place)
        for place in itertools.product(
            corners.process or (own.corner,),
            corners.supply_voltage or (own.supply_voltage,),
            corners.temperature or (config.simulation.temperature,),
            range(config.plan.monte_carlo.draws + 1),
        )
    )


def config_of(config: PipelineConfig, variant: Variant) -> PipelineConfig:
    """The configuration whose own corner, supply and temperature are those of the variant."""
    return with_corner(config, variant.process, variant.supply_voltage, variant.temperature)


def seeds(config: PipelineConfig, draw: int) -> Seeds:
    """Seeds of a draw, from the plan's seed: the same in every corner, so that corners can be compared draw by draw."""
    plan = config.plan.monte_carlo
    if draw == 0:
        return Seeds()
    device, mismatch = (int(word) for word in np.random.SeedSequence([plan.seed, draw]).generate_state(2))
    return Seeds(device if plan.device else None, mismatch if plan.mismatch else None)


def device_of(card: DeviceCard, config: PipelineConfig, draw: int = 0) -> DeviceCard:
    """The device of a variant: drawn, then taken to the temperature of the configuration.

    At `NOMINAL_TEMPERATURE` the card is used as it is.

    Raises
    ------
    InputError
        A draw is asked for and the card holds no distribution, or another temperature and the model has no law for
        what it does to a read.
    """
    from devicefit.ambient import card_at, read_depends_on_temperature
    from devicefit.cycles import draw_device

    seed = seeds(config, draw).device
    if seed is not None:
        if card.distribution is None and card.population is None:
            raise InputError(
                f"the card of {card.label} holds no distribution to draw devices from",
                hint="fit five or more cycles with memchar fit, or set monte_carlo.device = false",
            )
        card = draw_device(card, seed)
    temperature = config.simulation.temperature
    if temperature == NOMINAL_TEMPERATURE or config.plan.corners.device_temperature == "card":
        return card
    hint = 'set corners.device_temperature = "card" to hold the memristor, or take column_read out of the plan'
    try:
        follows = read_depends_on_temperature(card, temperature)
    except InputError as error:
        raise InputError(f"{COLUMN} at {temperature:g} K: {error}", hint=hint) from error
    if not follows:
        raise InputError(
            f"{COLUMN} at {temperature:g} K: in the model {card.model} the current of a read does not depend on the"
            " ambient temperature",
            hint=hint,
        )
    return card_at(card, temperature)


def check_variants(card: DeviceCard, config: PipelineConfig) -> None:
    """Raise what `device_of` raises for any variant, before the first is simulated."""
    if COLUMN in config.plan.procedures:
        for variant in variants(config):
            if variant.draw <= 1:
                device_of(card, config_of(config, variant), variant.draw)
