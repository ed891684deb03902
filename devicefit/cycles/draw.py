"""Random devices: laws and correlations of what varies from cycle to cycle, into the card and out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from devicefit.card import DeviceCard
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

    Values outside the physical range of the model end at the range.

    Raises
    ------
    FitError
        The card holds no distribution.
    """
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
    return replace(card, device=f"{card.device} drawn {seed}", parameters=parameters)
