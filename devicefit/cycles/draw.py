"""Random devices: laws and correlations of what varies from cycle to cycle, into the card and out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from devicefit.card import DeviceCard
from devicefit.cardfile import FORMAT_VERSION
from devicefit.estimation.distributions import JointDistribution, fit_joint_distribution
from devicefit.models.model import CompactModel
from devicefit.models.registry import model_of
from measurements.errors import FitError

FEWEST = 5  # cycles that tell all quantities


def cycle_distribution(
    model: CompactModel, cycles: Sequence[Mapping[str, float]], varying: Sequence[str]
) -> JointDistribution | None:
    """Laws, chosen by fit, and correlations of the `varying` parameters over the cycles that tell all of them.

    None where fewer than five cycles do, or where a parameter does not vary.
    """
    names = [name for name in varying if sum(name in cycle for cycle in cycles) >= FEWEST]
    whole = [cycle for cycle in cycles if all(name in cycle for name in names)]
    if not names or len(whole) < FEWEST:
        return None
    table = {name: np.array([cycle[name] for cycle in whole]) for name in names}
    if any(np.ptp(column) == 0 for column in table.values()):
        return None
    return fit_joint_distribution(table, {name: model.spec(name).unit for name in names})


def draw_device(card: DeviceCard, seed: int) -> DeviceCard:
    """A random member of the population that the card describes: its varying parameters drawn together.

    A card of one device gives a cycle of it. A card of a population gives a cycle of a random device, with the law of
    that device's cycles in `distribution`: drawing from the result gives further cycles of the same device. Values
    outside the physical range of the model end at the range.

    Raises
    ------
    FitError
        The card holds no distribution.
    """
    if card.population is not None:
        device = draw_typical(card, seed)
        return device if device.distribution is None else _cycle(device, _cycle_seed(seed), device.device)
    return _cycle(card, seed, f"{card.device} drawn {seed}")


def draw_typical(card: DeviceCard, seed: int) -> DeviceCard:
    """A random device of a population, at its typical values, with the law of its cycles.

    Raises
    ------
    FitError
        The card holds no population.
    """
    if card.population is None:
        raise FitError(
            f"the card of {card.device} {card.cell} is of one device; memchar population makes one of several devices"
        )
    model = model_of(card)
    typical, parameters = {}, dict(card.parameters)
    for name, values in card.population.draw_devices(1, seed).items():
        spec = model.spec(name)
        typical[name] = float(np.clip(values[0], spec.lower, spec.upper))
        note = f"drawn with seed {seed} from the law between {len(card.population.members)} devices"
        parameters[name] = replace(parameters[name], value=typical[name], standard_error=None, note=note)
    return replace(
        card,
        device=f"{card.device} drawn {seed}",
        parameters=parameters,
        distribution=card.population.device_of(typical),
        population=None,
        format_version=FORMAT_VERSION,
    )


def _cycle_seed(seed: int) -> int:
    """Seed of the cycle of a drawn device, of numbers other than those the device is drawn from."""
    return int(np.random.SeedSequence([seed, 1]).generate_state(1)[0])


def _cycle(card: DeviceCard, seed: int, device: str) -> DeviceCard:
    """The card with one drawn cycle for its values."""
    if card.distribution is None:
        raise FitError(f"the card of {card.device} {card.cell} holds no distribution; fit five or more cycles")
    model = model_of(card)
    drawn = card.distribution.draw(1, seed)
    parameters = dict(card.parameters)
    for name, values in drawn.items():
        spec = model.spec(name)
        value = float(np.clip(values[0], spec.lower, spec.upper))
        note = f"drawn with seed {seed} from the distribution over cycles"
        parameters[name] = replace(parameters[name], value=value, standard_error=None, note=note)
    return replace(card, device=device, parameters=parameters)
