"""Random devices: the law of the parameters that cycles have of their own, and cards drawn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from devicefit.card import DeviceCard
from devicefit.estimation.distributionjson import joint_from_dict
from devicefit.estimation.distributions import FEWEST_ROWS, JointDistribution, Quantity, fit_joint_distribution
from devicefit.models.model import CompactModel
from devicefit.models.registry import model_of
from measurements.errors import FitError, InputError


def cycle_distribution(model: CompactModel, cycles: Sequence[Mapping[str, float]]) -> JointDistribution | None:
    """Laws (Weibull, log-normal, normal: chosen by fit) and correlations of the parameters of single cycles.

    Correlations come from the cycles that have every parameter; with fewer than five of those each parameter gets its
    law from its own cycles and no correlation. None where no parameter has five values that differ.
    """
    names = sorted({name for cycle in cycles for name in cycle})
    whole = [cycle for cycle in cycles if all(name in cycle for name in names)]
    units = {name: model.spec(name).unit for name in names}
    if names and len(whole) >= FEWEST_ROWS:
        try:
            return fit_joint_distribution({name: [cycle[name] for cycle in whole] for name in names}, units)
        except FitError:  # a column without spread: the others still have laws
            pass
    quantities: list[Quantity] = []
    for name in names:
        values = [cycle[name] for cycle in cycles if name in cycle]
        if len(values) >= FEWEST_ROWS and np.ptp(values) > 0:
            quantities += fit_joint_distribution({name: values}, units).quantities
    return JointDistribution(tuple(quantities), np.eye(len(quantities))) if quantities else None


def draw_device(card: DeviceCard, seed: int) -> DeviceCard:
    """A random device: the card with the parameters of one random cycle of its law.

    The draws carry the law's correlations. A value beyond the model's physical range is drawn again, so that the law is
    cut there.

    Raises
    ------
    InputError
        The card carries no distribution, or its law lies outside the model's range.
    """
    if not card.distribution:
        raise InputError(
            f"the card of {card.device} {card.cell} has no distribution to draw from",
            hint="fit five or more cycles of one cell",
        )
    joint, model = joint_from_dict(card.distribution), model_of(card)
    drawn = joint.draw(1000, seed)
    specs = {name: model.spec(name) for name in joint.names}
    inside = np.all([(drawn[n] >= spec.lower) & (drawn[n] <= spec.upper) for n, spec in specs.items()], axis=0)
    if not inside.any():
        raise InputError(f"the distribution of {card.device} {card.cell} lies outside the range of {card.model}")
    row = int(np.argmax(inside))
    parameters = {
        name: replace(card.parameters[name], value=float(drawn[name][row]), standard_error=None, note=f"drawn, {seed=}")
        for name in joint.names
    }
    return replace(
        card,
        parameters={**card.parameters, **parameters},
        provenance={**card.provenance, "drawn with seed": str(seed)},
    )
